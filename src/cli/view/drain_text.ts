/** Machines that a drain waits for. */
import { printable } from "./table.ts";
import { jobName, type VmAnswer } from "./vm_text.ts";

const MAX_NAMES = 8;

/**
 * Whether a job or a lease is on it or could come to it: all but images that are prepared, what is kept in quarantine, and
 * what is being removed and does not run any more.
 */
export function isWaitedFor(vm: VmAnswer, pool: string | undefined): boolean {
  if (pool !== undefined && vm.pool !== pool) return false;
  switch (vm.phase) {
    case "quarantined":
    case "preparing":
      return false;
    case "retiring":
      return vm.power !== "off" && vm.power !== "absent";
    default:
      return true;
  }
}

/** `waiting for ci-1 (job acme/app build), desks-1 (lease l-… of ann), ci-2 (idle)`, those in use first. */
export function waitedForLine(vms: readonly VmAnswer[]): string {
  const rank = (vm: VmAnswer) => vm.phase === "claimed" ? 0 : 1;
  const names = vms.toSorted((a, b) => rank(a) - rank(b)).map((vm) => printable(`${vm.name} (${state(vm)})`));
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `waiting for ${names.slice(0, MAX_NAMES).join(", ")}${more}`;
}

function state(vm: VmAnswer): string {
  if (vm.lease !== null) return `lease ${vm.lease.id} of ${vm.lease.holder}`;
  if (vm.parked !== null) return `parked for ${vm.parked.holder}`;
  switch (vm.phase) {
    case "claimed":
      return `job ${jobName(vm)}`.trimEnd();
    case "online":
      return "idle";
    case "retiring":
      return "being removed";
    default:
      return vm.phase;
  }
}
