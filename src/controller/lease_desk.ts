/** Where leases are asked for: what can be refused is refused at once, everything else is recorded by the next turn. */
import { type By, by } from "../model/by.ts";
import type { Command } from "../model/decide.ts";
import type { Ms } from "../model/ids.ts";
import { changeRefusal, changeText, isAlready, isSameChange } from "../model/leases/change.ts";
import { decideLease } from "../model/leases/decide_leases.ts";
import {
  chargedMs,
  type Lease,
  type LeaseChange,
  leaseEnd,
  type LeaseId,
  poolOfLease,
  type Release,
} from "../model/leases/lease.ts";
import { lastSign } from "../model/leases/last_sign.ts";
import { queueRefusal } from "../model/leases/quotas.ts";
import type { State } from "../model/state.ts";
import type { LeaseStatus } from "../model/status.ts";
import type { View } from "../model/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { AcquireRequest, LeaseAnswer, LeaseOperations, LeaseRefusal } from "../ports/operations.ts";
import { describeLease } from "./describe_lease.ts";
import { cannotSave, DAY_MS, keepMost, leaseCommand, range, refused, SHORTEST_MS } from "./lease_request.ts";

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

/** What is told of a lease that was paused for its holder's silence, when the holder is there again. */
const RESUMED = {
  state: "changing",
  change: { kind: "resume", name: null },
  why: "its machine is being made ready",
} as const satisfies Partial<LeaseStatus>;

function ended(id: string, { cause, at }: { readonly cause: string; readonly at: Ms }): LeaseRefusal {
  const when = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return refused("gone", `The lease ${id} has ended: ${cause} (${when}). Acquire another one.`);
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

  find(id: string): LeaseAnswer {
    const lease = this.#o.state().leases.get(id as LeaseId);
    return lease === undefined ? this.#gone(id) : { ok: true, lease: this.#describe(lease) };
  }

  async acquire(request: AcquireRequest, answerWithinMs: Ms, signal?: AbortSignal): Promise<LeaseAnswer> {
    const s = this.#o.state();
    const command = leaseCommand(s, request);
    if ("ok" in command) return command;
    const known = this.#known(s, command);
    if (known !== undefined && typeof known !== "string") return known;
    if (known === undefined) {
      const full = queueRefusal(s, command.holder, command.pool);
      if (full !== undefined) return refused("conflict", full);
      await this.#o.apply(command);
    }
    // The same key may have come in the same turn: then the first of the two counts.
    const counts = known ?? this.#known(this.#o.state(), command) ?? command.lease;
    if (typeof counts !== "string") return counts;
    const id = counts;
    const { leases, endedLeases } = this.#o.state();
    if (known === undefined && !leases.has(id) && !endedLeases.has(id)) {
      // Others of the same holder came in the same turn.
      const full = queueRefusal(this.#o.state(), command.holder, command.pool);
      if (full !== undefined) return refused("conflict", full);
    }
    await this.#while(() => this.#isUndecided(id), answerWithinMs, signal);
    return this.find(id);
  }

  holder(id: string): string | undefined {
    return this.#o.state().leases.get(id as LeaseId)?.holder;
  }

  heartbeat(id: string): LeaseAnswer {
    const lease = this.#open(id);
    if ("ok" in lease) return lease;
    const at = this.#o.clock.now();
    this.#o.view().touches.set(lease.id, at);
    const command = { type: "lease.touch", lease: lease.id, at } as const;
    const wakes = decideLease(this.#o.state(), command).find(({ type }) => type === "lease.changing");
    const shown = this.#describe(lease);
    this.#o.push(command);
    // It is told as the next turn makes it.
    return { ok: true, lease: wakes === undefined ? shown : { ...shown, ...RESUMED } };
  }

  extend(id: string, totalMs: Ms, who: By): LeaseAnswer {
    const lease = this.#open(id);
    if ("ok" in lease) return lease;
    const most = poolOfLease(this.#o.state(), lease)?.settings.agent?.totalMs ?? DAY_MS;
    const over = Math.ceil(chargedMs(lease, this.#o.clock.now()) / 1000);
    const overText = `${over} seconds of the lease ${id} are over, without what it was paused`;
    // The limit may have been lowered since it was granted.
    if (over * 1000 >= most) {
      return refused(
        "invalid",
        `${overText}, so that no other length is possible: pool ${lease.pool} allows ${
          most / 1000
        } seconds now. ` +
          "Leave it as it is, or release it.",
      );
    }
    if (!Number.isFinite(totalMs) || totalMs < SHORTEST_MS || totalMs > most) {
      return refused(
        "invalid",
        `A lease of pool ${lease.pool} lasts 1 to ${most / 1000} seconds, not ${totalMs / 1000}.`,
      );
    }
    if (over > 0 && totalMs <= over * 1000) {
      return refused(
        "invalid",
        `${overText}: a length of ${totalMs / 1000} seconds would end it. It may be ${over + 1} to ${
          most / 1000
        } seconds; to end it, release it.`,
      );
    }
    this.#o.push({ type: "lease.extend", lease: lease.id, totalMs, ...by(who) });
    return { ok: true, lease: this.#describe({ ...lease, totalMs }) };
  }

  async change(
    id: string,
    change: LeaseChange,
    { answerWithinMs, signal, ...who }: By & {
      readonly answerWithinMs: Ms;
      readonly signal?: AbortSignal;
    },
  ): Promise<LeaseAnswer> {
    const lease = this.#open(id);
    if ("ok" in lease) return lease;
    const before = this.#refusal(lease, change);
    if (before !== undefined) return before;
    if (!isAlready(lease, change)) {
      await this.#o.apply({ type: "lease.change", lease: lease.id, change, ...by(who) });
      // Another change may have come in the same turn.
      const now = this.#o.state().leases.get(lease.id);
      const after = now?.state === "changing" ? this.#refusal(now, change) : undefined;
      if (after !== undefined) return after;
    } else if (lease.state !== "changing") {
      return this.find(lease.id);
    }
    const isOn = () => {
      const now = this.#o.state().leases.get(lease.id);
      return now?.state === "changing" && now.change !== undefined && isSameChange(change, now.change);
    };
    await this.#while(isOn, answerWithinMs, signal);
    const failed = isOn() ? undefined : this.#o.state().leases.get(lease.id)?.failed;
    if (failed !== undefined && isSameChange(change, failed.change)) {
      return refused(
        "conflict",
        `The ${changeText(change)} of lease ${id} came to nothing: ${failed.message}`,
      );
    }
    return this.find(lease.id);
  }

  release(
    id: string,
    { release: asked, keepMs: askedMs, cause, ...who }: By & {
      readonly release?: Release;
      readonly keepMs?: Ms;
      readonly cause: string;
    },
  ): { ok: true } | LeaseRefusal {
    const lease = this.#open(id);
    // One that has ended is released: whoever says so twice did nothing wrong.
    if ("ok" in lease) return lease.code === "gone" ? { ok: true } : lease;
    const pool = poolOfLease(this.#o.state(), lease)?.settings;
    const release = asked ?? lease.release;
    const unsaved = cannotSave(pool, { release });
    if (unsaved !== undefined) return unsaved;
    const keepMs = askedMs ?? lease.keepMs;
    const fault = askedMs === undefined
      ? undefined
      : range("time for which a machine is parked", keepMs, SHORTEST_MS, keepMost(pool));
    if (fault !== undefined) return refused("invalid", fault);
    const until = release === "save" || release === "keep" ? { until: this.#o.clock.now() + keepMs } : {};
    this.#o.push({ type: "lease.release", lease: lease.id, release, ...until, cause, ...by(who) });
    return { ok: true };
  }

  #open(id: string): Lease | LeaseRefusal {
    const lease = this.#o.state().leases.get(id as LeaseId);
    if (lease !== undefined && lease.state !== "queued" && lease.state !== "starting") {
      // A moment too late is too late: its machine may be somebody else's in the next turn.
      const now = this.#o.clock.now();
      const end = leaseEnd(this.#o.state(), lease, lastSign(this.#o.view(), lease.id, now));
      if (end.pause !== true && now >= end.at) {
        return ended(id, end);
      }
    }
    return lease ?? this.#gone(id);
  }

  #refusal(lease: Lease, change: LeaseChange): LeaseRefusal | undefined {
    const refusal = changeRefusal(this.#o.state(), lease, change);
    return refusal === undefined ? undefined : refused(refusal.code, refusal.message);
  }

  /** Of one that is not there: why it ended, as long as that is remembered. */
  #gone(id: string): LeaseRefusal {
    if (!/^l-[0-9a-z]{26}$/.test(id)) {
      return refused("not_found", `There is no lease ${JSON.stringify(id.slice(0, 60))}.`);
    }
    const known = this.#o.state().endedLeases.get(id as LeaseId);
    if (known !== undefined) return ended(id, known);
    return refused("gone", `The lease ${id} has ended, or never was. Acquire another one.`);
  }

  #isUndecided(id: LeaseId): boolean {
    const state = this.#o.state().leases.get(id)?.state;
    return state === "queued" || state === "starting";
  }

  /** Waits as long as this is so, but no longer than asked for. */
  async #while(isSo: () => boolean, withinMs: Ms, signal?: AbortSignal): Promise<void> {
    if (withinMs <= 0 || signal?.aborted === true || !isSo()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock } = this.#o;
    const cancel = clock.at(clock.now() + withinMs, resolve);
    const unlisten = this.#o.onCommit(() => {
      if (!isSo()) resolve();
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

  #describe(lease: Lease): LeaseStatus {
    return describeLease(this.#o.state(), this.#o.view(), lease, this.#o.clock.now());
  }
}
