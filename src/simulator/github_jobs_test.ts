import type { RestEndpointMethodTypes } from "@octokit/rest";
import assert from "node:assert/strict";
import { openForge } from "../github/forge.ts";
import type { ScopeKey } from "../model/ids.ts";
import type { ForgePort, ForgeResult } from "../ports/forge.ts";
import { silentLog } from "../ports/log.ts";
import { directForge } from "./direct.ts";
import { ForgeDoor } from "./forge_door.ts";
import { Accounts } from "./accounts.ts";
import { Faults } from "./faults.ts";
import { SimulatedForge } from "./forge.ts";
import { jobBody, jobResult } from "./github_jobs.ts";
import type { RunnerClient, RunnerConnection } from "./runner.ts";
import { Random } from "./random.ts";
import { RealTime } from "./real_time.ts";
import { type Simulator, startSimulator } from "./start.ts";
import { Timeline } from "./timeline.ts";

const ORG = "orgs/acme" as ScopeKey;
const RUN = { scope: ORG, repository: "acme/demo", runId: "1", attempt: 1, runner: "r-1" };

/** GitHub's own description of a job. */
type Row =
  RestEndpointMethodTypes["actions"]["listJobsForWorkflowRunAttempt"]["response"]["data"]["jobs"][number];

/** What a test changes. */
type World = Pick<Simulator, "forge" | "accounts" | "faults">;

/** Runs a test through GitHub's own client over HTTP, and through the door without a wire. */
async function throughBoth(test: (port: ForgePort, world: World) => Promise<void>): Promise<void> {
  await overHttp(test);
  const timeline = new Timeline(Date.now());
  const random = new Random(1);
  const world = {
    forge: new SimulatedForge({ timeline, random }),
    accounts: new Accounts(),
    faults: new Faults({ timeline, random }),
  };
  const time = new RealTime(timeline);
  const port = directForge(new ForgeDoor({ timeline, random, latencyMs: 0, ...world }), time, 500);
  try {
    await test(port, world);
  } finally {
    await port.close();
    time.close();
  }
}

async function overHttp(test: (port: ForgePort, simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await startSimulator({ lagMs: 0, gitHubLatencyMs: 0 });
  const { app: { id: appId, privateKey }, github: apiUrl } = simulator;
  const port = openForge({ apiUrl, appId, privateKey, log: silentLog, userAgent: "test", retryUnitMs: 1 });
  try {
    await test(port, simulator);
  } finally {
    await port.close();
    await simulator.close();
  }
}

/** A runner that is online. */
function online(forge: SimulatedForge, name: string, more: Partial<RunnerClient> = {}): RunnerConnection {
  const made = forge.register({ scope: ORG, name, groupId: 1, labels: ["windows"], workFolder: "_work" });
  assert.ok("runner" in made);
  const connection = forge.connect(made.runner.jitConfig, { vm: "vm", job() {}, gone() {}, ...more });
  assert.ok(connection !== undefined);
  return connection;
}

function classOf(result: ForgeResult<unknown>): string {
  return result.outcome === "failed" ? result.code : result.outcome;
}

async function post({ listen }: Simulator, body: unknown): Promise<number> {
  const response = await fetch(`${listen}/jobs`, { method: "POST", body: JSON.stringify(body) });
  await response.body?.cancel();
  return response.status;
}

Deno.test("the simulated GitHub tells how a job ends, from queued to completed", async () => {
  await throughBoth(async (port, { forge }) => {
    forge.addJobs({ count: 1, labels: [], durationMs: 1, outcome: "failed" });
    assert.equal(classOf(await port.job(RUN)), "not_found", "no repository has it yet");
    const connection = online(forge, "r-1");
    const running = await port.job(RUN);
    assert.ok(running.outcome === "ok" && running.value !== undefined, JSON.stringify(running));
    assert.deepEqual([running.value.conclusion, running.value.completedAt], [null, null]);
    connection.finish("failed", () => {});
    const ended = await port.job(RUN);
    assert.ok(ended.outcome === "ok" && ended.value !== undefined);
    const { queuedAt, startedAt, completedAt, ...rest } = ended.value;
    assert.deepEqual(rest, {
      id: 1,
      name: "job-1",
      workflow: "simulated",
      conclusion: "failure",
      url: "https://github.com/acme/demo/actions/runs/1/job/1",
    });
    for (const at of [queuedAt, startedAt, completedAt]) assert.match(at ?? "", /^\d{4}-.*T\d\d:\d\d:\d\dZ$/);
  });
});

Deno.test("a job whose runner was lost has failed, and another has succeeded", () => {
  const timeline = new Timeline(1_000_000);
  const forge = new SimulatedForge({ timeline, random: new Random(1) });
  const [first, second] = [online(forge, "r-1"), online(forge, "r-2")];
  forge.addJobs({ count: 2, labels: [], durationMs: 1 });
  const conclusion = (n: number) => {
    const found = forge.run("acme/demo", n);
    return found && jobResult(found.job).conclusion;
  };
  first.finish("done", () => {});
  second.lost();
  timeline.advance(timeline.now + 44_000);
  assert.deepEqual([conclusion(1), conclusion(2)], ["success", null], "GitHub has not noticed yet");
  timeline.advance(timeline.now + 2_000);
  assert.equal(conclusion(2), "failure");
});

Deno.test("only its own repository, run, attempt and runner find a job", async () => {
  await throughBoth(async (port, { forge }) => {
    online(forge, "r-1");
    forge.addJobs({ count: 1, labels: [], durationMs: 1 });
    assert.equal(classOf(await port.job({ ...RUN, repository: "Acme/DEMO" })), "ok");
    for (const over of [{ repository: "acme/other" }, { runId: "2" }, { attempt: 2 }]) {
      assert.equal(classOf(await port.job({ ...RUN, ...over })), "not_found", JSON.stringify(over));
    }
    for (const over of [{ repository: "other/demo" }, { repository: "acme/.." }, { attempt: 0 }]) {
      assert.equal(classOf(await port.job({ ...RUN, ...over })), "invalid", JSON.stringify(over));
    }
    assert.deepEqual(await port.job({ ...RUN, runner: "r-2" }), { outcome: "ok", value: undefined });
  });
});

Deno.test("jobs need the permission to read actions and nothing else, and have faults of their own", async () => {
  await throughBoth(async (port, { forge, accounts, faults }) => {
    online(forge, "r-1");
    forge.addJobs({ count: 1, labels: [], durationMs: 1 });
    accounts.change("acme", { permissions: { actions: "read" } });
    assert.equal(classOf(await port.job(RUN)), "ok");
    assert.equal(classOf(await port.list(ORG)), "forbidden");
    faults.add({ call: "runner.job", kind: "error", code: 404, times: 1, vmPrefix: "r-" });
    assert.equal(classOf(await port.job(RUN)), "not_found");
    faults.add({
      call: "GET /repos/{owner}/{repo}/actions/runs/{run}/attempts/{attempt}/jobs",
      kind: "error",
      code: 404,
      times: 1,
    });
    assert.equal(classOf(await port.job(RUN)), "not_found");
    assert.equal(classOf(await port.job(RUN)), "ok");
  });
});

Deno.test("an app that may not read actions is refused", async () => {
  await throughBoth(async (port, { forge, accounts }) => {
    online(forge, "r-1");
    forge.addJobs({ count: 1, labels: [], durationMs: 1 });
    accounts.change("acme", { permissions: { "organization_self_hosted_runners": "write" } });
    assert.equal(classOf(await port.job(RUN)), "forbidden");
    assert.equal(classOf(await port.list(ORG)), "ok");
  });
});

Deno.test("runners are listed with the version that their guests run", async () => {
  await throughBoth(async (port, { forge }) => {
    online(forge, "told", { version: "2.340.0" });
    online(forge, "untold");
    forge.register({ scope: ORG, name: "never", groupId: 1, labels: ["a"], workFolder: "_work" });
    const list = await port.list(ORG);
    assert.deepEqual(list.outcome === "ok" ? list.value.map(({ name, version }) => [name, version]) : list, [
      ["told", "2.340.0"],
      ["untold", "2.336.0"],
      ["never", undefined],
    ]);
  });
});

Deno.test("POST /jobs takes a conclusion for jobs that fail", async () => {
  await overHttp(async (_, simulator) => {
    assert.equal(await post(simulator, { labels: ["x"], conclusion: "failure" }), 201);
    assert.equal(await post(simulator, { labels: ["x"], conclusion: "failure", outcome: "lost" }), 201);
    assert.equal(await post(simulator, { labels: ["x"] }), 201);
    assert.deepEqual(simulator.forge.truth().jobs.map(({ outcome }) => outcome), ["failed", "lost", "done"]);
    assert.equal(await post(simulator, { conclusion: "splendid" }), 400);
  });
});

Deno.test("a job has every field that GitHub's description of its API asks for", async () => {
  await throughBoth((_, { forge }) => {
    online(forge, "r-1");
    forge.addJobs({ count: 1, labels: ["windows"], durationMs: 1 });
    const found = forge.run("acme/demo", 1);
    assert.ok(found !== undefined);
    const row: Row = jobBody(found, { apiUrl: "http://x/github", groupName: "Default" });
    assert.equal(row["runner_name"], "r-1");
    assert.equal(row.url, "http://x/github/repos/acme/demo/actions/jobs/1");
    return Promise.resolve();
  });
});
