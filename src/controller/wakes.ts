/** When to look at what again: the earliest time of each key, in a binary heap. */
import type { Ms } from "../model/ids.ts";

interface Entry {
  readonly at: Ms;
  readonly key: string;
}

/** Wake-up times by key; setting a key again replaces its time only when the new one is sooner. */
export class Wakes {
  readonly #times = new Map<string, Ms>();
  readonly #heap: Entry[] = [];

  /** Wakes `key` at `at`, or sooner if that was set before. */
  set(key: string, at: Ms): void {
    const known = this.#times.get(key);
    if (known !== undefined && known <= at) return;
    this.#times.set(key, at);
    this.#push({ at, key });
  }

  /** The earliest time, `Infinity` when there is none. */
  next(): Ms {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return Infinity;
      if (this.#times.get(top.key) === top.at) return top.at;
      this.#pop();
    }
  }

  /** Takes out every key whose time has come. */
  due(now: Ms): string[] {
    const keys: string[] = [];
    while (this.next() <= now) {
      const top = this.#pop();
      if (top === undefined) break;
      this.#times.delete(top.key);
      keys.push(top.key);
    }
    return keys;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && right.at < left.at) child++;
      const least = heap[child];
      if (least === undefined || least.at >= last.at) break;
      heap[i] = least;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
