/** Where leases are asked for: what can be refused is refused at once, everything else is recorded by the next turn. */
import { createHash, randomBytes } from "node:crypto";
import type { Command } from "../model/decide.ts";
import type { Ms } from "../model/ids.ts";
import { isAgentPool, type Lease, leaseEnd, type LeaseId } from "../model/leases/lease.ts";
import { poolFor } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import type { LeaseStatus } from "../model/status.ts";
import type { View } from "../model/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { AcquireRequest, LeaseAnswer, LeaseOperations, LeaseRefusal } from "../ports/operations.ts";

/** What the desk works with. */
export interface LeaseDeskOptions {
  readonly state: () => State;
  readonly view: () => View;
  readonly clock: Clock;
  /** Resolves after the turn that took the command. */
  readonly apply: (command: Command) => Promise<void>;
  /** Hands a command in without waiting. */
  readonly push: (command: Command) => void;
  /** Hears of every commit until the returned function is called. */
  readonly onCommit: (listener: () => void) => () => void;
}

const DAY_MS: Ms = 86_400_000;
const WAIT_MS: Ms = 3_600_000;
const SHORTEST_MS: Ms = 1_000;
const MAX_LABELS = 20;
const MAX_TEXT = 200;
/** A key is a text of the holder's: not empty, and no more than a header takes. */
const KEY = /^[\x21-\x7e]{1,200}$/;
/** Crockford's letters and digits: nothing that is mistaken for another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function newId(): LeaseId {
  const digits = Array.from(randomBytes(26), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `l-${digits.join("")}` as LeaseId;
}

function iso(at: Ms): string {
  return new Date(at).toISOString();
}

function refused(code: LeaseRefusal["code"], message: string): LeaseRefusal {
  return { ok: false, code, message };
}

/** Leases of one controller. */
export class LeaseDesk implements LeaseOperations {
  readonly #o: LeaseDeskOptions;

  constructor(options: LeaseDeskOptions) {
    this.#o = options;
  }

  list(): readonly LeaseStatus[] {
    return [...this.#o.state().leases.values()].map((lease) => this.#describe(lease));
  }

  async acquire(request: AcquireRequest, answerWithinMs: Ms, signal?: AbortSignal): Promise<LeaseAnswer> {
    const s = this.#o.state();
    const command = this.#command(s, request);
    if ("ok" in command) return command;
    const known = this.#known(s, command);
    if (known !== undefined && typeof known !== "string") return known;
    if (known === undefined) await this.#o.apply(command);
    // The same key may have come in the same turn: then the first of the two counts.
    const counts = known ?? this.#known(this.#o.state(), command) ?? command.lease;
    if (typeof counts !== "string") return counts;
    const id = counts;
    await this.#untilDecided(id, answerWithinMs, signal);
    const lease = this.#o.state().leases.get(id);
    return lease === undefined ? this.#gone(id) : { ok: true, lease: this.#describe(lease) };
  }

  heartbeat(id: string): LeaseAnswer {
    const lease = this.#open(id);
    if ("ok" in lease) return lease;
    const at = this.#o.clock.now();
    this.#o.view().touches.set(lease.id, at);
    this.#o.push({ type: "lease.touch", lease: lease.id, at });
    return { ok: true, lease: this.#describe(lease) };
  }

  extend(id: string, totalMs: Ms, source: string): LeaseAnswer {
    const lease = this.#open(id);
    if ("ok" in lease) return lease;
    const most = this.#o.state().pools.get(lease.pool)?.settings.agent?.totalMs ?? DAY_MS;
    if (!Number.isFinite(totalMs) || totalMs < SHORTEST_MS || totalMs > most) {
      return refused(
        "invalid",
        `A lease of pool ${lease.pool} lasts 1 to ${most / 1000} seconds, not ${totalMs / 1000}.`,
      );
    }
    this.#o.push({ type: "lease.extend", lease: lease.id, totalMs, source });
    return { ok: true, lease: this.#describe({ ...lease, totalMs }) };
  }

  release(
    id: string,
    { release, cause, source }: { release?: "reset" | "destroy"; cause: string; source: string },
  ): { ok: true } | LeaseRefusal {
    const lease = this.#open(id);
    // One that has ended is released: whoever says so twice did nothing wrong.
    if ("ok" in lease) return lease.code === "gone" ? { ok: true } : lease;
    this.#o.push({
      type: "lease.release",
      lease: lease.id,
      release: release ?? lease.release,
      cause,
      source,
    });
    return { ok: true };
  }

  #open(id: string): Lease | LeaseRefusal {
    const lease = this.#o.state().leases.get(id as LeaseId);
    if (lease?.state === "active") {
      // A moment too late is too late: its machine may be somebody else's in the next turn.
      const end = leaseEnd(this.#o.state(), lease, this.#o.view().touches.get(lease.id));
      if (this.#o.clock.now() >= end.at) {
        return refused("gone", `The lease ${id} has ended: ${end.cause}. Acquire another one.`);
      }
    }
    if (lease !== undefined) return lease;
    return /^l-[0-9a-z]{26}$/.test(id)
      ? this.#gone(id)
      : refused("not_found", `There is no lease ${JSON.stringify(id.slice(0, 60))}.`);
  }

  #gone(id: string): LeaseRefusal {
    return refused("gone", `The lease ${id} has ended, or never was. Acquire another one.`);
  }

  /** Waits until a lease is active or has ended, but no longer than asked for. */
  async #untilDecided(id: LeaseId, withinMs: Ms, signal?: AbortSignal): Promise<void> {
    const undecided = () => {
      const state = this.#o.state().leases.get(id)?.state;
      return state === "queued" || state === "starting";
    };
    if (withinMs <= 0 || signal?.aborted === true || !undecided()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock } = this.#o;
    const cancel = clock.at(clock.now() + withinMs, resolve);
    const unlisten = this.#o.onCommit(() => {
      if (!undecided()) resolve();
    });
    signal?.addEventListener("abort", () => resolve(), { once: true });
    try {
      await promise;
    } finally {
      cancel();
      unlisten();
    }
  }

  /** The lease that an earlier request under the same key brought. */
  #known(
    s: State,
    { holder, key, hash }: Extract<Command, { type: "lease.acquire" }>,
  ): LeaseId | LeaseRefusal | undefined {
    const known = key === undefined ? undefined : s.leaseKeys.get(`${holder}\n${key}`);
    if (known === undefined) return undefined;
    if (known.hash === hash) return known.lease;
    return refused(
      "conflict",
      "This idempotency key was used for another request. Use a new one for each request.",
    );
  }

  #command(s: State, request: AcquireRequest): Extract<Command, { type: "lease.acquire" }> | LeaseRefusal {
    const { pool: name, holder, priority = 0, labels = {}, purpose, release = "reset", key, source } =
      request;
    const pool = s.pools.get(name);
    const agents = [...s.pools.values()].filter(({ settings }) => isAgentPool(settings));
    if (pool === undefined || !isAgentPool(pool.settings)) {
      const names = agents.map(({ settings }) => settings.name).join(", ");
      const there = names === "" ? "There is none" : `There is: ${names}`;
      return refused("not_found", `There is no agent pool ${JSON.stringify(name.slice(0, 60))}. ${there}.`);
    }
    const { idleMs: idleMost = DAY_MS, totalMs: totalMost = DAY_MS } = pool.settings.agent ?? {};
    const { waitMs = WAIT_MS, idleMs = idleMost, totalMs = totalMost } = request;
    const faults = [
      range("wait", waitMs, 0, DAY_MS),
      range("idle time", idleMs, SHORTEST_MS, idleMost),
      range("total time", totalMs, SHORTEST_MS, totalMost),
      Number.isInteger(priority) && Math.abs(priority) <= 100 ? undefined : "The priority is -100 to 100.",
      holder !== "" && holder.length <= MAX_TEXT
        ? undefined
        : `The holder is a text of up to ${MAX_TEXT} characters.`,
      (purpose ?? "").length <= MAX_TEXT ? undefined : `The purpose has at most ${MAX_TEXT} characters.`,
      key === undefined || KEY.test(key)
        ? undefined
        : "The idempotency key is 1 to 200 printable characters.",
      Object.keys(labels).length <= MAX_LABELS &&
        Object.entries(labels).every(([k, v]) => k.length <= MAX_TEXT && v.length <= MAX_TEXT)
        ? undefined
        : `There are at most ${MAX_LABELS} labels of up to ${MAX_TEXT} characters.`,
    ].filter((fault) => fault !== undefined);
    if (faults.length > 0) return refused("invalid", faults.join(" "));
    const asked = { pool: name, holder, priority, labels, waitMs, idleMs, totalMs, release };
    const whole = { ...asked, ...(purpose === undefined ? {} : { purpose }) };
    const hash = createHash("sha256").update(JSON.stringify(whole)).digest("hex");
    return {
      type: "lease.acquire",
      lease: newId(),
      ...whole,
      source,
      ...(key === undefined ? {} : { key, hash }),
    };
  }

  #describe(lease: Lease): LeaseStatus {
    const s = this.#o.state();
    const v = this.#o.view();
    const cycle = lease.cycle === undefined ? undefined : s.cycles.get(lease.cycle);
    const pool = cycle === undefined ? undefined : poolFor(s, cycle);
    const active = lease.state === "active";
    return {
      id: lease.id,
      pool: lease.pool,
      holder: lease.holder,
      state: lease.state,
      priority: lease.priority,
      labels: lease.labels,
      purpose: lease.purpose ?? null,
      requestedAt: iso(lease.requestedAt),
      assignedAt: lease.assignedAt === undefined ? null : iso(lease.assignedAt),
      grantedAt: lease.grantedAt === undefined ? null : iso(lease.grantedAt),
      expiresAt: iso(active ? leaseEnd(s, lease, v.touches.get(lease.id)).at : lease.waitUntil),
      idleSeconds: lease.idleMs / 1000,
      totalSeconds: lease.totalMs / 1000,
      position: lease.state === "queued" ? this.#position(s, lease) : null,
      origin: lease.origin ?? null,
      vm: cycle === undefined ? null : {
        name: pool === undefined ? cycle.id : `${pool.settings.prefix}${cycle.slot}`,
        id: cycle.vmId ?? null,
        cycle: cycle.id,
        address: active && cycle.vmId !== undefined ? v.guests.get(cycle.vmId)?.address ?? null : null,
      },
      release: lease.release,
      why: active ? null : v.why.get(`pool/${lease.pool}`) ?? "waiting for a machine",
    };
  }

  /** By what is known now: somebody with fewer machines may still come before. */
  #position(s: State, lease: Lease): number {
    let before = 1;
    // They are kept in the order in which they came.
    let earlier = true;
    for (const other of s.leases.values()) {
      if (other.id === lease.id) earlier = false;
      if (other.pool !== lease.pool || other.state !== "queued" || other.id === lease.id) continue;
      if (other.priority > lease.priority || (other.priority === lease.priority && earlier)) before++;
    }
    return before;
  }
}

function range(what: string, value: Ms, least: Ms, most: Ms): string | undefined {
  if (Number.isFinite(value) && value >= least && value <= most) return undefined;
  return `The ${what} is ${least / 1000} to ${most / 1000} seconds, not ${value / 1000}.`;
}
