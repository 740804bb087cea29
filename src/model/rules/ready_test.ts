import assert from "node:assert/strict";
import type { GuestSeen } from "../view.ts";
import type { AgentSettings, PoolSettings } from "../settings.ts";
import type { Phase } from "../phases.ts";
import type { Cycle } from "../state.ts";
import { CLOCK_TOLERANCE_MS } from "./ready.ts";
import { BOOT, NOW, Stage, testSettings, VM } from "../testing/stage.ts";

const ADDRESS = "172.16.0.2";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AGENT: AgentSettings = { desktop: true, idleMs: 60_000, totalMs: 600_000 };

interface Said extends Partial<GuestSeen> {
  readonly probe?: { readonly ready: boolean; readonly message?: string; readonly address?: string };
}

/** A guest that is ready: it waits, its desktop is up, its address stood. */
const READY: Said = {
  address: ADDRESS,
  desktop: { locked: false, width: 1920, height: 1080, beat: 3 },
};

function stageOf(
  phase: Phase,
  { probe, ...said }: Said,
  pool: Partial<PoolSettings> = {},
): { stage: Stage; cycle: Cycle } {
  const settings = testSettings({ kind: "agent", recycle: "restore", agent: AGENT, ...pool });
  const stage = new Stage(settings);
  stage.vms([VM, "running"]);
  const kept = { clean: false, checkpoint: "c", proven: BOOT };
  const cycle = stage.cycle({
    phase,
    vm: "known",
    vmId: VM,
    resumed: true,
    renewed: true,
    since: NOW,
    ...kept,
  });
  const asOf = cycle.closed;
  stage.v.guests.set(VM, {
    asOf,
    at: NOW,
    phase: "waiting",
    use: 0,
    beat: 5,
    base: { asOf, beat: 4, desktop: 2 },
    stood: { asOf, at: NOW, beat: 4 },
    ...said,
  });
  if (probe !== undefined) {
    const { ready, message = "connection refused", address = ADDRESS } = probe;
    stage.v.probes.set(VM, { asOf, at: NOW, address, ready, message });
  }
  return { stage, cycle };
}

function withProbe(): Partial<PoolSettings> {
  const [pool] = testSettings().pools;
  assert.ok(pool);
  return { template: { ...pool.template, probe: { tcp: 3389 } } };
}

Deno.test("an agent's guest goes on from its start and its resume once it is ready", () => {
  for (const phase of ["booting", "resuming"] as const) {
    const { stage, cycle } = stageOf(phase, READY);
    const step = stage.step(cycle, "running");
    assert.deepEqual([step.step, "phase" in step ? step.phase : ""], ["enter", "waiting"], phase);
  }
});

const DESKTOP = { locked: false, width: 1920, height: 1080, beat: 3 };
const LACKS: readonly {
  says: string;
  said: Said;
  pool?: Partial<PoolSettings>;
  why: RegExp;
  late: RegExp;
  reading?: "probe";
}[] = [
  {
    says: "nobody is logged on",
    said: { address: ADDRESS },
    why: /desktop: nobody is logged on/,
    late: /logon/,
  },
  {
    says: "its desktop is locked",
    said: { ...READY, desktop: { ...DESKTOP, locked: true } },
    why: /it is locked/,
    late: /locked/,
  },
  {
    says: "its desktop has no width",
    said: { ...READY, desktop: { ...DESKTOP, width: 0 } },
    why: /no size/,
    late: /display/,
  },
  {
    says: "its desktop has no height",
    said: { ...READY, desktop: { ...DESKTOP, height: 0 } },
    why: /no size/,
    late: /display/,
  },
  {
    says: "its beacon has not moved, though its loader has",
    said: { ...READY, desktop: { ...DESKTOP, beat: 2 } },
    why: /beacon is silent/,
    late: /beacon/,
  },
  {
    says: "it has no address",
    said: { desktop: DESKTOP },
    why: /has none yet/,
    late: /no address.*wait_for_address/,
  },
  {
    says: "its address may be an old one",
    said: { ...READY, stood: { asOf: 99, at: NOW, beat: 5 } },
    why: /172\.16\.0\.2 may be an old one/,
    late: /no address/,
  },
  {
    says: "its clock is as old as its saved state",
    said: { ...READY, time: NOW - 2 * HOUR - 5 * MINUTE - 7_000 },
    why: /its clock is 2 h 5 min behind$/,
    late: /its clock is 2 h 5 min behind.*Time Synchronization.*w32tm/,
  },
  {
    says: "its clock is months old",
    said: { ...READY, time: NOW - 100 * 24 * HOUR - 3 * HOUR },
    why: /its clock is 100 d 3 h behind$/,
    late: /100 d 3 h behind/,
  },
  {
    says: "its clock is a little more than a minute ahead",
    said: { ...READY, time: NOW + CLOCK_TOLERANCE_MS + 1_000 },
    why: /its clock is 1 min 1 s ahead$/,
    late: /1 min 1 s ahead/,
  },
  {
    says: "its clock is a day behind and its desktop locked: the clock first, which may be why",
    said: { ...READY, time: NOW - 24 * HOUR, desktop: { ...DESKTOP, locked: true } },
    why: /its clock is 1 d behind$/,
    late: /1 d behind/,
  },
  {
    says: "its probe was not sent yet",
    said: READY,
    pool: withProbe(),
    why: /port 3389 of the guest at 172\.16\.0\.2$/,
    late: /Its probe/,
    reading: "probe",
  },
  {
    says: "its probe is not answered",
    said: { ...READY, probe: { ready: false } },
    pool: withProbe(),
    why: /connection refused/,
    late: /connection refused/,
    reading: "probe",
  },
  {
    says: "its probe was answered at another address",
    said: { ...READY, probe: { ready: true, address: "172.16.0.3" } },
    pool: withProbe(),
    why: /port 3389/,
    late: /Its probe/,
    reading: "probe",
  },
];

for (const { says, said, pool, why, late, reading = "guest" } of LACKS) {
  Deno.test(`a guest is not ready while ${says}: it waits, says so, and is given up in time`, () => {
    for (const phase of ["booting", "resuming"] as const) {
      const { stage, cycle } = stageOf(phase, said, pool);
      const step = stage.step(cycle, "running");
      assert.ok(step.step === "wait", JSON.stringify(step));
      assert.match(step.why, why);
      assert.equal(step.reading, reading);
      stage.now += stage.s.settings.times.bootMs;
      const end = stage.step(cycle, "running");
      assert.ok(end.step === "fail" || end.step === "resumeFailed", JSON.stringify(end));
      assert.equal(end.cause, phase === "booting" ? "boot-timeout" : "resume-timeout");
      assert.match(end.message, late);
    }
  });
}

Deno.test("a clock may be off by what a beat and a busy host make of it, and is held against the time of its reading", () => {
  for (const offMs of [0, -CLOCK_TOLERANCE_MS, CLOCK_TOLERANCE_MS]) {
    const { stage, cycle } = stageOf("resuming", { ...READY, time: NOW + offMs });
    assert.equal(stage.step(cycle, "running").step, "enter", `${offMs} ms`);
  }
  const { stage, cycle } = stageOf("online", { ...READY, time: NOW });
  cycle.lease = "l-1" as NonNullable<Cycle["lease"]>;
  stage.now += 4 * CLOCK_TOLERANCE_MS;
  assert.deepEqual(
    stage.step(cycle, "running"),
    { step: "enter", phase: "claimed" },
    "its reading is old, not its clock",
  );
});

Deno.test("a clock that went wrong since keeps a running machine from being handed out", () => {
  const { stage, cycle } = stageOf("online", { ...READY, time: NOW - HOUR });
  cycle.lease = "l-1" as NonNullable<Cycle["lease"]>;
  const step = stage.step(cycle, "running");
  assert.ok(step.step === "wait");
  assert.match(step.why, /its clock is 1 h behind/);
});

Deno.test("a probe that is answered makes a guest ready, for as long as its network is the same", () => {
  const { stage, cycle } = stageOf("resuming", { ...READY, probe: { ready: true } }, withProbe());
  assert.equal(stage.step(cycle, "running").step, "enter");
  cycle.moved = cycle.closed + 1;
  assert.equal(stage.step(cycle, "running").step, "wait");
});

Deno.test("a pool without desktops, and one whose switch gives no addresses, ask for less", () => {
  const none = { agent: { ...AGENT, desktop: false, addressless: true } } as const;
  assert.equal(
    (({ stage, cycle }) => stage.step(cycle, "running").step)(stageOf("booting", {}, none)),
    "enter",
  );
  const address = { agent: { ...AGENT, addressless: true } } as const;
  const { stage, cycle } = stageOf("booting", { desktop: DESKTOP }, address);
  assert.equal(stage.step(cycle, "running").step, "enter");
});

Deno.test("a machine of a pool of runners is asked for nothing of it", () => {
  const { stage, cycle } = stageOf("booting", { time: NOW - HOUR }, { kind: "runner" });
  assert.equal(stage.step(cycle, "running").step, "enter");
});

Deno.test("after a restart of the program a running machine is handed out once its address was seen again", () => {
  const { stage, cycle } = stageOf("online", READY);
  cycle.lease = "l-1" as NonNullable<Cycle["lease"]>;
  assert.deepEqual(stage.step(cycle, "running"), { step: "enter", phase: "claimed" });
  stage.v.guests.clear();
  cycle.since = NOW - 86_400_000;
  stage.s.startedAt = NOW;
  const step = stage.step(cycle, "running");
  assert.ok(
    step.step === "wait" && step.reading === "guest" && step.until === NOW + stage.s.settings.times.bootMs,
  );
  stage.now = NOW + stage.s.settings.times.bootMs;
  assert.equal(stage.step(cycle, "running").step, "resumeFailed");
});

Deno.test("guests of running machines without a holder are read, so that what they lack is known", () => {
  const { stage, cycle } = stageOf("online", READY);
  assert.ok(stage.s.claimed.has(cycle.id));
});
