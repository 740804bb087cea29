import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { hostPort } from "../ports/engine.ts";
import type { HostPort } from "../ports/host.ts";
import { connectHost } from "./connect.ts";
import { directDoor, directForge, directHost } from "./direct.ts";
import { Faults } from "./faults.ts";
import { SimulatedForge } from "./forge.ts";
import { ForgeDoor } from "./forge_door.ts";
import { SimulatedHost } from "./host.ts";
import { TEMPLATE_PATH } from "./host_options.ts";
import { listenTcp, serveLines } from "./line_server.ts";
import { readLines } from "./lines.ts";
import { Random } from "./random.ts";
import { RealTime } from "./real_time.ts";
import { Timeline } from "./timeline.ts";

function world() {
  const timeline = new Timeline(Date.now());
  const random = new Random(1);
  const faults = new Faults({ timeline, random });
  const forge = new SimulatedForge({ timeline, random });
  const latencies = { default: 1, "guest.boot": 20, "guest.got": 2, "guest.online": 2, "guest.shutdown": 2 };
  const host = new SimulatedHost({
    timeline,
    random,
    forge,
    faults,
    latencies,
    foreign: [{ name: "dc", memoryMb: 512, power: "running" }],
  });
  const door = new ForgeDoor({ timeline, random, forge, faults, latencyMs: 1 });
  return { timeline, random, faults, forge, host, door, time: new RealTime(timeline) };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`never came: ${what}`);
}

/** The same walk through every door. */
async function walk(port: HostPort): Promise<void> {
  const directory = "C:\\hvpool\\store\\0123\\small-1.1";
  const disk = `${directory}\\disk.vhdx`;
  const made = await port.call("disk.createChild", { path: disk, parent: TEMPLATE_PATH });
  assert.deepEqual(made, { outcome: "ok", value: { path: disk } });
  const vm = await port.call("vm.create", {
    name: "läufer-1",
    notes: '{"hvpool":"0123","cycle":"small/1.1"}',
    directory,
    disk,
    memoryMb: 2_048,
    processors: 1,
    switchName: "",
    secureBoot: "off",
    tpm: false,
    nested: false,
    stopAction: "TurnOff",
  });
  assert.equal(vm.outcome, "ok");
  const vmId = vm.outcome === "ok" ? vm.value.vmId : "";
  const hints: string[] = [];
  const unwatch = port.watch((hint) => hints.push(hint.vmId));
  assert.deepEqual(await port.call("vm.start", { vmId }), { outcome: "ok", value: { power: "running" } });
  await until("waiting", async () => {
    const read = await port.call("kvp.read", { vmIds: [vmId] });
    return read.outcome === "ok" && read.value.vms[0]?.items["hvpool.phase"] === "waiting";
  });
  assert.ok(hints.includes(vmId), "a hint came");
  unwatch();
  const running = await port.call("vm.remove", { vmId });
  assert.equal(running.outcome === "failed" ? running.code : running.outcome, "wrong_state");
  const list = await port.call("vm.list", {});
  assert.equal(list.outcome === "ok" ? list.value.vms.map((row) => row.name).join() : "", "dc,läufer-1");
  const bad = await port.call("vm.start", { vmId: "*" });
  assert.equal(bad.outcome === "failed" ? bad.code : bad.outcome, "invalid");
}

Deno.test("the direct door carries a machine from disk to waiting guest", async () => {
  const { host, time } = world();
  const port = directHost(host, time);
  await walk(port);
  await port.close();
  const after = await port.call("vm.list", {});
  assert.equal(after.outcome, "unknown");
  time.close();
});

Deno.test("the TCP door carries the same, for several clients at once", async () => {
  const { host, time } = world();
  const server = listenTcp(host, time, { hostname: "127.0.0.1", port: 0 });
  const [one, two] = [connectHost(server.address), connectHost(server.address)];
  const others = Promise.all(Array.from({ length: 50 }, () => two.call("vm.list", {})));
  await walk(one);
  assert.ok((await others).every((result) => result.outcome === "ok"));
  await Promise.all([one.close(), two.close()]);
  await server.close();
  time.close();
});

Deno.test("the stdio door is the same server over any two streams", async () => {
  const { host, time } = world();
  const toHost = new TransformStream<Uint8Array, Uint8Array>();
  const fromHost = new TransformStream<Uint8Array, Uint8Array>();
  const served = serveLines(host, time, { readable: toHost.readable, writable: fromHost.writable });
  const answers = new Map<number, (value: unknown) => void>();
  const reading = (async () => {
    for await (const line of readLines(fromHost.readable)) {
      const message = JSON.parse(line);
      if (typeof message.id === "number") answers.get(message.id)?.(message);
    }
  })();
  const writer = toHost.writable.getWriter();
  let id = 0;
  const port = hostPort({
    send(call, args, answer) {
      const mine = ++id;
      answers.set(mine, (message) => answer(message as Parameters<typeof answer>[0]));
      void writer.write(new TextEncoder().encode(`${JSON.stringify({ id: mine, call, args })}\n`));
      return () => answers.delete(mine);
    },
    watch: (listener) => host.watch(listener),
    close: () => Promise.resolve(),
  });
  await walk(port);
  await port.close();
  await writer.close();
  await served;
  await reading;
  time.close();
});

Deno.test("a broken connection answers what is under way as unknown, and is made again", async () => {
  const { host, time, faults } = world();
  const server = listenTcp(host, time, { hostname: "127.0.0.1", port: 0 });
  const port = connectHost(server.address);
  assert.equal((await port.call("vm.list", {})).outcome, "ok");
  faults.add({ call: "vm.list", kind: "hang", times: 1 });
  const hung = port.call("vm.list", {});
  await port.call("dir.list", { path: "C:\\hvpool" });
  server.dropAll();
  const lost = await hung;
  assert.match(lost.outcome === "unknown" ? lost.message : lost.outcome, /broke before an answer came/);
  await until("connected again", async () => (await port.call("vm.list", {})).outcome === "ok");
  await port.close();
  await server.close();
  time.close();
});

Deno.test("a host that is not there is unavailable, and is used when it comes", async () => {
  const { host, time } = world();
  const probe = listenTcp(host, time, { hostname: "127.0.0.1", port: 0 });
  await probe.close();
  const port = connectHost(probe.address);
  const early = await port.call("vm.list", {});
  assert.equal(early.outcome === "failed" ? early.code : early.outcome, "unavailable");
  const server = listenTcp(host, time, { hostname: "127.0.0.1", port: Number(new URL(probe.address).port) });
  await until("connected", async () => (await port.call("vm.list", {})).outcome === "ok");
  await port.close();
  await server.close();
  time.close();
  assert.throws(() => connectHost("http://127.0.0.1:1"), /Expected tcp:/);
});

Deno.test("half lines, garbage, other shapes and very long lines do not disturb the server", async () => {
  const { host, time } = world();
  const server = listenTcp(host, time, { hostname: "127.0.0.1", port: 0 });
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(server.address).port),
  });
  const text = new TextEncoder();
  const writer = connection.writable.getWriter();
  const send = (bytes: string | Uint8Array) =>
    writer.write(typeof bytes === "string" ? text.encode(bytes) : bytes);
  const lines = readLines(connection.readable);
  await send('noise\n\n[1]\nnull\n"x"\n{"id":"1","call":"vm.list"}\n{"call":"vm.list"}\n');
  await send(new Uint8Array([0xff, 0xfe, 10]));
  await send(`{"id":1,"call":"dir.list","args":{"path":"C:\\\\${"x".repeat(1_000_000)}"}}\n`);
  const long = JSON.parse((await lines.next()).value ?? "null");
  assert.deepEqual([long.id, long.ok, long.error.category], [1, false, "InvalidArgument"]);
  await send('{"id":2,"ca');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await send('ll":"vm.list","args":{}}\r\n{"id":3}\n{"id":4,"call":"__proto__","args":{}}\n');
  const rest = [await lines.next(), await lines.next(), await lines.next()].map((line) =>
    JSON.parse(line.value ?? "null")
  );
  rest.sort((a, b) => a.id - b.id);
  assert.deepEqual(rest.map((answer) => [answer.id, answer.ok]), [[2, true], [3, false], [4, false]]);
  await send('{"id":5,"call":"vm.li'); // a half line at the end is no call
  await connection.closeWrite();
  assert.equal((await lines.next()).done, true);
  await server.close();
  time.close();
});

Deno.test("readLines() drops a line that is too long and goes on with the next", async () => {
  const chunks = ["a\nbbbb", "bbbbbbbb", "bb\ncc\n", "d"].map((chunk) => new TextEncoder().encode(chunk));
  const seen: string[] = [];
  for await (const line of readLines(ReadableStream.from(chunks), 8)) seen.push(line);
  assert.deepEqual(seen, ["a", "cc"]);
});

Deno.test("a call past its limit is unknown, and its late answer is forgotten", async () => {
  const { host, time, faults } = world();
  const port = directHost(host, time);
  faults.add({ call: "vm.list", kind: "hang", times: 1 });
  assert.equal((await port.call("vm.list", {}, { limitMs: 20 })).outcome, "unknown");
  faults.add({ call: "vm.list", kind: "error", code: "access_denied", times: 1 });
  const failed = await port.call("vm.list", {});
  assert.equal(failed.outcome === "failed" ? failed.code : failed.outcome, "access_denied");
  await port.close();
  time.close();
});

Deno.test("a door that is closed answers what is under way as lost", async () => {
  const { host, time, faults } = world();
  const door = directDoor(host, time);
  faults.add({ call: "vm.list", kind: "hang", times: 1 });
  const answered = new Promise((resolve) => door.send("vm.list", {}, resolve));
  await door.close();
  assert.deepEqual(await answered, { lost: "the simulated host was closed." });
  time.close();
});

Deno.test("an answer in another shape is unknown: the effect may have happened", async () => {
  const port = hostPort({
    send(_call, _args, answer) {
      queueMicrotask(() => answer({ ok: true, value: { names: "C:" }, ms: 1 }));
      return () => {};
    },
    watch: () => () => {},
    close: () => Promise.resolve(),
  });
  const result = await port.call("dir.list", { path: "C:\\x" });
  assert.equal(result.outcome, "unknown");
  assert.match(result.outcome === "unknown" ? result.message : "", /names/);
});

Deno.test("the direct forge registers, lists and removes as the port says", async () => {
  const { door, time, forge, faults } = world();
  const port = directForge(door, time, 200);
  const scope = "orgs/acme" as ScopeKey;
  const made = await port.register({
    scope,
    name: "r-1",
    group: "default",
    labels: ["A"],
    workFolder: "_work",
  });
  assert.equal(made.outcome, "ok");
  const again = await port.register({
    scope,
    name: "R-1",
    group: "Default",
    labels: ["A"],
    workFolder: "_work",
  });
  assert.equal(again.outcome === "failed" ? again.code : again.outcome, "conflict");
  const list = await port.list(scope);
  assert.deepEqual(list.outcome === "ok" ? list.value.map((row) => [row.name, row.status, row.labels]) : [], [
    ["r-1", "offline", ["a"]],
  ]);
  const token = await port.registrationToken(scope);
  assert.ok(token.outcome === "ok" && token.value.token !== "" && token.value.expiresAt > Date.now());
  assert.equal((await port.check(scope, "default")).outcome, "ok");
  const missing = await port.check(scope, "gold");
  assert.equal(missing.outcome === "failed" ? missing.code : missing.outcome, "not_found");
  faults.add({ call: "runner.remove", kind: "lost_answer", times: 1 });
  const id = made.outcome === "ok" ? made.value.runnerId : 0;
  assert.equal((await port.remove(scope, id)).outcome, "unknown");
  const gone = await port.remove(scope, id);
  assert.equal(gone.outcome === "failed" ? gone.code : gone.outcome, "not_found");
  forge.outage(60_000);
  const away = await port.list(scope);
  assert.ok(away.outcome === "unknown" || (away.outcome === "failed" && away.code === "unavailable"));
  await port.close();
  time.close();
});
