import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openForge } from "../github/forge.ts";
import type { ScopeKey } from "../model/ids.ts";
import { silentLog } from "../ports/log.ts";
import { simulatedPackages } from "./forge_packages.ts";
import { ForgeDoor } from "./forge_door.ts";
import { SimulatedForge } from "./forge.ts";
import { RunnerReleases } from "./github_releases.ts";
import { Random } from "./random.ts";
import { type Simulator, startSimulator } from "./start.ts";
import { Timeline } from "./timeline.ts";

const ORG = "orgs/acme" as ScopeKey;

async function withSimulator(use: (simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await startSimulator({ lagMs: 0, gitHubLatencyMs: 0 });
  try {
    await use(simulator);
  } finally {
    await simulator.close();
  }
}

/** What the controller's own client is offered. */
async function offered({ app, github }: Simulator, scope = ORG) {
  const { id: appId, privateKey } = app;
  const forge = openForge({
    apiUrl: github,
    appId,
    privateKey,
    log: silentLog,
    userAgent: "test",
    retryUnitMs: 1,
  });
  try {
    const result = await forge.downloads(scope);
    assert.ok(result.outcome === "ok", JSON.stringify(result));
    const [release] = result.value;
    assert.ok(release?.url !== undefined && result.value.length === 1);
    return { ...release, url: release.url };
  } finally {
    await forge.close();
  }
}

async function fetched(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, bytes: await response.bytes() };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

Deno.test("the simulated GitHub offers a runner whose package it serves, with the SHA-256 that it told", async () => {
  await withSimulator(async (simulator) => {
    for (const scope of [ORG, "repos/acme/actions" as ScopeKey]) {
      const release = await offered(simulator, scope);
      const { status, bytes } = await fetched(release.url);
      assert.equal(status, 200);
      assert.equal(sha256(bytes), release.sha256);
      const text = new TextDecoder("latin1").decode(bytes);
      assert.ok(text.startsWith("PK"));
      assert.match(text, /bin\/Runner\.Listener\.exe/);
    }
  });
});

Deno.test("a download of a runner can be taken up where it ended", async () => {
  await withSimulator(async (simulator) => {
    const { url } = await offered(simulator);
    const whole = (await fetched(url)).bytes;
    const rest = await fetched(url, { range: "bytes=1000-" });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers.get("content-range"), `bytes 1000-${whole.length - 1}/${whole.length}`);
    assert.deepEqual(rest.bytes, whole.slice(1000));
    assert.equal((await fetched(url, { range: `bytes=${whole.length}-` })).status, 416);
  });
});

Deno.test("POST /runner-release makes a newer runner come out, and the older one can still be fetched", async () => {
  await withSimulator(async (simulator) => {
    const before = await offered(simulator);
    const post = async (version: unknown) => {
      const init = { method: "POST", body: JSON.stringify({ version }) };
      const response = await fetch(`${simulator.listen}/runner-release`, init);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await post("2.340.0"), 200);
    const after = await offered(simulator);
    assert.equal(after.version, "2.340.0");
    assert.equal(after.file, "actions-runner-win-x64-2.340.0.zip");
    assert.notEqual(after.sha256, before.sha256);
    assert.equal((await fetched(before.url)).status, 200);
    assert.equal((await fetched(after.url.replaceAll("2.340.0", "2.341.0"))).status, 404);
    assert.equal((await fetched(after.url.replace("v2.340.0", "v2.336.0"))).status, 404);
    for (const wrong of ["v2.341.0", "2.341", 3, "../x"]) assert.equal(await post(wrong), 400);
  });
});

Deno.test("faults can be set on a package's address like on every route", async () => {
  await withSimulator(async (simulator) => {
    const { url } = await offered(simulator);
    const call = "GET /github/actions/runner/releases/download/*/*";
    const body = JSON.stringify({ call, kind: "error", code: 502, times: 1 });
    const set = await fetch(`${simulator.listen}/faults`, { method: "POST", body });
    assert.equal(set.status, 201);
    await set.body?.cancel();
    assert.equal((await fetched(url)).status, 502);
    assert.equal((await fetched(url)).status, 200);
  });
});

Deno.test("a package has the same bytes whenever it is asked, and others than another version's", () => {
  const sums = ["2.336.0", "2.336.0", "2.340.0"].map((version) =>
    new RunnerReleases().packageOf(version).sha256
  );
  assert.equal(sums[0], sums[1]);
  assert.notEqual(sums[0], sums[2]);
});

Deno.test("the door without HTTP offers the newest runner, which simulatedPackages() hands out in pieces", async () => {
  const timeline = new Timeline(0);
  const random = new Random(1);
  const forge = new SimulatedForge({ timeline, random });
  forge.releases.release("2.340.0");
  const door = new ForgeDoor({ timeline, random, forge, latencyMs: 1 });
  const packages = simulatedPackages(forge.releases);
  const { promise, resolve } = Promise.withResolvers<Parameters<Parameters<typeof door.downloads>[1]>[0]>();
  door.downloads(ORG, resolve);
  timeline.advance(10);
  const result = await promise;
  assert.ok(result.outcome === "ok");
  const old = { version: "2.336.0", file: "actions-runner-win-x64-2.336.0.zip" };
  const known = await packages.known([old, ...result.value]);
  assert.ok(known.outcome === "ok");
  assert.deepEqual(known.value.map(({ version }) => version), ["2.340.0", "2.336.0"]);
  const [newest = assert.fail("nothing is known")] = known.value;
  const found = await packages.fetch(newest);
  assert.ok(found.outcome === "ok");
  const pieces = [await found.value.read(0, 1000), await found.value.read(1000, found.value.size)];
  assert.equal(sha256(new Uint8Array(pieces.flatMap((piece) => [...piece]))), newest.sha256);
  const wrong = await packages.fetch({ ...newest, sha256: "00".repeat(32) });
  assert.equal(wrong.outcome === "failed" && wrong.code, "invalid");
  const never = await packages.fetch({ ...old, version: "2.400.0" });
  assert.equal(never.outcome === "failed" && never.code, "not_found");
});
