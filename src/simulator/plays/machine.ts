/** VMs: found, made, started, ended. */
import type { HostArgs, HostCall, HostValue } from "../../ports/host.ts";
import { DESKTOP_RESOLUTION, desktopOf } from "../desktop_image.ts";
import { type Machine, machineRow } from "../machine.ts";
import { diskFull, fileNotFound, RecordError, switchNotFound, wrongState } from "../records.ts";
import { addressesOf, firstAddress, macOf } from "./addresses.ts";
import { forgetCheckpoints } from "./layers.ts";
import type { Play, Plays, Switch, World } from "./play.ts";
import { cannotShutDown, devicesForbid } from "./refusals.ts";
import { beginStart } from "./start.ts";

/** `vm.*` without `vm.list`. `vm.create` and its VM: it is there long before anybody is told its id. */
export const MACHINE_PLAYS: Plays<Exclude<Extract<HostCall, `vm.${string}`>, "vm.list">> = {
  "vm.inspect": { land: (world, { vmId }) => inspect(world, world.machines.get(vmId)) },
  // Its two halves are played by `beginCreate` and `landCreate`, since a VM's id must get from one to the other.
  "vm.create": { land: (world, args) => landCreate(world, beginCreate(world, args)) },
  "vm.start": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => beginStart(world, world.machines.get(vmId)),
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "starting") {
        if (machine.guest === undefined) firstAddress(world, machine);
        world.machines.run(machine);
      }
      return { power: machine.power };
    },
  },
  "vm.save": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "saved") return; // only a warning
      mustBe(machine, ["running", "paused"], "Save-VM");
      mayKeepMemory(machine, "Save-VM");
      if (!world.machines.canSave(machine)) throw new RecordError(diskFull("Save-VM", machine.directory));
      machine.guest?.suspend();
      world.machines.setPower(machine, "saving");
    },
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "saving") {
        if (!world.machines.canSave(machine)) {
          world.machines.run(machine);
          throw new RecordError(diskFull("Save-VM", machine.directory));
        }
        world.machines.suspend(machine, "saved");
      }
      return { power: machine.power };
    },
  },
  "vm.stop": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "off") return; // only a warning
      mustBe(machine, ["running"], "Stop-VM");
      if (!machine.foreign && (machine.guest?.isUp !== true || machine.guest.isFrozen)) {
        throw cannotShutDown(machine.name);
      }
    },
    lasts: (world, { vmId }) => world.machines.get(vmId).power === "off" ? 0 : world.takes("shutdown"),
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "running") world.machines.cut(machine, "call");
      return { power: machine.power };
    },
  },
  "vm.turnOff": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => {
      const { machines } = world;
      const machine = machines.get(vmId);
      if (machine.power === "off") return; // only a warning
      if (["starting", "stopping", "saving"].includes(machine.power)) {
        throw new RecordError(wrongState("Stop-VM", machine.name));
      }
      machines.stopGuest(machine, "call");
      // A saved one loses its saved state, and has no memory to give back.
      if (machine.power !== "saved") machines.setPower(machine, "stopping");
    },
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "stopping" || machine.power === "saved") world.machines.cut(machine, "call");
      return { power: machine.power };
    },
  },
  "vm.pause": halts(
    "Suspend-VM",
    "running",
    (world, machine) => world.machines.suspend(machine, "paused"),
    "paused",
  ),
  "vm.resume": halts("Resume-VM", "paused", (world, machine) => world.machines.run(machine), "running"),
  "vm.remove": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => mustBe(world.machines.get(vmId), ["off", "saved"], "Remove-VM"),
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      mustBe(machine, ["off", "saved"], "Remove-VM");
      forgetCheckpoints(world, machine);
      world.machines.remove(machine, "call");
      return {};
    },
  },
  "vm.set": {
    locks: (args) => args.vmId,
    begin: (world, args) => {
      const machine = world.machines.get(args.vmId);
      if (args.memoryMb !== undefined) mustBe(machine, ["off"], "Set-VMMemory");
      if (args.processors !== undefined || args.nested !== undefined) {
        mustBe(machine, ["off"], "Set-VMProcessor");
      }
      if (args.resolution !== undefined) mustBe(machine, ["off"], "Set-VMVideo");
    },
    land: (world, { vmId, ...changes }) => {
      const machine = world.machines.get(vmId);
      for (const [name, value] of Object.entries(changes)) {
        if (value !== undefined) Object.assign(machine, { [name]: value });
      }
      return { power: machine.power };
    },
  },
};

/** A row that goes from one power state to another, and leaves a VM alone that is there already. */
function halts(
  command: string,
  from: Machine["power"],
  change: (world: World, machine: Machine) => void,
  to: Machine["power"],
): Play<"vm.pause" | "vm.resume"> {
  return {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power !== to) mustBe(machine, [from], command);
    },
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === from) change(world, machine);
      return { power: machine.power };
    },
  };
}

/** Refuses a command in other power states. */
export function mustBe(machine: Machine, powers: readonly Machine["power"][], command: string): void {
  if (!powers.includes(machine.power)) throw new RecordError(wrongState(command, machine.name));
}

/** Refuses to keep the memory of a VM whose devices or hypervisor forbid it. */
export function mayKeepMemory(machine: Machine, command: string): void {
  if (machine.gpus > 0) throw devicesForbid(command, machine.name, "gpu");
  if (machine.nested && machine.power !== "off") throw devicesForbid(command, machine.name, "nested");
}

/** The switch of a name; the Default Switch for none. */
export function switchOf(world: World, name: string): Switch {
  const found = world.switches.find((one) => name === "" ? one.isDefault : one.name === name);
  if (found === undefined) throw new RecordError(switchNotFound(name === "" ? "Default Switch" : name));
  return found;
}

function inspect(world: World, machine: Machine): HostValue<"vm.inspect"> {
  const { switchName, processors, stopAction, tpm, nested, gpus, merging } = machine;
  const switchId = world.switches.find((one) => one.name === switchName)?.id ?? null;
  return {
    ...machineRow(machine, world.timeline.now),
    disks: machine.disk === "" ? [] : [machine.disk],
    media: machine.media?.path ?? null,
    switchName,
    addresses: addressesOf(world, machine),
    adapters: [{ name: "Network Adapter", mac: macOf(machine), switchId, switchName }],
    checkpoints: machine.checkpoints.map(({ id, name }) => ({ id, name })),
    merging,
    processors,
    stopAction,
    tpm,
    nested,
    gpus,
  };
}

/** First half of `vm.create`: the checks, and the VM itself, which lists show from now on. */
export function beginCreate(world: World, args: HostArgs<"vm.create">): string {
  const wanted = switchOf(world, args.switchName);
  if (world.disks.find(args.disk) === undefined) throw new RecordError(fileNotFound("New-VM", args.disk));
  if (world.disks.freeMb < 1) throw new RecordError(diskFull("New-VM", args.directory));
  world.disks.makeFolder(args.directory);
  const { name, notes, directory, disk, memoryMb, stopAction, processors, tpm, nested, vlan = null } = args;
  const machine = world.machines.add({
    name,
    notes,
    directory,
    disk,
    memoryMb,
    stopAction,
    processors,
    tpm,
    nested,
    vlan,
    switchName: wanted.name,
    ...(desktopOf(world.disks, disk) === undefined ? {} : { resolution: DESKTOP_RESOLUTION }),
    startsWithHost: false,
    foreign: false,
  });
  machine.locked = true;
  return machine.id;
}

/** Second half of `vm.create`: hardware and drives are complete. */
export function landCreate(world: World, vmId: string): HostValue<"vm.create"> {
  const machine = world.machines.get(vmId);
  machine.locked = false;
  return { vmId, power: machine.power };
}
