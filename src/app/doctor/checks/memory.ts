/** Whether the host has the memory that the pools want at the same time. */
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, gigabytes, notKnown, ok, warn } from "../check.ts";
import type { HostFacts, VmFact } from "../facts.ts";

/** Of what is free, machines that are still to start may take this much; the rest is for Windows and Hyper-V. */
export const MEMORY_SHARE = 0.8;

/** Powers in which a VM holds its memory. */
const HOLDS: ReadonlySet<VmFact["power"]> = new Set([
  "starting",
  "running",
  "saving",
  "paused",
  "stopping",
  "critical",
]);

/** Memory of a pool's machines that run at once; saved ones hold none. */
export function runningMemoryMb({ size, hot, recycle, template }: PoolSettings): number {
  const running = recycle === "restore" ? Math.min(hot ?? size, size) : size;
  return running * template.memoryMb;
}

function sumMb(vms: readonly VmFact[]): number {
  return vms.reduce((sum, { memoryMb }) => sum + memoryMb, 0);
}

/** `memory` */
export function checkMemory(
  { info, vms }: Pick<HostFacts, "info" | "vms">,
  pools: readonly PoolSettings[],
): Check {
  if (info.outcome !== "ok") return notKnown("memory", "the host was not read", "hyperv");
  // Without the list nobody knows how much of what is taken the pools have themselves.
  if (vms.outcome !== "ok") return notKnown("memory", "the host's VMs were not listed", "hyperv");
  const { memoryMb, freeMemoryMb } = info.value;
  const holding = vms.value.filter(({ power }) => HOLDS.has(power));
  const others = holding.filter(({ pool }) => pool === undefined);
  const ownMb = sumMb(holding) - sumMb(others);
  const wantedMb = pools.reduce((sum, pool) => sum + runningMemoryMb(pool), 0);
  // A pool that has more than it wants, as in a rollout, gives another one nothing that is sure.
  const missingMb = pools.reduce((sum, pool) => {
    const hasMb = sumMb(holding.filter((vm) => vm.pool === pool.name));
    return sum + Math.max(0, runningMemoryMb(pool) - hasMb);
  }, 0);
  const inPlaceMb = wantedMb - missingMb;
  const own = inPlaceMb === 0 ? "" : `, ${gigabytes(inPlaceMb)} of which run already`;
  // On their way out, not yet saved, or of before a lost journal.
  const beyond = ownMb === inPlaceMb
    ? ""
    : `, machines of hvpool beyond those hold ${gigabytes(ownMb - inPlaceMb)}`;
  const beside = others.length === 0
    ? ""
    : `, and ${others.length === 1 ? "1 other VM holds" : `${others.length} other VMs hold`} ${
      gigabytes(sumMb(others))
    }`;
  const message = `The pools' running machines want ${
    gigabytes(wantedMb)
  }${own}${beyond}${beside}; the host has ${gigabytes(memoryMb)}, ${gigabytes(freeMemoryMb)} of it free.`;
  const remedy =
    "Lower size (or hot, with recycle: restore) or the template's memory, end what else takes memory, " +
    "or add memory to the host.";
  if (missingMb > freeMemoryMb) return fail("memory", message, remedy);
  if (missingMb > freeMemoryMb * MEMORY_SHARE) {
    return warn(
      "memory",
      `${message} To take more than ${MEMORY_SHARE * 100} % of what is free leaves too little for Windows.`,
      remedy,
    );
  }
  return ok("memory", message);
}
