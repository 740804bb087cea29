import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Wakes } from "./wakes.ts";

/** The same without a heap. */
class SortedWakes {
  readonly #times = new Map<string, number>();

  set(key: string, at: number): void {
    this.#times.set(key, Math.min(at, this.#times.get(key) ?? Infinity));
  }

  next(): number {
    return Math.min(Infinity, ...this.#times.values());
  }

  due(now: number): string[] {
    const due = [...this.#times].filter(([, at]) => at <= now);
    for (const [key] of due) this.#times.delete(key);
    return due.map(([key]) => key);
  }
}

Deno.test("Wakes does what a sorted list does, whatever is set and taken in whatever order", () => {
  const set = fc.record({
    type: fc.constant("set" as const),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    at: fc.nat(50),
  });
  const due = fc.record({ type: fc.constant("due" as const), key: fc.constant(""), at: fc.nat(50) });
  fc.assert(fc.property(fc.array(fc.oneof(set, due), { maxLength: 60 }), (steps) => {
    const wakes = new Wakes();
    const sorted = new SortedWakes();
    for (const { type, key, at } of steps) {
      if (type === "set") {
        wakes.set(key, at);
        sorted.set(key, at);
      } else {
        assert.deepEqual(wakes.due(at).sort(), sorted.due(at).sort());
      }
      assert.equal(wakes.next(), sorted.next());
    }
  }));
});

Deno.test("Wakes hands out keys in the order of their times", () => {
  const wakes = new Wakes();
  for (const [key, at] of [["late", 30], ["early", 10], ["middle", 20]] as const) wakes.set(key, at);
  assert.deepEqual(wakes.due(25), ["early", "middle"]);
  assert.equal(wakes.next(), 30);
});

Deno.test("Wakes keeps the sooner of two times of a key, and hands it out once", () => {
  const wakes = new Wakes();
  wakes.set("a", 20);
  wakes.set("a", 10);
  wakes.set("a", 30);
  assert.equal(wakes.next(), 10);
  assert.deepEqual(wakes.due(100), ["a"]);
  assert.deepEqual(wakes.due(100), []);
  assert.equal(wakes.next(), Infinity);
});
