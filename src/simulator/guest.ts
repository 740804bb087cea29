/**
 * A guest: boots, says that it waits, takes its introduction, brings its runner online, runs one job, powers
 * off. Or it does not: see {@linkcode GuestOdds}. Nothing happens between these steps; what a guest reports is
 * computed from the time when somebody asks.
 */
import type { Ms } from "../model/ids.ts";
import { GUEST_KEYS, type GuestPhase, HOST_KEYS } from "../ports/guest.ts";
import { Desktop } from "./display/desktop.ts";
import { type Fate, fateOf, hostileItems } from "./guest_fate.ts";
import { installedRunner } from "./guest_image.ts";
import { atPowerOn, type GuestMemory, type Progress } from "./guest_memory.ts";
import type { GuestSurroundings } from "./guest_surroundings.ts";
import { mayBeIntroduced, takeIntroduction } from "./introduction.ts";
import { PendingSteps, type Step } from "./pending_steps.ts";
import { RunnerProgram } from "./runner_program.ts";
import { readSeedConfig, SEED_FILE } from "./seed_image.ts";

const BOOT_WRITES_MB = 300;

/** The system and the programs in one VM, from power on to power off. */
export class SimulatedGuest {
  readonly #s: GuestSurroundings;
  readonly #fate: Fate;
  readonly #seed: number;
  readonly #steps: PendingSteps<SimulatedGuest>;
  readonly #desktop: Desktop;
  readonly #at: Progress;
  #runner: RunnerProgram | undefined;
  /** Beats counted up to `#beatFrom`; a frozen guest counts no further. */
  #beats = 0;
  #beatFrom: Ms = 0;
  /** Since when it has been up, or goes on. */
  #upSince: Ms = Infinity;
  /** What its loader said of its address with its last beat that anybody saw. */
  #said: { readonly beat: number; readonly address: string | undefined } = { beat: -1, address: undefined };
  /** What goes on when the machine does, while it is saved or paused. */
  #suspended: { readonly since: Ms; readonly waiting: readonly Step<SimulatedGuest>[] } | undefined;
  /** What its clock showed at the beat of `#beats`. */
  #time: Ms = 0;
  /** How far its clock was behind when it was resumed, and when its integration service sets it. */
  #clock: { readonly behindMs: Ms; readonly rightAt: Ms } = { behindMs: 0, rightAt: 0 };
  /** After a resume the desktop beacon's last word is seen, until it has said another. */
  #beacon = { beat: 0, saysAt: 0 };

  /** A guest that boots, or one that stands where `memory` was taken and waits for {@linkcode resume}. */
  constructor(surroundings: GuestSurroundings, memory?: GuestMemory) {
    this.#s = surroundings;
    this.#steps = new PendingSteps<SimulatedGuest>(surroundings.timeline, this);
    if (memory !== undefined) {
      this.#fate = memory.fate;
      this.#seed = memory.seed;
      this.#at = { ...memory.progress };
      this.#beats = memory.beats;
      this.#said = { beat: memory.beats, address: memory.address };
      this.#time = memory.time;
      this.#clock = { behindMs: memory.clockBehindMs, rightAt: Infinity };
      this.#desktop = memory.desktop.copy();
      this.#suspended = { since: memory.takenAt, waiting: memory.waiting };
      return;
    }
    this.#desktop = new Desktop();
    this.#at = atPowerOn(surroundings.loader);
    this.#fate = fateOf(surroundings.odds, surroundings.random);
    this.#seed = surroundings.random.bits();
    const bootMs = surroundings.takes("boot");
    if (this.#fate === "never_boots") return;
    if (this.#fate === "crash_in_boot") {
      this.#later(bootMs * surroundings.random.next(), (guest) => guest.#crash());
      return;
    }
    this.#later(bootMs * 0.8, (guest) => {
      guest.#firstBeat();
      guest.#at.phase = "starting";
    });
    this.#later(bootMs, (guest) => {
      guest.#s.grow(BOOT_WRITES_MB);
      guest.#at.phase = "waiting";
      guest.#upSince = guest.#s.timeline.now;
      if (guest.#fate === "hangs_waiting") guest.#freeze();
      else guest.look();
    });
    if (surroundings.desktop !== undefined) {
      this.#later(bootMs + surroundings.takes("desktop"), (guest) => guest.#at.loggedOn = true);
    }
  }

  /** Id of the job that runs now. */
  get job(): number | undefined {
    return this.#runner?.job;
  }

  /** What key-value exchange shows; nothing before the system is up, or from a silent guest. */
  items(): Record<string, string> | undefined {
    if (this.#at.phase === "dark" || this.#fate === "silent" || !this.#at.loader) return undefined;
    const beat = this.#beat();
    if (this.#fate === "hostile" && (this.job !== undefined || this.#seed % 2 === 0)) {
      return hostileItems(this.#seed, beat, this.#at.use);
    }
    const items: Record<string, string> = {
      [GUEST_KEYS.phase]: this.#at.phase,
      [GUEST_KEYS.beat]: String(beat),
      [GUEST_KEYS.use]: String(this.#at.use),
    };
    if (this.#at.exit !== undefined) items[GUEST_KEYS.exit] = String(this.#at.exit);
    if (this.#at.runner !== undefined) items[GUEST_KEYS.runner] = this.#at.runner;
    if (this.#at.job !== undefined) items[GUEST_KEYS.job] = this.#at.job;
    if (this.#s.tellsAddress()) {
      items[GUEST_KEYS.address] = this.#saysAddress(beat) ?? "";
      items[GUEST_KEYS.time] = new Date(this.#saysTime(beat)).toISOString().replace(/\.\d+Z$/, "Z");
    }
    const desktop = this.#desktopSays();
    if (desktop !== undefined) items[GUEST_KEYS.desktop] = desktop;
    return items;
  }

  /** The loader says it with each beat: what it said with this one stays until the next. */
  #saysAddress(beat: number): string | undefined {
    if (this.#said.beat !== beat) this.#said = { beat, address: this.#s.address() };
    return this.#said.address;
  }

  /** What its clock shows at a beat. */
  #saysTime(beat: number): Ms {
    if (beat === this.#beats) return this.#time;
    const at = this.#beatFrom + (beat - this.#beats) * this.#beatEveryMs;
    return at - this.#behindAt(at);
  }

  /** Whether a program in it takes connections. */
  get serves(): boolean {
    const { frozen } = this.#at;
    return !frozen && this.#suspended === undefined &&
      this.#s.timeline.now >= this.#upSince + this.#s.takes("services");
  }

  #desktopSays(): string | undefined {
    const { desktop, timeline, resolution } = this.#s;
    if (desktop === undefined || !this.#at.loggedOn) return undefined;
    const { now } = timeline;
    const { width, height } = resolution();
    const locked = desktop === "locked" || this.#desktop.state(now, { height }).locked;
    const beat = now < this.#beacon.saysAt ? this.#beacon.beat : this.#beat();
    return `${locked ? "locked" : "unlocked"} ${width}x${height} ${beat}`;
  }

  /** What its heartbeat service says: nothing before the system is up, nothing more from a frozen one. */
  get heartbeat(): "ok" | "no-contact" | "lost-communication" {
    if (this.#at.phase === "dark") return "no-contact";
    return this.#at.frozen ? "lost-communication" : "ok";
  }

  /** Whether it does anything at all: a frozen one answers nobody. */
  get isFrozen(): boolean {
    return this.#at.frozen;
  }

  /** What its screen shows once its system is up, and where keys and clicks go. */
  get desktop(): Desktop {
    return this.#desktop;
  }

  /** What its runner is at, in one word. */
  get phase(): GuestPhase | "dark" {
    return this.#at.phase;
  }

  /** How far its clock is behind the host's. */
  get clockBehindMs(): Ms {
    return this.#behindAt(this.#s.timeline.now);
  }

  #behindAt(at: Ms): Ms {
    return at < this.#clock.rightAt ? this.#clock.behindMs : 0;
  }

  /** Its clock is set to the host's. */
  setClock(): void {
    this.#clock = { behindMs: 0, rightAt: 0 };
  }

  /** Whether it has an address: its system is up. */
  get isUp(): boolean {
    return this.#at.phase !== "dark";
  }

  /** It has been up for long, without a loader of ours; with a configuration its runner is online. */
  hasRun(jitConfig?: string): void {
    this.#steps.cancel();
    this.#at.loader = false;
    this.#at.phase = "running";
    if (jitConfig !== undefined) this.#goOnline(jitConfig);
  }

  /** The loader is brought into a guest, and begins where none runs. */
  startLoader(): void {
    if (this.#at.loader) return;
    this.#at.loader = true;
    this.#firstBeat();
    this.look();
  }

  /**
   * Something is in the drive or on the disk that was not there before: a guest that waits takes what it has not had.
   * Without the loader it is the file of a seed's image that it looks for.
   */
  look(): void {
    const { phase, frozen, loader } = this.#at;
    if (phase !== "waiting" || frozen || this.#suspended !== undefined) return;
    if (loader) {
      if (!mayBeIntroduced(this.#s.drive(), this.#s.files)) return;
      this.#later(this.#s.takes("got"), (guest) => guest.#takeIntroduction());
    } else if (this.#s.files.read(SEED_FILE) !== undefined) {
      this.#later(this.#s.takes("got"), (guest) => guest.#configureItself());
    }
  }

  /** The host has said something by key-value exchange: a guest at its end waits for one thing. */
  hear(): void {
    const { phase, frozen, use } = this.#at;
    if (phase !== "done" || frozen || this.#suspended !== undefined) return;
    if (this.#s.pushed()[HOST_KEYS.bye] === String(use)) this.#leave();
  }

  #takeIntroduction(): void {
    if (this.#at.phase !== "waiting") return;
    const introduction = takeIntroduction(this.#s.drive(), this.#s.files);
    if (introduction === undefined) return;
    const { use, jitConfig, byeSeconds } = introduction;
    this.#at.use = use;
    this.#at.byeMs = this.#s.scaled(byeSeconds * 1_000);
    this.#has(jitConfig);
  }

  /** What a seed's image does with its file. Where that comes to nothing the machine stays up and does nothing. */
  #configureItself(): void {
    if (this.#at.phase !== "waiting" || this.#at.loader) return;
    const config = readSeedConfig(this.#s.files.read(SEED_FILE));
    const made = config === undefined ? undefined : this.#s.forge.registerByToken(config);
    if (made !== undefined && "runner" in made) this.#has(made.runner.jitConfig);
  }

  /** It has all that its runner program needs. */
  #has(jitConfig: string): void {
    this.#at.phase = "got";
    if (this.#fate === "hangs_after_got") this.#freeze();
    else if (this.#fate !== "never_online") {
      this.#later(this.#s.takes("online"), (guest) => guest.#goOnline(jitConfig));
    }
  }

  /** A program asks Windows to shut down in so long. */
  shutDown(afterMs: Ms): void {
    this.#later(afterMs, (guest) => guest.#leave());
  }

  /** The power is cut. */
  cut(): void {
    this.#steps.cancel();
    this.#runner?.cut();
    this.#at.phase = "dark";
  }

  /** The machine is saved or paused: time stands still for it. */
  suspend(): void {
    if (this.#suspended !== undefined) return;
    this.#keepBeat();
    this.#saysAddress(this.#beats);
    this.#clock = { behindMs: this.clockBehindMs, rightAt: Infinity };
    this.#suspended = { since: this.#s.timeline.now, waiting: this.#steps.left() };
    this.#steps.cancel();
    this.#runner?.lost();
  }

  /** The machine goes on where it was suspended; its clock does not know that time has passed until it is set. */
  resume(): void {
    const suspended = this.#suspended;
    if (suspended === undefined) return;
    const { now } = this.#s.timeline;
    this.#suspended = undefined;
    this.#beatFrom = now;
    this.#upSince = now;
    this.#clock = {
      behindMs: this.#clock.behindMs + now - suspended.since,
      rightAt: this.#s.takesTime() ? now + this.#s.takes("clock") : Infinity,
    };
    if (this.#s.desktop !== undefined) {
      this.#beacon = { beat: this.#beats, saysAt: now + this.#s.takes("desktop") };
    }
    for (const { restMs, run } of suspended.waiting) this.#later(restMs, run);
    this.#runner?.back();
    this.look();
    this.hear();
  }

  /** What a checkpoint keeps. A runner's connection is not in it: the program that goes on from here connects anew. */
  memory(): GuestMemory {
    const { jitConfig = "", phase, frozen } = this.#at;
    const reconnect = {
      restMs: this.#s.takes("online"),
      run: (guest: SimulatedGuest) => guest.#goOnline(jitConfig),
    };
    return {
      fate: this.#fate,
      seed: this.#seed,
      progress: { ...this.#at },
      beats: this.#beat(),
      address: this.#saysAddress(this.#beat()),
      time: this.#saysTime(this.#beat()),
      clockBehindMs: this.clockBehindMs,
      desktop: this.#desktop.copy(),
      takenAt: this.#suspended?.since ?? this.#s.timeline.now,
      waiting: phase === "running" && !frozen ? [reconnect] : this.#suspended?.waiting ?? this.#steps.left(),
    };
  }

  #firstBeat(): void {
    this.#beats = 1;
    this.#beatFrom = this.#s.timeline.now;
    this.#time = this.#beatFrom - this.clockBehindMs;
  }

  /** It counts no further, until it goes on. */
  #keepBeat(): void {
    const beat = this.#beat();
    this.#time = this.#saysTime(beat);
    this.#beats = beat;
  }

  #beat(): number {
    if (this.#at.frozen || this.#suspended !== undefined || this.#at.phase === "dark") return this.#beats;
    return this.#beats + Math.floor((this.#s.timeline.now - this.#beatFrom) / this.#beatEveryMs);
  }

  get #beatEveryMs(): Ms {
    return Math.max(1, this.#s.takes("beat"));
  }

  #goOnline(jitConfig: string): void {
    this.#at.jitConfig = jitConfig;
    this.#at.phase = "running";
    this.#at.runner = installedRunner((path) => this.#s.files.read(path));
    this.#runner = new RunnerProgram({
      surroundings: this.#s,
      fate: this.#fate,
      version: this.#at.runner,
      later: (ms, run) => this.#later(ms, run),
      ended: (exit) => this.#end(exit),
      says: (job) => this.#at.job = job,
      crash: () => this.#crash(),
      freeze: () => this.#freeze(),
    }, jitConfig);
  }

  /** The runner program ended: says so, waits for the host's `bye`, and powers off after a moment. */
  #end(exit: number): void {
    if (this.#at.phase === "dark" || this.#at.phase === "done") return;
    this.#at.phase = "done";
    this.#at.exit = exit;
    if (this.#at.byeMs <= 0) {
      this.#leave();
      return;
    }
    this.#later(this.#at.byeMs, (guest) => guest.#leave());
    this.hear();
  }

  #leave(): void {
    if (this.#at.leaving) return;
    this.#at.leaving = true;
    this.#later(this.#s.takes("shutdown"), (guest) => guest.#s.powerOff("guest"));
  }

  #crash(): void {
    this.#s.powerOff("crash");
  }

  #freeze(): void {
    this.#keepBeat();
    this.#at.frozen = true;
    this.#steps.cancel();
  }

  #later(ms: Ms, run: (guest: SimulatedGuest) => void): void {
    this.#steps.add(ms, run);
  }
}
