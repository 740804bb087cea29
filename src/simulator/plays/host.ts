/** The engine and the host as a whole. */
import { machineRow } from "../machine.ts";
import { switchType } from "./network.ts";
import type { Plays } from "./play.ts";

/** `bridge.*`, `host.*` and `service.*`, and the list of VMs. */
export const HOST_PLAYS: Plays<"bridge.ping" | "host.info" | "service.info" | "vm.list"> = {
  "bridge.ping": {
    land: (_, { echo }) => ({
      echo: echo ?? "",
      engine: "5.1.26100.1",
      edition: "Desktop",
      languageMode: "FullLanguage",
      pid: 4_321,
      hyperv: true,
    }),
  },
  "host.info": {
    land: (world) => ({
      bootId: world.bootId,
      machine: world.machineName,
      osBuild: "10.0.26100",
      product: "server",
      memoryMb: world.memoryMb,
      freeMemoryMb: world.machines.freeMemoryMb,
      processors: 16,
      volumes: [{ root: "C:\\", sizeMb: world.disks.sizeMb, freeMb: world.disks.freeMb }],
      hypervisor: true,
      service: "running",
      rights: "administrator",
      switches: world.switches.map((one) => {
        const { id, name, isDefault } = one;
        return { id, name, isDefault, type: switchType(one) };
      }),
      gpu: { partitioning: true, choose: true, gpus: [...world.gpus] },
    }),
  },
  "service.info": {
    land: ({ services }, { name }) => {
      const service = services.get(name.toLowerCase());
      if (service === undefined) return { state: "missing", path: "", start: null, processes: [] };
      return { ...service, processes: service.state === "running" ? [4_444] : [] };
    },
  },
  "vm.list": {
    land: (world) => {
      const now = world.timeline.now;
      const vms = Array.from(world.machines.all(), (machine) => machineRow(machine, now));
      if (!world.drawIncomplete()) return { bootId: world.bootId, complete: true, vms };
      return { bootId: world.bootId, complete: false, vms: vms.slice(0, Math.floor(vms.length / 2)) };
    },
  },
};
