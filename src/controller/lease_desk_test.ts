import assert from "node:assert/strict";
import type { CycleId, VmId } from "../model/ids.ts";
import type { PoolSettings } from "../model/settings.ts";
import { BOOT, Stage, testSettings } from "../model/testing/stage.ts";
import { type Command, decide } from "../model/decide.ts";
import { leaseEvents } from "../model/leases/lease_events.ts";
import type { LeaseId } from "../model/leases/lease.ts";
import type { AcquireRequest } from "../ports/operations.ts";
import { LeaseDesk } from "./lease_desk.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  scope: "" as PoolSettings["scope"],
  agent: { desktop: false, addressless: true, idleMs: 60_000, totalMs: 600_000 },
};

/** A desk over the real core, whose turns are taken at once. */
function desk(
  size: number,
  pool: Partial<PoolSettings> = {},
): { stage: Stage; desk: LeaseDesk; commit: () => void } {
  const stage = new Stage(testSettings({ ...AGENT, size, hot: size, ...pool }));
  const rows: [VmId, "running"][] = [];
  for (let slot = 1; slot <= size; slot++) {
    const vmId = `00000000-0000-4000-8000-${String(slot).padStart(12, "0")}` as VmId;
    stage.cycle({ phase: "online", vm: "known", vmId, checkpoint: "c", proven: BOOT }, slot);
    rows.push([vmId, "running"]);
  }
  stage.vms(...rows);
  const listeners = new Set<() => void>();
  const take = (command: Command) => {
    if (command.type === "lease.touch") stage.v.touches.set(command.lease, command.at);
    for (const event of decide(stage.s, command)) stage.apply(event);
    stage.plan();
    for (const listener of [...listeners]) listener();
  };
  return {
    stage,
    commit: () => {
      for (const listener of [...listeners]) listener();
    },
    desk: new LeaseDesk({
      state: () => stage.s,
      view: () => stage.v,
      clock: { now: () => stage.now, at: (_at, then) => (queueMicrotask(then), () => {}) },
      apply: (command) => Promise.resolve(take(command)),
      push: take,
      onCommit: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
  };
}

function ask(over: Partial<AcquireRequest> = {}): AcquireRequest {
  return { pool: "ci", holder: "ann", source: "test", ...over };
}

Deno.test("two hundred acquire at once on twenty machines: twenty have one each, the others wait in order", async () => {
  const { desk: leases, stage } = desk(20);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => leases.acquire(ask({ holder: `h${i}` }), 0)),
  );
  const granted = answers.flatMap((answer) =>
    answer.ok && answer.lease.vm !== null ? [answer.lease.vm.cycle] : []
  );
  assert.equal(granted.length, 20);
  assert.equal(new Set(granted).size, 20);
  const waiting = leases.list().filter(({ state }) => state === "queued").map(({ position }) => position);
  assert.equal(waiting.length, 180);
  assert.equal(stage.s.leases.size, 200);
});

Deno.test("acquire() refuses what makes no sense, with the place and the range", async () => {
  const { desk: leases } = desk(1);
  const cases: [Partial<AcquireRequest>, string, RegExp][] = [
    [{ pool: "nope" }, "not_found", /no agent pool "nope".*ci/],
    [{ totalMs: 0 }, "invalid", /total time is 1 to 600 seconds, not 0/],
    [{ totalMs: 1e12 }, "invalid", /total time/],
    [{ idleMs: NaN }, "invalid", /idle time/],
    [{ waitMs: -1 }, "invalid", /wait/],
    [{ priority: 1.5 }, "invalid", /priority/],
    [{ holder: "" }, "invalid", /holder/],
    [{ key: "" }, "invalid", /idempotency key/],
    [{ key: "k".repeat(201) }, "invalid", /idempotency key/],
    [
      { labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, ""])) },
      "invalid",
      /labels/,
    ],
  ];
  for (const [over, code, message] of cases) {
    const answer = await leases.acquire(ask(over), 0);
    assert.equal(answer.ok ? "ok" : answer.code, code, JSON.stringify(over));
    assert.match(answer.ok ? "" : answer.message, message);
  }
  assert.deepEqual(leases.list(), []);
});

Deno.test("the same key brings the same lease, another request under it is refused, another holder has its own", async () => {
  const { desk: leases } = desk(3);
  const first = await leases.acquire(ask({ key: "k" }), 0);
  const again = await leases.acquire(ask({ key: "k" }), 0);
  assert.ok(first.ok && again.ok);
  assert.equal(first.lease.id, again.lease.id);
  const other = await leases.acquire(ask({ key: "k", purpose: "another" }), 0);
  assert.equal(other.ok ? "ok" : other.code, "conflict");
  const eve = await leases.acquire(ask({ key: "k", holder: "eve" }), 0);
  assert.ok(eve.ok && eve.lease.id !== first.lease.id);
  assert.equal(leases.list().length, 2);
});

Deno.test("a heartbeat one millisecond too late is refused, and releasing twice is none of a mistake", async () => {
  const { desk: leases, stage } = desk(1);
  const answer = await leases.acquire(ask(), 0);
  assert.ok(answer.ok);
  const { id } = answer.lease;
  stage.now += 59_999;
  assert.equal(leases.heartbeat(id).ok, true);
  stage.now += 60_000;
  const late = leases.heartbeat(id);
  assert.equal(late.ok ? "ok" : late.code, "gone");
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(leases.release(id, { cause: "done", source: "test" }), { ok: true });
  }
  const never = leases.heartbeat("l-nothing");
  assert.equal(never.ok ? "ok" : never.code, "not_found");
});

Deno.test("acquire() answers as soon as the lease is active, or when it was asked to answer", async () => {
  const { desk: leases, stage } = desk(1);
  const first = await leases.acquire(ask(), 0);
  assert.ok(first.ok);
  const waits = await leases.acquire(ask({ holder: "bob" }), 1_000);
  assert.equal(waits.ok && waits.lease.state, "queued");
  assert.equal(waits.ok && waits.lease.position, 1);
  assert.ok(stage.s.cycles.has("ci/1.1" as CycleId));
});

Deno.test("the same key twice at once brings one lease, and places in line follow the order of asking", async () => {
  const { desk: leases } = desk(1);
  const [a, b] = await Promise.all([
    leases.acquire(ask({ key: "k" }), 0),
    leases.acquire(ask({ key: "k" }), 0),
  ]);
  assert.ok(a.ok && b.ok);
  assert.equal(a.lease.id, b.lease.id);
  for (const holder of ["b", "c", "d"]) await leases.acquire(ask({ holder }), 0);
  assert.deepEqual(leases.list().map(({ position }) => position), [null, 1, 2, 3]);
});

Deno.test("extend() does not bring a lease back whose time is over", async () => {
  const { desk: leases, stage } = desk(1);
  const answer = await leases.acquire(ask({ totalMs: 30_000 }), 0);
  assert.ok(answer.ok);
  stage.now += 30_000;
  const late = leases.extend(answer.lease.id, 600_000, { source: "test" });
  assert.equal(late.ok ? "ok" : late.code, "gone");
});

/** What the lease's machine does next is over, well or badly. */
function over(stage: Stage, id: string, failed?: string): void {
  const lease = stage.s.leases.get(id as LeaseId);
  const { change, cycle } = lease ?? {};
  if (change === undefined || cycle === undefined) return assert.fail("nothing is being done");
  const data = { lease: id as LeaseId, cycle, change };
  stage.apply(
    failed === undefined
      ? { type: "lease.changed", data: { ...data, ...("name" in change ? { checkpoint: "c-1" } : {}) } }
      : { type: "lease.unchanged", data: { ...data, message: failed } },
  );
}

async function held(size = 1, over: Partial<AcquireRequest> = {}, pool: Partial<PoolSettings> = {}) {
  const made = desk(size, pool);
  const answer = await made.desk.acquire(ask(over), 0);
  assert.ok(answer.ok);
  return { ...made, id: answer.lease.id };
}

const ASKED = { source: "test", answerWithinMs: 0 };

Deno.test("change() is recorded at once and told in the lease, and the same again begins nothing", async () => {
  const { desk: leases, stage, id } = await held();
  const first = await leases.change(id, { kind: "checkpoint", name: "a" }, ASKED);
  assert.ok(first.ok);
  assert.deepEqual([first.lease.state, first.lease.change], ["changing", { kind: "checkpoint", name: "a" }]);
  const again = await leases.change(id, { kind: "checkpoint", name: "a" }, ASKED);
  assert.equal(again.ok && again.lease.state, "changing");
  const other = await leases.change(id, { kind: "reset" }, ASKED);
  assert.equal(other.ok ? "ok" : other.code, "conflict");
  assert.equal(stage.events.filter(({ type }) => type === "lease.changing").length, 1);
  over(stage, id);
  const [shown] = leases.list();
  assert.deepEqual([shown?.state, shown?.change, shown?.checkpoints.map(({ name }) => name)], [
    "active",
    null,
    ["a"],
  ]);
});

Deno.test("change() answers when it is done, and refuses what came to nothing with the host's words", async () => {
  const { desk: leases, stage, id, commit } = await held();
  const later = { source: "test", answerWithinMs: 60_000 };
  const done = leases.change(id, { kind: "pause" }, later);
  await Promise.resolve();
  over(stage, id);
  commit();
  const answer = await done;
  assert.ok(answer.ok);
  assert.deepEqual([answer.lease.state, answer.lease.vm?.address], ["paused", null]);
  assert.notEqual(answer.lease.pausedAt, null);
  const resumed = leases.change(id, { kind: "resume" }, later);
  await Promise.resolve();
  over(stage, id, "the volume is full");
  commit();
  const refusal = await resumed;
  assert.equal(refusal.ok ? "ok" : refusal.code, "conflict");
  assert.match(refusal.ok ? "" : refusal.message, /resume of lease l-.* came to nothing: the volume is full/);
  assert.match(leases.list()[0]?.why ?? "", /its resume came to nothing: the volume is full/);
});

Deno.test("change() of a lease that has ended, or never was, says so", async () => {
  const { desk: leases, id } = await held();
  leases.release(id, { cause: "done", source: "test" });
  const gone = await leases.change(id, { kind: "pause" }, ASKED);
  assert.equal(gone.ok ? "ok" : gone.code, "gone");
  const never = await leases.change("l-nothing", { kind: "pause" }, ASKED);
  assert.equal(never.ok ? "ok" : never.code, "not_found");
});

Deno.test("two changes at once: one begins, the other one is refused", async () => {
  const { desk: leases, id } = await held();
  const answers = await Promise.all([
    leases.change(id, { kind: "pause" }, ASKED),
    leases.change(id, { kind: "reset" }, ASKED),
  ]);
  assert.deepEqual(answers.map((answer) => answer.ok ? answer.lease.change?.kind : answer.code), [
    "pause",
    "conflict",
  ]);
});

Deno.test("release() with save parks the machine for as long as was asked, no longer than the pool allows", async () => {
  const { desk: leases, stage, id } = await held(1, { keepMs: 60_000 });
  const cycle = stage.s.leases.get(id as LeaseId)?.cycle as CycleId;
  const tooLong = leases.release(id, { release: "save", keepMs: 1e12, cause: "done", source: "test" });
  assert.equal("code" in tooLong && tooLong.code, "invalid");
  assert.deepEqual(leases.release(id, { release: "save", cause: "done", source: "test" }), { ok: true });
  const { holder, how, until } = stage.s.cycles.get(cycle)?.parked ?? {};
  assert.deepEqual([holder, how, until], ["ann", "save", stage.now + 60_000]);
});

Deno.test("what a pool's machines cannot do is refused when it is asked for, with the reason", async () => {
  const template = { ...testSettings().pools[0]?.template, gpu: true } as PoolSettings["template"];
  const { desk: leases, id } = await held(2, {}, { template, recycle: undefined } as unknown as PoolSettings);
  for (const asked of [{ release: "save" }, { onIdle: "save" }] as const) {
    const answer = await leases.acquire(ask(asked), 0);
    assert.equal(answer.ok ? "ok" : answer.code, "conflict");
    assert.match(answer.ok ? "" : answer.message, /GPU partition.*Ask for/);
  }
  const saved = leases.release(id, { release: "save", cause: "done", source: "test" });
  assert.match("message" in saved ? saved.message : "", /GPU partition/);
  assert.deepEqual(leases.release(id, { release: "keep", cause: "done", source: "test" }), { ok: true });
});

Deno.test("a heartbeat that comes too late to keep a lease with onIdle `save` from being paused is no mistake", async () => {
  const { desk: leases, stage, id } = await held(1, { onIdle: "save" });
  stage.now += 60_000;
  assert.equal(leases.heartbeat(id).ok, true);
});

Deno.test("a lease that waits says for what: its quota, its pool, or a machine", async () => {
  const { desk: leases, stage } = desk(1);
  await leases.acquire(ask(), 0);
  const waits = async (over: Partial<AcquireRequest> = {}) => {
    const answer = await leases.acquire(ask({ holder: "bob", ...over }), 0);
    return answer.ok ? answer.lease.why ?? "" : answer.message;
  };
  assert.match(await waits(), /no machine is free: all 1 of pool ci are in use/);
  stage.s.settings = { ...stage.s.settings, quotas: [{ holder: "ann", leases: 1, queued: 2 }] };
  assert.match(await waits({ holder: "ann" }), /its quota: ann has 1 machine/);
  await waits({ holder: "ann" });
  assert.match(await waits({ holder: "ann" }), /2 leases of ann wait already/);
  stage.apply({ type: "pool.cordoned", data: { pool: "ci", drain: true, source: "eve" } });
  assert.match(await waits(), /pool ci is drained by eve/);
});

Deno.test("whoever asks for a lease that has ended is told why and when, also one that found no machine", async () => {
  const { desk: leases, stage } = desk(1);
  const has = await leases.acquire(ask(), 0);
  assert.ok(has.ok);
  const at = new Date(stage.now).toISOString().slice(0, 19);
  const none = await leases.acquire(ask({ holder: "bob", waitMs: 0 }), 60_000);
  assert.equal(none.ok ? "ok" : none.code, "gone");
  assert.match(none.ok ? "" : none.message, /^The lease l-\w{26} has ended: no machine was free in time \(/);
  leases.release(has.lease.id, { cause: "its holder released it", source: "test" });
  const message =
    `The lease ${has.lease.id} has ended: its holder released it (${at}Z). Acquire another one.`;
  for (const answer of [leases.find(has.lease.id), leases.heartbeat(has.lease.id)]) {
    assert.deepEqual(answer, { ok: false, code: "gone", message });
  }
  const never = leases.find(`l-${"0".repeat(26)}`);
  assert.match(never.ok ? "" : never.message, /has ended, or never was/);
});

Deno.test("the end of a lease is told the same a moment before it is recorded, and afterwards", async () => {
  const { desk: leases, stage, id } = await held();
  stage.now += 60_000;
  const before = leases.heartbeat(id);
  stage.plan();
  const after = leases.heartbeat(id);
  assert.deepEqual(after, before);
  assert.match(before.ok ? "" : before.message, /its holder was silent for too long \(2\d\d\d-/);
});

Deno.test("extend() refuses a length that is over already, and names the least", async () => {
  const { desk: leases, stage, id } = await held(1, { totalMs: 60_000 });
  const asked = (seconds: number) => leases.extend(id, seconds * 1_000, { source: "test" });
  stage.now += 20_000;
  const lease = stage.s.leases.get(id as LeaseId) ?? assert.fail();
  // Ten seconds of it were a pause.
  lease.pausedMs = 10_000;
  const past = asked(10);
  assert.equal(past.ok ? "ok" : past.code, "invalid");
  assert.match(
    past.ok ? "" : past.message,
    /10 seconds of the lease .* are over.* It may be 11 to 600 seconds/,
  );
  assert.equal(lease.totalMs, 60_000);
  const next = asked(11);
  assert.equal(next.ok && next.lease.totalSeconds, 11);
  assert.equal(next.ok && next.lease.expiresAt, new Date(stage.now + 1_000).toISOString());
});

Deno.test("what a machine lacked when it went on is told until the next change", async () => {
  const { desk: leases, stage, id } = await held();
  await leases.change(id, { kind: "pause" }, ASKED);
  over(stage, id);
  await leases.change(id, { kind: "resume" }, ASKED);
  const lease = stage.s.leases.get(id as LeaseId);
  const cycle = stage.s.cycles.get(lease?.cycle ?? assert.fail()) ?? assert.fail();
  const lacks = "its clock is 5 min behind";
  for (const event of leaseEvents(stage.s, cycle, { step: "changed", lacks })) stage.apply(event);
  const shown = leases.find(id);
  assert.ok(shown.ok);
  assert.deepEqual([shown.lease.state, shown.lease.lacks, shown.lease.why], [
    "active",
    lacks,
    `it goes on, but ${lacks}`,
  ]);
  await leases.change(id, { kind: "pause" }, ASKED);
  over(stage, id);
  const next = leases.find(id);
  assert.deepEqual([next.ok && next.lease.lacks, next.ok && next.lease.why], [undefined, null]);
});

Deno.test("a pause is told from its beginning, also while its resume waits", async () => {
  const { desk: leases, stage, id } = await held();
  await leases.change(id, { kind: "pause" }, ASKED);
  over(stage, id);
  const told = () => {
    const answer = leases.find(id);
    return answer.ok ? [answer.lease.pausedAt, answer.lease.expiresAt] : [];
  };
  const first = told();
  stage.now += 60_000;
  await leases.change(id, { kind: "resume" }, ASKED);
  assert.deepEqual(told(), first);
  stage.now += 60_000;
  await leases.change(id, { kind: "pause" }, ASKED);
  assert.deepEqual(told(), first);
});

Deno.test("extend() names no length where all that the pool allows now is over", async () => {
  const { desk: leases, stage, id } = await held(1, { totalMs: 600_000 });
  const asked = (seconds: number) => {
    const answer = leases.extend(id, seconds * 1_000, { source: "test" });
    return answer.ok ? "ok" : answer.message;
  };
  for (let minute = 1; minute <= 3; minute++) {
    stage.now += 59_000;
    leases.heartbeat(id);
  }
  const { s } = stage;
  const pool = s.pools.get("ci") ?? assert.fail();
  pool.settings = { ...pool.settings, agent: { ...pool.settings.agent ?? assert.fail(), totalMs: 120_000 } };
  const none =
    /177 seconds of the lease .* are over.* no other length is possible: pool ci allows 120 seconds now\. Leave it as it is, or release it\.$/;
  assert.match(asked(100), none);
  assert.match(asked(200), none);
});

Deno.test("extend() of a paused lease counts no time since it was paused", async () => {
  const { desk: leases, stage, id } = await held(1, { totalMs: 60_000 });
  stage.now += 20_000;
  await leases.change(id, { kind: "pause" }, ASKED);
  over(stage, id);
  stage.now += 300_000;
  const past = leases.extend(id, 20_000, { source: "test" });
  assert.match(past.ok ? "" : past.message, /It may be 21 to 600 seconds/);
  assert.equal(leases.extend(id, 21_000, { source: "test" }).ok, true);
});

Deno.test("a heartbeat that resumes what silence has paused says so", async () => {
  const { desk: leases, stage, id } = await held(1, { onIdle: "save" });
  stage.now += 60_000;
  stage.plan();
  over(stage, id);
  assert.match(leases.list()[0]?.why ?? "", /the next heartbeat resumes it/);
  const answer = leases.heartbeat(id);
  assert.ok(answer.ok);
  const { state, change, why } = answer.lease;
  assert.deepEqual([state, change, why], [
    "changing",
    { kind: "resume", name: null },
    "its machine is being made ready",
  ]);
  const again = leases.heartbeat(id);
  assert.equal(again.ok && again.lease.state, "changing");
});

Deno.test("a resume that waits for its holder's quota is paused again without a refusal", async () => {
  const { desk: leases, stage, id } = await held(2);
  const other = await leases.acquire(ask(), 0);
  assert.ok(other.ok);
  stage.s.settings = { ...stage.s.settings, quotas: [{ holder: "*", memoryMb: 4096 }] };
  await leases.change(id, { kind: "pause" }, ASKED);
  over(stage, id);
  const resumed = await leases.change(id, { kind: "resume" }, ASKED);
  assert.equal(resumed.ok && resumed.lease.state, "changing");
  const cycle = stage.s.cycles.get(resumed.ok ? resumed.lease.vm?.cycle as CycleId : assert.fail());
  delete cycle?.op;
  const paused = await leases.change(id, { kind: "pause" }, ASKED);
  assert.equal(paused.ok ? paused.lease.state : paused.message, "paused");
});

Deno.test("one that found no machine is told so, also where others of its holder fill the queue in the same turn", async () => {
  const { desk: leases, stage } = await held();
  stage.s.settings = { ...stage.s.settings, quotas: [{ holder: "bob", queued: 1 }] };
  const [none] = await Promise.all([
    leases.acquire(ask({ holder: "bob", waitMs: 0 }), 0),
    leases.acquire(ask({ holder: "bob" }), 0),
  ]);
  assert.match(none.ok ? "" : none.message, /no machine was free in time/);
});
