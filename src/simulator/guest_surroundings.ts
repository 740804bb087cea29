/** What a guest stands in: how long its steps take, its disk, its drive, and what it may ask of its machine. */
import type { Ms } from "../model/ids.ts";
import type { SimulatedForge } from "./forge.ts";
import type { GuestOdds } from "./guest_fate.ts";
import type { DriveFile } from "./introduction.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How long a guest takes, in milliseconds. */
export interface GuestTimes {
  /** From power on to `waiting`. */
  readonly boot: Ms;
  /** From `waiting`, or from a resume, to what the desktop beacon of an agent image says. */
  readonly desktop: Ms;
  /** From a configuration that can be seen to `got`, or to a registration that the guest makes by itself. */
  readonly got: Ms;
  /** From `got` to a runner that is online. */
  readonly online: Ms;
  /** From `done` and the host's `bye` to power off. */
  readonly shutdown: Ms;
  /** Between two beats. */
  readonly beat: Ms;
  /** From `waiting`, or from a resume, to services that take connections. */
  readonly services: Ms;
  /** From a resume to a clock that shows the host's time. */
  readonly clock: Ms;
}

/** Windows of ordinary size on an ordinary disk. */
export const GUEST_TIMES: GuestTimes = {
  boot: 20_000,
  desktop: 4_000,
  got: 1_500,
  online: 8_000,
  shutdown: 3_000,
  beat: 2_000,
  services: 1_000,
  clock: 1_000,
};

/** Small files on a guest's disk; paths in any case. */
export interface GuestFiles {
  read(path: string): Uint8Array | undefined;
  write(path: string, text: string): void;
  /** Missing is no error. */
  remove(path: string): void;
  /** Paths, in lower case, of all files below a folder, in order. */
  list(folder: string): string[];
}

/** What a guest needs of the machine it runs in. */
export interface GuestSurroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  /** Answers how long a step takes: speed and jitter are applied. */
  readonly takes: (step: keyof GuestTimes) => Ms;
  /** A length of time of the guest, at the host's speed. */
  readonly scaled: (ms: Ms) => Ms;
  readonly odds: GuestOdds;
  readonly vmId: string;
  /** Its disk, as it is now. */
  readonly files: GuestFiles;
  /** Files in the DVD drive. */
  readonly drive: () => readonly DriveFile[] | undefined;
  /** What the host has told it by key-value exchange. */
  readonly pushed: () => Readonly<Record<string, string>>;
  /** The guest switches its machine off, or it crashes. */
  readonly powerOff: (by: "guest" | "crash") => void;
  /** Whether hvpool's loader is in the image; without it the guest says nothing of itself. */
  readonly loader: boolean;
  /** What the image's desktop beacon says; `undefined`: it has none. */
  readonly desktop: "unlocked" | "locked" | undefined;
  /** Its display in pixels. */
  readonly resolution: () => { readonly width: number; readonly height: number };
  /** The address that it has; nothing where nobody gave it one. */
  readonly address: () => string | undefined;
  /** Whether its loader is one that says it, and the time. */
  readonly tellsAddress: () => boolean;
  /** Whether it is given the host's time after a resume. */
  readonly takesTime: () => boolean;
  /** The guest writes to its disk. */
  readonly grow: (mb: number) => void;
}
