/** What operators ask of pools and machines: it is in the journal, and survives every restart. */
import type { NewEvent } from "./events.ts";
import type { CycleId, Ms } from "./ids.ts";
import { type Cycle, isLive, type State } from "./state.ts";

/** No machine is made; with `drain` idle ones are removed too. */
export interface Cordon {
  readonly drain: boolean;
  readonly since: Ms;
  /** Who asked for it. */
  readonly source: string;
  readonly reason?: string;
}

/** Key of {@linkcode State.cordons} for every pool of the host. */
export const WHOLE_HOST = "";

/** A size that was asked for, until the configuration says another one than it did then. */
export interface AskedSize {
  readonly size: number;
  readonly configured: number;
}

/** A machine that is to be kept after its job, or is kept. */
export interface Hold {
  readonly until: Ms;
  readonly source: string;
  readonly reason?: string;
}

/** What keeps a pool from making machines; of two, the one that drains. */
export function cordonOf(s: State, pool: string): Cordon | undefined {
  const host = s.cordons.get(WHOLE_HOST);
  const own = s.cordons.get(pool);
  return own?.drain === true ? own : host?.drain === true ? host : own ?? host;
}

/** What a cordon says to people. */
export function cordonText({ drain, source, reason }: Cordon): string {
  return `${drain ? "drained" : "paused"} by ${source}${reason === undefined ? "" : `: ${reason}`}`;
}

/** A machine that is to be kept is not given up: it is unregistered, isolated, and left for somebody to look at. */
export function keptInstead(cycle: Cycle, cause: string): NewEvent | undefined {
  if (cycle.hold === undefined || !isLive(cycle)) return undefined;
  return { type: "cycle.kept", data: { cycle: cycle.id, cause, until: cycle.hold.until } };
}

/** Phases in which a job may be on a machine: it is kept once that is over. */
const MAY_HAVE_JOB: ReadonlySet<string> = new Set(["joining", "claimed"]);

/** Keeps a machine: at once, or after its job. */
export function hold(
  s: State,
  { cycle: id, until, source, reason }: { cycle: CycleId; until: Ms; source: string; reason?: string },
): NewEvent[] {
  const cycle = s.cycles.get(id);
  if (cycle === undefined || cycle.phase === "retiring") return [];
  const why = reason === undefined ? {} : { reason };
  const held: NewEvent = { type: "cycle.hold", data: { cycle: id, until, source, ...why } };
  if (!isLive(cycle) || MAY_HAVE_JOB.has(cycle.phase)) return [held];
  return [held, { type: "cycle.kept", data: { cycle: id, cause: `held by ${source}`, until } }];
}
