import assert from "node:assert/strict";
import type { NotifyCondition } from "../../config/notify_keys.ts";
import { NOTIFY_CONDITIONS } from "../../config/notify_keys.ts";
import type { Cause, Severity } from "./conditions.ts";
import { judge, type Known, type Notice, type Wishes } from "./judge.ts";

const MINUTE = 60_000;
const ALL = { on: NOTIFY_CONDITIONS, afterMs: 15 * MINUTE };

function cause(condition: NotifyCondition, more: Partial<Cause> = {}): Cause {
  return { key: condition, condition, severity: "warn", text: `${condition} is amiss`, ...more };
}

/** Looks every half minute; `+` and `-` before the minute at which something is told or over. */
class Looks {
  #known: ReadonlyMap<string, Known> = new Map();
  #now = 0;
  readonly told: string[] = [];
  readonly notices: Notice[] = [];

  during(
    minutes: number,
    causes: readonly Cause[],
    more: { unknown?: string[]; wishes?: Wishes } = {},
  ): this {
    for (let i = 0; i < minutes * 2; i++) {
      const seen = { causes, unknown: new Set(more.unknown) };
      const { known, notices } = judge(this.#known, seen, more.wishes ?? ALL, this.#now);
      this.#known = known;
      this.notices.push(...notices);
      this.told.push(
        ...notices.map(({ event, key }) => `${event === "raised" ? "+" : "-"}${key} ${this.#now / MINUTE}`),
      );
      this.#now += MINUTE / 2;
    }
    return this;
  }

  /** Nobody looks. */
  asleep(minutes: number): this {
    this.#now += minutes * MINUTE;
    return this;
  }
}

const FIRST: readonly [NotifyCondition, told: string, over: string][] = [
  ["capacity", "+capacity 15", "-capacity 20"],
  ["quarantine", "+quarantine 0", "-quarantine 20"],
  ["age", "+age 0", "-age 20"],
  ["licence", "+licence 0", "-licence 20"],
  ["github", "+github 5", "-github 20"],
  ["host", "+host 5", "-host 20"],
  ["memory", "+memory 5", "-memory 24.5"],
  ["disk", "+disk 5", "-disk 24.5"],
];

for (const [condition, told, over] of FIRST) {
  Deno.test(`judge() tells ${condition} once, and when it is over`, () => {
    assert.deepEqual(new Looks().during(20, [cause(condition)]).during(30, []).told, [told, over]);
  });
}

Deno.test("judge() tells with the words of the beginning, and since when", () => {
  const { notices } = new Looks().during(2, []).during(16, [cause("capacity", { key: "capacity:ci" })])
    .during(1, []);
  const about = { key: "capacity:ci", condition: "capacity", severity: "warn", since: 2 * MINUTE };
  const text = "capacity is amiss";
  assert.deepEqual(notices, [{ event: "raised", ...about, text }, { event: "cleared", ...about, text }]);
});

Deno.test("judge() says nothing of what ends before it is worth telling", () => {
  const looks = new Looks();
  for (let i = 0; i < 5; i++) {
    looks.during(14, [cause("capacity"), cause("github")].slice(i % 2)).during(1, []);
  }
  assert.deepEqual(looks.told.filter((line) => line.includes("capacity")), []);
});

Deno.test("judge() lets each who is told say after how long, and of what", () => {
  const causes = [cause("capacity"), cause("quarantine")];
  assert.deepEqual(new Looks().during(1, causes, { wishes: { ...ALL, afterMs: 0 } }).told, [
    "+capacity 0",
    "+quarantine 0",
  ]);
  const on: NotifyCondition[] = ["quarantine"];
  assert.deepEqual(new Looks().during(60, causes, { wishes: { on, afterMs: 0 } }).told, ["+quarantine 0"]);
});

Deno.test("judge() tells a refusal at once", () => {
  assert.deepEqual(new Looks().during(1, [cause("github", { atOnce: true })]).told, ["+github 0"]);
});

Deno.test("judge() tells again what became worse, and not what became better", () => {
  const of = (severity: Severity) => [cause("age", { severity })];
  const looks = new Looks().during(5, of("warn")).during(5, of("error")).during(5, of("warn")).during(
    5,
    of("error"),
  )
    .during(1, []);
  assert.deepEqual(looks.told, ["+age 0", "+age 5", "-age 20"]);
  assert.deepEqual(looks.notices.map(({ severity }) => severity), ["warn", "error", "error"]);
});

Deno.test("judge() takes two causes of a kind apart", () => {
  const a = cause("quarantine", { key: "quarantine:a" });
  const b = cause("quarantine", { key: "quarantine:b" });
  assert.deepEqual(new Looks().during(1, [a]).during(1, [a, b]).during(1, [b]).told, [
    "+quarantine:a 0",
    "+quarantine:b 1",
    "-quarantine:a 2",
  ]);
});

Deno.test("judge() leaves alone what nothing can be said of", () => {
  for (const unknown of ["quarantine", "quarantine:a"]) {
    const a = cause("quarantine", { key: "quarantine:a" });
    const looks = new Looks().during(1, [a]).during(9, [], { unknown: [unknown] }).during(1, [a]);
    assert.deepEqual(looks.during(1, []).told, ["+quarantine:a 0", "-quarantine:a 11"]);
  }
});

Deno.test("judge() does not count the time in which nobody looked", () => {
  const looks = new Looks().during(10, [cause("capacity")]).asleep(480).during(14, [cause("capacity")]);
  assert.deepEqual(looks.told, []);
  assert.deepEqual(looks.during(2, [cause("capacity")]).told, ["+capacity 505"]);
});

Deno.test("judge() takes gaps between two tries for want of room as part of it", () => {
  const looks = new Looks();
  for (let i = 0; i < 4; i++) looks.during(1, [cause("memory")]).during(1, []);
  looks.during(3, [cause("memory")]);
  assert.deepEqual(looks.told, ["+memory 6"]);
});

Deno.test("judge() forgets what is not to be told any more, without a word", () => {
  const looks = new Looks().during(1, [cause("quarantine")]);
  looks.during(1, [cause("quarantine")], { wishes: { on: ["age"], afterMs: 0 } });
  assert.deepEqual(looks.during(1, []).told, ["+quarantine 0"]);
});
