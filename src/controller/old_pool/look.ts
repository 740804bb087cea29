/** Looks at the VMs of a host with what they stand on. */
import { parseNotes, type VmId } from "../../model/ids.ts";
import type { PoolSettings } from "../../model/settings.ts";
import type { HostPort, HostResult, HostValue } from "../../ports/host.ts";
import { type DiskChain, judgeVm, numberIn, OLD_POOL_PROGRAM, oldPoolPlace, type SeenVm } from "./judge.ts";

/** A row of the list of VMs. */
export type VmRow = HostValue<"vm.list">["vms"][number];

/** A VM with its disks. */
export interface SeenMachine extends SeenVm {
  readonly id: VmId;
  readonly row: VmRow;
}

/** Longer chains than this are no machine's. */
const LONGEST_CHAIN = 60;
/** VMs that are asked at once. */
const AT_ONCE = 4;

/** VMs of the old pool that stand in a pool's way. */
export interface OldPoolFound {
  /** Their names, in order. */
  readonly names: readonly string[];
  /** For people: what is there, and the command that takes it away. */
  readonly message: string;
}

/**
 * Looks for VMs of hyperv-runner-pool that bear a pool's names. `undefined`: there are none, or the host does not
 * say, which whoever asks it next will hear. Cheap where there are none: only VMs that are called so, and are not
 * hvpool's own, are asked for their disks.
 */
export async function findOldPool(
  host: HostPort,
  pool: Pick<PoolSettings, "name" | "prefix" | "size" | "template">,
  storage: string,
): Promise<OldPoolFound | undefined> {
  const list = await host.call("vm.list", {});
  if (list.outcome !== "ok") return undefined;
  const place = oldPoolPlace(pool, storage);
  const named = list.value.vms.filter(({ name, notes }) =>
    numberIn(name, pool.prefix) !== undefined && parseNotes(notes) === undefined
  );
  const seen = await lookAtVms(host, named);
  const names = seen.filter((vm) => judgeVm(vm, place).is === "old").map(({ name }) => name)
    .toSorted((a, b) => (numberIn(a, pool.prefix) ?? 0) - (numberIn(b, pool.prefix) ?? 0));
  return names.length === 0 ? undefined : { names, message: oldPoolMessage(names) };
}

function oldPoolMessage(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  const [is, it] = names.length === 1 ? ["A VM", "it"] : [`${names.length} VMs`, "them"];
  return `${is} of ${OLD_POOL_PROGRAM} with this pool's names ${
    names.length === 1 ? "is" : "are"
  } still on this ` +
    `host: ${shown.join(", ")}. \`hvpool migrate --dry-run\` shows what would become of ${it}, ` +
    `\`hvpool migrate --yes\` removes ${it}.`;
}

/** Asks each for its disks, and those for what they stand on. VMs that are gone meanwhile are left out. */
export async function lookAtVms(host: HostPort, rows: readonly VmRow[]): Promise<SeenMachine[]> {
  const seen: (SeenMachine | undefined)[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < rows.length; i = next++) {
      const row = rows[i];
      if (row !== undefined) seen[i] = await lookAtVm(host, row);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return seen.filter((vm) => vm !== undefined);
}

async function lookAtVm(host: HostPort, row: VmRow): Promise<SeenMachine | undefined> {
  const answer = await host.call("vm.inspect", { vmId: row.id });
  if (answer.outcome === "failed" && answer.code === "not_found") return undefined;
  const about = { id: row.id as VmId, row, name: row.name, notes: row.notes };
  if (answer.outcome !== "ok") return { ...about, chains: undefined };
  const { disks, name, notes } = answer.value;
  const chains = await Promise.all(disks.map((path) => chainOf(host, path)));
  return { ...about, name, notes, chains: chains.every((chain) => chain !== undefined) ? chains : undefined };
}

/** A disk and those that it stands on, as far as they can be read. `undefined`: what there is could not be asked. */
export async function chainOf(host: HostPort, top: string): Promise<DiskChain | undefined> {
  const chain: { path: string; parent: string | null }[] = [];
  for (let path: string | null = top; path !== null && chain.length < LONGEST_CHAIN;) {
    const answer: HostResult<HostValue<"disk.info">> = await host.call("disk.info", { path });
    const isMissing = answer.outcome === "failed" && answer.code === "not_found";
    if (answer.outcome !== "ok" && !isMissing) return undefined;
    const parent: string | null = answer.outcome === "ok" ? answer.value.parent : null;
    chain.push({ path, parent });
    path = parent;
  }
  return chain;
}
