/** What operators ask of pools and machines: it is in the journal, and survives every restart. */
import { type By, by, whoAndWhy } from "./by.ts";
import type { NewEvent } from "./events.ts";
import type { CycleId, Ms } from "./ids.ts";
import { type Cycle, isLive, type State } from "./state.ts";

/** No machine is made; with `drain` idle ones are removed too. */
export interface Cordon extends By {
  readonly drain: boolean;
  readonly since: Ms;
}

/** Key of {@linkcode State.cordons} for every pool of the host. */
export const WHOLE_HOST = "";

/** A size that was asked for, until the configuration says another one than it did then. */
export interface AskedSize {
  readonly size: number;
  readonly configured: number;
}

/** A machine that is to be kept after its job, or is kept. */
export interface Hold extends By {
  readonly until: Ms;
}

/** What keeps a pool from making machines; of two, the one that drains. */
export function cordonOf(s: State, pool: string): Cordon | undefined {
  const host = s.cordons.get(WHOLE_HOST);
  const own = s.cordons.get(pool);
  return own?.drain === true ? own : host?.drain === true ? host : own ?? host;
}

/** What a cordon says to people. */
export function cordonText(cordon: Cordon): string {
  return `${cordon.drain ? "drained" : "paused"} by ${whoAndWhy(cordon)}`;
}

/** What a hold says to people. */
export function heldBy(hold: By): string {
  return `held by ${whoAndWhy(hold)}`;
}

/**
 * What to say of a machine: who holds it and why, and what else led there. The cause of one that was kept at once is
 * its hold, in the words of the version that wrote it.
 */
export function causesOf({ phase, hold, cause }: Pick<Cycle, "phase" | "hold" | "cause">): string[] {
  const causes = cause === undefined ? [] : [cause];
  if (hold === undefined || phase === "retiring") return causes;
  return [heldBy(hold), ...causes.filter((one) => !one.startsWith("held by "))];
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
  command: By & { readonly cycle: CycleId; readonly until: Ms },
): NewEvent[] {
  const { cycle: id, until } = command;
  const cycle = s.cycles.get(id);
  if (cycle === undefined || cycle.phase === "retiring") return [];
  const held: NewEvent = { type: "cycle.hold", data: { cycle: id, until, ...by(command) } };
  if (!isLive(cycle) || MAY_HAVE_JOB.has(cycle.phase)) return [held];
  return [held, { type: "cycle.kept", data: { cycle: id, cause: heldBy(command), until } }];
}
