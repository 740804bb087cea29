/**
 * What the controller itself adds to a resume, from the list that shows a job taken until the resumed guest has its
 * introduction. Two parts: time that it lets pass between two steps (simulated time, where its turns take none), and
 * the time of its turns, commits to a journal on disk included (real time, in a world that answers at once).
 */
import { join } from "node:path";
import { Keeper } from "../../src/controller/keeper.ts";
import { type Input, type Turn, Turns } from "../../src/controller/turn.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { CycleId, Ms } from "../../src/model/ids.ts";
import type { Read } from "../../src/model/readings.ts";
import { DEFAULT_TIMES } from "../../src/model/settings.ts";
import { type Cycle, emptyState, type State } from "../../src/model/state.ts";
import { Plant } from "../sim/plant.ts";
import { HOUR, simulatedSettings, START, withPool } from "../sim/settings.ts";
import { type Figure, median } from "./figure.ts";
import { CONTROLLER, InstantWorld } from "./instant_world.ts";

/**
 * Short, so that what is charged as polling hides little: where in a poll a resume falls is chance. The list of VMs
 * that is read meanwhile, 250 ms after the one before it at the soonest, takes no longer than this polling.
 */
const POLL_MS: Ms = 150;
/** So long takes reading guests. */
const READ_MS: Ms = 40;
/** A reading to compare with, up to a poll later, and one in which the guest's beat has moved, a poll after it. */
const PROOF_MS: Ms = 2 * POLL_MS + READ_MS;

/** One resume, as its events tell of it. */
class Resume {
  readonly #begunAt: Ms;
  #operationsMs = 0;
  #openedAt: Ms = 0;
  #renewedAt: Ms = 0;
  #proofMs = 0;

  constructor(begunAt: Ms) {
    this.#begunAt = begunAt;
  }

  opened(at: Ms): void {
    this.#openedAt = at;
  }

  closed(call: string, at: Ms): void {
    this.#operationsMs += at - this.#openedAt;
    if (call === "nic.reconnect") this.#renewedAt = at;
  }

  wentOn(at: Ms): void {
    this.#proofMs = at - this.#renewedAt;
  }

  /** What is left of the time until now without operations in flight, and without the polling that proves it. */
  waste(at: Ms): Ms {
    return at - this.#begunAt - this.#operationsMs - Math.min(this.#proofMs, PROOF_MS);
  }
}

/** Time between the steps of one resume after the other, in simulated time. */
function waitsBetweenSteps(resumes: number): Ms[] {
  const under = new Map<CycleId, Resume>();
  const wasted: Ms[] = [];
  const onTurn = ({ events }: Turn): void => {
    for (const { type, at, data } of events) {
      if (type === "cycle.phase" && data.phase === "resuming") under.set(data.cycle, new Resume(at));
      const resume = "cycle" in data ? under.get(data.cycle) : undefined;
      if (resume === undefined) continue;
      if (type === "cycle.phase" && data.phase === "waiting") resume.wentOn(at);
      if (type === "cycle.phase" && data.phase === "sealing") under.delete(data.cycle);
      if (type === "op.opened") resume.opened(at);
      if (type !== "op.closed") continue;
      resume.closed(data.call, at);
      if (data.call !== "media.put") continue;
      wasted.push(resume.waste(at));
      under.delete(data.cycle);
    }
  };
  const plant = new Plant({
    seed: 7,
    controllers: 1,
    slots: 4,
    hints: true,
    memoryMb: 1_048_576,
    pool: { recycle: "restore", hot: 1 },
    times: { ...DEFAULT_TIMES, pollGuestsMs: POLL_MS },
    latencies: { "kvp.read": READ_MS, "guest.beat": POLL_MS },
    onTurn,
  });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 1_000 * HOUR);
  plant.start();
  plant.assertFullAndClean(2 * HOUR);
  wasted.length = 0;
  for (let i = 0; i < resumes; i++) {
    plant.addJob(1_000);
    plant.advance(30_000);
    plant.assertFullAndClean(HOUR);
  }
  if (wasted.length < resumes) {
    throw new Error(`Only ${wasted.length} of ${resumes} jobs made a machine resume`);
  }
  return wasted;
}

/** A full pool in a world that answers at once, and a journal on disk. */
class InstantPool {
  readonly #world = new InstantWorld();
  readonly #turns: Turns;
  readonly #state: State;
  #now: Ms = START;
  #turn: Turn;
  /** Readings that were begun and not handed in. */
  #left: readonly Input[] = [];
  /** Time of turns since it was last set to nothing, and the part of it that went into commits. */
  spent = { turns: 0, turnsMs: 0, commitsMs: 0 };

  constructor(path: string, size: number, hot: number) {
    const settings = withPool(simulatedSettings(size), { recycle: "restore", hot });
    const lanes = { ...settings.lanes, vm: size, boot: size, forge: size, query: size };
    const journal = openJournal(path);
    const state = emptyState(settings);
    const keeper = new Keeper(journal, state);
    this.#state = state;
    this.close = () => journal.close();
    this.#turns = new Turns(state, {
      commit: (events) => {
        const begun = performance.now();
        keeper.commit(events);
        this.spent.commitsMs += performance.now() - begun;
      },
      reserve: () => {},
    });
    this.#turn = this.#turns.begin({
      controller: CONTROLLER,
      version: "bench",
      settings: { ...settings, lanes },
      reserved: 0,
      journalLost: false,
    }, this.#now);
  }

  readonly close: () => void;

  #cycles(): Cycle[] {
    return [...this.#state.cycles.values()];
  }

  /** Until so many are online and all others stand by. */
  settle(size: number, hot: number): void {
    const settled = () => {
      const count = (phase: string) => this.#cycles().filter((cycle) => cycle.phase === phase).length;
      return this.#turn.effects.length === 0 && this.#state.cycles.size === size && count("online") === hot &&
        count("standby") === size - hot;
    };
    for (let rounds = 0; !settled(); rounds++) {
      if (rounds > 1_000) throw new Error("The pool did not become full");
      this.#now += 500;
      this.#takeIn();
    }
  }

  /** One turn with all that was begun; its time does not count. */
  #takeIn(): void {
    const { effects, reads } = this.#turn;
    const inputs = [
      ...this.#left,
      ...effects.map((effect) => this.#answer(effect)),
      ...reads.map((of) => this.#reading(of)),
    ];
    this.#left = [];
    this.#turn = this.#turns.turn(inputs, this.#now);
  }

  #answer(effect: Effect): Input {
    const { cycle, op } = effect;
    return { type: "answer", cycle, op, result: this.#world.answer(effect) };
  }

  #reading(of: Read): Input {
    return { type: "reading", of, reading: this.#world.read(of, this.#state.seq, this.#now) };
  }

  /** A turn whose time counts. */
  #timed(inputs: readonly Input[]): Turn {
    const begun = performance.now();
    const turn = this.#turns.turn(inputs, this.#now);
    this.spent.turnsMs += performance.now() - begun;
    this.spent.turns++;
    return turn;
  }

  /** One online runner is given a job; a saved machine is resumed in its place, until it has its introduction. */
  resumeOne(): void {
    while (this.#turn.reads.length > 0) this.#takeIn();
    const busy = this.#cycles().find(({ phase }) => phase === "online");
    if (busy?.runner === undefined || busy.vmId === undefined) throw new Error("Nobody is online");
    this.#world.giveJob(busy.runner.name);
    const before = new Set(this.#cycles().filter(({ phase }) => phase === "standby").map(({ id }) => id));
    this.spent = { turns: 0, turnsMs: 0, commitsMs: 0 };
    let turn = this.#timed([this.#reading({ read: "runners", scope: busy.runner.scope })]);
    const resumed = this.#cycles().find(({ id, phase }) => before.has(id) && phase === "resuming");
    if (resumed === undefined) throw new Error("Nobody is resumed");
    const effects: Effect[] = [];
    const readings: Input[] = [];
    const begin = (): void => {
      effects.push(...turn.effects);
      readings.push(...turn.reads.map((of) => this.#reading(of)));
    };
    begin();
    for (let rounds = 0; !(resumed.put && resumed.op === undefined); rounds++) {
      if (rounds > 100) throw new Error(`${resumed.id} was not introduced, it is ${resumed.phase}`);
      const effect = effects.shift();
      const reading = effect === undefined ? readings.shift() : undefined;
      if (effect !== undefined) {
        this.#now += 1;
        turn = this.#timed([this.#answer(effect)]);
      } else if (reading !== undefined) {
        turn = this.#timed([reading]);
      } else {
        this.#now = turn.wakeAt;
        turn = this.#timed([]);
      }
      begin();
    }
    this.#turn = { ...turn, effects, reads: [] };
    this.#left = readings;
    this.#world.finish(busy.vmId);
  }
}

/** Real time of the turns of one resume after the other, each with its commits. */
async function turnsOfResumes(size: number, hot: number, resumes: number) {
  const folder = await Deno.makeTempDir({ prefix: "hvpool-bench-" });
  const pool = new InstantPool(join(folder, "journal.sqlite"), size, hot);
  try {
    const spent: InstantPool["spent"][] = [];
    for (let i = 0; i < resumes; i++) {
      pool.settle(size, hot);
      pool.resumeOne();
      spent.push({ ...pool.spent });
    }
    return {
      turns: median(spent.map(({ turns }) => turns)),
      allMs: median(spent.map(({ turnsMs }) => turnsMs)),
      commitsMs: median(spent.map(({ commitsMs }) => commitsMs)),
    };
  } finally {
    pool.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The controller's own share of a resume. */
export async function shareOfResumes(): Promise<Figure[]> {
  const waitedMs = Math.max(...waitsBetweenSteps(40));
  const figures: Figure[] = [{
    name: `resume: between its steps, beyond latencies and ${PROOF_MS} ms of polling, simulated, the longest`,
    value: waitedMs,
    unit: "ms",
  }];
  for (const [size, hot] of [[20, 5], [1_000, 100]] as const) {
    const { turns, allMs, commitsMs } = await turnsOfResumes(size, hot, 100);
    figures.push(
      {
        name: `resume: own share with ${size} machines, that and ${turns} turns with their commits`,
        value: waitedMs + allMs,
        unit: "ms",
        goal: 5,
      },
      { name: "of it commits", value: commitsMs, unit: "ms" },
    );
  }
  return figures;
}
