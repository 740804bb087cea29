/**
 * What `install-image.ps1` does in a simulated guest: it waits until Windows has set itself up, puts loader, runner and
 * manifest onto the disk, and shuts down.
 *
 * A disk whose image says `never-specialises` in its path never gets so far; the runner of a `broken-runner` does not start.
 */
import { createHash } from "node:crypto";
import type { Ms } from "../model/ids.ts";
import { IMAGE_MANIFEST_FILE, parseImageManifest } from "../ports/image_manifest.ts";
import type { SimulatedDisks } from "./disks.ts";
import type { Machine } from "./machine.ts";
import { installLoader, SEED_FILE } from "./seed_image.ts";

const ROOT = "C:\\ProgramData\\hvpool";
const RUNNER_FOLDER = "C:\\actions-runner";
/** The runner program; its text is its version. */
const RUNNER_FILE = `${RUNNER_FOLDER}\\bin\\Runner.Listener.exe`;
const MANIFEST_FILE = `C:\\${IMAGE_MANIFEST_FILE}`;
/** Where Windows keeps how far its setup is, on the disk and in what is made from it. */
const SETUP_FILE = "C:\\Windows\\Setup\\State\\State.ini";

/** From the start of a machine whose disk never ran before until Windows has set itself up. */
const SPECIALISE_MS: Ms = 45_000;
/** How long the script looks, and how long it installs. */
const LOOK_MS: Ms = 2_000;
const INSTALL_MS: Ms = 40_000;
/** From the script's end to the shutdown that it asked for. */
export const SHUTDOWN_AFTER_MS: Ms = 5_000;

/** How the script ended. */
export interface ImageEnd {
  readonly exitCode: number;
  readonly stderr: string;
  /** The disk is a template now, and the machine shuts down. */
  readonly installed: boolean;
}

/** What the script works on. */
export interface ImageWorld {
  readonly disks: SimulatedDisks;
  readonly machine: Machine;
  readonly now: Ms;
  /** A length of time at the host's speed. */
  readonly scaled: (ms: Ms) => Ms;
}

/** The arguments of a run of the script, if the words are one. */
export function imageWords(program: string, words: readonly string[]): readonly string[] | undefined {
  const script = words.findIndex((word) => /\\install-image\.ps1$/i.test(word));
  return script > 0 && /powershell(\.exe)?$/i.test(program) ? words.slice(script) : undefined;
}

/** Version of the runner that was installed on a disk, if one was. */
export function installedRunner(read: (path: string) => Uint8Array | undefined): string | undefined {
  const bytes = read(RUNNER_FILE);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Windows has set itself up, when it has had the time for it: the disk remembers that. */
export function finishSetup({ disks, machine, now, scaled }: ImageWorld): void {
  if (disks.readInside(machine.disk, SETUP_FILE) !== undefined) return;
  if (now - machine.runsSince < scaled(SPECIALISE_MS) || isCalled(disks, machine, "never-specialises")) {
    return;
  }
  const state = "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n";
  disks.writeInside(machine.disk, SETUP_FILE, new TextEncoder().encode(state));
}

/** How long a run of the script that begins now takes. */
export function imageLastsMs({ disks, machine, scaled }: ImageWorld, words: readonly string[]): Ms {
  const ready = disks.readInside(machine.disk, SETUP_FILE) !== undefined;
  return scaled(ready && !words.includes("-Check") ? INSTALL_MS : LOOK_MS);
}

function isCalled(disks: SimulatedDisks, machine: Machine, name: string): boolean {
  return [...disks.chain(machine.disk)].some(({ path, file }) =>
    [path, file.madeAs].some((one) => one.toLowerCase().includes(name))
  );
}

function fails(exitCode: number, stderr: string): ImageEnd {
  return { exitCode, stderr: `${stderr}\r\n`, installed: false };
}

/** Runs the script to its end. */
export function installImage(world: ImageWorld, words: readonly string[]): ImageEnd {
  const { disks, machine: { disk } } = world;
  if (disks.readInside(disk, SETUP_FILE) === undefined) {
    return fails(3, "Windows is still setting itself up: IMAGE_STATE_UNDEPLOYABLE.");
  }
  if (words.includes("-Check")) return { exitCode: 0, stderr: "", installed: false };
  const given = (name: string) => words[words.indexOf(name) + 1];
  if (words.includes("-RunnerZip")) {
    const zip = given("-RunnerZip") ?? "";
    const bytes = disks.readInside(disk, zip);
    if (bytes === undefined) return fails(4, `The package of the runner is not there: ${zip}`);
    const sum = createHash("sha256").update(bytes).digest("hex");
    if (sum !== given("-RunnerSha256")?.toLowerCase()) {
      disks.removeInside(disk, zip);
      return fails(4, `The package of the runner has the checksum ${sum}, not ${given("-RunnerSha256")}.`);
    }
    if (isCalled(disks, world.machine, "broken-runner")) {
      return fails(5, "Runner.Listener.exe warmup ended with -2147450730: ");
    }
    if (!replaceRunner(disks, disk, given("-RunnerVersion") ?? "")) return full();
  }
  return keepImage(world) ? { exitCode: 0, stderr: "", installed: true } : full();
}

function full(): ImageEnd {
  return fails(1, "There is not enough space on the disk.");
}

/** The old one goes with its registration and its jobs' files. */
function replaceRunner(disks: SimulatedDisks, disk: string, version: string): boolean {
  for (const file of disks.listInside(disk, RUNNER_FOLDER)) disks.removeInside(disk, file);
  return disks.writeInside(disk, RUNNER_FILE, new TextEncoder().encode(version));
}

/** Loader and manifest; nothing of uses that were before. `false`: the volume is full. */
function keepImage({ disks, machine: { disk }, now }: ImageWorld): boolean {
  const read = (path: string) => disks.readInside(disk, path);
  const boot = read(`${ROOT}\\prepare\\boot.ps1`) ?? new Uint8Array();
  const before = parseImageManifest(new TextDecoder().decode(read(MANIFEST_FILE)));
  const { software, expiresAt } = "manifest" in before ? before.manifest : {};
  const leftovers = [SEED_FILE, `${ROOT}\\used.txt`];
  for (const folder of ["inbox", "prepare"]) leftovers.push(...disks.listInside(disk, `${ROOT}\\${folder}`));
  for (const file of leftovers) disks.removeInside(disk, file);
  const manifest = {
    format: 1,
    builtAt: new Date(now).toISOString(),
    loader: 1,
    runner: installedRunner(read),
    software,
    expiresAt,
  };
  return installLoader(disks, disk) && disks.writeInside(disk, `${ROOT}\\boot.ps1`, boot) &&
    disks.writeInside(disk, MANIFEST_FILE, new TextEncoder().encode(JSON.stringify(manifest)));
}
