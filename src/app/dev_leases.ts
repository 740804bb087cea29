/** Holders of leases for `hvpool dev`: each acquires a machine, holds it with heartbeats, releases it, and asks again. */
import type { LeaseOperations } from "../ports/operations.ts";
import type { Simulator } from "../simulator/start.ts";

/** How the show is played. */
export interface LeasePlay {
  readonly leases: LeaseOperations;
  readonly simulator: Pick<Simulator, "machine" | "time">;
  readonly pool: string;
  readonly holders: number;
  readonly stop: AbortSignal;
}

/** What came of it, by what the guests themselves show. */
export interface LeaseSummary {
  readonly granted: number;
  /** From asking to having the machine. */
  readonly waitMs: { readonly p50: number; readonly p95: number };
  /** Machines on which somebody else was while they were leased. */
  readonly double: number;
  /** Machines that were handed out with something of somebody else in them. */
  readonly dirty: number;
}

/** A lease lasts about two seconds. */
const HOLD_MIN_MS = 1_500;
const HOLD_MAX_MS = 2_500;
const HEARTBEAT_MS = 500;
/** Between two leases of one holder. */
const REST_MS = 400;
/** An answer comes as soon as there is a machine; else one asks again. */
const ANSWER_MS = 10_000;
const SOURCE = "dev";

/** Everything that the holders see. */
export class LeaseHolders {
  readonly #o: LeasePlay;
  readonly #waitsMs: number[] = [];
  #waiting = 0;
  #holding = 0;
  #double = 0;
  #dirty = 0;

  constructor(play: LeasePlay) {
    this.#o = play;
  }

  /** One line for people. */
  get line(): string {
    return `LEASES  ${this.#waiting} waiting, ${this.#holding} held, ${this.#waitsMs.length} granted`;
  }

  /** Plays until `stop`, and gives back what is held then. */
  async play(): Promise<void> {
    const names = Array.from({ length: this.#o.holders }, (_, n) => `agent ${n + 1}`);
    await Promise.all(names.map((name) => this.#hold(name)));
  }

  summary(): LeaseSummary {
    const waits = this.#waitsMs.toSorted((a, b) => a - b);
    const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
    return {
      granted: waits.length,
      waitMs: { p50: Math.round(at(0.5)), p95: Math.round(at(0.95)) },
      double: this.#double,
      dirty: this.#dirty,
    };
  }

  async #hold(holder: string): Promise<void> {
    const { leases, pool, stop } = this.#o;
    for (let turn = 1; !stop.aborted; turn++) {
      const askedAt = performance.now();
      const request = {
        pool,
        holder,
        source: SOURCE,
        actor: holder,
        key: `${holder.replace(" ", "-")}/${turn}`,
      };
      this.#waiting++;
      let answer = await leases.acquire(request, ANSWER_MS, stop);
      while (answer.ok && answer.lease.state !== "active" && !stop.aborted) {
        answer = await leases.acquire(request, ANSWER_MS, stop);
      }
      this.#waiting--;
      if (answer.ok) {
        const { id, state, vm } = answer.lease;
        const vmId = state === "active" ? vm?.id ?? undefined : undefined;
        if (vmId !== undefined) await this.#use(id, vmId, performance.now() - askedAt);
        leases.release(id, { cause: "its holder is done", source: SOURCE, actor: holder });
      }
      await pause(REST_MS, stop);
    }
  }

  /** Leaves a mark in the guest, and looks at the end whether somebody else did meanwhile. */
  async #use(lease: string, vmId: string, waitedMs: number): Promise<void> {
    const { leases, stop } = this.#o;
    const before = this.#mark(vmId, lease);
    if (before === undefined) return; // it went down a moment ago
    this.#waitsMs.push(waitedMs);
    if (before.length > 0) this.#dirty++;
    this.#holding++;
    const until = performance.now() + HOLD_MIN_MS + Math.random() * (HOLD_MAX_MS - HOLD_MIN_MS);
    while (performance.now() < until && !stop.aborted) {
      await pause(Math.min(HEARTBEAT_MS, Math.max(0, until - performance.now())), stop);
      leases.heartbeat(lease);
    }
    this.#holding--;
    const after = this.#mark(vmId, lease) ?? [];
    if (after.some((mark) => mark !== lease && !before.includes(mark))) this.#double++;
  }

  #mark(vmId: string, lease: string): string[] | undefined {
    const { simulator: { machine, time } } = this.#o;
    time.sync();
    return machine.mark(vmId, lease);
  }
}

/** Waits so long, or until everything stops. */
export async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const done = () => resolve();
  stop.addEventListener("abort", done, { once: true });
  await promise;
  clearTimeout(timer);
  stop.removeEventListener("abort", done);
}
