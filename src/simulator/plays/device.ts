/** Adapters, isolation, GPUs. */
import { mostVram, outOfOrder, VRAM_SIZES } from "../../model/gpu_partition.ts";
import { nextAddress } from "./addresses.ts";
import type { Plays } from "./play.ts";
import { gpuNotFound, invalidParameter, vramOutOfRange } from "./refusals.ts";
import { mustBe, switchOf } from "./machine.ts";

/** `nic.*`, `net.*`, `gpu.*`. */
export const DEVICE_PLAYS: Plays<"nic.reconnect" | "net.isolate" | "gpu.add"> = {
  "nic.reconnect": {
    locks: (args) => args.vmId,
    begin: (world, { switchName }) => void switchOf(world, switchName),
    land: (world, { vmId, switchName }) => {
      const machine = world.machines.get(vmId);
      const on = switchOf(world, switchName);
      machine.switchName = on.name;
      nextAddress(world, machine, on);
      return { switchId: on.id, switchName: on.name };
    },
  },
  "net.isolate": {
    locks: (args) => args.vmId,
    begin: (_, { vmId, rules }) => {
      const weights = new Set(rules.map(({ direction, weight }) => `${direction} ${weight}`));
      if (weights.size < rules.length) {
        throw invalidParameter(
          "Add-VMNetworkAdapterExtendedAcl",
          vmId,
          "Failed to add the port rule: there is one with the same weight in this direction already.",
        );
      }
    },
    land: (world, { vmId, guard, rules }) => {
      world.machines.get(vmId).isolation = { guard, rules };
      return { rules: rules.length };
    },
  },
  "gpu.add": {
    locks: (args) => args.vmId,
    begin: (world, args) => {
      const { vmId, gpu } = args;
      const machine = world.machines.get(vmId);
      if (machine.gpus > 0) return;
      mustBe(machine, ["off"], "Add-VMGpuPartitionAdapter");
      const there = world.gpus.filter(({ name }) => gpu === undefined || name === gpu);
      if (there.length === 0) throw gpuNotFound(gpu ?? machine.name);
      const most = Math.max(...there.map(mostVram));
      if (outOfOrder(args) !== undefined || VRAM_SIZES.some((size) => (args[size] ?? 0) > most)) {
        throw vramOutOfRange(machine.name);
      }
    },
    land: (world, { vmId, lowMmioMb: _, highMmioMb: _h, ...asked }) => {
      const machine = world.machines.get(vmId);
      if (machine.gpus > 0) return {};
      machine.gpus = 1;
      machine.gpuPartition = asked;
      return {};
    },
  },
};
