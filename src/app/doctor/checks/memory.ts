/** Whether the host has the memory that the pools want at the same time. */
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, gigabytes, notKnown, ok, warn } from "../check.ts";
import type { HostFacts, VmFact } from "../facts.ts";

/** Of a host's memory, machines may hold this much; the rest is for Windows and Hyper-V. */
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

/** `memory` */
export function checkMemory(
  { info, vms }: Pick<HostFacts, "info" | "vms">,
  pools: readonly PoolSettings[],
): Check {
  if (info.outcome !== "ok") return notKnown("memory", "the host was not read", "hyperv");
  const { memoryMb } = info.value;
  const wantedMb = pools.reduce((sum, pool) => sum + runningMemoryMb(pool), 0);
  const others = vms.outcome !== "ok"
    ? []
    : vms.value.filter((vm) => vm.pool === undefined && HOLDS.has(vm.power));
  const othersMb = others.reduce((sum, vm) => sum + vm.memoryMb, 0);
  const beside = othersMb === 0 ? "" : `, and ${others.length} other VMs hold ${gigabytes(othersMb)}`;
  const message = `The pools' running machines want ${gigabytes(wantedMb)}${beside}; the host has ${
    gigabytes(memoryMb)
  }.`;
  const remedy =
    "Lower size (or hot, with recycle: restore) or the template's memory, or add memory to the host.";
  if (wantedMb + othersMb > memoryMb) return fail("memory", message, remedy);
  if (wantedMb + othersMb > memoryMb * MEMORY_SHARE) {
    return warn(
      "memory",
      `${message} More than ${MEMORY_SHARE * 100} % leaves too little for Windows.`,
      remedy,
    );
  }
  return ok("memory", message);
}
