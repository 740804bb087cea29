import assert from "node:assert/strict";
import { endpointSchema, type EventAnswer, eventSchema, statusSchema } from "../../src/api/schemas.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { hvpool, HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { untilTrue } from "./support/until.ts";

const POOLS = { pools: [{ name: "small", size: 1 }, { name: "large", size: 2 }] };

function parseEvents(out: string): EventAnswer[] {
  return out.split("\n").filter((line) => line !== "").map((line) => eventSchema.parse(JSON.parse(line)));
}

Deno.test("with nothing running and no journal, status, events and stop end with 3", async () => {
  await using scratch = await Scratch.make();
  for (const command of ["status", "events", "stop"]) {
    const { code, out, err } = await hvpool([command, "--data-dir", scratch.at("data")]);
    assert.equal(code, 3, err);
    assert.equal(out, "");
    assert.match(err, /^error: hvpool is not running.*hvpool run/s);
  }
});

Deno.test("status, events and stop talk to a running hvpool", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const sections = { ...POOLS, logging: { level: "debug", format: "json", directory: scratch.at("logs") } };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
  const dataDir = scratch.at("data");
  const here = ["--data-dir", dataDir];
  await using controller = new ControllerProcess(file, dataDir);
  await controller.untilFull();

  await t.step("status --json is what its schema says", async () => {
    const { code, out, err } = await hvpool(["status", "--json", ...here]);
    assert.equal(code, 0, err);
    const { controller: { state }, pools, vms, github } = statusSchema.parse(JSON.parse(out));
    assert.equal(state, "running");
    assert.deepEqual(pools.map(({ name, size, ready }) => ({ name, size, ready })), [
      { name: "small", size: 1, ready: 1 },
      { name: "large", size: 2, ready: 2 },
    ]);
    assert.deepEqual(vms.map(({ name }) => name).toSorted(), ["large-1", "large-2", "small-1"]);
    assert.equal(github.state, "ok");
    assert.ok(github.rate);
  });

  await t.step("events are filtered by VM, pool, type and time", async () => {
    const events = async (...args: string[]) => {
      const { code, out, err } = await hvpool(["events", "--json", ...args, ...here]);
      assert.equal(code, 0, err);
      return parseEvents(out);
    };
    const all = await events();
    assert.equal(all[0]?.type, "run.started");
    const large = await events("--pool", "large");
    assert.ok(large.length > 0 && large.every(({ stream }) => /^(cycle|pool)\/large(\/|$)/.test(stream)));
    const one = await events("--vm", "large-2");
    assert.ok(one.length > 0 && one.every(({ stream }) => stream.startsWith("cycle/large/2.")));
    const phases = await events("--type", "cycle.phase");
    assert.ok(phases.length >= 3 && phases.every(({ type }) => type === "cycle.phase"));
    const middle = all[Math.floor(all.length / 2)];
    const late = await events("--since", middle?.at ?? "");
    assert.deepEqual(late, all.filter(({ at }) => at >= (middle?.at ?? "")));
    assert.deepEqual(await events("--since", "0s", "--type", "run.started"), []);
    assert.equal((await events("--limit", "2")).length, 2);
  });

  await t.step("a command's event says who asked, through what and why", async () => {
    const env = { USERNAME: "alice", USERDOMAIN: "CORP" };
    const pause = ["pool", "pause", "small", "--reason", "a look", ...here];
    assert.equal((await hvpool(pause, { env })).code, 0);
    assert.equal((await hvpool(["pool", "resume", "small", ...here], { env })).code, 0);
    const { out } = await hvpool(["events", "--json", "--type", "pool.", ...here]);
    const who = "CORP\\alice";
    assert.deepEqual(parseEvents(out).map(({ type, data }) => [type, data.actor, data.source, data.reason]), [
      ["pool.cordoned", who, "api (hvpool pool pause)", "a look"],
      ["pool.uncordoned", who, "api (hvpool pool resume)", undefined],
    ]);
    const lines = await hvpool(["events", "--type", "pool.cordoned", ...here]);
    assert.ok(lines.out.includes(`  by ${who} source="api (hvpool pool pause)" reason="a look"`), lines.out);
  });

  await t.step("events --follow shows what happens", async () => {
    await using follower = new HvpoolProcess(
      ["events", "--follow", "--json", "--since", "1h", "--type", "cycle.phase", ...here],
    );
    await untilTrue("what happened is shown", () => parseWhole(follower.out).length >= 3);
    await simulator.jobs({ durationMs: 2_000 });
    await untilTrue(
      "the job is shown",
      () => parseWhole(follower.out).some(({ data }) => data.phase === "claimed"),
    );
  });

  await t.step("endpoint.json names the address, and a token is needed", async () => {
    const text = await Deno.readTextFile(scratch.at("data", "endpoint.json"));
    const { address, pid, tokenFile } = endpointSchema.parse(JSON.parse(text));
    assert.deepEqual(Object.keys(JSON.parse(text)).toSorted(), ["address", "pid", "startedAt", "tokenFile"]);
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(pid, controller.process.pid);
    for (const headers of [{}, { authorization: "Bearer wrong" }]) {
      const answer = await fetch(`${address}/v1/status`, { headers });
      assert.equal(answer.status, 401);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      await answer.body?.cancel();
    }
    const token = (await Deno.readTextFile(tokenFile)).trim();
    const answer = await fetch(`${address}/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    statusSchema.parse(await answer.json());
  });

  await t.step("a port that is taken is named, and ends another run with 1", async () => {
    const { address } = JSON.parse(await Deno.readTextFile(scratch.at("data", "endpoint.json")));
    const { host, port } = new URL(address);
    const text = configuration(simulator.listen, { ...POOLS, api: { listen: host } });
    const other = await scratch.write("taken.yaml", text);
    const { code, err } = await hvpool(["run", "-c", other, "--data-dir", scratch.at("other")]);
    assert.equal(code, 1, err);
    assert.match(
      err,
      new RegExp(`^error: Cannot listen on 127\\.0\\.0\\.1:${port}: .*in use.*api\\.listen`, "m"),
    );
  });

  await t.step("stop ends it, and events then reads the journal", async () => {
    const { code, err } = await hvpool(["stop", ...here]);
    assert.equal(code, 0, err);
    assert.equal((await controller.process.end()).code, 0);
    assert.equal((await hvpool(["status", ...here])).code, 3);
    const { out } = await hvpool(["events", "--json", "--type", "controller.stopping", ...here]);
    assert.equal(parseEvents(out).length, 1);
  });

  await t.step("logs are in the directory, as the configuration wants them", async () => {
    const lines: string[] = [];
    for await (const { name } of Deno.readDir(scratch.at("logs"))) {
      lines.push(...(await Deno.readTextFile(scratch.at("logs", name))).trim().split("\n"));
    }
    const levels = new Set(lines.map((line) => String(JSON.parse(line).level).toLowerCase()));
    assert.ok(levels.has("debug") && levels.has("info"), [...levels].join());
    const secrets = [(await simulator.app()).privateKey.split("\n")[1] ?? "-", "ghs_"];
    for (const secret of secrets) assert.ok(!lines.join("\n").includes(secret));
  });
});

/** Events on lines that are complete. */
function parseWhole(out: string): EventAnswer[] {
  return parseEvents(out.slice(0, out.lastIndexOf("\n") + 1));
}
