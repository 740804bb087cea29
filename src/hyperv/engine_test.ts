import assert from "node:assert/strict";
import type { HostPort, HostResult, HostValue } from "../ports/host.ts";
import { NO_STAND_IN } from "./testing/stand_in.ts";
import { oddHost } from "./testing/odd_host.ts";

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: NO_STAND_IN, fn: body });
}

/** Long enough to start a stand-in on a busy machine, short enough to be waited for. */
const START_MS = 20_000;

function ping(
  host: HostPort,
  echo: string,
  limitMs = START_MS,
): Promise<HostResult<HostValue<"bridge.ping">>> {
  return host.call("bridge.ping", { echo }, { limitMs });
}

async function pidOf(host: HostPort): Promise<number> {
  const answer = await ping(host, "who are you");
  assert.equal(answer.outcome, "ok");
  return answer.outcome === "ok" ? answer.value.pid : 0;
}

function echoOf(answer: HostResult<HostValue<"bridge.ping">>): string {
  return answer.outcome === "ok" ? answer.value.echo : `${answer.outcome}: ${answer.message}`;
}

function lives(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It did not come about");
}

test("HyperVEngine asks one process again and again", async () => {
  await using odd = await oddHost();
  const pids = [await pidOf(odd.host), await pidOf(odd.host), await pidOf(odd.host)];
  assert.equal(new Set(pids).size, 1);
  assert.equal(odd.engine.counts().starts, 1);
  assert.equal(odd.engine.counts().calls["bridge.ping"]?.sent, 3);
});

test("HyperVEngine starts a worker from a script file where scripts are files", async () => {
  await using odd = await oddHost("", { files: true });
  assert.equal(echoOf(await ping(odd.host, "hello")), "hello");
  assert.equal(await Deno.readTextFile(`${odd.folder}/scripts/call-worker.ps1`), "call");
});

test("HyperVEngine gives a hung worker up with its one call, and goes on with a new one", async () => {
  await using odd = await oddHost();
  const first = await pidOf(odd.host);
  const hung = await ping(odd.host, "hang", 200);
  assert.equal(hung.outcome, "unknown");
  assert.notEqual(await pidOf(odd.host), first);
  await until(() => !lives(first));
  assert.equal(odd.engine.counts().kills, 1);
  assert.equal(odd.engine.counts().calls["bridge.ping"]?.unknown, 1);
  assert.equal(odd.engine.counts().calls["bridge.ping"]?.late, 1);
  assert.equal(odd.engine.counts().processes.query?.kills, 1);
});

test("HyperVEngine answers other queries while one hangs", async () => {
  await using odd = await oddHost();
  await pidOf(odd.host);
  let isOver = false;
  const hung = ping(odd.host, "hang", 15_000).finally(() => isOver = true);
  const others = await Promise.all(["a", "b", "c"].map((echo) => ping(odd.host, echo)));
  assert.equal(isOver, false);
  assert.deepEqual(others.map(echoOf), ["a", "b", "c"]);
  await odd.host.close();
  assert.equal((await hung).outcome, "unknown");
});

test("HyperVEngine ends what a hung worker has started together with it", async () => {
  await using odd = await oddHost();
  const first = await pidOf(odd.host);
  await ping(odd.host, "hang-with-child", 1_000);
  // The whole group is gone: nobody is left who could be signalled.
  await until(() => !lives(-first));
});

test("HyperVEngine answers unknown when a worker crashes in a call, with its last words", async () => {
  await using odd = await oddHost();
  const answer = await ping(odd.host, "crash");
  assert.equal(answer.outcome, "unknown");
  assert.match(echoOf(answer), /exit code 3: The pipeline has been stopped\./);
  assert.equal(echoOf(await ping(odd.host, "on")), "on");
  assert.equal(odd.engine.counts().deaths, 1);
  assert.equal(odd.engine.counts().outsideEnds, 0);
  assert.equal(odd.engine.counts().calls["bridge.ping"]?.late, 0);
});

test("HyperVEngine says that a worker was ended from outside", async () => {
  await using odd = await oddHost();
  const answer = await ping(odd.host, "vanish");
  assert.match(echoOf(answer), /ended from outside \(signal SIGKILL\)/);
  assert.equal(odd.engine.counts().outsideEnds, 1);
});

test("HyperVEngine names an antivirus program that ended a worker", async () => {
  await using odd = await oddHost();
  assert.match(echoOf(await ping(odd.host, "amsi")), /unknown: .*AMSI.*hyperv\.scripts: files/);
});

test("HyperVEngine names an antivirus program that blocked a call, and keeps its words", async () => {
  await using odd = await oddHost();
  const answer = await ping(odd.host, "blocked");
  assert.equal(answer.outcome === "failed" ? answer.code : "", "access_denied");
  assert.match(echoOf(answer), /AMSI.*This script contains malicious content/);
});

test("HyperVEngine reads answers through garbage, and counts it", async () => {
  await using odd = await oddHost();
  assert.equal(echoOf(await ping(odd.host, "garbage")), "garbage");
  assert.equal(odd.engine.counts().noiseLines, 4);
});

test("HyperVEngine does not take an answer to another call", async () => {
  await using odd = await oddHost();
  assert.equal(echoOf(await ping(odd.host, "other-id")), "other-id");
  assert.equal(odd.engine.counts().noiseLines, 1);
});

test("HyperVEngine puts answers together that come byte by byte", async () => {
  await using odd = await oddHost();
  assert.equal(echoOf(await ping(odd.host, "halves")), "halves");
});

test("HyperVEngine answers unknown when a worker ends in the middle of an answer", async () => {
  await using odd = await oddHost();
  assert.equal((await ping(odd.host, "half-and-die")).outcome, "unknown");
  assert.equal(odd.engine.counts().halfLines, 1);
});

test("HyperVEngine takes an answer of 20 MB", async () => {
  await using odd = await oddHost();
  assert.equal(echoOf(await ping(odd.host, "huge")).length, 20_000_000);
  assert.ok(odd.engine.counts().readBytes > 20_000_000);
});

test("HyperVEngine fails a call that no worker could be started for: nothing was sent", async () => {
  await using odd = await oddHost("die");
  const answer = await ping(odd.host, "hello");
  assert.equal(answer.outcome === "failed" ? answer.code : "", "unavailable");
  assert.match(echoOf(answer), /exit code 7: Cannot start\./);
  assert.equal(odd.engine.counts().failedStarts, 1);
});

test("HyperVEngine does not start a worker for every call while none can be started", async () => {
  await using odd = await oddHost("die-silently");
  await ping(odd.host, "first");
  const answers = await Promise.all(Array.from({ length: 20 }, () => ping(odd.host, "next")));
  assert.ok(answers.every((answer) => answer.outcome === "failed"));
  assert.ok(odd.engine.counts().starts <= 3, `${odd.engine.counts().starts} starts`);
});

test("HyperVEngine gives up a program that never says that it is ready", async () => {
  await using odd = await oddHost("mute", { startLimitMs: 300 });
  assert.match(echoOf(await ping(odd.host, "hello")), /unavailable|did not say within 0\.3 s/);
});

test("HyperVEngine names Constrained Language Mode", async () => {
  await using odd = await oddHost("constrained");
  assert.match(echoOf(await ping(odd.host, "hello")), /ConstrainedLanguage.*hyperv\.scripts: files/);
});

Deno.test("HyperVEngine says what to do when there is no PowerShell", async () => {
  await using odd = await oddHost("", { powershell: "/nowhere/powershell.exe" });
  assert.match(
    echoOf(await ping(odd.host, "hello")),
    /failed: .*PowerShell was not found at \/nowhere\/powershell\.exe\. Set hyperv\.powershell/,
  );
});

test("HyperVEngine gives each call into a guest a process of its own", async () => {
  await using odd = await oddHost();
  // The stand-in answers nothing that fits this call; it is the processes that count.
  const account = { vmId: "00000000-0000-4000-8000-00000000000a", user: "u", password: "p" };
  await odd.host.call("guest.syncTime", account, { limitMs: START_MS });
  await odd.host.call("guest.syncTime", account, { limitMs: START_MS });
  assert.equal(odd.engine.counts().starts, 2);
  await until(() => odd.engine.counts().alive === 0);
});

test("HyperVEngine does not use a guest's process again, even at once", async () => {
  await using odd = await oddHost();
  const answered = Promise.withResolvers<void>();
  odd.engine.send("guest.syncTime", {}, () => {
    odd.engine.send("guest.syncTime", {}, () => answered.resolve());
  });
  await answered.promise;
  assert.equal(odd.engine.counts().starts, 2);
});

test("HyperVEngine writes the config drive itself where there is a real host, and has a worker set it", async () => {
  const written: string[] = [];
  const mediaFiles = {
    write: (path: string) => Promise.resolve(void written.push(path)),
    remove: () => Promise.resolve(undefined),
    list: () => Promise.resolve([]),
  };
  await using odd = await oddHost("core", { mediaFiles });
  const vmId = "00000000-0000-4000-8000-00000000000a";
  const files = [{ name: "hvpool.json", text: "{}" }];
  const answer = await odd.host.call("media.put", { vmId, directory: "C:\\c", use: 1, files });
  assert.deepEqual(answer, { outcome: "ok", value: { path: written[0] } });
  assert.deepEqual(Object.keys(odd.engine.counts().calls), ["bridge.ping", "dvd.set"]);
});

test("HyperVEngine passes on what the watching worker tells", async () => {
  await using odd = await oddHost();
  const heard = Promise.withResolvers<string>();
  const unwatch = odd.host.watch(({ vmId }) => heard.resolve(vmId));
  assert.equal(await heard.promise, "00000000-0000-4000-8000-00000000000a");
  unwatch();
  await until(() => odd.engine.counts().alive === 0);
});

test("HyperVEngine replaces a watching worker that is silent", async () => {
  await using odd = await oddHost("silent-watch", { silentMs: 100 });
  const unwatch = odd.host.watch(() => {});
  await until(() => odd.engine.counts().starts >= 2);
  unwatch();
  assert.ok(odd.engine.counts().kills >= 1);
});

test("HyperVEngine ends workers that an earlier run left behind, and no other process", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "hvpool-leftovers-" });
  try {
    await using earlier = await oddHost();
    await earlier.engine.useDataDir(dataDir);
    const left = await pidOf(earlier.host);
    // A process that has the number of an old worker, but began at another time.
    await Deno.writeTextFile(
      `${dataDir}/workers/${Deno.pid}.json`,
      JSON.stringify({ pid: Deno.pid, startedAt: 5 }),
    );
    await Deno.writeTextFile(`${dataDir}/workers/cut-off.json`, `{"pid":`);
    await using later = await oddHost();
    await later.engine.useDataDir(dataDir);
    await until(() => !lives(left));
    assert.equal(later.engine.counts().leftovers, 1);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

test("HyperVEngine forgets processes that have ended", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "hvpool-leftovers-" });
  try {
    {
      await using odd = await oddHost();
      await odd.engine.useDataDir(dataDir);
      const pid = await pidOf(odd.host);
      assert.deepEqual(Array.from(Deno.readDirSync(`${dataDir}/workers`), ({ name }) => name), [
        `${pid}.json`,
      ]);
    }
    assert.deepEqual([...Deno.readDirSync(`${dataDir}/workers`)], []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

test("HyperVEngine probes guests by itself", async () => {
  await using odd = await oddHost("core");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = listener.accept().then((connection) => connection.close());
  const answer = await odd.host.call("guest.probe", { address: "127.0.0.1", tcp: listener.addr.port });
  await taken;
  assert.deepEqual(answer.outcome === "ok" && answer.value.ready, true);
  assert.equal(odd.engine.counts().calls["guest.probe"], undefined);
});

test("HyperVEngine reads and writes the host's files by itself, and leaves off when it is closed", async () => {
  await using odd = await oddHost("core");
  const path = `${odd.folder}/new/file`;
  const data = new Uint8Array(1_048_576).toBase64();
  for (let offset = 0; offset < 48 * 1_048_576; offset += 1_048_576) {
    const written = await odd.host.call("file.write", { path, offset, data });
    assert.equal(written.outcome, "ok");
  }
  const args = { path, offset: 0, bytes: 1_073_741_824, target: `${odd.folder}/copy`, targetOffset: 0 };
  const copying = odd.host.call("file.copy", args);
  await odd.host.close();
  assert.equal((await copying).outcome, "unknown");
  assert.equal(odd.engine.counts().calls["file.copy"], undefined);
  const left = await Deno.stat(args.target).then(({ size }) => size, () => 0);
  assert.ok(left < 48 * 1_048_576);
});
