/** The VM that a name or a cycle id means. */
import type { StatusAnswer } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { VmAnswer } from "../../view/vm_text.ts";

/** Most names in a message. */
const MAX_NAMES = 20;

/** Whether it is there for somebody to look at, or will be after its job. */
export function isKept({ phase, heldUntil }: VmAnswer): boolean {
  return phase === "quarantined" || heldUntil !== null;
}

/** The machine itself for a cycle id; for a name the one that fills the slot, or the only one. */
export function findVm({ vms }: StatusAnswer, name: string): VmAnswer {
  const found = lookUp(vms, name);
  if (found !== undefined) return found;
  const named = vms.filter((vm) => vm.name === name);
  if (named.length > 0) throw ambiguous(name, named);
  const names = vms.map((vm) => vm.name).slice(0, MAX_NAMES).join(", ");
  const there = names === "" ? "There is none" : `There is: ${names}`;
  throw new CliError(`There is no VM "${name}". ${there}. \`hvpool vm list\` shows them.`, EXIT.failed);
}

/** As {@linkcode findVm}; `undefined` when there is none or the name alone does not say which. */
export function lookUp(vms: readonly VmAnswer[], name: string): VmAnswer | undefined {
  const named = vms.filter((vm) => vm.name === name);
  return vms.find((vm) => vm.cycle === name) ??
    named.find(({ phase }) => phase !== "retiring" && phase !== "quarantined") ??
    (named.length === 1 ? named[0] : undefined);
}

/** Several VMs had the name. */
export function ambiguous(name: string, vms: readonly VmAnswer[]): CliError {
  const ids = vms.map(({ cycle, phase }) => `${cycle} (${phase})`).join(", ");
  return new CliError(`Several VMs are "${name}". Name one of these by its id: ${ids}.`, EXIT.failed);
}
