import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import type { PoolSettings } from "../settings.ts";
import { AGENT_POOL, LEASE, lease } from "../testing/leased.ts";
import { NOW, Stage, testSettings } from "../testing/stage.ts";
import { changeRefusal, changeText, isAlready } from "./change.ts";
import type { Lease, LeaseChange } from "./lease.ts";

function stageOf(over: Partial<Lease> = {}, pool: Partial<PoolSettings> = {}) {
  const stage = new Stage(testSettings({ ...AGENT_POOL, ...pool }));
  const cycle = stage.cycle({ phase: "claimed", vm: "known", checkpoint: "c" });
  return { stage, lease: lease(stage.s, cycle, NOW, over) };
}

function begun(over: Partial<Lease>, change: LeaseChange, pool: Partial<PoolSettings> = {}): string[] {
  const { stage } = stageOf(over, pool);
  return decide(stage.s, { type: "lease.change", lease: LEASE, change, source: "x" }).map(({ type }) => type);
}

const A = { name: "a", id: "c-a", at: NOW };

Deno.test("decide() begins a change of a lease that is active or paused, and of no other", () => {
  const change = { kind: "reset" } as const;
  assert.deepEqual(begun({}, change), ["lease.changing"]);
  assert.deepEqual(begun({ state: "paused" }, change), ["lease.changing"]);
  for (const state of ["queued", "starting"] as const) assert.deepEqual(begun({ state }, change), []);
  assert.deepEqual(begun({ state: "changing", change: { kind: "pause" } }, change), []);
});

Deno.test("asking for what is so already, or is being done, changes nothing and is not refused", () => {
  const cases: [Partial<Lease>, LeaseChange][] = [
    [{ state: "paused" }, { kind: "pause" }],
    [{ state: "active" }, { kind: "resume" }],
    [{ state: "changing", change: { kind: "reset" } }, { kind: "reset" }],
    [{ state: "changing", change: { kind: "checkpoint", name: "a" } }, { kind: "checkpoint", name: "a" }],
  ];
  for (const [over, change] of cases) {
    const { stage, lease } = stageOf(over);
    assert.equal(isAlready(lease, change), true, JSON.stringify(over));
    assert.equal(changeRefusal(stage.s, lease, change), undefined);
    assert.deepEqual(begun(over, change), []);
  }
  const other = stageOf({ state: "changing", change: { kind: "checkpoint", name: "a" } }).lease;
  assert.equal(isAlready(other, { kind: "checkpoint", name: "b" }), false);
});

Deno.test("changeRefusal() says what stands in the way, and what to do", () => {
  const gpu = { ...testSettings().pools[0]?.template, gpu: true } as PoolSettings["template"];
  const nested = { ...gpu, gpu: undefined, nested: true } as unknown as PoolSettings["template"];
  const cold = (template: PoolSettings["template"]) =>
    ({ template, recycle: undefined }) as unknown as PoolSettings;
  const three = ["a", "b", "c"].map((name) => ({ ...A, name }));
  const cases: [Partial<Lease>, LeaseChange, string, RegExp, Partial<PoolSettings>?][] = [
    [{ state: "queued" }, { kind: "pause" }, "conflict", /no machine yet: it is queued/],
    [{ state: "starting" }, { kind: "pause" }, "conflict", /it is starting/],
    [
      { state: "changing", change: { kind: "pause" } },
      { kind: "resume" },
      "conflict",
      /The pause of lease l-.* is not over yet/,
    ],
    [
      { state: "changing", change: { kind: "restore", name: "a" } },
      { kind: "reset" },
      "conflict",
      /The restore of "a" of lease/,
    ],
    [{ state: "paused" }, { kind: "checkpoint", name: "a" }, "conflict", /Resume it first/],
    [{ checkpoints: [A] }, { kind: "checkpoint", name: "A" }, "conflict", /Choose another name/],
    [{ checkpoints: three }, { kind: "checkpoint", name: "d" }, "conflict", /has 3 checkpoints.*allows 3/],
    [{}, { kind: "restore", name: "a" }, "not_found", /has no checkpoint "a".*none/],
    [{ checkpoints: [A] }, { kind: "restore", name: "b" }, "not_found", /It has: a/],
    [{}, { kind: "checkpoint", name: "" }, "invalid", /1 to 40/],
    [{}, { kind: "checkpoint", name: "-a" }, "invalid", /1 to 40/],
    [{}, { kind: "checkpoint", name: "a".repeat(41) }, "invalid", /1 to 40/],
    [{}, { kind: "checkpoint", name: "a b" }, "invalid", /1 to 40/],
    [{}, { kind: "checkpoint", name: "Clean" }, "invalid", /the pool's own/],
    [{}, { kind: "pause" }, "conflict", /GPU partition/, cold(gpu)],
    [{}, { kind: "reset" }, "conflict", /GPU partition/, cold(gpu)],
    [{}, { kind: "checkpoint", name: "a" }, "conflict", /runs Hyper-V itself/, cold(nested)],
    [{}, { kind: "restore", name: "a" }, "conflict", /runs Hyper-V itself/, cold(nested)],
  ];
  for (const [over, change, code, message, pool] of cases) {
    const { stage, lease } = stageOf(over, pool);
    const refusal = changeRefusal(stage.s, lease, change);
    assert.equal(refusal?.code, code, changeText(change));
    assert.match(refusal.message, message);
    assert.deepEqual(begun(over, change, pool), [], changeText(change));
  }
});

Deno.test("a pool says how many checkpoints one lease may have", () => {
  const agent = { ...AGENT_POOL.agent, checkpoints: 1 } as NonNullable<PoolSettings["agent"]>;
  assert.deepEqual(begun({}, { kind: "checkpoint", name: "b" }, { agent }), ["lease.changing"]);
  assert.deepEqual(begun({ checkpoints: [A] }, { kind: "checkpoint", name: "b" }, { agent }), []);
});
