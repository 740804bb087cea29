/** Adapters, isolation, GPUs. */
import { nextAddress } from "./addresses.ts";
import type { Plays } from "./play.ts";
import { gpuNotFound, invalidParameter } from "./refusals.ts";
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
    begin: (world, { vmId, gpu }) => {
      const machine = world.machines.get(vmId);
      if (machine.gpus > 0) return;
      mustBe(machine, ["off"], "Add-VMGpuPartitionAdapter");
      const there = world.gpus.some(({ name }) => gpu === undefined || name === gpu);
      if (!there) throw gpuNotFound(gpu ?? machine.name);
    },
    land: (world, { vmId }) => {
      world.machines.get(vmId).gpus = 1;
      return {};
    },
  },
};
