import assert from "node:assert/strict";
import { conclude, type Result } from "./conclude.ts";
import { decide } from "./decide.ts";
import { argumentsOf } from "./effects.ts";
import type { CycleId, VmId } from "./ids.ts";
import type { Power } from "./phases.ts";
import { observe } from "./observe.ts";
import { refreshOf } from "./preparation.ts";
import { disksInUse, rolloutsAfter } from "./rollout.ts";
import { DEFAULT_TIMES, type PoolSettings } from "./settings.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import type { Cycle, Pool } from "./state.ts";
import { NOW, Stage, testSettings, VM } from "./testing/stage.ts";

const SOURCE = "D:\\images\\win11.vhdx";
const KEPT = { identity: "prepared", path: "D:\\store\\win11@1\\disk.vhdx", image: { runner: "2.338.1" } };
const HARDWARE = {
  memoryMb: 8192,
  processors: 4,
  secureBoot: "MicrosoftWindows",
  tpm: true,
  nested: false,
} as const;

function asked(stage: Stage, runner?: string): Cycle {
  for (
    const event of decide(stage.s, {
      type: "template.prepare",
      settings: { name: "win11", path: SOURCE, ...HARDWARE },
      from: "original",
      switchName: "",
      source: "test",
      ...(runner === undefined ? {} : { runner }),
    })
  ) stage.apply(event);
  return stage.get(stage.s.preparation?.cycle as CycleId);
}

/** Opens what the table says for this power, and answers it. */
function answer(stage: Stage, power: Power, result: Result): string {
  const cycle = stage.get("prepare/1.1" as CycleId);
  const step = stage.step(cycle, power);
  assert.equal(step.step, "open", JSON.stringify(step));
  const call = step.step === "open" ? step.call : "vm.start";
  stage.open(cycle, call);
  assert.ok(cycle.op);
  for (const event of conclude(stage.s, cycle, cycle.op, result, stage.now)) stage.apply(event);
  return call;
}

const OK: Result = { outcome: "ok", value: {} };

function failed(code: "unavailable" | "access_denied" | "invalid" | "unknown" | "no_space"): Result {
  return { outcome: "failed", code, message: `it is ${code}` };
}

/** Through the whole life of a preparation, up to where its disk is to be kept. */
function installed(stage: Stage, runner?: string): string[] {
  asked(stage, runner);
  const calls: string[] = [];
  if (runner !== undefined) calls.push(answer(stage, "absent", OK));
  calls.push(
    answer(stage, "absent", { outcome: "ok", value: { copied: 60, size: 100 } }),
    answer(stage, "absent", { outcome: "ok", value: { copied: 100, size: 100 } }),
    answer(stage, "absent", { outcome: "ok", value: { vmId: VM as VmId } }),
    answer(stage, "off", OK),
    answer(stage, "running", OK),
  );
  return calls;
}

Deno.test("a disk is copied piece by piece, started once, given what it needs, and kept under its name", () => {
  const stage = new Stage();
  assert.deepEqual(installed(stage, "2.338.1"), [
    "runner.fetch",
    "file.copy",
    "file.copy",
    "vm.create",
    "vm.start",
    "guest.install",
  ]);
  const cycle = stage.get("prepare/1.1" as CycleId);
  assert.equal(stage.step(cycle, "running").step, "wait");
  stage.events.length = 0;
  assert.equal(answer(stage, "off", { outcome: "ok", value: { disk: KEPT } }), "template.publish");
  assert.deepEqual(stage.types(), ["op.opened", "op.closed", "template.registered", "cycle.retired"]);
  const template = stage.s.templates.get("win11");
  assert.deepEqual([
    template?.version,
    template?.settings.path,
    template?.settings.memoryMb,
    template?.origin,
  ], [
    1,
    KEPT.path,
    8192,
    SOURCE,
  ]);
  assert.equal(stage.s.preparation, undefined);
  assert.equal(stage.s.unprepared.size, 0);
  assert.ok(disksInUse(stage.s)?.has(KEPT.path));
});

Deno.test("a copy goes on where the last piece that was answered ended", () => {
  const stage = new Stage();
  const cycle = asked(stage);
  answer(stage, "absent", { outcome: "ok", value: { copied: 60, size: 100 } });
  answer(stage, "absent", { outcome: "unknown", message: "the program ended" });
  const args = argumentsOf(stage.s, stage.v, cycle, "file.copy");
  assert.deepEqual([args?.["path"], args?.["offset"], args?.["targetOffset"]], [SOURCE, 60, 60]);
});

Deno.test("without a runner none is fetched, and the machine has the template's hardware", () => {
  const stage = new Stage();
  assert.equal(installed(stage)[0], "file.copy");
  const cycle = stage.get("prepare/1.1" as CycleId);
  const args = argumentsOf(stage.s, stage.v, cycle, "vm.create");
  assert.deepEqual([args?.["name"], args?.["memoryMb"], args?.["tpm"]], ["hvpool-prepare1", 8192, true]);
});

Deno.test("a guest that is not ready is asked again until its deadline, counted from its first start", () => {
  const stage = new Stage();
  asked(stage);
  answer(stage, "absent", { outcome: "ok", value: { copied: 100, size: 100 } });
  answer(stage, "absent", { outcome: "ok", value: { vmId: VM as VmId } });
  answer(stage, "off", OK);
  stage.now += DEFAULT_TIMES.prepareMs - 1;
  answer(stage, "running", failed("unavailable"));
  answer(stage, "running", failed("access_denied"));
  const cycle = stage.get("prepare/1.1" as CycleId);
  // Setting itself up, it may go off in between.
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "vm.start" });
  stage.now += 1;
  const step = stage.step(cycle, "running");
  assert.deepEqual([step.step, step.step === "fail" && step.cause], ["fail", "prepare-timeout"]);
});

Deno.test("what cannot be mended ends a preparation, says why, and pauses nobody", () => {
  for (const [power, code] of [["absent", "invalid"], ["absent", "no_space"]] as const) {
    const stage = new Stage();
    asked(stage);
    answer(stage, power, failed(code));
    assert.equal(stage.s.preparation, undefined, code);
    assert.deepEqual(stage.s.unprepared.get("win11")?.cause, `it is ${code}`);
    assert.equal(stage.s.unprepared.get("win11")?.code, `file.copy-${code}`);
    assert.equal(stage.get("prepare/1.1" as CycleId).phase, "retiring");
    assert.equal(stage.s.pausedUntil, 0);
  }
});

Deno.test("a guest in which the installation fails three times is given up", () => {
  const stage = new Stage();
  asked(stage);
  answer(stage, "absent", { outcome: "ok", value: { copied: 100, size: 100 } });
  answer(stage, "absent", { outcome: "ok", value: { vmId: VM as VmId } });
  answer(stage, "off", OK);
  answer(stage, "running", failed("unknown"));
  answer(stage, "running", failed("unknown"));
  assert.ok(stage.s.preparation);
  answer(stage, "running", failed("unknown"));
  assert.equal(stage.s.preparation, undefined);
});

Deno.test("a preparation that an end of the program interrupts is begun again, three times", () => {
  const stage = new Stage();
  asked(stage, "2.338.1");
  for (let again = 1; again <= 4; again++) {
    const cycle = stage.s.preparation?.cycle as CycleId;
    const data = { cycle, cause: "vm.create-unknown", message: "the program ended", notBefore: 0 };
    stage.apply({ type: "cycle.failed", data });
    stage.events.length = 0;
    stage.plan();
    assert.equal(stage.s.preparation?.again, again <= 3 ? again : undefined);
    assert.equal(stage.s.preparation?.runner, again <= 3 ? "2.338.1" : undefined);
  }
  assert.equal(stage.s.unprepared.get("win11")?.cause, "the program ended");
});

Deno.test("decide() prepares one image at a time", () => {
  const stage = new Stage();
  asked(stage);
  const again = { type: "template.prepare", from: "x", switchName: "", source: "test" } as const;
  assert.deepEqual(decide(stage.s, { ...again, settings: { name: "other", path: SOURCE, ...HARDWARE } }), []);
});

Deno.test("a drain gives a preparation up", () => {
  const stage = new Stage();
  const cycle = asked(stage);
  stage.s.stopping = { drain: true };
  assert.equal(stage.step(cycle, "absent").step, "retire");
});

const ORIGINAL = { identity: "original", path: "D:\\store\\default@1\\disk.vhdx" };

function poolOf(stage: Stage): Pool {
  const pool = stage.s.pools.get("ci");
  assert.ok(pool);
  return pool;
}

/** A pool that is to have this runner, whose image has that one. */
function refreshing(runnerVersion: string, has?: string): Stage {
  const pool: Partial<PoolSettings> = { runnerVersion };
  const stage = new Stage(testSettings(pool));
  const image = has === undefined ? {} : { image: { runner: has } };
  stage.apply({ type: "template.changed", data: { pool: "ci", ...ORIGINAL, ...image } });
  stage.apply({ type: "runner.released", data: { version: "2.338.1" } });
  return stage;
}

Deno.test("refreshOf() wants the newest runner for auto, and the one that is named otherwise", () => {
  const cases = [
    ["auto", "2.330.0", "2.338.1"],
    ["auto", undefined, "2.338.1"],
    ["auto", "2.338.1", undefined],
    ["auto", "2.400.0", undefined],
    ["2.331.0", "2.338.1", "2.331.0"],
    ["2.331.0", "2.331.0", undefined],
  ] as const;
  for (const [wanted, has, then] of cases) {
    const stage = refreshing(wanted, has);
    const refresh = refreshOf(stage.s, poolOf(stage), NOW);
    assert.equal(
      refresh && "wanted" in refresh ? refresh.wanted.runner : undefined,
      then,
      `${wanted} ${has}`,
    );
  }
});

Deno.test("plan() prepares a pool's image anew for a newer runner, and its machines follow as a generation", () => {
  const stage = refreshing("auto", "2.330.0");
  const machine = stage.cycle({ vm: "known", vmId: "22222222-2222-4222-8222-222222222222" as VmId });
  stage.apply({ type: "cycle.phase", data: { cycle: machine.id, phase: "online" } });
  stage.events.length = 0;
  stage.plan();
  const { preparation } = stage.s;
  assert.deepEqual(
    [preparation?.template.path, preparation?.from, preparation?.runner, preparation?.purpose],
    [ORIGINAL.path, "original", "2.338.1", "refresh"],
  );
  const cycle = preparation?.cycle as CycleId;
  stage.apply({
    type: "template.refreshed",
    data: { template: "default", disk: { ...KEPT, from: "original" } },
  });
  for (const event of rolloutsAfter(stage.s)) stage.apply(event);
  stage.apply({ type: "cycle.retired", data: { cycle, cause: "its image is prepared" } });
  assert.equal(poolOf(stage).disk?.path, KEPT.path);
  assert.equal(poolOf(stage).rollout?.phase, "canary");
  assert.equal(refreshOf(stage.s, poolOf(stage), NOW), undefined);
});

Deno.test("a refresh that came to nothing is tried again after a day, and at once for another runner", () => {
  const stage = refreshing("auto", "2.330.0");
  stage.plan();
  const cycle = stage.s.preparation?.cycle as CycleId;
  stage.apply({ type: "cycle.failed", data: { cycle, cause: "x", message: "the copy broke", notBefore: 0 } });
  const refresh = refreshOf(stage.s, poolOf(stage), NOW);
  assert.deepEqual(refresh, { notBefore: NOW + DEFAULT_TIMES.prepareAgainMs, why: "the copy broke" });
  stage.apply({ type: "runner.released", data: { version: "2.339.0" } });
  const next = refreshOf(stage.s, poolOf(stage), NOW);
  assert.equal(next && "wanted" in next ? next.wanted.runner : undefined, "2.339.0");
});

Deno.test("a snapshot keeps templates, what is prepared, what came to nothing, and the runners", () => {
  const stage = refreshing("auto", "2.330.0");
  installed(stage);
  stage.apply({
    type: "template.registered",
    data: {
      template: "t",
      settings: { name: "t", path: "D:\\t", ...HARDWARE },
      disk: KEPT,
      origin: "x",
      source: "y",
    },
  });
  stage.apply({
    type: "template.refreshed",
    data: { template: "default", disk: { ...KEPT, from: "original" } },
  });
  const again = readSnapshot(writeSnapshot(stage.s));
  for (const key of ["templates", "refreshed", "preparation", "unprepared", "releases"] as const) {
    assert.deepEqual(again[key], stage.s[key], key);
  }
});

Deno.test("a pool that names a registered template follows it, as a generation", () => {
  const template = { ...HARDWARE, name: "win11", path: "" };
  const stage = new Stage(testSettings({ template }));
  assert.equal(poolOf(stage).settings.template.path, "");
  const settings = { ...HARDWARE, name: "win11", path: KEPT.path, memoryMb: 16_384 };
  const data = { template: "win11", settings, disk: KEPT, origin: SOURCE, source: "test" };
  stage.apply({ type: "template.registered", data });
  const first = poolOf(stage).generation;
  assert.deepEqual([poolOf(stage).settings.template.memoryMb, poolOf(stage).disk?.path], [16_384, KEPT.path]);
  stage.apply({ type: "settings.applied", data: { settings: stage.s.settings } });
  assert.equal(poolOf(stage).generation, first);
  const second = { identity: "second", path: "D:\\store\\win11@2\\disk.vhdx" };
  stage.apply({
    type: "template.registered",
    data: { ...data, settings: { ...settings, path: second.path }, disk: second },
  });
  assert.notEqual(poolOf(stage).generation, first);
  assert.equal(stage.s.templates.get("win11")?.version, 2);
});

Deno.test("canary: 0 lets every machine follow at once, and promote does while one is tried", () => {
  for (const [canary, phase] of [[0, "rolling"], [1, "canary"]] as const) {
    const stage = new Stage(testSettings({ canary }));
    const machine = stage.cycle();
    stage.apply({ type: "cycle.phase", data: { cycle: machine.id, phase: "online" } });
    stage.apply({ type: "template.changed", data: { pool: "ci", ...ORIGINAL } });
    for (const event of rolloutsAfter(stage.s)) stage.apply(event);
    assert.equal(poolOf(stage).rollout?.phase, phase);
    for (
      const event of decide(stage.s, { type: "rollout", pool: "ci", action: "promote", source: "test" })
    ) stage.apply(event);
    assert.equal(poolOf(stage).rollout?.phase, "rolling");
  }
});

Deno.test("a check that began before an image was prepared does not bring the one before back", () => {
  const stage = refreshing("auto", "2.330.0");
  const { s, v, work } = stage;
  const asOf = s.seq;
  const first = { ...KEPT, identity: "first", from: "original", image: KEPT.image };
  const second = { ...KEPT, identity: "second", from: "original", image: KEPT.image };
  for (const disk of [first, second]) {
    stage.apply({ type: "template.refreshed", data: { template: "default", disk } });
    const check = {
      read: "check",
      pool: "ci",
      asOf,
      at: NOW,
      ok: true,
      message: "",
      disk: ORIGINAL,
    } as const;
    observe({ s, v, work, emit: stage.apply }, check);
    assert.equal(poolOf(stage).disk?.identity, disk.identity);
  }
  // Another file at the template's path stands above what was prepared from the one before.
  const other = { identity: "other", path: "D:\\store\\default@2\\disk.vhdx" };
  const check = { read: "check", pool: "ci", asOf, at: NOW, ok: true, message: "", disk: other } as const;
  observe({ s, v, work, emit: stage.apply }, check);
  assert.equal(poolOf(stage).disk?.identity, "other");
});

Deno.test("pools of one template that want different runners keep an image each", () => {
  const [one] = testSettings().pools;
  assert.ok(one);
  const pools = [{ ...one, runnerVersion: "auto" }, {
    ...one,
    name: "old",
    prefix: "old-",
    runnerVersion: "2.331.0",
  }];
  const stage = new Stage(testSettings({}, { pools }));
  const disks = { ci: "2.338.1", old: "2.331.0" };
  for (const pool of Object.keys(disks)) {
    stage.apply({ type: "template.changed", data: { pool, ...ORIGINAL, image: { runner: "2.330.0" } } });
  }
  stage.apply({ type: "runner.released", data: { version: "2.338.1" } });
  for (const runner of Object.values(disks)) {
    const disk = { identity: runner, path: `D:\\store\\${runner}`, image: { runner }, from: "original" };
    stage.apply({ type: "template.refreshed", data: { template: "default", disk } });
  }
  for (const [name, runner] of Object.entries(disks)) {
    const pool = stage.s.pools.get(name);
    assert.ok(pool);
    assert.equal(pool.disk?.identity, runner);
    assert.equal(refreshOf(stage.s, pool, NOW), undefined);
  }
  assert.equal(stage.s.refreshed.size, 2);
});

Deno.test("an image in use stays a pool's own through a reload, also when a newer runner is out", () => {
  const template = { ...HARDWARE, name: "win11", path: "" };
  const stage = new Stage(testSettings({ template, runnerVersion: "auto" }));
  const disk = { ...ORIGINAL, image: { runner: "2.330.0" } };
  const settings = { ...HARDWARE, name: "win11", path: disk.path };
  stage.apply({
    type: "template.registered",
    data: { template: "win11", settings, disk, origin: SOURCE, source: "test" },
  });
  stage.apply({ type: "runner.released", data: { version: "2.338.1" } });
  stage.apply({
    type: "template.refreshed",
    data: { template: "WIN11", disk: { ...KEPT, from: "original" } },
  });
  assert.equal(poolOf(stage).disk?.identity, "prepared");
  stage.apply({ type: "runner.released", data: { version: "2.340.0" } });
  stage.apply({ type: "settings.applied", data: { settings: stage.s.settings } });
  assert.equal(poolOf(stage).disk?.identity, "prepared");
  // The template itself keeps the disk that was registered.
  assert.equal(stage.s.templates.get("win11")?.disk.identity, "original");
});

Deno.test("an image whose manifest cannot be read holds the runner that was installed", () => {
  const stage = new Stage();
  installed(stage, "2.338.1");
  const { image: _, ...unread } = KEPT;
  answer(stage, "off", { outcome: "ok", value: { disk: unread } });
  assert.deepEqual(stage.s.templates.get("win11")?.disk.image, { runner: "2.338.1" });
});

Deno.test("a drain interrupts a preparation, and it goes on once the drain is over", () => {
  const stage = new Stage();
  const cycle = asked(stage, "2.338.1");
  stage.apply({ type: "host.cordoned", data: { drain: true, source: "test" } });
  const step = stage.step(cycle, "absent");
  assert.equal(step.step, "retire");
  const cause = step.step === "retire" ? step.cause : "";
  stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause } });
  stage.plan();
  assert.equal(stage.s.preparation === undefined, true, "nothing is begun while the host is drained");
  stage.apply({ type: "host.uncordoned", data: { source: "test" } });
  stage.plan();
  assert.equal(stage.s.preparation?.again, 1);
});

Deno.test("a long copy is not charged to the guest that is started after it", () => {
  const stage = new Stage();
  const cycle = asked(stage);
  stage.now += 3 * DEFAULT_TIMES.prepareMs;
  assert.equal(stage.step(cycle, "absent").step, "open");
});

Deno.test("the account that a template names is the one in its guest", () => {
  const stage = new Stage(
    testSettings({ template: { ...HARDWARE, name: "t", path: "D:\\t", credentials: "lab" } }),
  );
  const cycle = stage.cycle({ vm: "known", vmId: VM as VmId });
  assert.equal(argumentsOf(stage.s, stage.v, cycle, "guest.prepare")?.["credentials"], "lab");
});

Deno.test("refreshOf() trusts guests more than a manifest that somebody else wrote", () => {
  const stage = refreshing("auto", "2.338.1");
  poolOf(stage).seenRunner = "2.320.0";
  const refresh = refreshOf(stage.s, poolOf(stage), NOW);
  assert.equal(refresh && "wanted" in refresh ? refresh.wanted.runner : undefined, "2.338.1");
  const disk = { ...KEPT, from: "original" };
  stage.apply({ type: "template.refreshed", data: { template: "default", disk } });
  poolOf(stage).seenRunner = "2.320.0";
  assert.equal(
    refreshOf(stage.s, poolOf(stage), NOW),
    undefined,
    "what was prepared here is not prepared for ever",
  );
});
