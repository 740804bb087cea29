/** A host as hyperv-runner-pool leaves it in the middle of its life: VMs, disks, registrations, its service. */
import { win32 } from "node:path";
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { SimulatedForge } from "./forge.ts";
import type { Machine } from "./machine.ts";
import type { Service, World } from "./plays/play.ts";
import type { Runner } from "./runner.ts";

/** How one of its VMs is. */
export type SeedVmState =
  /** It runs a job. */
  | "busy"
  /** Its runner waits for one. */
  | "idle"
  /** It is off, and its registration was left behind. */
  | "off"
  /** It was started a moment ago: its runner has not registered yet. */
  | "unregistered"
  /** It has run for long, and no runner of it is registered. */
  | "silent";

/** What there is to be. */
export interface SeedPool {
  readonly scope: ScopeKey;
  readonly prefix: string;
  readonly template: string;
  readonly storage: string;
  /** `<prefix>1`, `<prefix>2`, … */
  readonly vms: readonly SeedVmState[];
  /** How long each job that runs now still runs. */
  readonly jobMs: Ms;
  readonly service: Service["state"] | "missing";
  /** Somebody else's VM with the next name of the pool, on a disk elsewhere of the same template. */
  readonly similar: boolean;
  /** Numbers of disks in its storage whose VM is gone. */
  readonly strayDisks: readonly number[];
}

/** What was made. */
export interface SeedPoolMade {
  readonly vms: readonly string[];
  readonly jobs: readonly number[];
  readonly similar: string | null;
}

/** Name of its service, as its installer gives it. */
export const SEED_SERVICE = "hyperv-runner-pool";
/** Where Hyper-V puts the configuration of a VM that is made without a path: all in one folder. */
const HYPERV_FOLDER = "C:\\ProgramData\\Microsoft\\Windows\\Hyper-V";
const SERVICE_PATH = "C:\\ProgramData\\chocolatey\\lib\\NSSM\\tools\\nssm.exe";
const LABELS = ["self-hosted", "windows", "x64", "ephemeral"];
const RUNS_FOR_MS = 1_800_000;

/** Makes it. A disk or VM that is there already is left as it is, and made anew beside it where that can be. */
export function addSeedPool(world: World, forge: SimulatedForge, pool: SeedPool): SeedPoolMade {
  const { disks, timeline } = world;
  const { scope, prefix, template, storage, vms, similar, strayDisks } = pool;
  disks.closeFolder(storage);
  if (disks.findTemplate(template, timeline.now) === undefined) {
    disks.addTemplate({ path: template, sizeMb: 65_536 }, timeline.now);
  }
  const golden = disks.find(template);
  if (golden !== undefined) golden.file.readOnly = true; // as Packer leaves it
  const busy = vms.filter((state) => state === "busy").length;
  const jobs = busy === 0
    ? []
    : forge.addJobs({ count: busy, labels: LABELS, durationMs: pool.jobMs, scope });
  // Those with a job come online first: nobody else may take it.
  const made = new Map<number, string>();
  const order = vms.map((state, i) => ({ state, n: i + 1 }))
    .toSorted((a, b) => Number(b.state === "busy") - Number(a.state === "busy"));
  for (const { state, n } of order) made.set(n, addVm(world, forge, pool, { n, state }).id);
  for (const n of strayDisks) disks.createChild(diskOf(storage, `${prefix}${n}`), template, timeline.now);
  setService(world, SEED_SERVICE, pool.service);
  return {
    vms: vms.map((_, i) => made.get(i + 1) ?? ""),
    jobs,
    similar: similar ? addSimilar(world, pool) : null,
  };
}

/** Somebody installs, starts, stops or removes a service. */
export function setService({ services }: World, name: string, state: Service["state"] | "missing"): void {
  const key = name.toLowerCase();
  if (state === "missing") services.delete(key);
  else services.set(key, { path: SERVICE_PATH, start: "automatic", ...services.get(key), state });
}

function diskOf(storage: string, name: string): string {
  return win32.join(storage, `${name}.vhdx`);
}

function addVm(
  world: World,
  forge: SimulatedForge,
  { scope, prefix, template, storage }: SeedPool,
  { n, state }: { n: number; state: SeedVmState },
): Machine {
  const { disks, machines, timeline } = world;
  const name = `${prefix}${n}`;
  const disk = diskOf(storage, name);
  disks.createChild(disk, template, timeline.now);
  const machine = machines.add({
    name,
    notes: "",
    directory: HYPERV_FOLDER,
    disk,
    memoryMb: 4_096,
    switchName: "Default Switch",
    stopAction: "ShutDown",
    startsWithHost: false,
    foreign: false,
  });
  if (state !== "off") machines.run(machine);
  if (state !== "unregistered") machine.runsSince = timeline.now - RUNS_FOR_MS;
  const runner = state === "unregistered" || state === "silent" ? undefined : register(forge, scope, name);
  if (state === "off" || machine.guest === undefined) return machine;
  machine.guest.hasRun(runner?.jitConfig);
  if (runner !== undefined) forge.settle(runner);
  return machine;
}

function register(forge: SimulatedForge, scope: ScopeKey, name: string): Runner | undefined {
  const { token } = forge.registrationToken(scope);
  const made = forge.registerByToken({ token, scope, name, labels: ["ephemeral"], group: "Default" });
  if (!("runner" in made)) return undefined;
  forge.settle(made.runner);
  return made.runner;
}

function addSimilar(
  { disks, machines, timeline }: World,
  { prefix, template, storage, vms }: SeedPool,
): string {
  const name = `${prefix}${vms.length + 1}`;
  const disk = diskOf(win32.join(win32.dirname(storage), "private"), name);
  disks.createChild(disk, template, timeline.now);
  const machine = machines.add({
    name,
    notes: "Anna's test machine",
    directory: win32.join(HYPERV_FOLDER, name),
    disk,
    memoryMb: 2_048,
    switchName: null,
    stopAction: "Save",
    startsWithHost: true,
    foreign: true,
  });
  machines.run(machine);
  return machine.id;
}
