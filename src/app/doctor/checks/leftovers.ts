/** What a doctor left on the host that was ended in the middle. */
import { type Check, notKnown, ok, sentence, warn } from "../check.ts";
import type { HostFacts, Leftover } from "../facts.ts";

const NAMED = 5;

/** `leftovers` */
export function checkLeftovers({ leftovers }: Pick<HostFacts, "leftovers">): Check {
  if (leftovers === undefined) {
    return ok("leftovers", "not known: the host's VMs or the storage folder are not.");
  }
  if (leftovers.outcome !== "ok") return notKnown("leftovers", leftovers.message, "storage");
  const { ours, doubtful } = leftovers.value;
  if (ours.length === 0 && doubtful.length === 0) {
    return ok("leftovers", "No earlier hvpool doctor --live left anything.");
  }
  const parts: string[] = [];
  const remedies: string[] = [];
  if (ours.length > 0) {
    parts.push(`An earlier hvpool doctor left ${leftoverWords(ours)}.`);
    remedies.push("`hvpool doctor --live` removes that before it begins.");
  }
  if (doubtful.length > 0) {
    parts.push(
      `${
        sentence(leftoverWords(doubtful))
      } The name is one that hvpool doctor gives, and the mark that it leaves is missing.`,
    );
    remedies.push(
      "Look at what has no mark, and remove it by hand if it is nobody's: Get-VM -Id ID | Remove-VM -Force, then the folder.",
    );
  }
  return warn("leftovers", parts.join(" "), remedies.join(" "));
}

/** `the VM N (id) with its folder P, the folder P`. */
export function leftoverWords(all: readonly Leftover[]): string {
  const words = all.slice(0, NAMED).map(({ name, vmId, folder }) => {
    const where = folder === undefined ? "" : `the folder ${folder}`;
    if (vmId === undefined) return where;
    return `the VM ${name} (${vmId})${where === "" ? "" : ` in ${where}`}`;
  });
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : "";
  return `${words.join(", ")}${more}`;
}
