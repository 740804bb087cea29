/** What people do to VMs on the host by hand, behind everybody's back. */
import { holdsMemory } from "./machine.ts";
import type { Machines } from "./machines.ts";

/** What somebody may do. */
export type Meddling = "turnOff" | "remove" | "pause" | "save" | "rename";

/** Does it; `false` when the VM is not there, is busy, or its state does not allow it. */
export function meddle(machines: Machines, what: Meddling, vmId: string): boolean {
  const machine = machines.find(vmId);
  if (machine === undefined || machine.locked) return false;
  switch (what) {
    case "turnOff":
      if (!holdsMemory(machine.power)) return false;
      machines.cut(machine, "meddler");
      return true;
    case "remove":
      machines.remove(machine, "meddler");
      return true;
    case "pause":
    case "save":
      if (machine.power !== "running") return false;
      machines.suspend(machine, what === "pause" ? "paused" : "saved");
      return true;
    case "rename":
      machine.name = `renamed-${machine.name}`.slice(0, 100);
      return true;
    default:
      return what satisfies never;
  }
}
