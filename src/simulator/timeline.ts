/** Simulated time: what is to happen, in order, and nothing in between. */
import type { Ms } from "../model/ids.ts";

interface Entry {
  readonly at: Ms;
  /** Breaks ties: what was scheduled first runs first. */
  readonly order: number;
  /** `undefined` once it has run or was cancelled. */
  run: (() => void) | undefined;
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap of due times. Nothing here waits: whoever owns the timeline says how far time goes. */
export class Timeline {
  #now: Ms;
  #order = 0;
  #cancelled = 0;
  #heap: Entry[] = [];
  #onSchedule: (() => void) | undefined;

  /** @param start Time at the beginning, in milliseconds since the epoch. */
  constructor(start: Ms = 0) {
    this.#now = start;
  }

  /** Milliseconds since the epoch; moves only in {@linkcode advance}. */
  get now(): Ms {
    return this.#now;
  }

  /** Has `listener` called after each new entry; for the one who drives the timeline from a real clock. */
  onSchedule(listener: () => void): void {
    this.#onSchedule = listener;
  }

  /** Runs `fn` when time reaches `at`, a whole millisecond (a past time counts as now); answers a function that cancels it. */
  at(at: Ms, fn: () => void): () => void {
    const entry: Entry = { at: Math.max(Math.ceil(at), this.#now), order: this.#order++, run: fn };
    this.#push(entry);
    this.#onSchedule?.();
    return () => {
      if (entry.run === undefined) return;
      entry.run = undefined;
      this.#cancelled++;
      if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#compact();
    };
  }

  /** Runs everything due until `to`, in order, including what these entries schedule; then it is `to`. */
  advance(to: Ms): void {
    for (let next = this.#peek(); next !== undefined && next.at <= to; next = this.#peek()) {
      this.#pop();
      this.#now = Math.max(this.#now, next.at);
      const run = next.run;
      next.run = undefined;
      run?.();
    }
    this.#now = Math.max(this.#now, to);
  }

  /** When the next entry is due. */
  nextAt(): Ms | undefined {
    return this.#peek()?.at;
  }

  /** How many entries wait. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** The first entry that was not cancelled. */
  #peek(): Entry | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.run !== undefined) return top;
      this.#pop();
      this.#cancelled--;
    }
    return undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!before(entry, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    this.#sink(last, 0);
  }

  #sink(entry: Entry, from: number): void {
    const heap = this.#heap;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, entry)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = entry;
  }

  /** Cancelled entries that lie far in the future would otherwise pile up over simulated months. */
  #compact(): void {
    this.#heap = this.#heap.filter((entry) => entry.run !== undefined);
    this.#cancelled = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(this.#heap[i] as Entry, i);
  }
}
