/** What an operator wishes of an idle machine of an agent pool: it is in the journal, and holds until somebody has the machine. */
import { type By, by, whoAndWhy } from "./by.ts";
import type { NewEvent } from "./events.ts";
import type { CycleId } from "./ids.ts";
import { decideLease } from "./leases/decide_leases.ts";
import { type Cycle, isLive, type State } from "./state.ts";

/** See {@linkcode Wish}. */
export type Wished =
  /** It is woken, and kept running until it is leased. */
  | "awake"
  /** It goes back to its saved state, and is resumed for a lease only. */
  | "saved"
  /** It is turned off and kept off: nobody gets it until another wish. */
  | "off"
  /** Once: back to its clean checkpoint, and proven anew. */
  | "reset"
  /** One that is off is started, sealed and proven; then it is as every other. */
  | "ready";

/** What is wished of a machine, and by whom. */
export interface Wish extends By {
  readonly what: Wished;
}

/** A wish as somebody asks for it. */
export interface WishCommand extends By {
  readonly cycle: CycleId;
  readonly wish: Wished;
  /** With `off`: a lease of it ends, and nobody is waited for whom it is parked. */
  readonly force: boolean;
}

/** The events of a wish. What cannot be, or is so already, brings none. */
export function decideWish(s: State, command: WishCommand): NewEvent[] {
  const { cycle: id, wish, force } = command;
  const cycle = s.cycles.get(id);
  if (cycle === undefined || !isLive(cycle)) return [];
  if (cycle.wish?.what === wish && wish !== "reset" && cycle.lease === undefined) return [];
  const taken = cycle.lease !== undefined || cycle.parked !== undefined;
  if (taken && (wish !== "off" || !force)) return [];
  const wished: NewEvent = { type: "cycle.wished", data: { cycle: id, wish, ...by(command) } };
  return [...leaseEnded(s, cycle, command), wished];
}

/** Whoever wanted the machine made anew gets that; of all else nothing may stay in it. */
function leaseEnded(s: State, { lease: id }: Cycle, command: WishCommand): NewEvent[] {
  const lease = id === undefined ? undefined : s.leases.get(id);
  if (lease === undefined) return [];
  const release = lease.release === "destroy" ? "destroy" : "reset";
  const cause = `its machine was turned off by ${whoAndWhy(command)}`;
  return decideLease(s, { type: "lease.release", lease: lease.id, release, cause, ...by(command) });
}
