/**
 * Leases: what granting and releasing one costs on machines that run, the journal on disk included, with a hundred
 * callers at once; and the share of the controller in an acquire, beside the simulated world's own steps.
 */
import { join } from "node:path";
import { Keeper } from "../../src/controller/keeper.ts";
import { type Turn, Turns } from "../../src/controller/turn.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { Command } from "../../src/model/decide.ts";
import type { Ms, ScopeKey } from "../../src/model/ids.ts";
import type { LeaseId } from "../../src/model/leases/lease.ts";
import type { PoolSettings } from "../../src/model/settings.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import { simulatedSettings, START, withPool } from "../sim/settings.ts";
import { type Figure, median, quantile } from "./figure.ts";
import { CONTROLLER, InstantWorld } from "./instant_world.ts";
import { waitsOfAcquires } from "./lease_wait.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  scope: "" as ScopeKey,
  agent: { desktop: false, idleMs: 600_000, totalMs: 3_600_000 },
};

/** An agent pool whose machines all run, in a world that answers at once. */
class AgentPool {
  readonly #world = new InstantWorld();
  readonly #turns: Turns;
  readonly #state: State;
  #now: Ms = START;
  #turn: Turn;
  #next = 0;
  readonly close: () => void;

  constructor(path: string, size: number) {
    const settings = withPool(simulatedSettings(size), { ...AGENT, hot: size });
    const lanes = { ...settings.lanes, vm: size, boot: size, query: size };
    const journal = openJournal(path);
    this.#state = emptyState(settings);
    const keeper = new Keeper(journal, this.#state);
    this.close = () => journal.close();
    this.#turns = new Turns(this.#state, { commit: (events) => keeper.commit(events), reserve: () => {} });
    this.#turn = this.#turns.begin({
      controller: CONTROLLER,
      version: "bench",
      settings: { ...settings, lanes },
      reserved: 0,
      journalLost: false,
    }, this.#now);
  }

  #ready(): number {
    return [...this.#state.cycles.values()].filter(({ phase }) => phase === "online").length;
  }

  /** Until every machine runs and nobody has it; its time does not count. */
  settle(size: number): void {
    for (let rounds = 0; this.#ready() < size || this.#turn.effects.length > 0; rounds++) {
      if (rounds > 2_000) throw new Error(`Only ${this.#ready()} of ${size} machines became ready`);
      this.#now += 500;
      const { effects, reads } = this.#turn;
      this.#turn = this.#turns.turn([
        ...effects.map((effect) => {
          const { cycle, op } = effect;
          return { type: "answer" as const, cycle, op, result: this.#world.answer(effect) };
        }),
        ...reads.map((of) => ({
          type: "reading" as const,
          of,
          reading: this.#world.read(of, this.#state.seq, this.#now),
        })),
      ], this.#now);
    }
  }

  #timed(commands: readonly Command[]): Ms {
    const begun = performance.now();
    const turn = this.#turns.turn(
      commands.map((command) => ({ type: "command" as const, command })),
      this.#now,
    );
    const spent = performance.now() - begun;
    this.#turn = { ...turn, effects: [...this.#turn.effects, ...turn.effects] };
    return spent;
  }

  /** So many callers acquire at once, and release at once. Answers the time of both. */
  round(callers: number): { acquireMs: Ms; releaseMs: Ms } {
    const asked = Array.from({ length: callers }, (_, i): Extract<Command, { type: "lease.acquire" }> => ({
      type: "lease.acquire",
      lease: `l-${String(this.#next++).padStart(26, "0")}` as LeaseId,
      pool: this.#state.settings.pools[0]?.name ?? "",
      holder: `holder-${i}`,
      priority: 0,
      labels: {},
      waitMs: 60_000,
      idleMs: 600_000,
      totalMs: 3_600_000,
      release: "reset",
      onIdle: "release",
      keepMs: 0,
      source: "bench",
    }));
    const acquireMs = this.#timed(asked);
    const active = [...this.#state.leases.values()].filter(({ state }) => state === "active").length;
    if (active !== callers) throw new Error(`Only ${active} of ${callers} leases were granted`);
    const releaseMs = this.#timed(
      asked.map(({ lease }) => ({
        type: "lease.release",
        lease,
        release: "reset",
        cause: "done",
        source: "bench",
      })),
    );
    return { acquireMs, releaseMs };
  }
}

/** Measures on the disk that the system keeps temporary folders on. */
export async function benchLeases(callers = 100, rounds = 20): Promise<Figure[]> {
  const dir = await Deno.makeTempDir();
  const pool = new AgentPool(join(dir, "leases.sqlite"), callers);
  const acquired: Ms[] = [];
  const whole: Ms[] = [];
  try {
    for (let i = 0; i < rounds; i++) {
      pool.settle(callers);
      const { acquireMs, releaseMs } = pool.round(callers);
      acquired.push(acquireMs);
      whole.push((acquireMs + releaseMs) / callers);
    }
  } finally {
    pool.close();
    await Deno.remove(dir, { recursive: true });
  }
  return [
    {
      name:
        `leases: the controller's share of an acquire, ${callers} callers at once, machines that run (p50)`,
      value: median(acquired),
      unit: "ms",
      goal: 5,
    },
    {
      name:
        `leases: the controller's share of an acquire, ${callers} callers at once, machines that run (p95)`,
      value: quantile(acquired, 0.95),
      unit: "ms",
      goal: 20,
    },
    ...waitsOfAcquires(callers),
    {
      name: `leases: granted and released, the journal included, a lease (1,000 a second are 1 ms)`,
      value: median(whole),
      unit: "ms",
      goal: 1,
    },
  ];
}
