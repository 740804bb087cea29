import assert from "node:assert/strict";
import { type CycleId, type VmId, vmNotes } from "./ids.ts";
import { observe, type Reading } from "./observe.ts";
import { CONTROLLER, NOW, SCOPE, Stage, testRunner, VM } from "./testing/stage.ts";
import type { RunnerSeen, VmSeen } from "./view.ts";

const OTHER = "f".repeat(32);
const STRAY = "99999999-9999-4999-8999-999999999999" as VmId;

function take(stage: Stage, reading: Reading): void {
  observe({ s: stage.s, v: stage.v, work: stage.work, emit: stage.apply }, reading);
}

function vms(stage: Stage, ...rows: [VmId, Partial<VmSeen>][]): void {
  const seen = rows.map(([id, row]) => [id, { power: "running", notes: "", directory: "", ...row }] as const);
  take(stage, { read: "vms", asOf: stage.s.seq, at: stage.now, bootId: "boot-1", rows: new Map(seen) });
}

function runners(stage: Stage, ...rows: Partial<RunnerSeen>[]): void {
  const list = {
    ok: true,
    rows: rows.map((row) => ({ id: 7, name: testRunner().name, online: true, busy: false, ...row })),
  } as const;
  take(stage, { read: "runners", asOf: stage.s.seq, at: stage.now, scope: SCOPE, list });
}

function directories(stage: Stage, ...names: string[]): void {
  take(stage, { read: "directories", asOf: stage.s.seq, at: stage.now, storage: "D:\\vms", names });
}

/** A stage on which number 1 was issued and its record has ended. */
function ended(): Stage {
  const stage = new Stage();
  const cycle = stage.cycle();
  stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause: "test" } });
  stage.apply({ type: "cycle.ended", data: { cycle: cycle.id } });
  stage.types();
  return stage;
}

const NOTES = vmNotes(CONTROLLER, "ci/1.1" as CycleId);

const FOREIGN: readonly { says: string; row: Partial<VmSeen> }[] = [
  { says: "without Notes, somewhere", row: { directory: "C:\\vms\\ci-1.1" } },
  {
    says: "with Notes of another controller",
    row: { notes: vmNotes(OTHER as typeof CONTROLLER, "ci/1.1" as CycleId) },
  },
  {
    says: "with our id and a number that was never issued",
    row: { notes: vmNotes(CONTROLLER, "ci/1.2" as CycleId) },
  },
  { says: "in the directory of another controller", row: { directory: `D:\\vms\\${OTHER}\\ci-1.1` } },
  {
    says: "in our directory under a number that was never issued",
    row: { directory: `D:\\vms\\${CONTROLLER}\\ci-1.2` },
  },
  {
    says: "in our directory under a name that is not ours",
    row: { directory: `D:\\vms\\${CONTROLLER}\\backup` },
  },
  {
    says: "with Notes of another controller, in our directory",
    row: {
      notes: vmNotes(OTHER as typeof CONTROLLER, "ci/1.1" as CycleId),
      directory: `D:\\vms\\${CONTROLLER}\\ci-1.1`,
    },
  },
];

for (const { says, row } of FOREIGN) {
  Deno.test(`observe() leaves a VM alone that is ${says}`, () => {
    const stage = ended();
    for (let i = 0; i < 4; i++) vms(stage, [STRAY, { name: "runner-1", ...row } as Partial<VmSeen>]);
    assert.deepEqual(stage.types(), []);
  });
}

for (
  const row of [{ notes: NOTES }, { directory: `d:\\VMS\\${CONTROLLER}\\ci-1.1` }, {
    directory: `D:\\vms\\${CONTROLLER}\\ci-1.1\\Virtual Machines`,
  }]
) {
  Deno.test(`observe() gives a VM of ours (${JSON.stringify(row).slice(0, 24)}…) a retiring record when two lists show it`, () => {
    const stage = ended();
    vms(stage, [STRAY, row]);
    assert.deepEqual(stage.types(), []);
    vms(stage, [STRAY, row]);
    assert.deepEqual(stage.types(), ["cycle.found"]);
    const record = stage.get("ci/1.1~1" as CycleId);
    // Whose directory it lies in is known from its place only; a job may be on it.
    assert.deepEqual([record.phase, record.vmId, record.directory, record.used], [
      "retiring",
      STRAY,
      "directory" in row,
      true,
    ]);
    vms(stage, [STRAY, row]);
    assert.deepEqual(stage.types(), []);
  });
}

Deno.test("observe() begins anew when a list between does not show the VM", () => {
  const stage = ended();
  vms(stage, [STRAY, { notes: NOTES }]);
  vms(stage);
  vms(stage, [STRAY, { notes: NOTES }]);
  assert.deepEqual(stage.types(), []);
});

Deno.test("observe() marks a VM without a record used when a registration of its number is listed", () => {
  const stage = ended();
  runners(stage, {});
  vms(stage, [STRAY, { notes: NOTES }]);
  vms(stage, [STRAY, { notes: NOTES }]);
  assert.equal(stage.get("ci/1.1~1" as CycleId).used, true);
});

Deno.test("observe() joins a VM whose creation was not answered to its cycle, at once", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "maybe", maybeSince: NOW });
  vms(stage, [STRAY, { notes: NOTES }]);
  assert.deepEqual(stage.types(), ["vm.found"]);
  assert.deepEqual([cycle.vm, cycle.vmId], ["known", STRAY]);
});

Deno.test("observe() does not join a VM while its creation is still under way", () => {
  const stage = new Stage();
  const cycle = stage.cycle();
  stage.open(cycle, "vm.create");
  stage.types();
  vms(stage, [STRAY, { notes: NOTES }]);
  assert.deepEqual(stage.types(), []);
});

Deno.test("observe() gives a directory of an issued number without a record one when two lists show it", () => {
  const stage = ended();
  directories(stage, "ci-1.1", "ci-1.2", "notes");
  assert.deepEqual(stage.types(), []);
  directories(stage, "ci-1.1", "ci-1.2", "notes");
  assert.deepEqual(stage.types(), ["cycle.found"]);
  assert.equal(stage.get("ci/1.1~1" as CycleId).directory, true);
});

Deno.test("observe() gives a registration of ours without a record one when two lists show it", () => {
  const stage = ended();
  runners(stage, {});
  assert.deepEqual(stage.types(), []);
  runners(stage, {});
  assert.deepEqual(stage.types(), ["cycle.found"]);
  const record = stage.get("ci/1.1~1" as CycleId);
  assert.deepEqual([record.runner?.id, record.runner?.registeredAt, record.pool, record.slot], [
    7,
    NOW,
    "ci",
    1,
  ]);
});

for (const name of ["runner-1", "runner-1-ffffffff-1.1", "runner-1-01234567-2.1", "somebody's"]) {
  Deno.test(`observe() leaves the registration ${name} alone`, () => {
    const stage = ended();
    for (let i = 0; i < 4; i++) runners(stage, { name });
    assert.deepEqual(stage.types(), []);
  });
}

Deno.test("observe() leaves everything of a lost journal alone", () => {
  const stage = ended();
  stage.apply({ type: "journal.lost", data: { upTo: 500 } });
  stage.types();
  for (let i = 0; i < 3; i++) {
    vms(stage, [STRAY, { notes: NOTES }]);
    directories(stage, "ci-1.1");
    runners(stage, {});
  }
  assert.deepEqual(stage.types(), []);
});

Deno.test("observe() counts since when a runner is offline or missing, and begins anew when it was online", () => {
  const stage = new Stage();
  stage.cycle({ runner: testRunner() });
  const since = () => stage.v.forges.get(SCOPE)?.offlineSince.get(testRunner().name);
  runners(stage, { online: false });
  assert.equal(since(), NOW);
  stage.now += 60_000;
  take(stage, {
    read: "runners",
    asOf: stage.s.seq,
    at: stage.now,
    scope: SCOPE,
    list: { ok: true, rows: [] },
  });
  assert.equal(since(), NOW);
  runners(stage, {});
  assert.equal(since(), undefined);
});

Deno.test("observe() lets no runner age through an outage of GitHub", () => {
  const stage = new Stage();
  stage.cycle({ runner: testRunner() });
  runners(stage, { online: false });
  const list = { ok: false, code: "unavailable", message: "503" } as const;
  take(stage, { read: "runners", asOf: stage.s.seq, at: stage.now, scope: SCOPE, list });
  stage.now += 900_000;
  runners(stage, { online: false });
  const forge = stage.v.forges.get(SCOPE);
  assert.equal(forge?.offlineSince.get(testRunner().name), stage.now);
  assert.equal(forge?.okSince, stage.now);
  assert.equal(forge?.failing, undefined);
});

Deno.test("observe() measures a guest's beat against its first report after the last operation", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  const report = (beat: number) => {
    const reports = new Map([[VM, { phase: "waiting", use: 0, beat } as const]]);
    take(stage, { read: "guests", asOf: stage.s.seq, at: stage.now, reports });
    return stage.v.guests.get(VM)?.base.beat;
  };
  assert.deepEqual([report(7), report(8), report(9)], [7, 7, 7]);
  const op = stage.open(cycle, "vm.start");
  stage.apply({ type: "op.closed", data: { cycle: cycle.id, op, call: "vm.start", outcome: "ok" } });
  assert.equal(report(12), 12);
});
