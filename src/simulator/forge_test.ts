import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import type { ForgeResult, RegistrationToken } from "../ports/forge.ts";
import { Accounts } from "./accounts.ts";
import { Faults } from "./faults.ts";
import { type ForgeOptions, SimulatedForge } from "./forge.ts";
import type { RunnerClient } from "./runner.ts";
import { ForgeDoor, forgeErrorClass } from "./forge_door.ts";
import type { Job } from "./jobs.ts";
import { Random } from "./random.ts";
import { Rates } from "./rates.ts";
import { Timeline } from "./timeline.ts";

const ORG = "orgs/acme" as ScopeKey;
const REPO = "repos/me/tool" as ScopeKey;

function forgeWith(options: Partial<ForgeOptions> = {}) {
  const timeline = new Timeline(1_000_000);
  const random = new Random(5);
  return { timeline, random, forge: new SimulatedForge({ timeline, random, ...options }) };
}

function register(forge: SimulatedForge, name: string, labels: string[] = ["windows"], scope = ORG) {
  const made = forge.register({ scope, name, groupId: 1, labels, workFolder: "_work" });
  assert.ok("runner" in made);
  return made.runner;
}

/** Connects a runner; the jobs that it is given. */
function connect(forge: SimulatedForge, jitConfig: string, overrides: Partial<RunnerClient> = {}) {
  const jobs: Job[] = [];
  const connection = forge.connect(jitConfig, {
    vm: "vm",
    job: (job) => jobs.push(job),
    gone() {},
    ...overrides,
  });
  assert.ok(connection !== undefined);
  return { connection, jobs };
}

Deno.test("jobs go first in, first out to online runners that have every label, whatever their case", () => {
  const { forge, timeline } = forgeWith();
  forge.addJobs({ count: 1, labels: ["Windows", "GPU"], durationMs: 1 });
  forge.addJobs({ count: 2, labels: ["WINDOWS"], durationMs: 1 });
  forge.addJobs({ count: 1, labels: ["windows"], durationMs: 1, scope: REPO });
  const plain = connect(forge, register(forge, "plain").jitConfig);
  assert.deepEqual(plain.jobs.map((job) => job.id), [2]);
  const gpu = connect(forge, register(forge, "gpu", ["gpu", "windows", "x64"]).jitConfig);
  assert.deepEqual(gpu.jobs.map((job) => job.id), [1]);
  const repo = connect(forge, register(forge, "repo", ["windows"], REPO).jitConfig);
  assert.deepEqual(repo.jobs.map((job) => job.id), [3], "a job of no scope is anybody's");
  plain.connection.finish("done", () => {});
  gpu.connection.finish("failed", () => {});
  timeline.advance(timeline.now + 1);
  assert.deepEqual(forge.truth().jobs.map((job) => job.state), ["failed", "done", "running", "queued"]);
  assert.deepEqual(forge.list(ORG), [], "a runner is gone after its one job");
  assert.equal(forge.unfinished, 2);
});

Deno.test("an idle runner gets a job that comes later, and a deleted one does not", () => {
  const { forge } = forgeWith();
  let gone = 0;
  const first = register(forge, "first");
  const idle = connect(forge, first.jitConfig, { gone: () => gone++ });
  assert.equal(forge.remove(ORG, first.id), undefined);
  assert.equal(gone, 1);
  const second = connect(forge, register(forge, "second").jitConfig);
  forge.addJobs({ count: 2, labels: [], durationMs: 1 });
  assert.deepEqual([idle.jobs.length, second.jobs.length], [0, 1]);
  assert.equal(forge.remove(ORG, first.id)?.status, 404);
  assert.equal(forge.remove(REPO, second.jobs[0]?.runner ?? 0)?.status, 404, "not in that scope");
  assert.equal(forge.remove(ORG, second.jobs[0]?.runner ?? 0)?.status, 422);
});

Deno.test("names are taken per scope, and free again after removal", () => {
  const { forge } = forgeWith();
  const runner = register(forge, "one");
  register(forge, "one", ["windows"], REPO);
  const taken = forge.register({ scope: ORG, name: "ONE", groupId: 1, labels: ["a"], workFolder: "" });
  assert.equal("refusal" in taken ? taken.refusal.status : 0, 409);
  forge.remove(ORG, runner.id);
  register(forge, "one");
});

Deno.test("an ephemeral runner that is offline for a day is removed", () => {
  const { forge, timeline } = forgeWith();
  register(forge, "never");
  const away = connect(forge, register(forge, "away").jitConfig);
  timeline.advance(timeline.now + 3_600_000);
  away.connection.lost();
  timeline.advance(timeline.now + 86_400_000 - 3_600_000);
  assert.deepEqual(forge.list(ORG).map(({ runner }) => runner.name), ["away"]);
  timeline.advance(timeline.now + 3_700_000);
  assert.deepEqual(forge.list(ORG), []);
  assert.deepEqual(forge.truth().runners.map((runner) => runner.removedAt !== null), [true, true]);
});

Deno.test("what clients see lags behind: a new runner is missing, a removed one still listed, for a while", () => {
  const { forge, timeline } = forgeWith({ lagMs: 5_000 });
  const lag: boolean[] = [];
  const ghosts: boolean[] = [];
  for (let i = 0; i < 20; i++) {
    const { id } = register(forge, `r${i}`);
    lag.push(
      forge.get(ORG, id) === undefined && forge.list(ORG).length === 0 &&
        forge.remove(ORG, id)?.status === 404,
    );
    timeline.advance(timeline.now + 5_001);
    assert.equal(forge.list(ORG).length, 1);
    assert.equal(forge.remove(ORG, id), undefined);
    ghosts.push(forge.list(ORG).length === 1 && forge.get(ORG, id) === undefined);
    timeline.advance(timeline.now + 5_001);
    assert.equal(forge.list(ORG).length, 0);
  }
  assert.ok(lag.every(Boolean) && ghosts.every(Boolean));
});

Deno.test("an outage hands out no job, and a job that ends in it is reported afterwards", () => {
  const { forge, timeline } = forgeWith();
  const busy = connect(forge, register(forge, "busy").jitConfig);
  const idle = connect(forge, register(forge, "idle").jitConfig);
  forge.addJobs({ count: 1, labels: [], durationMs: 1 });
  forge.outage(600_000);
  forge.addJobs({ count: 1, labels: [], durationMs: 1 });
  let reported = 0;
  busy.connection.finish("done", () => reported++);
  timeline.advance(timeline.now + 599_000);
  assert.deepEqual([reported, idle.jobs.length, forge.truth().jobs[0]?.state], [0, 0, "running"]);
  timeline.advance(timeline.now + 2_000);
  assert.deepEqual([reported, idle.jobs.length, forge.truth().jobs[0]?.state], [1, 1, "done"]);
});

Deno.test("a machine that dies while its report waits for the forge has lost the job", () => {
  const { forge, timeline } = forgeWith();
  const { connection } = connect(forge, register(forge, "r").jitConfig);
  forge.addJobs({ count: 1, labels: [], durationMs: 1 });
  forge.outage(600_000);
  let reported = 0;
  connection.finish("done", () => reported++);
  connection.lost();
  timeline.advance(timeline.now + 700_000);
  assert.deepEqual([reported, forge.truth().jobs[0]?.state], [0, "lost"]);
});

function doorWith(
  options: Partial<ForgeOptions> = {},
  accounts = new Accounts(),
  rates?: (timeline: Timeline) => Rates,
) {
  const world = forgeWith(options);
  const { timeline, random, forge } = world;
  const faults = new Faults({ timeline, random });
  const limits = rates === undefined ? {} : { rates: rates(timeline) };
  const door = new ForgeDoor({ timeline, random, forge, faults, accounts, ...limits });
  const ask = <V>(send: (reply: (result: ForgeResult<V>) => void) => void) => {
    const box: { result?: ForgeResult<V> } = {};
    send((result) => box.result = result);
    timeline.advance(timeline.now + 1_000);
    return box.result;
  };
  const code = (result: ForgeResult<unknown> | undefined) =>
    result?.outcome === "failed" ? result.code : result?.outcome;
  return { ...world, faults, door, ask, code };
}

Deno.test("the door classifies refusals as the port names them", () => {
  const { door, ask, code, forge } = doorWith({ groups: ["Gold"] }, new Accounts(["acme", "me"]));
  const request = { scope: ORG, name: "r", group: "gold", labels: ["a"], workFolder: "_work" };
  const made = ask((reply) => door.register(request, reply));
  assert.equal(made?.outcome, "ok");
  assert.equal(code(ask((reply) => door.register(request, reply))), "conflict");
  assert.equal(code(ask((reply) => door.register({ ...request, name: "s", labels: [] }, reply))), "invalid");
  assert.equal(code(ask((reply) => door.check(ORG, "Gold", reply))), "ok");
  assert.equal(code(ask((reply) => door.check(REPO, "Gold", reply))), "not_found");
  assert.equal(code(ask((reply) => door.list("orgs/nobody" as ScopeKey, reply))), "not_found");
  const [row] = forge.list(ORG);
  assert.ok(row !== undefined);
  connect(forge, row.runner.jitConfig);
  forge.addJobs({ count: 1, labels: [], durationMs: 1 });
  assert.equal(code(ask((reply) => door.remove(ORG, row.runner.id, reply))), "busy");
  assert.equal(code(ask((reply) => door.remove(ORG, 99, reply))), "not_found");
});

Deno.test("a token lets runners register themselves, in its scope and for an hour", () => {
  const { door, ask, code, forge, timeline } = doorWith({}, new Accounts(["acme", "me"]));
  const given = ask<RegistrationToken>((reply) => door.registrationToken(ORG, reply));
  assert.ok(given?.outcome === "ok");
  const { token, expiresAt } = given.value;
  assert.equal(code(ask((reply) => door.registrationToken("orgs/nobody" as ScopeKey, reply))), "not_found");
  const by = (name: string, scope = ORG) =>
    forge.registerByToken({ token, scope, name, labels: ["Big"], group: "default" });
  const made = by("r");
  assert.ok("runner" in made);
  assert.deepEqual(made.runner.labels, ["self-hosted", "windows", "x64", "big"]);
  assert.ok("refusal" in by("R"), "no runner takes the place of another");
  assert.ok("refusal" in by("s", REPO));
  timeline.advance(expiresAt - 1);
  assert.ok("runner" in by("s"));
  timeline.advance(expiresAt);
  assert.ok("refusal" in by("t"));
  forge.outage(1_000);
  assert.ok("refusal" in by("u"));
});

Deno.test("a token's request has faults of its own, and counts like a registration", () => {
  const rates = (timeline: Timeline) => new Rates(timeline, { registration: 2 });
  const { door, ask, code, faults } = doorWith({}, undefined, rates);
  const asked = () => code(ask((reply) => door.registrationToken(ORG, reply)));
  faults.add({ call: "runner.token", kind: "error", code: 403, times: 1 });
  faults.add({ call: "POST /orgs/{org}/actions/runners/registration-token", kind: "error", times: 1 });
  assert.deepEqual([asked(), asked(), asked(), asked(), asked()], [
    "forbidden",
    "unavailable",
    "ok",
    "ok",
    "rate_limited",
  ]);
});

Deno.test("suspension, a missing permission and limits are told apart", () => {
  const accounts = new Accounts();
  const { door, ask, code, timeline } = doorWith(
    {},
    accounts,
    (timeline) => new Rates(timeline, { primary: 2 }),
  );
  const installation = accounts.find("acme");
  assert.ok(installation !== undefined);
  installation.permissions.organization_self_hosted_runners = "read";
  assert.equal(code(ask((reply) => door.list(ORG, reply))), "forbidden");
  installation.suspended = true;
  assert.equal(code(ask((reply) => door.list(ORG, reply))), "suspended");
  const limited = ask((reply) => door.list(ORG, reply));
  assert.equal(code(limited), "rate_limited");
  assert.ok(limited?.outcome === "failed" && (limited.retryAt ?? 0) > timeline.now);
  for (const status of [401, 403, 404, 409, 422, 429, 500, 502, 503]) {
    assert.notEqual(forgeErrorClass("runner.list", { status, message: "" }), undefined);
  }
});

Deno.test("faults at the door: the effect of a lost answer happens, that of an error does not", () => {
  const { door, ask, code, faults, forge } = doorWith();
  const request = { scope: ORG, name: "r", group: "default", labels: ["a"], workFolder: "_work" };
  faults.add({
    call: "POST /orgs/{org}/actions/runners/generate-jitconfig",
    kind: "error",
    code: 500,
    times: 1,
  });
  assert.equal(code(ask((reply) => door.register(request, reply))), "unavailable");
  assert.equal(forge.list(ORG).length, 0);
  faults.add({ call: "runner.register", kind: "lost_answer", times: 1 });
  assert.equal(ask((reply) => door.register(request, reply)), undefined);
  assert.equal(forge.list(ORG).length, 1);
  faults.add({ call: "*", kind: "error", code: 429, vmPrefix: "r", times: 1 });
  assert.equal(code(ask((reply) => door.list(ORG, reply))), "ok", "a list is about no runner");
  const limited = ask((reply) => door.register(request, reply));
  assert.equal(code(limited), "rate_limited");
});

Deno.test("a fault ends after its times, after its time, and when it is switched off", () => {
  const timeline = new Timeline();
  const faults = new Faults({ timeline, random: new Random(1) });
  const strikes = () => faults.decide(["vm.list"], [])?.kind ?? "none";
  faults.add({ call: "vm.list", kind: "error", times: 2 });
  assert.deepEqual([strikes(), strikes(), strikes()], ["error", "error", "none"]);
  faults.add({ call: "vm.list", kind: "error", forMs: 100 });
  timeline.advance(99);
  assert.equal(strikes(), "error");
  timeline.advance(100);
  assert.equal(strikes(), "none");
  const off = faults.add({ call: "*", kind: "error" });
  assert.equal(strikes(), "error");
  off();
  assert.equal(strikes(), "none");
  faults.add({ call: "vm.list", kind: "error", probability: 0.3 });
  const share = Array.from({ length: 4_000 }, strikes).filter((kind) => kind === "error").length / 4_000;
  assert.ok(Math.abs(share - 0.3) < 0.04, String(share));
});
