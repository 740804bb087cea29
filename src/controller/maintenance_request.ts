/** Whether what an operator asks for can be taken, and what it means for the pool or machine. */
import { by } from "../model/by.ts";
import type { Command } from "../model/decide.ts";
import { type Ms, slotId } from "../model/ids.ts";
import { isGone } from "../model/created_pools.ts";
import { leaseOf } from "../model/leases/lease.ts";
import { addressRanges } from "../model/network_addresses.ts";
import { WHOLE_HOST } from "../model/maintenance.ts";
import { poolFor, vmName } from "../model/rollout.ts";
import { type Cycle, isLive, type State } from "../model/state.ts";
import { PREPARE_POOL } from "../model/templates.ts";
import type { MaintenanceRequest } from "../ports/operations.ts";
import { type Prepared, type Refused, refused, taken } from "./maintenance_answer.ts";
import { countsOf, heldOf, holdersText, staysTexts } from "./held_machines.ts";
import { isWish, prepareWish } from "./wish_request.ts";

/** Largest pool, as the configuration has it. */
const MAX_SIZE = 1_000;
/** A machine is kept for a month at the longest. */
const MAX_HOLD_MS: Ms = 31 * 86_400_000;

function nameOf(s: State, cycle: Cycle): string {
  return vmName(poolFor(s, cycle), cycle);
}

/** The cycle that a name or a cycle id means. */
function findVm(s: State, vm: string): Cycle | Refused {
  const named = [...s.cycles.values()].filter((cycle) => cycle.id === vm || nameOf(s, cycle) === vm);
  const exact = named.find(({ id }) => id === vm);
  if (exact !== undefined) return exact;
  const live = named.find(isLive);
  const leaving = named.filter((cycle) => isLeaving(s, cycle));
  if (live !== undefined && leaving.length > 0) {
    const ids = [live, ...leaving].map(({ id, phase }) => `${id} (${phase})`).join(", ");
    return refused(
      "conflict",
      `Several VMs are "${vm}", and one of them may have a job. Name it by its id: ${ids}.`,
    );
  }
  // As long as one that was given up has its job, it is what is in the slot.
  const only = live ?? (leaving.length === 1 ? leaving[0] : undefined);
  if (only !== undefined) return only;
  if (named.length > 0) {
    const ids = named.map(({ id, phase }) => `${id} (${phase})`).join(", ");
    return refused("conflict", `No VM "${vm}" fills its slot now. Name one of these by its id: ${ids}.`);
  }
  const there = [...s.cycles.values()].filter((cycle) => isLive(cycle) || isLeaving(s, cycle));
  const names = [...new Set(there.map((cycle) => nameOf(s, cycle)))].sort();
  const list = names.length === 0 ? "there is none" : `there is: ${names.slice(0, 20).join(", ")}`;
  return refused("not_found", `There is no VM "${vm}" (${list}).`);
}

/** Whether a machine that was given up may have a job still, and will have one until that ends. */
function isLeaving(s: State, { id, pool, slot, phase, vm, job, forced }: Cycle): boolean {
  if (phase !== "retiring" || vm === "none" || forced === true) return false;
  return job !== undefined || s.slots.get(slotId(pool, slot))?.leaving === id;
}

/** What is left of a pool that is in no configuration any more, and who ends it. */
function goneText(s: State, pool: string): string {
  const held = heldOf(s, pool);
  const { leases, parked } = countsOf(held);
  const holders = holdersText(held.machines.map(({ holder }) => holder));
  const left = [
    ...(leases === 0 ? [] : [leases === 1 ? "1 lease goes on" : `${leases} leases go on`]),
    ...(parked === 0 ? [] : [parked === 1 ? "1 machine is parked" : `${parked} machines are parked`]),
  ];
  const who = left.length === 0
    ? "Its machines are being removed."
    : `Of it ${left.join(" and ")} (${holders}).`;
  return `The pool ${pool} is not configured any more: no machine of it is made, and each is removed once nobody has ` +
    `it. ${who}` +
    (left.length === 0
      ? ""
      : ` \`hvpool vm list\` shows them; \`hvpool pool delete ${pool} --force\` takes them away now.`);
}

function checkPool(s: State, pool: string | undefined): Refused | undefined {
  if (pool === undefined || s.pools.has(pool)) return undefined;
  if (isGone(s, pool)) return refused("not_found", goneText(s, pool));
  return refused("not_found", `There is no pool "${pool}". There is: ${[...s.pools.keys()].join(", ")}.`);
}

/** How many machines have a job, and who has one under a lease. */
function inUse(s: State, pool: string | undefined): { jobs: number; holders: string[] } {
  let jobs = 0;
  const holders: string[] = [];
  for (const cycle of s.cycles.values()) {
    if (cycle.phase !== "claimed" || (pool !== undefined && cycle.pool !== pool)) continue;
    const lease = leaseOf(s, cycle);
    if (lease !== undefined) holders.push(lease.holder);
    else if (cycle.parked === undefined) jobs++;
  }
  return { jobs, holders };
}

/** ` One machine is leased (ann): its lease ends first.` */
function leasedText(holders: readonly string[]): string {
  if (holders.length === 0) return "";
  const by = holdersText(holders);
  return holders.length === 1
    ? ` One machine is leased (${by}): its lease ends first.`
    : ` ${holders.length} machines are leased (${by}): their leases end first.`;
}

function cordonMessage(s: State, action: "pause" | "drain" | "resume", pool: string | undefined): string {
  const what = pool === undefined ? "Every pool" : `Pool ${pool}`;
  const { jobs, holders } = inUse(s, pool);
  const busy = jobs === 0
    ? ""
    : ` ${
      jobs === 1 ? "One machine has a job and ends it" : `${jobs} machines have jobs and end them`
    } first.`;
  switch (action) {
    case "pause":
      return `${what} makes no machine until it is resumed; those that are there stay.`;
    case "drain":
      return `${what} makes no machine until it is uncordoned; idle ones are removed.${busy}${
        leasedText(holders)
      }`;
    case "resume": {
      const others = [...s.cordons.keys()].filter((name) => name !== WHOLE_HOST);
      if (pool !== undefined || others.length === 0) return `${what} makes machines again.`;
      const commands = others.map((name) => `hvpool uncordon --pool ${name}`).join(", ");
      return `Every pool makes machines again but those that are paused or drained on their own: ${commands}.`;
    }
    default:
      return action satisfies never;
  }
}

function prepareCordon(
  s: State,
  request: Extract<MaintenanceRequest, { action: "pause" | "drain" | "resume" }>,
): Prepared {
  const { action, pool } = request;
  const wrong = checkPool(s, pool);
  if (wrong !== undefined) return { answer: wrong };
  const named = pool === undefined ? {} : { pool };
  const command: Command = action === "resume"
    ? { type: "uncordon", ...named, ...by(request) }
    : { type: "cordon", ...named, drain: action === "drain", ...by(request) };
  const host = pool !== undefined && action === "resume" && s.cordons.has("")
    ? " The whole host is still paused or drained: resume it as well."
    : "";
  return taken(s, command, cordonMessage(s, action, pool) + host);
}

function prepareResize(
  s: State,
  request: Extract<MaintenanceRequest, { action: "resize" }>,
): Prepared {
  const { pool, size } = request;
  const wrong = checkPool(s, pool);
  if (wrong !== undefined) return { answer: wrong };
  if (size !== undefined && (!Number.isInteger(size) || size < 0 || size > MAX_SIZE)) {
    return { answer: refused("invalid", `A pool has 0 to ${MAX_SIZE} machines, not ${size}.`) };
  }
  const max = s.pools.get(pool)?.settings.agent?.max;
  if (size !== undefined && max !== undefined && size > max) {
    const message = `Pool ${pool} has at most ${max} machines by its \`max\`, not ${size}. ` +
      (s.created.has(pool) ? "Delete it and make it anew with a greater --max." : "Write a greater max.");
    return { answer: refused("conflict", message) };
  }
  const range = addressRanges(s.settings.pools).get(pool);
  const addresses = range !== undefined && "count" in range ? range.count : undefined;
  if (size !== undefined && addresses !== undefined && size > addresses) {
    const message =
      `Pool ${pool} has ${addresses} static addresses, not ${size}. Write a larger network.subnet.`;
    return { answer: refused("conflict", message) };
  }
  const configured = s.settings.pools.find(({ name }) => name === pool)?.size ?? 0;
  const to = size ?? configured;
  const until = size === undefined || size === configured
    ? ""
    : s.created.has(pool)
    ? `, and was made with ${configured}`
    : ", until the configuration says another size than " +
      `${configured}`;
  const more = size === undefined ? {} : { size };
  const stay = staysTexts(heldOf(s, pool).machines.filter(({ slot }) => slot > to));
  return taken(
    s,
    { type: "resize", pool, ...by(request), ...more },
    [`Pool ${pool} has ${to === 1 ? "1 machine" : `${to} machines`}${until}`, ...stay, ""].join(". ")
      .trimEnd(),
  );
}

function prepareVm(
  s: State,
  request: Extract<MaintenanceRequest, { vm: string }>,
  now: Ms,
): Prepared {
  const cycle = findVm(s, request.vm);
  if ("ok" in cycle) return { answer: cycle };
  if (isWish(request)) return prepareWish(s, cycle, nameOf(s, cycle), request);
  const name = nameOf(s, cycle);
  switch (request.action) {
    case "recreate":
    case "destroy": {
      const { force = false } = request;
      const held = force || cycle.lease === undefined ? undefined : s.leases.get(cycle.lease);
      if (held !== undefined) {
        const message =
          `${held.holder} has ${name} (${cycle.id}) under the lease ${held.id}. --force ends it at once; ` +
          `\`hvpool lease force-release ${held.id}\` ends it and puts the machine back.`;
        return { answer: refused("conflict", message) };
      }
      const waits = !force && (cycle.runner !== undefined || isLeaving(s, cycle));
      const fills = isLive(cycle) || isLeaving(s, cycle);
      const pool = poolFor(s, cycle);
      const isLast = pool?.goneUpTo !== undefined || cycle.slot > (pool?.settings.size ?? 0);
      const refill = !fills || isLast || cycle.pool === PREPARE_POOL
        ? ""
        : waits
        ? " Its slot is filled again once it is gone, unless its pool is paused."
        : " Its slot is filled again unless its pool is paused.";
      const isParked = cycle.parked !== undefined && cycle.lease === undefined;
      const how = force
        ? "is stopped at once, whatever runs on it"
        : (cycle.phase === "claimed" && !isParked) || cycle.job !== undefined
        ? "is removed once its job has ended (--force does not wait)"
        : "is removed";
      const command = { type: "vm.retire", cycle: cycle.id, force, ...by(request) } as const;
      const lost = isParked && cycle.phase !== "retiring"
        ? ` What ${cycle.parked?.holder} left in it is lost.`
        : "";
      return taken(s, command, `${name} (${cycle.id}) ${how}.${lost}${refill}`, cycle);
    }
    case "hold": {
      const { forMs } = request;
      if (!Number.isFinite(forMs) || forMs <= 0 || forMs > MAX_HOLD_MS) {
        return { answer: refused("invalid", "A machine is kept for longer than 0 and for 31 days at most.") };
      }
      if (cycle.phase === "retiring") {
        return {
          answer: refused(
            "conflict",
            `${name} (${cycle.id}) is being removed: nothing comes back from that.`,
          ),
        };
      }
      const until = now + forMs;
      const when = cycle.phase === "claimed" ? "after its job" : "now";
      const message = `${name} (${cycle.id}) is kept ${when}, unregistered and isolated, until ` +
        `${new Date(until).toISOString()}. Its slot is filled again.`;
      return taken(s, { type: "vm.hold", cycle: cycle.id, until, ...by(request) }, message, cycle);
    }
    case "release": {
      if (cycle.phase !== "quarantined" && cycle.hold === undefined) {
        return {
          answer: refused(
            "conflict",
            `${name} (${cycle.id}) is neither kept nor in quarantine: it is ${cycle.phase}.`,
          ),
        };
      }
      const message = `${name} (${cycle.id}) is not kept any longer${
        isLive(cycle) ? " after its job" : " and is removed"
      }.`;
      return taken(s, { type: "vm.release", cycle: cycle.id, ...by(request) }, message, cycle);
    }
    default:
      return request satisfies never;
  }
}

/** Answers a request without changing the state: that is for the turn which takes the command. */
export function prepareMaintenance(s: State, request: MaintenanceRequest, now: Ms): Prepared {
  switch (request.action) {
    case "pause":
    case "drain":
    case "resume":
      return prepareCordon(s, request);
    case "resize":
      return prepareResize(s, request);
    case "recreate":
    case "destroy":
    case "hold":
    case "release":
    case "wake":
    case "save":
    case "reset":
    case "prepare":
    case "stop":
      return prepareVm(s, request, now);
    default:
      return request satisfies never;
  }
}
