/** Leases for tests of the API and its clients, kept in memory: a pool `desktops` of as many machines as wanted. */
import type { LeaseChange, Release } from "../../model/leases/lease.ts";
import type { LeaseStatus } from "../../model/status.ts";
import type {
  AcquireRequest,
  By,
  LeaseAnswer,
  LeaseOperations,
  LeaseRefusal,
} from "../../ports/operations.ts";

/** An active lease. */
export const SAMPLE_LEASE: LeaseStatus = {
  id: "l-00000000000000000000000001",
  pool: "desktops",
  holder: "admin",
  state: "active",
  change: null,
  pausedAt: null,
  onIdle: "release",
  checkpoints: [],
  steps: { queuedMs: 1000, madeMs: null, startingMs: 2000, startMs: 1500, networkMs: 200, readyMs: 300 },
  priority: 0,
  labels: {},
  purpose: null,
  requestedAt: "2026-03-01T10:00:00.000Z",
  assignedAt: "2026-03-01T10:00:01.000Z",
  grantedAt: "2026-03-01T10:00:03.000Z",
  expiresAt: "2026-03-01T10:05:03.000Z",
  idleSeconds: 300,
  totalSeconds: 3600,
  position: null,
  origin: "standby",
  vm: {
    name: "desktops-1",
    id: "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    cycle: "desktops/1.3",
    address: "172.20.1.5",
  },
  endpoints: [{ name: "http", url: "http://172.20.1.5:8080/mcp" }],
  release: "reset",
  why: null,
};

/** Most that its pool allows. */
const MOST_MS = 14_400_000;

/** What `release` was asked. */
export interface Released extends By {
  readonly lease: string;
  readonly release?: Release;
  readonly keepMs?: number;
  readonly cause: string;
}

/** What `change` was asked. */
export interface Changed extends By {
  readonly lease: string;
  readonly change: LeaseChange;
}

/** {@linkcode LeaseOperations} over memory. */
export class FakeLeases implements LeaseOperations {
  /** Free machines of the pool. */
  free = 1;
  /** Until when a lease waits. */
  waitsUntil = "2026-03-01T11:00:00.000Z";
  /** Leases whose time is over though nobody has ended them yet. */
  readonly late = new Set<string>();
  readonly acquired: AcquireRequest[] = [];
  readonly heartbeats: string[] = [];
  readonly extended: ({ lease: string; totalMs: number } & By)[] = [];
  readonly released: Released[] = [];
  readonly changed: Changed[] = [];
  /** Changes go on until {@linkcode finish} is called. */
  slow = false;
  /** What a machine lacks that is not ready in time after a change. */
  lacks: string | undefined;
  /** Requests that are held. */
  waiting = 0;
  readonly #all = new Map<string, LeaseStatus>();
  readonly #keys = new Map<string, { readonly lease: string; readonly request: string }>();
  readonly #changed = new EventTarget();
  #number = 0;

  list(): readonly LeaseStatus[] {
    return [...this.#all.values()];
  }

  async acquire(
    request: AcquireRequest,
    answerWithinMs: number,
    signal?: AbortSignal,
  ): Promise<LeaseAnswer> {
    this.acquired.push(request);
    const { pool, holder, key, source: _, idleMs = 300_000, totalMs = 3_600_000 } = request;
    if (pool !== "desktops") return refused("not_found", "There is no agent pool of this name.");
    if (Math.max(idleMs, totalMs) > MOST_MS) return refused("invalid", "The pool allows four hours.");
    const text = JSON.stringify({ ...request, source: undefined, actor: undefined });
    const known = key === undefined ? undefined : this.#keys.get(`${holder}\n${key}`);
    if (known !== undefined && known.request !== text) {
      return refused("conflict", "This idempotency key was used for another request.");
    }
    const id = known?.lease ?? this.#begin(request, { idleMs, totalMs });
    if (key !== undefined) this.#keys.set(`${holder}\n${key}`, { lease: id, request: text });
    if (answerWithinMs > 0) await this.#decided(id, answerWithinMs, signal);
    return this.#open(id);
  }

  find(id: string): LeaseAnswer {
    return this.#open(id);
  }

  holder(id: string): string | undefined {
    return this.#all.get(id)?.holder;
  }

  heartbeat(id: string): LeaseAnswer {
    const answer = this.late.has(id) ? gone(id) : this.#open(id);
    if (answer.ok) this.heartbeats.push(id);
    return answer;
  }

  extend(id: string, totalMs: number, by: By): LeaseAnswer {
    const answer = this.#open(id);
    if (!answer.ok) return answer;
    if (totalMs > MOST_MS) return refused("invalid", "The pool allows four hours.");
    this.extended.push({ lease: id, totalMs, ...by });
    return { ok: true, lease: this.#put({ ...answer.lease, totalSeconds: totalMs / 1000 }) };
  }

  async change(
    id: string,
    change: LeaseChange,
    { answerWithinMs, signal, ...by }: By & {
      readonly answerWithinMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<LeaseAnswer> {
    const answer = this.#open(id);
    if (!answer.ok) return answer;
    const { lease } = answer;
    const wanted = { kind: change.kind, name: "name" in change ? change.name : null };
    if (lease.state === "queued") return refused("conflict", `The lease ${id} has no machine yet.`);
    if (lease.change !== null && JSON.stringify(lease.change) !== JSON.stringify(wanted)) {
      return refused("conflict", `The lease ${id} is being changed.`);
    }
    if (change.kind === "restore" && !lease.checkpoints.some(({ name }) => name === change.name)) {
      return refused("not_found", `The lease ${id} has no checkpoint ${change.name}.`);
    }
    this.changed.push({ lease: id, change, ...by });
    this.#put({ ...lease, state: "changing", change: wanted });
    if (!this.slow) this.finish(id);
    else if (answerWithinMs > 0) await this.#decided(id, answerWithinMs, signal);
    return this.#open(id);
  }

  /** What is done with a lease's machine is over, or came to nothing for a reason. */
  finish(id: string, failed: string | null = null): void {
    const lease = this.#all.get(id);
    if (lease === undefined || lease.change === null) throw new Error(`nothing is done with ${id}`);
    const { kind, name } = lease.change;
    const paused = kind === "pause" && failed === null;
    const made = kind === "checkpoint" && failed === null
      ? [{ name: name ?? "", at: SAMPLE_LEASE.requestedAt }]
      : [];
    this.#put({
      ...lease,
      state: paused ? "paused" : "active",
      change: null,
      pausedAt: paused ? SAMPLE_LEASE.requestedAt : null,
      checkpoints: [...lease.checkpoints, ...made],
      ...(this.lacks === undefined ? {} : { lacks: this.lacks }),
      why: this.lacks === undefined ? failed : `it goes on, but ${this.lacks}`,
    });
  }

  release(id: string, request: Omit<Released, "lease">): { readonly ok: true } | LeaseRefusal {
    const answer = this.#open(id);
    if (!answer.ok) return answer.code === "gone" ? { ok: true } : answer;
    this.released.push({ lease: id, ...request });
    this.end(id);
    return { ok: true };
  }

  /** Ends a lease as time does. */
  end(id: string): void {
    const lease = this.#all.get(id);
    this.#all.delete(id);
    if (lease?.state === "active") this.free++;
    this.#changed.dispatchEvent(new Event("change"));
  }

  /** One more machine: who waits longest gets it. */
  addMachine(): void {
    this.free++;
    const next = this.list().find(({ state }) => state === "queued");
    if (next !== undefined) this.#put(this.#granted(next));
  }

  #begin(
    { pool, holder, priority = 0, labels = {}, purpose, release = "reset", onIdle = "release" }:
      AcquireRequest,
    { idleMs, totalMs }: { readonly idleMs: number; readonly totalMs: number },
  ): string {
    const id = `l-${String(++this.#number).padStart(26, "0")}`;
    const lease: LeaseStatus = {
      ...SAMPLE_LEASE,
      ...{ id, pool, holder, priority, labels, purpose: purpose ?? null, release, onIdle },
      idleSeconds: idleMs / 1000,
      totalSeconds: totalMs / 1000,
      state: "queued",
      assignedAt: null,
      grantedAt: null,
      expiresAt: this.waitsUntil,
      position: this.list().filter(({ state }) => state === "queued").length + 1,
      origin: null,
      vm: null,
      endpoints: [],
      why: "every machine has a holder",
    };
    this.#put(this.free > 0 ? this.#granted(lease) : lease);
    return id;
  }

  #granted(lease: LeaseStatus): LeaseStatus {
    this.free--;
    const { state, assignedAt, grantedAt, expiresAt, position, origin, vm, endpoints, why } = SAMPLE_LEASE;
    return { ...lease, state, assignedAt, grantedAt, expiresAt, position, origin, vm, endpoints, why };
  }

  #put(lease: LeaseStatus): LeaseStatus {
    this.#all.set(lease.id, lease);
    this.#changed.dispatchEvent(new Event("change"));
    return lease;
  }

  #open(id: string): LeaseAnswer {
    const lease = this.#all.get(id);
    if (lease !== undefined) return { ok: true, lease };
    return /^l-[0-9a-z]{26}$/.test(id) ? gone(id) : refused("not_found", "There is no such lease.");
  }

  #decided(id: string, withinMs: number, signal: AbortSignal | undefined): Promise<void> {
    const undecided = () => ["queued", "changing"].includes(this.#all.get(id)?.state ?? "");
    if (!undecided() || signal?.aborted === true) return Promise.resolve();
    this.waiting++;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed.removeEventListener("change", look);
        signal?.removeEventListener("abort", done);
        this.waiting--;
        resolve();
      };
      const look = () => {
        if (!undecided()) done();
      };
      const timer = setTimeout(done, withinMs);
      this.#changed.addEventListener("change", look);
      signal?.addEventListener("abort", done);
    });
  }
}

function refused(code: LeaseRefusal["code"], message: string): LeaseRefusal {
  return { ok: false, code, message };
}

function gone(id: string): LeaseRefusal {
  return refused("gone", `The lease ${id} has ended.`);
}
