/** A running controller as the API sees it: status, events, commands. */
import { type By, by } from "../model/by.ts";
import type { Journal } from "../journal/journal.ts";
import { fileSettings, withCreated } from "../model/created_pools.ts";
import type { Command } from "../model/decide.ts";
import { storeDirectory } from "../model/effects.ts";
import type { Event } from "../model/events.ts";
import type { Ms } from "../model/ids.ts";
import { poolScopes } from "../model/readings.ts";
import { inventory } from "../model/inventory.ts";
import type { Settings } from "../model/settings.ts";
import type { Status } from "../model/status.ts";
import type { ControllerFigures } from "../ports/metrics.ts";
import type {
  EventFilter,
  EvidenceOperations,
  InventoryAnswer,
  JobFilter,
  JobRow,
  LeaseOperations,
  MaintenanceAnswer,
  MaintenanceRequest,
  Operations,
  PoolOperations,
  ReloadAnswer,
  RolloutAnswer,
  RolloutRequest,
  TemplateOperations,
} from "../ports/operations.ts";
import { describe } from "./describe.ts";
import { findEvents } from "./event_query.ts";
import type { Ports } from "./executor.ts";
import { figuresOf } from "./figures.ts";
import { ResumeFailures } from "./figures_resume.ts";
import { JournalMarker, type WriteMark } from "./journal_marker.ts";
import { Keeper } from "./keeper.ts";
import { Loop } from "./loop.ts";
import { findJobs } from "./job_query.ts";
import { LeaseDesk } from "./lease_desk.ts";
import { PoolDesk } from "./pool_desk.ts";
import { prepareMaintenance } from "./maintenance_request.ts";
import { heldOf, settingsChanges } from "./settings_changes.ts";
import { newestRelease } from "./runner_release.ts";
import { answerRollout } from "./rollout_request.ts";
import { describePreparation } from "./describe_preparation.ts";
import { TemplateStore } from "./templates/store.ts";
import type { Beginning } from "./turn.ts";
import type { Log } from "../ports/log.ts";
import { isLive, type State } from "../model/state.ts";
import { runnerOf } from "../model/view.ts";

/** What a controller is made of. */
export interface ControllerOptions {
  readonly state: State;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly log: Log;
  readonly version: string;
  readonly keepDays: number;
  /** Days that jobs are remembered. */
  readonly keepJobsDays: number;
  /** Raises the highest number that may be issued, durably. */
  readonly reserve: (upTo: number) => void;
  /** Writes down how far the journal has got, durably, outside of it. @default nobody does */
  readonly mark?: WriteMark;
  /** What is kept of machines that failed. @default nothing */
  readonly evidence?: EvidenceOperations;
  /**
   * Reads the configuration anew. Refused when a pool of it cannot be there together with one of `created`, which were
   * made at run time.
   * @default there is none
   */
  readonly reread?: (created: State["created"]) => Promise<Reread>;
}

/** A configuration that was read anew. */
export type Reread =
  | {
    readonly ok: true;
    readonly settings: Settings;
    /** Keys that changed and count only after a restart. */
    readonly restart: readonly string[];
  }
  | { readonly ok: false; readonly problems: readonly string[] };

const NO_EVIDENCE: EvidenceOperations = {
  list: () => Promise.resolve([]),
  read: () => Promise.resolve(undefined),
};

/** Between two bites of compaction, and between two sweeps. */
const COMPACT_BITE_MS: Ms = 1_000;
const COMPACT_SWEEP_MS: Ms = 3_600_000;

/** One controller: its loop, its journal, and those who listen. */
export class Controller implements Operations {
  readonly #options: ControllerOptions;
  readonly #loop: Loop;
  readonly #keeper: Keeper;
  readonly #marker: JournalMarker;
  readonly #listeners = new Set<() => void>();
  readonly #resumeFailures = new ResumeFailures();
  readonly #stopping = Promise.withResolvers<{ drain: boolean }>();
  #startedAt: Ms = 0;
  /** Called after each turn while a drain is waited for. */
  #whenTurned: () => void = () => {};
  #cancelCompaction: () => void = () => {};
  /** Who waits for the turn that takes their command. */
  #waiting: (() => void)[] = [];
  /** See {@linkcode Operations}. */
  readonly templates: TemplateOperations;
  /** See {@linkcode Operations}. */
  readonly leases: LeaseOperations;
  /** See {@linkcode Operations}. */
  readonly pools: PoolOperations;
  /** See {@linkcode Operations}. */
  readonly evidence: EvidenceOperations;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { state, journal, ports, log, reserve } = options;
    this.#keeper = new Keeper(journal, state);
    this.#marker = new JournalMarker(options.mark ?? (() => {}), log);
    const durability = { commit: (events: readonly Event[]) => this.#commit(events), reserve };
    this.#loop = new Loop({
      state,
      ports,
      durability,
      log,
      onCommit: (events) => {
        this.#resumeFailures.note(events);
        this.#published();
      },
      onTurn: () => {
        this.#whenTurned();
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const turned of waiting) turned();
      },
      disksInWork: () => store.disksInWork(),
    });
    const store = this.#openStore();
    this.templates = store;
    this.evidence = options.evidence ?? NO_EVIDENCE;
    this.pools = new PoolDesk({
      state: () => this.#loop.turns.state,
      pools: () => this.status().pools,
      apply: (command) => this.#apply(command),
    });
    this.leases = new LeaseDesk({
      state: () => this.#loop.turns.state,
      view: () => this.#loop.turns.view,
      clock: ports.clock,
      apply: (command) => this.#apply(command),
      push: (command) => this.#loop.push({ type: "command", command }),
      onCommit: (listener) => this.onCommit(listener),
    });
  }

  #commit(events: readonly Event[]): void {
    this.#keeper.commit(events);
    const { run, seq } = this.#options.state;
    this.#marker.committed({ run, seq }, this.#options.ports.clock.now());
  }

  #openStore(): TemplateStore {
    const { host, clock, web, packages } = this.#options.ports;
    const state = () => this.#loop.turns.state;
    return new TemplateStore({
      host,
      clock,
      ...(web === undefined ? {} : { web }),
      ...(packages === undefined ? {} : { packages }),
      newestRunner: () => newestRelease(this.#options.ports, poolScopes(state())),
      state,
      store: () => storeDirectory(state(), state().settings.storage),
      apply: (command) => this.#apply(command),
      preparing: () => describePreparation(state(), this.#loop.turns.view),
    });
  }

  /** Resolves after the turn that took the command; rejects when the loop cannot go on. */
  async #apply(command: Command): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#loop.push({ type: "command", command });
    await Promise.race([
      promise,
      this.#loop.ended.then(() => Promise.reject(new Error("hvpool is stopping"))),
    ]);
  }

  /** Takes the first turn. */
  begin(beginning: Beginning): void {
    this.#startedAt = this.#options.ports.clock.now();
    this.#loop.begin(beginning);
    this.#compactLater(COMPACT_BITE_MS);
  }

  status(): Status {
    const { ports, version } = this.#options;
    const { state, view } = this.#loop.turns;
    const now = ports.clock.now();
    const rate = (scope: Parameters<typeof ports.forge.rate>[0]) => ports.forge.rate(scope);
    return describe(state, view, { version, startedAt: this.#startedAt, now, rate });
  }

  events(filter: EventFilter, limit: number): ReturnType<Operations["events"]> {
    return findEvents(this.#options.journal, this.#loop.turns.state.settings.pools, filter, limit);
  }

  /** For metrics: numbers that the status does not have. */
  figures(): ControllerFigures {
    const { state, view, lateAnswers } = this.#loop.turns;
    return figuresOf(state, view, lateAnswers, this.#resumeFailures);
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop({ drain, ...who }: By & { drain: boolean }): void {
    this.#loop.push({ type: "command", command: { type: "stop", drain, ...by(who) } });
  }

  rollout(request: RolloutRequest): RolloutAnswer {
    const command = { type: "rollout", ...request } as const;
    const answer = answerRollout(this.#loop.turns.state, command, this.#options.ports.clock.now());
    if (answer.ok) this.#loop.push({ type: "command", command });
    return answer;
  }

  maintain(request: MaintenanceRequest): MaintenanceAnswer {
    const { answer, command } = prepareMaintenance(
      this.#loop.turns.state,
      request,
      this.#options.ports.clock.now(),
    );
    if (command !== undefined) this.#loop.push({ type: "command", command });
    return answer;
  }

  inventory(): InventoryAnswer {
    const { state, view } = this.#loop.turns;
    const listedAt = view.vms === undefined ? null : new Date(view.vms.at).toISOString();
    return { items: inventory(state, view), listedAt, lostUpTo: state.lostUpTo };
  }

  reconcile({ adopt, ...who }: By & { adopt: boolean }): { message: string; changed: boolean } {
    const { lostUpTo } = this.#loop.turns.state;
    if (lostUpTo === 0) {
      return { changed: false, message: "Nothing changes: no journal was lost." };
    }
    this.#loop.push({ type: "command", command: { type: "reconcile", adopt, ...by(who) } });
    const message = adopt
      ? "Machines of the lost journal that serve go on; everything else of it is removed, jobs end first."
      : "Everything of the lost journal is removed; machines with jobs end them first.";
    return { changed: true, message };
  }

  jobs(filter: JobFilter, limit: number): readonly JobRow[] {
    return findJobs(this.#options.journal, filter, limit);
  }

  async reload({ apply, ...who }: By & { apply: boolean }): Promise<ReloadAnswer> {
    const { reread } = this.#options;
    if (reread === undefined) {
      return { ok: false, problems: ["This hvpool has no configuration file that could be read anew."] };
    }
    const { state } = this.#loop.turns;
    const read = await reread(state.created);
    if (!read.ok) return read;
    const changes = settingsChanges(
      state.settings,
      withCreated(state.created, read.settings),
      (pool) => heldOf(state, pool),
    );
    if (apply && changes.length > 0) {
      await this.#apply({ type: "settings", settings: read.settings, ...by(who) });
      if (JSON.stringify(fileSettings(state)) !== JSON.stringify(read.settings)) {
        return { ok: false, problems: ["Pools were made meanwhile, or settings changed: reload again."] };
      }
    }
    return { ok: true, changes, restart: read.restart };
  }

  /** Resolves once somebody asked the program to stop; rejects when the loop cannot go on. */
  async untilStopping(): Promise<{ drain: boolean }> {
    return await Promise.race([
      this.#stopping.promise,
      this.#loop.ended.then(() => ({ drain: false })),
    ]);
  }

  /**
   * Waits for what a stop waits for: for a drain until nothing idle is left, then for effects in flight, but no
   * longer than `withinMs`. Rejects when the loop cannot go on.
   */
  async settle(withinMs: Ms): Promise<void> {
    const { clock } = this.#options.ports;
    await Promise.race([this.#untilDrained(), this.#loop.ended]);
    const late = Promise.withResolvers<void>();
    const cancel = clock.at(clock.now() + withinMs, () => late.resolve());
    await Promise.race([this.#loop.settled(), this.#loop.ended, late.promise]);
    cancel();
  }

  /** Takes no further turn. */
  close(): void {
    this.#cancelCompaction();
    this.#loop.close();
    this.#marker.ended();
  }

  /** Calls whose answers are still awaited. */
  get inFlight(): number {
    return this.#loop.inFlight;
  }

  #published(): void {
    const { stopping } = this.#loop.turns.state;
    if (stopping !== undefined) this.#stopping.resolve(stopping);
    for (const listener of this.#listeners) listener();
  }

  async #untilDrained(): Promise<void> {
    if (this.#drained()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A list that shows a machine with a job ends the wait, and commits nothing.
    this.#whenTurned = () => {
      if (this.#drained()) resolve();
    };
    await promise;
    this.#whenTurned = () => {};
  }

  /** A drain leaves machines with jobs alone, also those that GitHub gave one while they were retired. */
  #drained(): boolean {
    const { state, view } = this.#loop.turns;
    if (state.stopping?.drain !== true) return true;
    for (const cycle of state.cycles.values()) {
      if (cycle.phase === "claimed" || cycle.phase === "quarantined") continue;
      if (isLive(cycle)) return false;
      const busy = cycle.runner !== undefined &&
        runnerOf(view, cycle, cycle.runner.scope).row?.busy === true;
      if (cycle.vm !== "none" && !busy) return false;
      if (cycle.directory && !busy) return false;
    }
    return true;
  }

  /** One bite; true when there is nothing more to do now. Failing to forget is no reason to end. */
  #compact(): boolean {
    const { clock } = this.#options.ports;
    try {
      return this.#keeper.compact(this.#options, clock.now());
    } catch (error) {
      this.#options.log.warn("Old events could not be deleted; it is tried again in an hour", { error });
      return true;
    }
  }

  #compactLater(afterMs: Ms): void {
    const { clock } = this.#options.ports;
    this.#cancelCompaction = clock.at(clock.now() + afterMs, () => {
      this.#compactLater(this.#compact() ? COMPACT_SWEEP_MS : COMPACT_BITE_MS);
    });
  }
}
