import assert from "node:assert/strict";
import { Bench } from "../testing/host_bench.ts";

const ACCOUNT = { user: "Administrator", password: "pässwörd" };
const RUN = { arguments: [], timeoutMs: 10_000, maxOutput: 1_000 };

Deno.test("bridge.ping gives any text back", () => {
  const bench = new Bench();
  const echo = "$(calc) `\"' \r\n 😀 שלום";
  assert.equal(bench.ok("bridge.ping", { echo }).echo, echo);
  assert.equal(bench.ok("bridge.ping", {}).echo, "");
});

Deno.test("guest.exec runs programs with their arguments one by one, and gives their exit codes", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const call = { vmId, ...ACCOUNT, ...RUN };
  const args = ["a b", "", '"quoted\\"', "$(x) %PATH%"];
  const echoed = bench.ok("guest.exec", { ...call, program: "args.exe", arguments: args });
  assert.deepEqual(echoed.stdout.split("\r\n").slice(0, -1), args);
  assert.equal(
    bench.ok("guest.exec", { ...call, program: "cmd.exe", arguments: ["/c", "exit", "/b", "7"] }).exitCode,
    7,
  );
  assert.match(bench.ok("guest.exec", { ...call, program: "whoami" }).stdout, /\\administrator\r\n$/);
  assert.equal(bench.fails("guest.exec", { ...call, program: "nothing.exe" }), "not_found");
});

Deno.test("guest.exec ends what takes too long, and cuts what says too much", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const call = { vmId, ...ACCOUNT, ...RUN };
  const late = bench.ok("guest.exec", {
    ...call,
    program: "timeout",
    arguments: ["/t", "60"],
    timeoutMs: 3_000,
  });
  assert.equal(late.exitCode, null);
  const much = bench.ok("guest.exec", { ...call, program: "more", input: "x".repeat(5_000), maxOutput: 10 });
  assert.deepEqual([much.stdout, much.truncated], ["x".repeat(10), true]);
});

Deno.test("files go into a guest and out again in pieces; the same piece twice changes nothing", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const file = { vmId, ...ACCOUNT, path: "C:\\Users\\runner\\a b.bin" };
  const bytes = Uint8Array.from({ length: 1_000 }, (_, n) => (n * 7) % 256);
  const pieces = [bytes.subarray(0, 600), bytes.subarray(600)].map((piece) => piece.toBase64());
  const [first = "", second = ""] = pieces;
  assert.equal(bench.ok("guest.copyIn", { ...file, offset: 0, data: first }).size, 600);
  for (let times = 0; times < 2; times++) {
    assert.equal(bench.ok("guest.copyIn", { ...file, offset: 600, data: second }).size, 1_000);
  }
  assert.equal(bench.fails("guest.copyIn", { ...file, offset: 1_001, data: first }), "invalid");
  const read = (offset: number) => bench.ok("guest.copyOut", { ...file, offset, maxBytes: 700 });
  assert.deepEqual(Uint8Array.fromBase64(read(0).data), bytes.slice(0, 700));
  assert.deepEqual(Uint8Array.fromBase64(read(700).data), bytes.slice(700));
  assert.deepEqual(read(1_000), { data: "", size: 1_000 });
  assert.equal(
    bench.fails("guest.copyOut", { ...file, path: "C:\\none", offset: 0, maxBytes: 1 }),
    "not_found",
  );
});

Deno.test("PowerShell Direct needs a machine that runs, a system that is up and an account that it knows", () => {
  const bench = new Bench({ account: { user: "runner", password: "right" } });
  const vmId = bench.make();
  const call = { vmId, user: "RUNNER", password: "right" };
  assert.equal(bench.fails("guest.syncTime", call), "wrong_state");
  bench.ok("vm.start", { vmId });
  assert.equal(bench.fails("guest.syncTime", call), "unavailable");
  bench.later(40_000);
  assert.equal(bench.fails("guest.syncTime", { ...call, password: "wrong" }), "unavailable");
  assert.equal(bench.ok("guest.syncTime", call).offMs, 0);
});

Deno.test("a frozen guest never answers, and one that goes down meanwhile breaks the session", () => {
  const bench = new Bench({ odds: { hangs_waiting: 1 } });
  const frozen = bench.boot();
  const asked = bench.send("guest.syncTime", { vmId: frozen, ...ACCOUNT });
  bench.later(600_000);
  assert.equal(asked.answer, undefined);
  assert.equal(bench.ok("vm.inspect", { vmId: frozen }).heartbeat, "lost-communication");
  const other = new Bench();
  const vmId = other.boot();
  const exec = other.send("guest.exec", { vmId, ...ACCOUNT, ...RUN, program: "timeout", arguments: ["9"] });
  other.ok("vm.turnOff", { vmId });
  other.later(20_000);
  assert.ok(exec.answer?.ok === false && exec.answer.error.fqid === "PSSessionStateBroken");
});

Deno.test("a share of guest calls hangs where that is asked for, and reading calls do not", () => {
  const bench = new Bench({ guestCallHangs: 1 });
  const vmId = bench.boot();
  const asked = bench.send("guest.exec", { vmId, ...ACCOUNT, ...RUN, program: "hostname" });
  bench.later(600_000);
  assert.equal(asked.answer, undefined);
  assert.equal(bench.ok("kvp.read", { vmIds: [vmId] }).vms.length, 1);
});

Deno.test("a resumed guest lives in the past until its clock is set", () => {
  const bench = new Bench({ latencies: { "guest.clock": 5_000 } });
  const vmId = bench.boot();
  bench.ok("vm.save", { vmId });
  bench.later(3_600_000);
  bench.ok("vm.start", { vmId });
  const { offMs } = bench.ok("guest.syncTime", { vmId, ...ACCOUNT });
  assert.ok(offMs >= 3_600_000 && offMs < 3_610_000, `${offMs} ms behind`);
  assert.equal(bench.ok("guest.syncTime", { vmId, ...ACCOUNT }).offMs, 0);
});

Deno.test("kvp.push adds, changes and removes what the host says", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("kvp.push", { vmId, items: { a: "1", b: "2" } });
  bench.ok("kvp.push", { vmId, items: { b: "3" }, remove: ["a", "never there"] });
  assert.deepEqual(bench.host.pushed(vmId), { b: "3" });
  assert.equal(bench.fails("kvp.push", { vmId, items: { b: "x".repeat(991) } }), "invalid");
});

Deno.test("no password, file or typed text gets into the log of operations", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  bench.call("guest.exec", {
    vmId,
    user: "u",
    password: "SECRET1",
    ...RUN,
    program: "more",
    input: "SECRET2",
    environment: { A: "SECRET3" },
    arguments: ["SECRET4"],
  });
  bench.call("guest.copyIn", {
    vmId,
    user: "u",
    password: "SECRET1",
    path: "C:\\a",
    offset: 0,
    data: btoa("SECRET5"),
  });
  bench.call("guest.copyOut", {
    vmId,
    user: "u",
    password: "SECRET1",
    path: "C:\\a",
    offset: 0,
    maxBytes: 10,
  });
  bench.call("display.type", { vmId, text: "SECRET6" });
  bench.call("disk.inject", { path: "C:\\x.vhdx", files: [{ path: "a\\b.txt", text: "SECRET7" }] });
  const log = JSON.stringify(bench.log.list());
  assert.ok(!/SECRET|U0VDUkVU/.test(log), log);
  assert.ok(log.includes("a\\\\b.txt"));
});
