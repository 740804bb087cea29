/** What a guest has in memory, and takes with it through a saved state or a checkpoint. */
import type { Ms } from "../model/ids.ts";
import type { GuestPhase } from "../ports/guest.ts";
import type { Desktop } from "./display/desktop.ts";
import type { SimulatedGuest } from "./guest.ts";
import type { Fate } from "./guest_fate.ts";
import type { Step } from "./pending_steps.ts";

/** What a guest is at: all of it is memory, and goes with a saved state or a checkpoint. */
export interface Progress {
  phase: GuestPhase | "dark";
  /** The loader is there and runs. */
  loader: boolean;
  use: number;
  /** Somebody is logged on, and the desktop beacon runs. */
  loggedOn: boolean;
  exit: number | undefined;
  /** Version of the runner program that it has started; only of one that hvpool installed. */
  runner: string | undefined;
  /** What the hooks of its job have said last. */
  job: string | undefined;
  /** How long it waits for the host's `bye` once its runner has ended. */
  byeMs: Ms;
  /** It goes off. */
  leaving: boolean;
  frozen: boolean;
  jitConfig: string | undefined;
}

/** The memory of a guest at one moment, as a saved state or a checkpoint keeps it. */
export interface GuestMemory {
  readonly fate: Fate;
  readonly seed: number;
  readonly progress: Readonly<Progress>;
  readonly beats: number;
  /** The address that its loader said with that beat. */
  readonly address: string | undefined;
  /** What it said with it that its clock showed. */
  readonly time: Ms;
  /** How far its clock was behind the host's then. */
  readonly clockBehindMs: Ms;
  readonly desktop: Desktop;
  readonly takenAt: Ms;
  readonly waiting: readonly Step<SimulatedGuest>[];
}

/** Where every guest begins. */
export function atPowerOn(loader: boolean): Progress {
  return {
    phase: "dark",
    loader,
    use: 0,
    loggedOn: false,
    exit: undefined,
    runner: undefined,
    job: undefined,
    byeMs: 0,
    leaving: false,
    frozen: false,
    jitConfig: undefined,
  };
}
