import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { HostValue } from "../ports/host.ts";
import { parseImageManifest } from "../ports/image_manifest.ts";
import { versionOf } from "./runner.ts";
import { Bench, DIRECTORY, SCOPE } from "./testing/host_bench.ts";

const SEED = "C:\\hvpool\\templates\\seed-no-loader.vhdx";
const ACCOUNT = { user: "Administrator", password: "password" };
const FOLDER = "C:\\ProgramData\\hvpool\\prepare";
const SCRIPT = `${FOLDER}\\install-image.ps1`;
const MANIFEST = "C:\\ProgramData\\hvpool\\image.json";
const DISK = `${DIRECTORY}\\disk.vhdx`;
const PACKAGE = new TextEncoder().encode("a package of the runner");

/** A machine on a copy of an image whose system is up. */
function begin(template = SEED): { bench: Bench; vmId: string } {
  const bench = new Bench({ templates: [{ path: template, sizeMb: 65_536 }] });
  const vmId = bench.make({}, template);
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  copyIn(bench, vmId, SCRIPT, new TextEncoder().encode("# script"));
  return { bench, vmId };
}

function copyIn(bench: Bench, vmId: string, path: string, bytes: Uint8Array): void {
  bench.ok("guest.copyIn", { vmId, ...ACCOUNT, path, offset: 0, data: bytes.toBase64() });
}

function readText(bench: Bench, vmId: string, path: string): string {
  const { data } = bench.ok("guest.copyOut", { vmId, ...ACCOUNT, path, offset: 0, maxBytes: 10_000 });
  return new TextDecoder().decode(Uint8Array.fromBase64(data));
}

/** Runs the script to its end. */
function run(bench: Bench, vmId: string, words: readonly string[] = []): HostValue<"guest.exec"> {
  const program = { program: "powershell.exe", arguments: ["-NoProfile", "-File", SCRIPT, ...words] };
  const asked = bench.send("guest.exec", {
    vmId,
    ...ACCOUNT,
    ...program,
    timeoutMs: 600_000,
    maxOutput: 1_000,
  });
  for (let i = 0; i < 600 && asked.answer === undefined; i++) bench.later(200);
  assert.ok(asked.answer?.ok === true, "the script did not end");
  return asked.answer.value as HostValue<"guest.exec">;
}

/** Copies a package and names it. */
function given(bench: Bench, vmId: string, version: string, bytes = PACKAGE): string[] {
  const zip = `${FOLDER}\\runner.zip`;
  copyIn(bench, vmId, zip, bytes);
  const sha256 = createHash("sha256").update(PACKAGE).digest("hex");
  return ["-RunnerZip", zip, "-RunnerSha256", sha256, "-RunnerVersion", version];
}

Deno.test("install-image.ps1 is put off until Windows has set itself up, and a disk that once had is not", () => {
  const { bench, vmId } = begin();
  assert.equal(run(bench, vmId, ["-Check"]).exitCode, 3);
  const early = run(bench, vmId);
  assert.equal(early.exitCode, 3);
  assert.match(early.stderr, /still setting itself up/);
  bench.later(30_000);
  assert.equal(run(bench, vmId, ["-Check"]).exitCode, 0);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running", "a look changes nothing");
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.start", { vmId });
  bench.later(25_000);
  assert.equal(run(bench, vmId, ["-Check"]).exitCode, 0);
});

Deno.test("install-image.ps1 leaves a template and switches off; its children have loader and runner from the start", () => {
  const { bench, vmId } = begin();
  bench.later(60_000);
  copyIn(bench, vmId, "C:\\runner-config.json", new TextEncoder().encode("{}"));
  copyIn(bench, vmId, "C:\\actions-runner\\.credentials", new TextEncoder().encode("old"));
  const words = given(bench, vmId, "2.338.1");
  assert.deepEqual(run(bench, vmId, words), { exitCode: 0, stdout: "", stderr: "", truncated: false });
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running", "it says so before it shuts down");
  bench.later(20_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
  bench.ok("disk.protect", { path: DISK });

  const child = bench.make({ directory: `${DIRECTORY}-2` }, DISK);
  bench.ok("vm.start", { vmId: child });
  bench.later(30_000);
  const read = parseImageManifest(readText(bench, child, MANIFEST));
  assert.ok("manifest" in read);
  assert.deepEqual([read.manifest.runner, read.manifest.loader], ["2.338.1", 1]);
  for (
    const path of [
      "C:\\runner-config.json",
      "C:\\actions-runner\\.credentials",
      `${FOLDER}\\runner.zip`,
      SCRIPT,
    ]
  ) {
    assert.equal(
      bench.fails("guest.copyOut", { vmId: child, ...ACCOUNT, path, offset: 0, maxBytes: 1 }),
      "not_found",
      path,
    );
  }
  assert.equal(bench.report(child)?.phase, "waiting");
  assert.equal(bench.report(child)?.runner, undefined, "no runner was started yet");
  copyIn(bench, child, SCRIPT, new Uint8Array([1]));
  assert.equal(run(bench, child, ["-Check"]).exitCode, 0, "children never run specialisation");
  bench.introduce(child);
  bench.later(20_000);
  assert.deepEqual([bench.report(child)?.phase, bench.report(child)?.runner], ["running", "2.338.1"]);
  const [listed] = bench.forge.list(SCOPE);
  assert.equal(listed && versionOf(listed.runner), "2.338.1", "GitHub is told the same");
});

Deno.test("install-image.ps1 without a package keeps the runner, and what the image says of its software", () => {
  const { bench, vmId } = begin();
  bench.later(60_000);
  const before = {
    format: 1,
    runner: "2.1.0",
    software: { git: "2.51.0" },
    expiresAt: "2027-01-01T00:00:00Z",
  };
  copyIn(bench, vmId, MANIFEST, new TextEncoder().encode(JSON.stringify(before)));
  assert.equal(run(bench, vmId).exitCode, 0);
  const { software, expiresAt, runner } = JSON.parse(readText(bench, vmId, MANIFEST));
  assert.deepEqual([software, expiresAt, runner], [
    { git: "2.51.0" },
    "2027-01-01T00:00:00.000Z",
    undefined,
  ]);
});

Deno.test("install-image.ps1 takes no package with another checksum, and deletes it", () => {
  const { bench, vmId } = begin();
  bench.later(60_000);
  const words = given(bench, vmId, "2.338.1", PACKAGE.slice(1));
  assert.equal(run(bench, vmId, words).exitCode, 4);
  const path = words[1] ?? "";
  assert.equal(bench.fails("guest.copyOut", { vmId, ...ACCOUNT, path, offset: 0, maxBytes: 1 }), "not_found");
  bench.later(60_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
});

Deno.test("an image that is called never-specialises is never ready", () => {
  const { bench, vmId } = begin("C:\\images\\never-specialises-no-loader.vhdx");
  bench.later(3_600_000);
  assert.equal(run(bench, vmId).exitCode, 3);
});

Deno.test("an image that is called broken-runner does not start its runner", () => {
  const { bench, vmId } = begin("C:\\images\\broken-runner.vhdx");
  bench.later(60_000);
  const { exitCode, stderr } = run(bench, vmId, given(bench, vmId, "2.338.1"));
  assert.equal(exitCode, 5);
  assert.match(stderr, /^Runner\.Listener\.exe /);
});

Deno.test("a machine that is cut off while its image is prepared has nothing of it, and is prepared again", () => {
  const { bench, vmId } = begin();
  bench.later(60_000);
  const words = given(bench, vmId, "2.338.1");
  const program = { program: "powershell.exe", arguments: ["-File", SCRIPT, ...words] };
  bench.send("guest.exec", { vmId, ...ACCOUNT, ...program, timeoutMs: 600_000, maxOutput: 10 });
  bench.later(10_000);
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  assert.equal(
    bench.fails("guest.copyOut", { vmId, ...ACCOUNT, path: MANIFEST, offset: 0, maxBytes: 1 }),
    "not_found",
  );
  assert.equal(run(bench, vmId, words).exitCode, 0);
});
