import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { Bench, DIRECTORY, SCOPE } from "./testing/host_bench.ts";

const TEMPLATE = "C:\\hvpool\\templates\\seed-no-loader.vhdx";
const OPTIONS = { templates: [{ path: TEMPLATE, sizeMb: 65_536 }] };
const ACCOUNT = { user: "Administrator", password: "password" };
const DISK = `${DIRECTORY}\\disk.vhdx`;

function seedFile(token: string, more: Record<string, string> = {}): string {
  return JSON.stringify({
    token,
    organization: "acme",
    repository: "",
    name: "runner-1",
    labels: "big,Ephemeral",
    ...more,
  });
}

function copyIn(bench: Bench, vmId: string, text: string): void {
  const data = new TextEncoder().encode(text).toBase64();
  bench.ok("guest.copyIn", { vmId, ...ACCOUNT, path: "C:\\runner-config.json", offset: 0, data });
}

function onlyRunner(bench: Bench) {
  const [runner, ...others] = bench.forge.truth().runners;
  assert.equal(others.length, 0);
  return runner;
}

Deno.test("a seed's image whose file was injected registers itself, runs one job, and powers off", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.make({}, TEMPLATE);
  const { token } = bench.forge.registrationToken(SCOPE);
  const files = [{ path: "runner-config.json", text: seedFile(token) }];
  bench.ok("disk.inject", { path: DISK, files });
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  const runner = onlyRunner(bench);
  assert.deepEqual([runner?.name, runner?.scope, runner?.status], ["runner-1", SCOPE, "online"]);
  assert.deepEqual(runner?.labels, ["self-hosted", "windows", "x64", "big", "ephemeral"]);
  assert.deepEqual(bench.ok("kvp.read", { vmIds: [vmId] }).vms, [], "it says nothing of itself");
  bench.forge.addJobs({ count: 2, labels: ["self-hosted", "big"], durationMs: 5_000 });
  bench.later(15_000);
  assert.deepEqual(bench.forge.truth().jobs.map(({ state, vm }) => [state, vm]), [
    ["done", vmId],
    ["queued", null],
  ]);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
  assert.deepEqual(bench.forge.list(SCOPE), [], "GitHub has removed the registration");
});

Deno.test("a file that is copied into a running seed's image works alike, and the same again changes nothing", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.boot({}, TEMPLATE);
  const { token } = bench.forge.registrationToken("repos/acme/site" as ScopeKey);
  const text = seedFile(token, { repository: "site" });
  for (let twice = 0; twice < 2; twice++) copyIn(bench, vmId, text);
  bench.later(20_000);
  copyIn(bench, vmId, text);
  bench.later(20_000);
  const runner = onlyRunner(bench);
  assert.deepEqual([runner?.scope, runner?.status], ["repos/acme/site", "online"]);
});

for (
  const [what, token, more] of [
    ["was never given out", () => "AFORGED", {}],
    ["has expired", (bench: Bench) => {
      const { token } = bench.forge.registrationToken(SCOPE);
      bench.later(3_600_000);
      return token;
    }, {}],
    [
      "is another account's",
      (bench: Bench) => bench.forge.registrationToken("orgs/other" as ScopeKey).token,
      {},
    ],
    ["is for a group that is not there", (bench: Bench) => bench.forge.registrationToken(SCOPE).token, {
      "runner_group": "nobody's",
    }],
  ] as const
) {
  Deno.test(`a seed's image with a token that ${what} stays up and does nothing`, () => {
    const bench = new Bench(OPTIONS);
    const vmId = bench.boot({}, TEMPLATE);
    copyIn(bench, vmId, seedFile(token(bench), more));
    bench.later(600_000);
    assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
    assert.deepEqual(bench.forge.truth().runners, []);
  });
}

Deno.test("a name that is taken is refused until it is free; then a new file works", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.boot({}, TEMPLATE);
  const { token } = bench.forge.registrationToken(SCOPE);
  const { id } = bench.introduction("RUNNER-1");
  copyIn(bench, vmId, seedFile(token));
  bench.later(30_000);
  assert.deepEqual([onlyRunner(bench)?.id, onlyRunner(bench)?.status], [id, "offline"]);
  bench.forge.remove(SCOPE, id);
  copyIn(bench, vmId, seedFile(token));
  bench.later(30_000);
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "online");
});

Deno.test("a file that is half written, or lacks what is needed, is as if it were not there", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.boot({}, TEMPLATE);
  const { token } = bench.forge.registrationToken(SCOPE);
  for (const text of [seedFile(token).slice(0, 40), seedFile(token, { name: "" }), "[]", "null"]) {
    copyIn(bench, vmId, text);
    bench.later(20_000);
  }
  assert.deepEqual(bench.forge.truth().runners, []);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
});

Deno.test("an image with the loader takes no notice of a seed's file", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  copyIn(bench, vmId, seedFile(bench.forge.registrationToken(SCOPE).token));
  bench.later(60_000);
  assert.deepEqual(bench.forge.truth().runners, []);
  assert.equal(bench.report(vmId)?.phase, "waiting");
});

Deno.test("a loader that was installed stays on the disk: for the next boot, and for disks made below it", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.boot({}, TEMPLATE);
  const script = "C:\\ProgramData\\hvpool\\install-loader.ps1";
  bench.ok("guest.copyIn", { vmId, ...ACCOUNT, path: script, offset: 0, data: btoa("# script") });
  assert.equal(bench.report(vmId), undefined);
  bench.ok("guest.exec", {
    vmId,
    ...ACCOUNT,
    program: "powershell.exe",
    arguments: ["-File", script],
    timeoutMs: 10_000,
    maxOutput: 10,
  });
  assert.equal(bench.report(vmId), undefined, "nobody has started it yet");
  bench.ok("vm.stop", { vmId });
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  assert.equal(bench.report(vmId)?.phase, "waiting");
  bench.ok("vm.stop", { vmId });
  bench.ok("disk.protect", { path: DISK });
  const child = bench.boot({ directory: `${DIRECTORY}-2` }, DISK);
  assert.equal(bench.report(child)?.phase, "waiting");
});

Deno.test("a checkpoint keeps whether the loader runs", () => {
  const bench = new Bench(OPTIONS);
  const vmId = bench.boot({}, TEMPLATE);
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  assert.equal(bench.report(vmId), undefined, "a layer on its disk makes no other image of it");
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  bench.ok("vm.start", { vmId });
  bench.later(10_000);
  assert.equal(bench.report(vmId), undefined);
  copyIn(bench, vmId, seedFile(bench.forge.registrationToken(SCOPE).token));
  bench.later(20_000);
  assert.equal(onlyRunner(bench)?.status, "online");
});
