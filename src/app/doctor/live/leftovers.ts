/** Removes what earlier runs left, before a run makes machines of its own. */
import type { HostPort } from "../../../ports/host.ts";
import { type Check, ok, sentence, warn } from "../check.ts";
import { checkLeftovers, leftoverWords } from "../checks/leftovers.ts";
import type { Leftover } from "../facts.ts";
import { findLeftovers } from "../gather/leftovers.ts";
import { cleanUp, type CleanupTimes } from "./cleanup.ts";
import { LiveMachine, type LivePlan } from "./machine.ts";
import { Stopwatch } from "./stopwatch.ts";

/** What it works on. */
export interface Leaving {
  readonly host: HostPort;
  readonly plan: LivePlan;
  /** Ends it where it is. */
  readonly giveUp: AbortSignal;
  readonly cleanup?: CleanupTimes | undefined;
}

/** What became of them, as a line; `undefined`: there were none. Only what is certainly the doctor's is removed. */
export async function removeLeftovers({ host, plan, giveUp, cleanup }: Leaving): Promise<Check | undefined> {
  const listed = await host.call("vm.list", {});
  if (listed.outcome !== "ok" || !listed.value.complete) return undefined; // the run itself will say so
  const found = await findLeftovers(host, { vms: listed.value.vms, storage: plan.storage });
  if (found.outcome !== "ok") return undefined;
  const { ours, doubtful } = found.value;
  if (ours.length + doubtful.length === 0) return undefined;
  const removed: Leftover[] = [];
  const stuck: string[] = [];
  for (const one of ours) {
    const left = await remove(one, { host, plan, giveUp, cleanup });
    if (left.length === 0) removed.push(one);
    else stuck.push(...left);
  }
  const done = removed.length === 0 ? "" : `Removed what an earlier run left: ${leftoverWords(removed)}.`;
  const rest = checkLeftovers({ leftovers: { outcome: "ok", value: { ours: [], doubtful } } });
  if (stuck.length === 0 && doubtful.length === 0) return ok("live:leftovers", done);
  const lines = [
    done,
    ...stuck.length === 0 ? [] : [`Of an earlier run there is still ${sentence(stuck.join("; "))}`],
    ...doubtful.length === 0 ? [] : [rest.message],
  ];
  const remedy = doubtful.length === 0
    ? "Remove it by hand: Remove-VM -Force, then the folder."
    : rest.remedy;
  return warn("live:leftovers", lines.filter((line) => line !== "").join(" "), remedy);
}

async function remove({ name, vmId }: Leftover, { host, plan, giveUp, cleanup }: Leaving): Promise<string[]> {
  const machine = new LiveMachine({ host, plan, watch: new Stopwatch(), giveUp, name });
  machine.hasFolder = true;
  machine.hasVm = vmId !== undefined;
  machine.vmId = vmId;
  return await cleanUp(machine, giveUp, cleanup);
}
