/** What operators ask of one machine of an agent pool: under a lease it is a change of the lease, else a wish. */
import { by } from "../model/by.ts";
import { changeRefusal, changeText, isAlready } from "../model/leases/change.ts";
import { whyCold } from "../model/leases/cold.ts";
import type { Lease, LeaseChange } from "../model/leases/lease.ts";
import { poolFor } from "../model/rollout.ts";
import { type Cycle, isLive, type State } from "../model/state.ts";
import { PREPARE_POOL } from "../model/templates.ts";
import type { Wished } from "../model/wish.ts";
import type { MaintenanceRequest, VmWish } from "../ports/operations.ts";
import { type Prepared, refused, taken } from "./maintenance_answer.ts";

/** What is asked of one machine of an agent pool. */
export type WishRequest = Extract<MaintenanceRequest, { action: VmWish | "stop" }>;
type Action = WishRequest["action"];

/** What it is called at the command line. */
const VERBS: Readonly<Record<Action, string>> = {
  wake: "resume",
  save: "save",
  stop: "stop",
  reset: "reset",
  prepare: "prepare",
};

const WISHES: Readonly<Record<Action, Wished>> = {
  wake: "awake",
  save: "saved",
  stop: "off",
  reset: "reset",
  prepare: "ready",
};

/** Why it makes no sense in a pool of runners, and what does. */
const OF_RUNNERS: Readonly<Record<Action, string>> = {
  wake:
    "its machines are resumed as jobs are taken, `hot` of them; `hvpool pool resume` ends a pause of the pool",
  save: "its machines are saved when more are running than `hot`; `hvpool vm hold` keeps one to look at",
  stop:
    "GitHub may give it a job at any moment; `hvpool vm destroy` removes one, `hvpool pool pause` makes no further one",
  reset: "each job gets a machine without a trace; `hvpool vm recreate` makes one anew",
  prepare: "its machines are made ready by themselves; `hvpool vm recreate` makes one anew",
};

/** Whether a request is one of these. */
export function isWish(request: MaintenanceRequest): request is WishRequest {
  return request.action in VERBS;
}

/** Answers a request about a machine that is there. */
export function prepareWish(s: State, cycle: Cycle, name: string, request: WishRequest): Prepared {
  const { action } = request;
  const what = `${name} (${cycle.id})`;
  const conflict = (message: string): Prepared => ({ answer: refused("conflict", message) });
  const pool = poolFor(s, cycle);
  if (cycle.pool === PREPARE_POOL) {
    return conflict(`An image is being prepared in ${what}. \`hvpool vm destroy ${cycle.id}\` gives it up.`);
  }
  const isHeld = cycle.lease !== undefined || cycle.parked !== undefined;
  if (pool === undefined || (pool.goneUpTo !== undefined && !isHeld)) {
    return conflict(`The pool of ${what} is not configured any more: it is removed.`);
  }
  if (pool.settings.kind !== "agent") {
    return conflict(`${what} is of a pool of runners, which has no ${VERBS[action]}: ${OF_RUNNERS[action]}.`);
  }
  if (!isLive(cycle)) {
    return conflict(
      cycle.phase === "retiring"
        ? `${what} is being removed: nothing comes back from that.`
        : `${what} is kept for somebody to look at. \`hvpool vm quarantine release ${cycle.id}\` lets it go.`,
    );
  }
  const lease = cycle.lease === undefined ? undefined : s.leases.get(cycle.lease);
  const force = action === "stop" && request.force === true;
  if (lease !== undefined && !force) return ofLease(s, lease, cycle, what, request);
  if (cycle.parked !== undefined && lease === undefined && !force) {
    const { holder, until } = cycle.parked;
    return conflict(
      `${what} waits for ${holder} until ${new Date(until).toISOString()}, with what they left in it. ` +
        `\`hvpool vm stop ${name} --force\` or \`hvpool vm delete ${name}\` takes it away.`,
    );
  }
  const refusal = impossible(cycle, what, action, whyCold(pool.settings));
  if (refusal !== undefined) return conflict(refusal);
  const command = { type: "vm.wish", cycle: cycle.id, wish: WISHES[action], force, ...by(request) } as const;
  return taken(s, command, messageOf(cycle, what, action, lease), cycle);
}

/** What a machine cannot do. */
function impossible(
  cycle: Cycle,
  what: string,
  action: Action,
  cold: string | undefined,
): string | undefined {
  if (cold !== undefined && action === "save") {
    return `${what} cannot be saved: ${cold}. \`hvpool vm stop\` turns it off.`;
  }
  if (cold !== undefined && action === "reset") {
    return `${what} has no clean checkpoint: ${cold}. \`hvpool vm recreate\` makes it anew.`;
  }
  if (action === "reset" && cycle.checkpoint === undefined) {
    return `${what} has no clean checkpoint yet: it is ${cycle.phase}, and nobody has used it. ` +
      "`hvpool vm recreate` makes it anew.";
  }
  return undefined;
}

function messageOf(cycle: Cycle, what: string, action: Action, lease: Lease | undefined): string {
  switch (action) {
    case "wake":
      return `${what} is resumed, and kept awake until it is leased or saved.`;
    case "save":
      return `${what} goes back to its saved state, and is resumed for a lease only.`;
    case "reset":
      return `${what} is put back to its clean checkpoint and proven anew.`;
    case "prepare":
      return isReady(cycle)
        ? `${what} is ready: it is ${cycle.phase}.`
        : `${what} is made ready; \`hvpool vm info\` says how far it is.`;
    case "stop": {
      const ends = lease === undefined
        ? cycle.parked === undefined ? "" : ` What ${cycle.parked.holder} left in it is lost.`
        : ` The lease ${lease.id} of ${lease.holder} ends.`;
      return lease?.release === "destroy"
        ? `${what} is removed, as its lease says, and made anew.${ends}`
        : `${what} is turned off and kept off: nobody gets it until \`vm prepare\`, \`vm resume\` or \`vm save\`.${ends}`;
    }
    default:
      return action satisfies never;
  }
}

function isReady({ phase, wish }: Cycle): boolean {
  return (phase === "standby" || phase === "online") && wish?.what !== "off";
}

/** What is done with a machine that somebody has is done with the lease: its holder sees it. */
function ofLease(s: State, lease: Lease, cycle: Cycle, what: string, request: WishRequest): Prepared {
  const { action } = request;
  const { id, holder } = lease;
  const conflict = (message: string): Prepared => ({ answer: refused("conflict", message) });
  if (action === "stop") {
    return conflict(
      `${holder} has ${what} under the lease ${id}. --force ends the lease and turns the machine off; \`hvpool vm save\` ` +
        "pauses it, and loses nothing.",
    );
  }
  if (action === "prepare") {
    return conflict(`${holder} has ${what} under the lease ${id}: it is as ready as its holder left it.`);
  }
  const change: LeaseChange = { kind: action === "wake" ? "resume" : action === "save" ? "pause" : "reset" };
  const refusal = changeRefusal(s, lease, change);
  if (refusal !== undefined) return { answer: refused(refusal.code, refusal.message) };
  const message = `${what}: ${changeText(change)} of the lease ${id} of ${holder}.`;
  if (isAlready(lease, change)) {
    const already = `Nothing changes: ${message} It is ${lease.state} already.`;
    return { answer: { ok: true, changed: false, message: already, cycle: cycle.id } };
  }
  return taken(s, { type: "lease.change", lease: id, change, ...by(request) }, message, cycle);
}
