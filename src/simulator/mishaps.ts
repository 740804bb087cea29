/** What befalls a host beside its VMs: damaged files, switches that come and go, failures on demand. */
import type { HostErrorClass } from "../model/calls.ts";
import type { ErrorRecord, HostCall } from "../ports/host.ts";
import { corruptFile as corruptBytes } from "./host_files.ts";
import type { Machines } from "./machines.ts";
import type { World } from "./plays/play.ts";
import { RECORD_BY_CLASS, startFailed } from "./records.ts";
import { type SavedStateFault, savedStateReason } from "./saved_state.ts";

/**
 * The hypervisor is updated, or files are damaged: no saved state and no memory of a checkpoint that there is can be
 * resumed any more. `vmId`: of this VM alone. Without a number it is what a hypervisor that does not fit gives.
 */
export function breakSavedStates(
  machines: Machines,
  { vmId, hresult }: { vmId?: string; hresult?: SavedStateFault },
): void {
  for (const machine of machines.all()) {
    if (vmId !== undefined && vmId !== machine.id) continue;
    const fault = hresult ?? (machine.tpm ? "0xC000A002" : "0xC0370029");
    if (machine.power === "saved") machine.stateBroken = fault;
    for (const checkpoint of machine.checkpoints) {
      if (checkpoint.restoresTo === "saved") checkpoint.broken = fault;
    }
  }
}

/** Somebody makes a switch; one of this name stays. */
export function addSwitch({ switches, random }: World, name: string): void {
  if (!switches.some((one) => one.name === name)) {
    switches.push({ id: random.guid(), name, isDefault: false });
  }
}

/** Somebody deletes a switch; `false` when there is none of this name. */
export function removeSwitch({ switches }: World, name: string): boolean {
  const at = switches.findIndex((one) => one.name === name);
  if (at >= 0) switches.splice(at, 1);
  return at >= 0;
}

/**
 * Somebody puts another disk in the place of the one at a path. What was linked to the old one stays it; children
 * that name this very path no longer fit. `false`: there is no disk.
 */
export function replaceDisk({ disks, timeline }: World, path: string): boolean {
  const disk = disks.findTemplate(path, timeline.now);
  if (disk !== undefined) disks.replaceDisk(disk, timeline.now);
  return disk !== undefined;
}

/** Somebody deletes a disk's file, or moves it away; its other paths stay. `false`: there is none. */
export function removeDisk({ disks, timeline }: World, path: string): boolean {
  const disk = disks.findTemplate(path, timeline.now);
  if (disk !== undefined) disks.removeDisk(path, timeline.now);
  return disk !== undefined;
}

/** A disk's or another file's bytes are no longer what they were: a digest tells. `false`: there is no such file. */
export function corruptFile({ disks, timeline }: World, path: string): boolean {
  disks.findTemplate(path, timeline.now);
  return corruptBytes(disks, path);
}

/** The record of a fault. The saved state of a VM that is said to be corrupt at its start stays so. */
export function errorOnDemand(
  { machines }: World,
  { call, vmId, target }: { call: HostCall; vmId: string | null; target: string },
  code: HostErrorClass,
  hresult: SavedStateFault = "0xC0370027",
): ErrorRecord {
  if (code !== "saved_state_corrupt") return RECORD_BY_CLASS[code](call, target);
  const machine = vmId === null ? undefined : machines.find(vmId);
  if (call === "vm.start" && machine?.power === "saved") machine.stateBroken = hresult;
  return startFailed(target, savedStateReason(hresult));
}
