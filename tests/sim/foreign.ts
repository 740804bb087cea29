/** What other people have on the hosts and at GitHub: close to our own things, and none of our business. */
import type { ControllerId } from "../../src/model/ids.ts";
import type { Runner, SimulatedForge } from "../../src/simulator/forge.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";
import { LawBroken } from "./law_broken.ts";
import { POOL, SCOPE } from "./settings.ts";

/** Another controller that works on the same host and account. */
const OTHER = "ffffffffffffffffffffffffffffffff";
/** A number that this controller never issues. */
const NEVER_ISSUED = 900_000_001;

/** Machines of others on one host; their ids. */
export function addForeignMachines(host: SimulatedHost, ours: ControllerId): string[] {
  const notes = (controller: string, cycle: string) => JSON.stringify({ hvpool: controller, cycle });
  return [
    host.addForeign({ name: "runner-1", memoryMb: 1024, power: "running" }),
    host.addForeign({ name: "database", memoryMb: 1024, power: "off", notes: '{"hvpool":"somebody"}' }),
    host.addForeign({
      name: "runner-2",
      memoryMb: 1024,
      power: "running",
      notes: notes(OTHER, `${POOL}/1.1`),
    }),
    host.addForeign({
      name: "runner-3",
      memoryMb: 1024,
      power: "running",
      directory: `D:\\vms\\${OTHER}\\${POOL}-1.1`,
    }),
    host.addForeign({
      name: "runner-4",
      memoryMb: 1024,
      power: "running",
      notes: notes(ours, `${POOL}/1.${NEVER_ISSUED}`),
    }),
    host.addForeign({
      name: "runner-5",
      memoryMb: 1024,
      power: "running",
      directory: `D:\\vms\\${ours}\\${POOL}-1.${NEVER_ISSUED}`,
    }),
  ];
}

/** Runners that others registered, online and without jobs of ours. */
export function addForeignRunners(forge: SimulatedForge, ours: ControllerId): Runner[] {
  const short = ours.slice(0, 8);
  // Slots of their own, so that nobody counts them for ours.
  const names = [
    `build-server-${short}`,
    `runner-1-${OTHER.slice(0, 8)}-${parseInt(short, 16) + 1}.1`,
    `runner-99-${short}-${NEVER_ISSUED}.1`,
  ];
  return names.map((name) => {
    const made = forge.register({
      scope: SCOPE,
      name,
      groupId: 1,
      labels: ["of-somebody-else"],
      workFolder: "_work",
    });
    if ("refusal" in made) throw new Error(made.refusal.message);
    forge.connect(made.runner.jitConfig, { vm: "elsewhere", job: () => {}, gone: () => {} });
    return made.runner;
  });
}

/** Every machine of others is there and, unless the host itself is down, in the power state in which it was made. */
export function assertMachinesUntouched(
  host: SimulatedHost,
  ids: readonly string[],
  hostIsUp: boolean,
): void {
  ids.forEach((id, i) => {
    const vm = host.find(id);
    if (vm === undefined) throw new LawBroken(`The foreign machine ${id} is gone`);
    const power = i === 1 ? "off" : "running";
    if (hostIsUp && vm.power !== power) {
      throw new LawBroken(`The foreign machine ${vm.name} is ${vm.power}, not ${power}`);
    }
  });
}

/** Every registration of others is there. */
export function assertRunnersUntouched(runners: readonly Runner[]): void {
  for (const { name, removedAt } of runners) {
    if (removedAt !== null) throw new LawBroken(`The foreign registration ${name} is gone`);
  }
}
