/**
 * A guest: boots, says that it waits, takes its introduction, brings its runner online, runs one job, powers
 * off. Or it does not: see {@linkcode GuestOdds}. Nothing happens between these steps; what a guest reports is
 * computed from the time when somebody asks.
 */
import type { Ms } from "../model/ids.ts";
import { CONFIG_DRIVE_FILE, GUEST_KEYS, type GuestPhase } from "../ports/guest.ts";
import type { SimulatedForge } from "./forge.ts";
import type { RunnerConnection } from "./runner.ts";
import { type Fate, fateOf, type GuestOdds, hostileItems } from "./guest_fate.ts";
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

/** One small file of a config drive. */
export interface DriveFile {
  readonly name: string;
  readonly text: string;
}

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
  /** The guest writes to its disk. */
  readonly grow: (mb: number) => void;
}

const BOOT_WRITES_MB = 300;
const JOB_WRITES_MB = 500;

/** The system and the programs in one VM, from power on to power off. */
export class SimulatedGuest {
  readonly #s: GuestSurroundings;
  readonly #fate: Fate;
  readonly #seed: number;
  #phase: GuestPhase | "dark" = "dark";
  #use = 0;
  #exit: number | undefined;
  #job: Job | undefined;
  #connection: RunnerConnection | undefined;
  /** Beats counted up to `#beatFrom`; a frozen guest counts no further. */
  #beats = 0;
  #beatFrom: Ms = 0;
  #frozen = false;
  #pending: { cancel: () => void; at: Ms; run: () => void }[] = [];

  constructor(surroundings: GuestSurroundings) {
    this.#s = surroundings;
    this.#fate = fateOf(surroundings.odds, surroundings.random);
    this.#seed = surroundings.random.bits();
    const bootMs = surroundings.takes("boot");
    if (this.#fate === "never_boots") return;
    if (this.#fate === "crash_in_boot") {
      this.#later(bootMs * surroundings.random.next(), () => this.#crash());
      return;
    }
    this.#later(bootMs * 0.8, () => {
      this.#beatFrom = surroundings.timeline.now;
      this.#phase = "starting";
    });
    this.#later(bootMs, () => {
      surroundings.grow(BOOT_WRITES_MB);
      this.#phase = "waiting";
      if (this.#fate === "hangs_waiting") this.#freeze();
      else this.mediaChanged();
    });
  }

  /** Id of the job that runs now. */
  get job(): number | undefined {
    return this.#job?.id;
  }

  /** What key-value exchange shows; nothing before the system is up, or from a silent guest. */
  items(): Record<string, string> | undefined {
    if (this.#phase === "dark" || this.#fate === "silent") return undefined;
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

  /** Whether it has an address: its system is up. */
  get isUp(): boolean {
    return this.#phase !== "dark";
  }

  /** Something was set into the drive or taken out. A waiting guest looks, and takes what it has not had. */
  mediaChanged(): void {
    if (this.#phase !== "waiting" || this.#frozen || this.#s.media() === undefined) return;
    this.#later(this.#s.takes("got"), () => {
      const introduction = readIntroduction(this.#s.media());
      if (this.#phase !== "waiting" || introduction === undefined || this.#s.usesHad.has(introduction.use)) {
        return;
      }
      this.#s.usesHad.add(introduction.use);
      this.#use = introduction.use;
      this.#phase = "got";
      if (this.#fate === "hangs_after_got") this.#freeze();
      else if (this.#fate !== "never_online") {
        this.#later(this.#s.takes("online"), () => this.#goOnline(introduction.jitConfig));
      }
    });
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
    this.#beats = this.#beat();
    this.#frozen = true;
    const now = this.#s.timeline.now;
    const waiting = this.#pending.map(({ at, run }) => ({ restMs: at - now, run }));
    this.#cancelAll();
    this.#connection?.lost();
    this.resume = () => {
      this.#frozen = false;
      this.#beatFrom = this.#s.timeline.now;
      for (const { restMs, run } of waiting) this.#later(restMs, run);
      this.#connection?.back();
      this.resume = () => {};
    };
  }

  /** The machine goes on where it was suspended. */
  resume: () => void = () => {};

  #beat(): number {
    if (this.#frozen) return this.#beats;
    return this.#beats +
      Math.floor((this.#s.timeline.now - this.#beatFrom) / Math.max(1, this.#s.takes("beat"))) + 1;
  }

  #goOnline(jitConfig: string): void {
    const connection = this.#s.forge.connect(jitConfig, {
      vm: this.#s.vmId,
      job: (job) => this.#runJob(job),
      gone: () => this.#end(1),
    });
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
      this.#later(job.durationMs * this.#s.random.next(), () => this.#crash());
      return;
    }
    if (this.#fate === "hangs_in_job") {
      this.#later(job.durationMs * this.#s.random.next(), () => {
        this.#freeze();
        this.#connection?.lost();
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
    this.#later(this.#s.takes("shutdown"), () => this.#s.powerOff("guest"));
  }

  #crash(): void {
    this.#s.powerOff("crash");
  }

  #freeze(): void {
    this.#beats = this.#beat();
    this.#frozen = true;
    this.#cancelAll();
  }

  #later(ms: Ms, run: () => void): void {
    const at = this.#s.timeline.now + ms;
    const entry = {
      at,
      run,
      cancel: this.#s.timeline.at(at, () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
        run();
      }),
    };
    this.#pending.push(entry);
  }

  #cancelAll(): void {
    for (const { cancel } of this.#pending) cancel();
    this.#pending = [];
  }
}

/** Reads the config drive as the guest script does: anything malformed is as if it were not there. */
function readIntroduction(
  files: readonly DriveFile[] | undefined,
): { use: number; jitConfig: string } | undefined {
  const text = files?.find((file) => file.name === CONFIG_DRIVE_FILE)?.text;
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // a drive that cannot be read is none
  }
  const { protocol, use, jitConfig } = (value ?? {}) as {
    protocol?: unknown;
    use?: unknown;
    jitConfig?: unknown;
  };
  if (protocol !== 1 || typeof use !== "number" || !Number.isInteger(use) || typeof jitConfig !== "string") {
    return undefined;
  }
  return { use, jitConfig };
}
