/** What may be done with the machine of a lease, and what stands in the way. */
import type { Cycle, State } from "../state.ts";
import { whyCold } from "./cold.ts";
import { type Lease, type LeaseChange, leaseOf, poolOfLease } from "./lease.ts";
import { isSaved } from "./quotas.ts";

/** Name of the checkpoint to which a machine goes back after its lease. */
export const CLEAN = "clean";

/** Where a pool does not say it: most checkpoints of one lease. */
const CHECKPOINTS = 3;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** Why a change is refused. */
export interface ChangeRefusal {
  readonly code: "conflict" | "invalid" | "not_found";
  readonly message: string;
}

/** What a change is called: `restore of "before"`. */
export function changeText(change: LeaseChange): string {
  return "name" in change ? `${change.kind} of ${JSON.stringify(change.name)}` : change.kind;
}

/** Whether two changes are the same. */
export function isSameChange(a: LeaseChange, b: LeaseChange | undefined): boolean {
  if (a.kind !== b?.kind) return false;
  return !("name" in a) || ("name" in b && a.name === b.name);
}

/** Whether a change is being made already, or what it asks for is so already. */
export function isAlready({ state, change: present }: Lease, change: LeaseChange): boolean {
  if (state === "changing") return isSameChange(change, present);
  return (change.kind === "pause" && state === "paused") || (change.kind === "resume" && state === "active");
}

/** Why a change cannot begin now; `undefined`: it can, or asks for what is so already. */
export function changeRefusal(s: State, lease: Lease, change: LeaseChange): ChangeRefusal | undefined {
  const conflict = (message: string): ChangeRefusal => ({ code: "conflict", message });
  const { id, state, checkpoints } = lease;
  const settings = poolOfLease(s, lease)?.settings;
  const cold = whyCold(settings);
  if (cold !== undefined && change.kind !== "resume") {
    return conflict(`Pool ${lease.pool} allows no ${change.kind}: ${cold}. Release the lease instead.`);
  }
  if ("name" in change && !NAME.test(change.name)) {
    return {
      code: "invalid",
      message:
        "The name of a checkpoint has 1 to 40 letters, digits, dots, dashes and underscores, and begins with a " +
        `letter or digit; ${JSON.stringify(change.name.slice(0, 60))} does not.`,
    };
  }
  if (change.kind === "checkpoint" && change.name.toLowerCase() === CLEAN) {
    return { code: "invalid", message: `The name "${CLEAN}" is the pool's own. Choose another one.` };
  }
  if (isAlready(lease, change)) return undefined;
  if (state === "queued" || state === "starting") {
    return conflict(`The lease ${id} has no machine yet: it is ${state}. Wait until it is active.`);
  }
  if (state === "changing") {
    if (change.kind === "pause" && isWaitingToStart(s, lease)) return undefined;
    const present = lease.change === undefined ? "change" : changeText(lease.change);
    return conflict(`The ${present} of lease ${id} is not over yet. Wait for it, then ask again.`);
  }
  if (change.kind === "checkpoint") {
    if (state === "paused") {
      return conflict(
        `The lease ${id} is paused: a checkpoint is made of a machine that runs. Resume it first.`,
      );
    }
    const most = settings?.agent?.checkpoints ?? CHECKPOINTS;
    if (checkpoints.length >= most) {
      return conflict(
        `The lease ${id} has ${checkpoints.length} checkpoints, and pool ${lease.pool} allows ${most}: each one takes ` +
          "space on the host until the lease ends. Go on with those that there are, or acquire another lease.",
      );
    }
    if (checkpoints.some(({ name }) => sameName(name, change.name))) {
      return conflict(
        `The lease ${id} has a checkpoint ${JSON.stringify(change.name)} already. Choose another name.`,
      );
    }
  }
  if (change.kind === "restore" && !checkpoints.some(({ name }) => sameName(name, change.name))) {
    const names = checkpoints.map(({ name }) => name).join(", ");
    const there = names === "" ? "It has none; `reset` goes back to its beginning" : `It has: ${names}`;
    return {
      code: "not_found",
      message: `The lease ${id} has no checkpoint ${JSON.stringify(change.name)}. ${there}.`,
    };
  }
  return undefined;
}

/** Whether it was paused, and waits to be started again: nothing of that has begun, so that it can stay paused. */
function isWaitingToStart(s: State, { cycle: id, state, change }: Lease): boolean {
  const cycle = id === undefined ? undefined : s.cycles.get(id);
  if (cycle === undefined || !isSaved({ state }, cycle)) return false;
  return change?.kind === "resume" || cycle.doing?.restored === true;
}

/** Two names that differ in case alone are one: people read them in Hyper-V Manager, too. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** What is being done with a machine for its lease. */
export function changeOf(s: State, cycle: Cycle): LeaseChange | undefined {
  const lease = cycle.phase === "claimed" ? leaseOf(s, cycle) : undefined;
  return lease?.state === "changing" ? lease.change : undefined;
}

/** The checkpoint to which a machine is put back now: its clean one, or one of its holder's. */
export function checkpointToRestore(s: State, cycle: Cycle): string | undefined {
  const change = changeOf(s, cycle);
  if (change?.kind !== "restore") return cycle.checkpoint;
  return leaseOf(s, cycle)?.checkpoints.find(({ name }) => sameName(name, change.name))?.id;
}
