/**
 * A guest: boots, says that it waits, takes its introduction, brings its runner online, runs one job, powers
 * off. Or it does not: see {@linkcode GuestOdds}. Nothing happens between these steps; what a guest reports is
 * computed from the time when somebody asks.
 */
import type { Ms } from "../model/ids.ts";
import { GUEST_KEYS, type GuestPhase } from "../ports/guest.ts";
import { Desktop } from "./display/desktop.ts";
import type { SimulatedForge } from "./forge.ts";
import type { RunnerConnection } from "./runner.ts";
import { type Fate, fateOf, type GuestOdds, hostileItems } from "./guest_fate.ts";
import { type DriveFile, readIntroduction } from "./introduction.ts";
import type { Job } from "./jobs.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How long a guest takes, in milliseconds. */
export interface GuestTimes {
  /** From power on to `waiting`. */
  readonly boot: Ms;
  /** From a config drive in the drive to `got`. */
  readonly got: Ms;
  /** From `got` to a runner that is online. */
  readonly online: Ms;
  /** From `done` to power off. */
  readonly shutdown: Ms;
  /** Between two beats. */
  readonly beat: Ms;
}

/** Windows of ordinary size on an ordinary disk. */
export const GUEST_TIMES: GuestTimes = {
  boot: 20_000,
  got: 1_500,
  online: 8_000,
  shutdown: 3_000,
  beat: 2_000,
};

/** What a guest needs of the machine it runs in. */
export interface GuestSurroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  /** Answers how long a step takes: speed and jitter are applied. */
  readonly takes: (step: keyof GuestTimes) => Ms;
  readonly odds: GuestOdds;
  readonly vmId: string;
  /** Use numbers that it has had: kept on its disk, so that a restart does not forget them. */
  readonly usesHad: Set<number>;
  /** Files in the DVD drive. */
  readonly media: () => readonly DriveFile[] | undefined;
  /** The guest switches its machine off, or it crashes. */
  readonly powerOff: (by: "guest" | "crash") => void;
  /** Whether hvpool's loader is in the image; without it the guest says nothing of itself. @default true */
  readonly loader?: boolean;
  /** The guest writes to its disk. */
  readonly grow: (mb: number) => void;
}

const BOOT_WRITES_MB = 300;
const JOB_WRITES_MB = 500;

/** What a guest will do, so and so long from now, if time goes on. It may be another copy of it that does it. */
interface Waiting {
  readonly restMs: Ms;
  readonly run: (guest: SimulatedGuest) => void;
}

/** The memory of a guest at one moment, as a saved state or a checkpoint keeps it. */
export interface GuestMemory {
  readonly fate: Fate;
  readonly seed: number;
  readonly phase: GuestPhase | "dark";
  readonly use: number;
  readonly exit: number | undefined;
  readonly beats: number;
  readonly frozen: boolean;
  readonly jitConfig: string | undefined;
  readonly desktop: Desktop;
  readonly takenAt: Ms;
  readonly waiting: readonly Waiting[];
}

/** A resumed guest lives in the past for so long, until its integration service has set its clock. */
const CLOCK_SET_AFTER_MS = 5_000;

/** The system and the programs in one VM, from power on to power off. */
export class SimulatedGuest {
  readonly #s: GuestSurroundings;
  readonly #fate: Fate;
  readonly #seed: number;
  #desktop = new Desktop();
  /** The loader is there and runs. */
  #loader: boolean;
  #phase: GuestPhase | "dark" = "dark";
  #use = 0;
  #exit: number | undefined;
  #job: Job | undefined;
  #connection: RunnerConnection | undefined;
  #jitConfig: string | undefined;
  /** Beats counted up to `#beatFrom`; a frozen guest counts no further. */
  #beats = 0;
  #beatFrom: Ms = 0;
  #frozen = false;
  #pending: { cancel: () => void; at: Ms; run: (guest: SimulatedGuest) => void }[] = [];
  /** What goes on when the machine does, while it is saved or paused. */
  #suspended: { readonly since: Ms; readonly waiting: readonly Waiting[] } | undefined;
  /** How far its clock was behind when it was resumed, and when that was. */
  #clock = { behindMs: 0, since: 0 };

  /** A guest that boots, or one that stands where `memory` was taken and waits for {@linkcode resume}. */
  constructor(surroundings: GuestSurroundings, memory?: GuestMemory) {
    this.#s = surroundings;
    this.#loader = surroundings.loader ?? true;
    if (memory !== undefined) {
      this.#fate = memory.fate;
      this.#seed = memory.seed;
      this.#phase = memory.phase;
      this.#use = memory.use;
      this.#exit = memory.exit;
      this.#beats = memory.beats;
      this.#frozen = memory.frozen;
      this.#jitConfig = memory.jitConfig;
      this.#desktop = memory.desktop.copy();
      this.#suspended = { since: memory.takenAt, waiting: memory.waiting };
      return;
    }
    this.#fate = fateOf(surroundings.odds, surroundings.random);
    this.#seed = surroundings.random.bits();
    const bootMs = surroundings.takes("boot");
    if (this.#fate === "never_boots") return;
    if (this.#fate === "crash_in_boot") {
      this.#later(bootMs * surroundings.random.next(), (guest) => guest.#crash());
      return;
    }
    this.#later(bootMs * 0.8, (guest) => {
      guest.#beatFrom = guest.#s.timeline.now;
      guest.#phase = "starting";
    });
    this.#later(bootMs, (guest) => {
      guest.#s.grow(BOOT_WRITES_MB);
      guest.#phase = "waiting";
      if (guest.#fate === "hangs_waiting") guest.#freeze();
      else guest.mediaChanged();
    });
  }

  /** Id of the job that runs now. */
  get job(): number | undefined {
    return this.#job?.id;
  }

  /** What key-value exchange shows; nothing before the system is up, or from a silent guest. */
  items(): Record<string, string> | undefined {
    if (this.#phase === "dark" || this.#fate === "silent" || !this.#loader) return undefined;
    const beat = this.#beat();
    if (this.#fate === "hostile" && (this.#job !== undefined || this.#seed % 2 === 0)) {
      return hostileItems(this.#seed, beat, this.#use);
    }
    const items: Record<string, string> = {
      [GUEST_KEYS.phase]: this.#phase,
      [GUEST_KEYS.beat]: String(beat),
      [GUEST_KEYS.use]: String(this.#use),
    };
    if (this.#exit !== undefined) items[GUEST_KEYS.exit] = String(this.#exit);
    return items;
  }

  /** What its heartbeat service says: nothing before the system is up, nothing more from a frozen one. */
  get heartbeat(): "ok" | "no-contact" | "lost-communication" {
    if (this.#phase === "dark") return "no-contact";
    return this.#frozen ? "lost-communication" : "ok";
  }

  /** Whether it does anything at all: a frozen one answers nobody. */
  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** What its screen shows once its system is up, and where keys and clicks go. */
  get desktop(): Desktop {
    return this.#desktop;
  }

  /** What its runner is at, in one word. */
  get phase(): GuestPhase | "dark" {
    return this.#phase;
  }

  /** How far its clock is behind the host's. */
  get clockBehindMs(): Ms {
    return this.#s.timeline.now < this.#clock.since + CLOCK_SET_AFTER_MS ? this.#clock.behindMs : 0;
  }

  /** Its clock is set to the host's. */
  setClock(): void {
    this.#clock = { behindMs: 0, since: 0 };
  }

  /** Whether it has an address: its system is up. */
  get isUp(): boolean {
    return this.#phase !== "dark";
  }

  /** The loader is brought into a guest that had none, and begins. */
  startLoader(): void {
    this.#loader = true;
    this.#beatFrom = this.#s.timeline.now;
    this.mediaChanged();
  }

  /** Something was set into the drive or taken out. A waiting guest looks, and takes what it has not had. */
  mediaChanged(): void {
    if (this.#phase !== "waiting" || this.#frozen || !this.#loader || this.#s.media() === undefined) return;
    this.#later(this.#s.takes("got"), (guest) => guest.#takeIntroduction());
  }

  #takeIntroduction(): void {
    const introduction = readIntroduction(this.#s.media());
    if (this.#phase !== "waiting" || introduction === undefined || this.#s.usesHad.has(introduction.use)) {
      return;
    }
    const { use, jitConfig } = introduction;
    this.#s.usesHad.add(use);
    this.#use = use;
    this.#phase = "got";
    if (this.#fate === "hangs_after_got") this.#freeze();
    else if (this.#fate !== "never_online") {
      this.#later(this.#s.takes("online"), (guest) => guest.#goOnline(jitConfig));
    }
  }

  /** The power is cut. */
  cut(): void {
    this.#cancelAll();
    this.#connection?.lost();
    this.#phase = "dark";
    this.#job = undefined;
  }

  /** The machine is saved or paused: time stands still for it. */
  suspend(): void {
    if (this.#suspended !== undefined) return;
    this.#beats = this.#beat();
    this.#suspended = { since: this.#s.timeline.now, waiting: this.#waiting() };
    this.#cancelAll();
    this.#connection?.lost();
  }

  /** The machine goes on where it was suspended; its clock does not know that time has passed. */
  resume(): void {
    const suspended = this.#suspended;
    if (suspended === undefined) return;
    const { now } = this.#s.timeline;
    this.#suspended = undefined;
    this.#beatFrom = now;
    this.#clock = { behindMs: now - suspended.since, since: now };
    for (const { restMs, run } of suspended.waiting) this.#later(restMs, run);
    this.#connection?.back();
  }

  /** What a checkpoint keeps. A runner's connection is not in it: the program that goes on from here connects anew. */
  memory(): GuestMemory {
    const connected = this.#phase === "running";
    const jitConfig = this.#jitConfig;
    const reconnect = {
      restMs: this.#s.takes("online"),
      run: (guest: SimulatedGuest) => guest.#goOnline(jitConfig ?? ""),
    };
    return {
      fate: this.#fate,
      seed: this.#seed,
      phase: this.#phase,
      use: this.#use,
      exit: this.#exit,
      beats: this.#beat(),
      frozen: this.#frozen,
      jitConfig,
      desktop: this.#desktop.copy(),
      takenAt: this.#suspended?.since ?? this.#s.timeline.now,
      waiting: connected ? [reconnect] : this.#waiting(),
    };
  }

  #waiting(): readonly Waiting[] {
    if (this.#suspended !== undefined) return this.#suspended.waiting;
    const { now } = this.#s.timeline;
    return this.#pending.map(({ at, run }) => ({ restMs: at - now, run }));
  }

  #beat(): number {
    if (this.#frozen || this.#suspended !== undefined || this.#phase === "dark") return this.#beats;
    return this.#beats +
      Math.floor((this.#s.timeline.now - this.#beatFrom) / Math.max(1, this.#s.takes("beat"))) + 1;
  }

  #goOnline(jitConfig: string): void {
    const connection = this.#s.forge.connect(jitConfig, {
      vm: this.#s.vmId,
      job: (job) => this.#runJob(job),
      gone: () => this.#end(1),
    });
    this.#jitConfig = jitConfig;
    this.#phase = "running";
    if (connection === undefined) {
      this.#end(1); // the runner program says invalid_client and ends
      return;
    }
    this.#connection = connection;
    if (this.#fate === "network_away") {
      this.#later(this.#s.random.exponential(600_000), () => {
        connection.lost();
        this.#later(this.#s.random.between(5_000, 900_000), () => connection.back());
      });
    }
  }

  #runJob(job: Job): void {
    this.#job = job;
    if (job.outcome === "lost" || this.#fate === "crash_in_job") {
      this.#later(job.durationMs * this.#s.random.next(), (guest) => guest.#crash());
      return;
    }
    if (this.#fate === "hangs_in_job") {
      this.#later(job.durationMs * this.#s.random.next(), (guest) => {
        guest.#freeze();
        guest.#connection?.lost();
      });
      return;
    }
    const outcome = job.outcome;
    this.#later(job.durationMs, () => {
      this.#s.grow(JOB_WRITES_MB);
      // The callback may come after the power was cut: the report was waiting for the forge.
      const connection = this.#connection;
      connection?.finish(outcome, () => {
        if (this.#connection !== connection || this.#phase === "dark") return;
        this.#job = undefined;
        this.#end(0);
      });
    });
  }

  /** The runner program ended: says so, and powers off after a moment. */
  #end(exit: number): void {
    if (this.#phase === "dark" || this.#phase === "done") return;
    this.#phase = "done";
    this.#exit = exit;
    this.#later(this.#s.takes("shutdown"), (guest) => guest.#s.powerOff("guest"));
  }

  #crash(): void {
    this.#s.powerOff("crash");
  }

  #freeze(): void {
    this.#beats = this.#beat();
    this.#frozen = true;
    this.#cancelAll();
  }

  #later(ms: Ms, run: (guest: SimulatedGuest) => void): void {
    const at = this.#s.timeline.now + ms;
    const entry = {
      at,
      run,
      cancel: this.#s.timeline.at(at, () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
        run(this);
      }),
    };
    this.#pending.push(entry);
  }

  #cancelAll(): void {
    for (const { cancel } of this.#pending) cancel();
    this.#pending = [];
  }
}
