/**
 * What each host call does to the simulated host. `begin` is when the cmdlet starts: it checks and brings about
 * states that others can see meanwhile; `land` is when it ends and answers. Either may throw an error record.
 */
import { win32 } from "node:path";
import type { HostArgs, HostCall, HostValue } from "../ports/host.ts";
import type { SimulatedDisks } from "./disks.ts";
import { machineRow } from "./machine.ts";
import type { Machines } from "./machines.ts";
import {
  diskFull,
  diskInUse,
  fileNotFound,
  outOfMemory,
  RecordError,
  startFailed,
  switchNotFound,
  wrongState,
} from "./records.ts";
import type { Timeline } from "./timeline.ts";

/** A virtual switch of the host. */
export interface Switch {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
}

/** What calls work on. */
export interface World {
  readonly timeline: Timeline;
  readonly machines: Machines;
  readonly disks: SimulatedDisks;
  readonly memoryMb: number;
  readonly machineName: string;
  readonly switches: Switch[];
  bootId: string;
  /** Share of lists that say they are not complete (0–1), already drawn for this one. */
  readonly drawIncomplete: () => boolean;
}

/** One row: `locks` names the VM that the call changes, so that a second change meets a conflict. */
interface Play<C extends HostCall> {
  readonly locks?: (args: HostArgs<C>) => string;
  readonly begin?: (world: World, args: HostArgs<C>) => void;
  readonly land: (world: World, args: HostArgs<C>) => HostValue<C>;
}

/** The table. `vm.create` and its VM: the VM is there from `begin` on, as on a real host, before anybody is told. */
export const PLAYS: { readonly [C in HostCall]?: Play<C> } = {
  "host.info": {
    land: (world) => ({
      bootId: world.bootId,
      machine: world.machineName,
      osBuild: "10.0.26100",
      product: "server",
      hypervisor: true,
      memoryMb: world.memoryMb,
      freeMemoryMb: world.machines.freeMemoryMb,
      processors: 16,
      volumes: [{ root: "C:\\", sizeMb: world.disks.sizeMb, freeMb: world.disks.freeMb }],
      service: "running",
      rights: "administrator",
      switches: world.switches.map((one) => ({ ...one, type: one.isDefault ? "internal" : "external" })),
      gpu: { partitioning: true, choose: true, gpus: [] },
    }),
  },
  "vm.list": {
    land: (world) => {
      const now = world.timeline.now;
      const vms = Array.from(world.machines.all(), (machine) => machineRow(machine, now));
      if (!world.drawIncomplete()) return { bootId: world.bootId, complete: true, vms };
      return { bootId: world.bootId, complete: false, vms: vms.slice(0, Math.floor(vms.length / 2)) };
    },
  },
  "vm.inspect": {
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      return {
        ...machineRow(machine, world.timeline.now),
        disks: machine.disk === "" ? [] : [machine.disk],
        media: machine.media?.path ?? null,
        switchName: machine.switchName,
        addresses: machine.power === "running" && machine.guest?.isUp === true
          ? ["172.20.1.10", "fe80::1"]
          : [],
        adapters: [],
        checkpoints: [],
        merging: false,
        processors: 2,
        stopAction: machine.stopAction,
        tpm: false,
        nested: false,
        gpus: 0,
      };
    },
  },
  "disk.info": {
    land: (world, { path }) => {
      const disk = world.disks.findTemplate(path, world.timeline.now);
      if (disk === undefined) throw new RecordError(fileNotFound("Get-VHD", path));
      return {
        path: disk.path,
        format: path.toLowerCase().endsWith(".vhd") ? "vhd" : "vhdx",
        type: disk.parent === null ? "dynamic" : "differencing",
        sizeMb: disk.sizeMb,
        fileMb: disk.fileMb,
        parent: disk.parent,
        readOnly: disk.readOnly,
        attached: world.machines.diskAttached(path),
      };
    },
  },
  "disk.protect": {
    land: (world, { path }) => {
      const disk = world.disks.findTemplate(path, world.timeline.now);
      if (disk === undefined) throw new RecordError(fileNotFound("Get-VHD", path));
      disk.readOnly = true;
      return {};
    },
  },
  "disk.createChild": {
    land: (world, { path, parent }) => {
      if (world.machines.diskAttached(parent) && world.disks.find(parent)?.readOnly !== true) {
        throw new RecordError(diskInUse(parent));
      }
      world.disks.createChild(path, parent, world.timeline.now);
      return { path };
    },
  },
  // Its two halves are played by `beginCreate` and `landCreate`, since a VM's id must get from one to the other.
  "vm.create": {
    land: (world, args) => landCreate(world, beginCreate(world, args)),
  },
  "vm.start": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => beginStart(world, vmId),
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "starting") world.machines.run(machine);
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
      machines.stopGuest(machine, "call"); // a saved one loses its saved state
      machines.setPower(machine, "stopping");
    },
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power === "stopping") world.machines.cut(machine, "call");
      return { power: machine.power };
    },
  },
  "vm.remove": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power !== "off" && machine.power !== "saved") {
        throw new RecordError(wrongState("Remove-VM", machine.name));
      }
    },
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.power !== "off" && machine.power !== "saved") {
        throw new RecordError(wrongState("Remove-VM", machine.name));
      }
      world.machines.remove(machine, "call");
      return {};
    },
  },
  "media.put": {
    locks: (args) => args.vmId,
    land: (world, { vmId, directory, use, files }) => {
      const machine = world.machines.get(vmId);
      const path = win32.join(directory, `config-${use}.iso`);
      world.disks.writeFile(path, 1, "Set-VMDvdDrive");
      machine.media = { path, files };
      machine.guest?.mediaChanged();
      return { path };
    },
  },
  "media.take": {
    locks: (args) => args.vmId,
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.media !== null) world.disks.deleteFile(machine.media.path);
      machine.media = null;
      machine.guest?.mediaChanged();
      return {};
    },
  },
  "kvp.read": {
    land: (world, { vmIds }) => {
      const vms: HostValue<"kvp.read">["vms"] = [];
      for (const vmId of vmIds) {
        const machine = world.machines.find(vmId);
        const items = machine?.power === "running" ? machine.guest?.items() : undefined;
        if (items !== undefined) vms.push({ vmId, items });
      }
      return { vms };
    },
  },
  "dir.list": {
    land: (world, { path }) => ({ names: world.disks.list(path) }),
  },
  "dir.remove": {
    land: (world, { path }) => {
      world.disks.removeFolder(path, (file) => world.machines.holds(file), world.timeline.now);
      return {};
    },
  },
};

/** First half of `vm.create`: the checks, and the VM itself, which lists show from now on. */
export function beginCreate(world: World, args: HostArgs<"vm.create">): string {
  const wanted = world.switches.find((one) =>
    args.switchName === "" ? one.isDefault : one.name === args.switchName
  );
  if (wanted === undefined) {
    throw new RecordError(switchNotFound(args.switchName === "" ? "Default Switch" : args.switchName));
  }
  if (world.disks.find(args.disk) === undefined) throw new RecordError(fileNotFound("New-VM", args.disk));
  if (world.disks.freeMb < 1) throw new RecordError(diskFull("New-VM", args.directory));
  world.disks.makeFolder(args.directory);
  const { name, notes, directory, disk, memoryMb, stopAction } = args;
  const machine = world.machines.add({
    name,
    notes,
    directory,
    disk,
    memoryMb,
    stopAction,
    switchName: wanted.name,
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

function beginStart(world: World, vmId: string): void {
  const { machines, disks } = world;
  const machine = machines.get(vmId);
  if (machine.power === "running") return; // only a warning
  if (machine.power !== "off" && machine.power !== "saved") {
    throw new RecordError(wrongState("Start-VM", machine.name));
  }
  if (machine.memoryMb > machines.freeMemoryMb) throw new RecordError(outOfMemory(machine.name, machine.id));
  if (machine.switchName !== null && !world.switches.some((one) => one.name === machine.switchName)) {
    const reason =
      "failed to allocate resources while connecting to a virtual network: Insufficient system resources " +
      "exist to complete the requested service. (0x800705AA).";
    throw new RecordError(startFailed(machine.name, `'${machine.name}' ${reason}`));
  }
  if (machine.disk !== "") {
    const broken = disks.brokenBecause(machine.disk);
    if (broken !== undefined) throw new RecordError(startFailed(machine.name, broken));
    if (disks.find(machine.disk)?.readOnly === true) {
      const reason = `User account does not have permission required to open attachment '${machine.disk}'. ` +
        "Error: 'General access denied error' (0x80070005).";
      throw new RecordError(startFailed(machine.name, reason));
    }
  }
  machines.setPower(machine, "starting");
}
