import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import assert from "node:assert/strict";
import type { z } from "zod";
import type { ScopeKey } from "../model/ids.ts";
import { connectHost } from "./connect.ts";
import { TEMPLATE_PATH } from "./host_options.ts";
import { appAnswer, jobsAnswer, truthAnswer } from "./schemas.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "./start.ts";

const FAST: SimulatorOptions = {
  lagMs: 0,
  gitHubLatencyMs: 0,
  host: {
    latencies: { default: 0, "guest.boot": 20, "guest.got": 1, "guest.online": 1, "guest.shutdown": 1 },
  },
};

async function withSimulator(
  options: SimulatorOptions,
  use: (simulator: Simulator) => Promise<void>,
): Promise<void> {
  const simulator = await startSimulator({ ...FAST, ...options });
  try {
    await use(simulator);
  } finally {
    await simulator.close();
  }
}

async function app(simulator: Simulator): Promise<z.infer<typeof appAnswer>> {
  return appAnswer.parse(await (await fetch(`${simulator.listen}/app`)).json());
}

async function post(
  simulator: Simulator,
  path: string,
  body: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${simulator.listen}${path}`, { method: "POST", body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** A real client with the simulator's app; `overrides` change what it signs with. */
async function octokit(simulator: Simulator, overrides: Record<string, unknown> = {}): Promise<Octokit> {
  const { appId, privateKey } = await app(simulator);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  return new Octokit({
    baseUrl: simulator.github,
    authStrategy: createAppAuth,
    auth: { appId, privateKey, ...overrides },
    log,
  });
}

async function installed(simulator: Simulator, org = "simulated"): Promise<Octokit> {
  const client = await octokit(simulator);
  const { data } = await client.rest.apps.getOrgInstallation({ org });
  return await octokit(simulator, { installationId: data.id });
}

async function fails(promise: Promise<unknown>): Promise<[number, string]> {
  try {
    await promise;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return [status, message];
  }
  return assert.fail("the request succeeded");
}

const RUNNER = {
  org: "simulated",
  "runner_group_id": 1,
  labels: ["self-hosted", "Windows"],
  "work_folder": "_work",
};

Deno.test("a real client registers, lists by pages, gets and deletes runners", async () => {
  await withSimulator({}, async (simulator) => {
    const client = await installed(simulator);
    for (let i = 1; i <= 7; i++) {
      const { data, status } = await client.rest.actions.generateRunnerJitconfigForOrg({
        ...RUNNER,
        name: `r-${i}`,
      });
      assert.equal(status, 201);
      assert.ok(data.encoded_jit_config.length > 3_000);
      assert.deepEqual(data.runner.labels.map((label) => label.name), ["self-hosted", "windows"]);
    }
    const all = await client.paginate(client.rest.actions.listSelfHostedRunnersForOrg, {
      org: "Simulated",
      "per_page": 3,
    });
    assert.deepEqual(all.map((runner) => runner.name), ["r-1", "r-2", "r-3", "r-4", "r-5", "r-6", "r-7"]);
    const second = await client.rest.actions.listSelfHostedRunnersForOrg({
      org: "simulated",
      "per_page": 3,
      page: 2,
    });
    assert.match(second.headers.link ?? "", /page=1>; rel="prev".*page=3>; rel="last"/);
    assert.equal(second.headers["x-ratelimit-limit"], "5000");
    const runnerId = all[0]?.id ?? 0;
    assert.equal(
      (await client.rest.actions.getSelfHostedRunnerForOrg({ org: "simulated", "runner_id": runnerId })).data
        .status,
      "offline",
    );
    assert.equal(
      (await client.rest.actions.deleteSelfHostedRunnerFromOrg({ org: "simulated", "runner_id": runnerId }))
        .status,
      204,
    );
    const [status] = await fails(
      client.rest.actions.getSelfHostedRunnerForOrg({ org: "simulated", "runner_id": runnerId }),
    );
    assert.equal(status, 404);
    const groups = await client.request("GET /orgs/{org}/actions/runner-groups", { org: "simulated" });
    assert.deepEqual(groups.data.runner_groups.map((group: { name: string }) => group.name), ["Default"]);
    const downloads = await client.rest.actions.listRunnerApplicationsForOrg({ org: "simulated" });
    assert.equal(downloads.data[0]?.os, "win");
  });
});

Deno.test("repositories have runners of their own", async () => {
  await withSimulator({}, async (simulator) => {
    const apps = await octokit(simulator);
    const { data } = await apps.rest.apps.getRepoInstallation({ owner: "me", repo: "tool" });
    const client = await octokit(simulator, { installationId: data.id });
    const { labels } = RUNNER;
    await client.rest.actions.generateRunnerJitconfigForRepo({
      owner: "me",
      repo: "tool",
      name: "a",
      "runner_group_id": 1,
      labels,
    });
    const list = await client.rest.actions.listSelfHostedRunnersForRepo({ owner: "me", repo: "tool" });
    assert.equal(list.data.total_count, 1);
    const [status] = await fails(client.rest.actions.listSelfHostedRunnersForOrg({ org: "simulated" }));
    assert.equal(status, 404, "another account's runners are not there");
  });
});

Deno.test("a real client is given registration tokens, for organizations and repositories that it may manage", async () => {
  await withSimulator({}, async (simulator) => {
    const client = await installed(simulator);
    const { data, status, headers } = await client.rest.actions.createRegistrationTokenForOrg({
      org: "simulated",
    });
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(data), ["token", "expires_at"]);
    const livesMs = Date.parse(data.expires_at) - Date.now();
    assert.ok(livesMs > 3_590_000 && livesMs <= 3_600_000, `${livesMs} ms`);
    assert.equal(headers["x-ratelimit-resource"], "actions_runner_registration");
    const request = { token: data.token, name: "r", labels: [], group: "Default" };
    assert.ok(
      "runner" in simulator.forge.registerByToken({ ...request, scope: "orgs/Simulated" as ScopeKey }),
    );
    const repo = { owner: "simulated", repo: "tool" };
    const other = await client.rest.actions.createRegistrationTokenForRepo(repo);
    assert.ok(
      "runner" in simulator.forge.registerByToken({
        ...request,
        token: other.data.token,
        scope: "repos/simulated/tool" as ScopeKey,
      }),
    );
    const [elsewhere] = await fails(client.rest.actions.createRegistrationTokenForOrg({ org: "other" }));
    assert.equal(elsewhere, 404);
    await post(simulator, "/faults", {
      call: "POST /orgs/:org/actions/runners/registration-token",
      kind: "error",
      code: 403,
      times: 1,
    });
    const [refused] = await fails(client.rest.actions.createRegistrationTokenForOrg({ org: "simulated" }));
    assert.equal(refused, 403);
    simulator.accounts.change("simulated", { permissions: { metadata: "read" } });
    const [status2] = await fails(
      (await installed(simulator)).rest.actions.createRegistrationTokenForOrg({ org: "simulated" }),
    );
    assert.equal(status2, 403);
  });
});

Deno.test("conflicts, missing fields and busy runners are refused as GitHub refuses them", async () => {
  await withSimulator({}, async (simulator) => {
    const client = await installed(simulator);
    await client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "r-1" });
    const conflict = await fails(
      client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "R-1" }),
    );
    assert.equal(conflict[0], 409);
    assert.match(conflict[1], /Already exists - A runner with the name R-1 already exists/);
    for (
      const bad of [
        { labels: [] },
        { labels: Array.from({ length: 101 }, (_, i) => `l${i}`) },
        { name: "" },
        { name: "n".repeat(65) },
        { "runner_group_id": "one" },
      ]
    ) {
      const request = { ...RUNNER, name: "r-2", ...bad } as typeof RUNNER & { name: string };
      assert.equal(
        (await fails(client.rest.actions.generateRunnerJitconfigForOrg(request)))[0],
        422,
        JSON.stringify(bad),
      );
    }
    const { data } = await client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "r-3" });
    simulator.time.sync();
    simulator.forge.connect(data.encoded_jit_config, { vm: "vm", job() {}, gone() {} });
    await post(simulator, "/jobs", { count: 1, labels: ["WINDOWS"], durationMs: 60_000, outcome: "done" });
    const busy = await fails(
      client.rest.actions.deleteSelfHostedRunnerFromOrg({ org: "simulated", "runner_id": data.runner.id }),
    );
    assert.equal(busy[0], 422);
    assert.match(busy[1], /currently running a job/);
  });
});

Deno.test("JWTs and tokens are checked: key, app, times, age, installation, permission, suspension", async () => {
  await withSimulator({ accounts: ["simulated"], tokenMs: 5_000 }, async (simulator) => {
    const { privateKey } = await app(simulator);
    const get = (client: Octokit, org = "simulated") => client.rest.apps.getOrgInstallation({ org });
    assert.deepEqual(
      await fails(get(await octokit(simulator, { appId: 7 }))).then(([status]) => status),
      401,
    );
    const other = await withOtherKey();
    const forged = await fails(get(await octokit(simulator, { privateKey: other })));
    assert.equal(forged[0], 401);
    assert.match(forged[1], /could not be decoded/);
    assert.equal((await fails(get(await octokit(simulator), "nobody")))[0], 404);
    assert.equal((await get(await octokit(simulator))).status, 200);
    for (
      const [claims, words] of [
        [{ iat: -700, exp: -100 }, /'exp'\) must be a numeric value representing the future/],
        [{ iat: 300, exp: 500 }, /'Issued at' claim/],
        [{ iat: 0, exp: 700 }, /too far in the future/],
        [{ iat: 0 }, /'exp'\) must be/],
      ] as const
    ) {
      const jwt = await sign(privateKey, claims, 424_242);
      const response = await fetch(`${simulator.github}/app`, {
        headers: { authorization: `Bearer ${jwt}` },
      });
      assert.equal(response.status, 401);
      assert.match(((await response.json()) as { message: string }).message, words);
    }
    const client = await installed(simulator);
    await client.rest.actions.listSelfHostedRunnersForOrg({ org: "simulated" });
    const installation = simulator.accounts.find("simulated");
    assert.ok(installation !== undefined);
    const jwt = await sign(privateKey, { iat: 0, exp: 300 }, 424_242);
    const url = `${simulator.github}/app/installations/${installation.id}/access_tokens`;
    const take = async () => {
      const answer = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${jwt}` } });
      return { status: answer.status, body: await answer.json() as { token: string; message?: string } };
    };
    const list = async (token: string) => {
      const response = await fetch(`${simulator.github}/orgs/simulated/actions/runners`, {
        headers: { authorization: `token ${token}` },
      });
      await response.body?.cancel();
      return response.status;
    };
    const { token } = (await take()).body;
    assert.deepEqual([await list(token), await list("ghs_forged")], [200, 401]);
    delete installation.permissions.organization_self_hosted_runners;
    assert.equal(await list((await take()).body.token), 403);
    installation.suspended = true;
    const refused = await take();
    assert.equal(refused.status, 403);
    assert.match(refused.body.message ?? "", /suspended/);
  });
});

Deno.test("a client whose clock differs learns GitHub's time from the answer", async () => {
  await withSimulator({ clockSkewMs: 7_200_000 }, async (simulator) => {
    const client = await octokit(simulator);
    const { headers } = await client.rest.apps.getOrgInstallation({ org: "simulated" });
    const aheadMs = Date.parse(headers.date ?? "") - Date.now();
    assert.ok(aheadMs > 7_000_000, `${aheadMs} ms ahead`);
  });
});

Deno.test("a token is refused after its time", async () => {
  await withSimulator({ tokenMs: 0 }, async (simulator) => {
    const { privateKey } = await app(simulator);
    simulator.accounts.find("simulated");
    const jwt = await sign(privateKey, { iat: 0, exp: 300 }, 424_242);
    const answer = await fetch(`${simulator.github}/app/installations/1000/access_tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${jwt}` },
    });
    const { token } = await answer.json() as { token: string };
    const response = await fetch(`${simulator.github}/orgs/simulated/actions/runners`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 401);
    assert.equal(((await response.json()) as { message: string }).message, "Bad credentials");
  });
});

Deno.test("limits are enforced, with headers that say when to come again", async () => {
  await withSimulator({ rates: { primary: 3, secondaryPoints: 11 } }, async (simulator) => {
    const client = await installed(simulator);
    const register = (name: string) => client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name });
    await register("r-1");
    await register("r-2");
    const secondary = await register("r-3").then(() => assert.fail("no limit"), (error) => error.response);
    assert.equal(secondary.status, 429);
    assert.ok(Number(secondary.headers["retry-after"]) > 0);
    const list = () => client.rest.actions.listSelfHostedRunnersForOrg({ org: "simulated" });
    for (let i = 0; i < 3; i++) await list();
    const primary = await list().then(() => assert.fail("no limit"), (error) => error.response);
    assert.equal(primary.status, 403);
    assert.equal(primary.headers["x-ratelimit-remaining"], "0");
    assert.ok(Number(primary.headers["x-ratelimit-reset"]) * 1_000 > Date.now());
  });
});

Deno.test("faults reach GitHub's routes by their names, and an outage reaches all of them", async () => {
  await withSimulator({}, async (simulator) => {
    const client = await installed(simulator);
    const list = () => client.rest.actions.listSelfHostedRunnersForOrg({ org: "simulated" });
    const remove = (runnerId: number) =>
      client.rest.actions.deleteSelfHostedRunnerFromOrg({ org: "simulated", "runner_id": runnerId });
    for (
      const call of [
        "runner.list",
        "GET /orgs/{org}/actions/runners",
        "GET /{scope}/actions/runners",
        "github",
        "*",
      ]
    ) {
      await post(simulator, "/faults", { call, kind: "error", code: 502, times: 1 });
      assert.equal((await fails(list()))[0], 502, call);
      assert.equal((await list()).status, 200);
    }
    await post(simulator, "/faults", {
      call: "DELETE /orgs/{org}/actions/runners/{runner_id}",
      kind: "error",
      code: 500,
      vmPrefix: "b",
    });
    const a = await client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "a-1" });
    const b = await client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "b-1" });
    assert.equal((await remove(a.data.runner.id)).status, 204);
    assert.equal((await fails(remove(b.data.runner.id)))[0], 500);
    await post(simulator, "/faults", { call: "runner.register", kind: "lost_answer", times: 1 });
    const lost = client.rest.actions.generateRunnerJitconfigForOrg({
      ...RUNNER,
      name: "lost",
      request: { signal: AbortSignal.timeout(200) },
    });
    await fails(lost);
    assert.ok((await list()).data.runners.some((runner) => runner.name === "lost"), "the effect happened");
    simulator.time.sync();
    simulator.forge.outage(60_000);
    const [status] = await fails(
      client.request("GET /orgs/simulated/actions/runners", {
        request: { signal: AbortSignal.timeout(300) },
      }),
    );
    assert.ok(status >= 500);
  });
});

Deno.test("jobs run on machines of the host behind tcp://, and the truth has it all in its schema", async () => {
  await withSimulator({ speed: 1 }, async (simulator) => {
    const port = connectHost(simulator.host);
    const client = await installed(simulator);
    const directory = "C:\\hvpool\\store\\0123\\small-1.1";
    const disk = `${directory}\\disk.vhdx`;
    await port.call("disk.createChild", { path: disk, parent: TEMPLATE_PATH });
    const made = await port.call("vm.create", {
      name: "r-1",
      notes: "",
      directory,
      disk,
      memoryMb: 2_048,
      processors: 2,
      switchName: "",
      secureBoot: "off",
      tpm: false,
      nested: false,
      stopAction: "TurnOff",
    });
    assert.equal(made.outcome, "ok");
    const vmId = made.outcome === "ok" ? made.value.vmId : "";
    await port.call("vm.start", { vmId });
    const { data } = await client.rest.actions.generateRunnerJitconfigForOrg({ ...RUNNER, name: "r-1" });
    const introduction = {
      protocol: 1,
      cycle: "small/1.1",
      use: 1,
      now: "",
      jitConfig: data.encoded_jit_config,
      env: {},
    };
    const files = [{ name: "hvpool.json", text: JSON.stringify(introduction) }];
    await port.call("media.put", { vmId, directory, use: 1, files });
    const { status, body } = await post(simulator, "/jobs", {
      count: 2,
      labels: ["windows"],
      durationMs: 30,
      outcome: "done",
    });
    assert.equal(status, 201);
    assert.deepEqual(jobsAnswer.parse(body).ids, [1, 2]);
    let truth = truthAnswer.parse(await (await fetch(`${simulator.listen}/truth`)).json());
    for (let i = 0; i < 300 && truth.vms[0]?.power !== "off"; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      truth = truthAnswer.parse(await (await fetch(`${simulator.listen}/truth`)).json());
    }
    assert.deepEqual(truth.jobs.map((job) => [job.state, job.vm, job.runner]), [
      ["done", vmId, data.runner.id],
      ["queued", null, null],
    ]);
    assert.ok(truth.runners[0]?.removedAt !== null);
    const text = JSON.stringify(truth);
    assert.ok(!text.includes(data.encoded_jit_config), "no secret in the truth");
    assert.ok(!text.includes("ghs_"), "no token in the truth");
    const last = truth.operations.at(-1)?.seq ?? 0;
    const rest = truthAnswer.parse(await (await fetch(`${simulator.listen}/truth?after=${last}`)).json());
    assert.deepEqual(rest.operations, []);
    await port.close();
  });
});

Deno.test("bad input to the simulator's own interface is a problem that says what was expected", async () => {
  await withSimulator({}, async (simulator) => {
    for (
      const [path, body, words] of [
        ["/jobs", { count: 0 }, /count/],
        ["/jobs", { cuont: 1 }, /cuont/],
        ["/jobs", "x", /body/],
        ["/faults", { call: "vm.explode", kind: "error" }, /expected a host call/],
        ["/faults", { call: "vm.start", kind: "explode" }, /kind/],
        ["/faults", { call: "vm.start", kind: "error", probability: 2 }, /probability/],
        ["/host", { do: "turnOff" }, /vm/],
      ] as const
    ) {
      const response = await fetch(`${simulator.listen}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 400, path);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      assert.match(((await response.json()) as { detail: string }).detail, words);
    }
    const noJson = await fetch(`${simulator.listen}/jobs`, { method: "POST", body: "{" });
    assert.match(await noJson.text(), /no JSON/);
    const nowhere = await fetch(`${simulator.listen}/nowhere`);
    assert.equal(nowhere.status, 404);
    await nowhere.body?.cancel();
    const strange = await fetch(`${simulator.github}/nowhere`);
    assert.deepEqual([strange.status, ((await strange.json()) as { message: string }).message], [
      404,
      "Not Found",
    ]);
    assert.deepEqual(await (await fetch(`${simulator.listen}/healthz`)).json(), { ok: true });
  });
});

Deno.test("troubles of guests' network can be asked for over HTTP, and mended", async () => {
  await withSimulator(FAST, async (simulator) => {
    const trouble = { do: "troubleNetwork", what: "old_address", vmPrefix: "a", forMs: 1_000, lateMs: 5_000 };
    assert.equal((await post(simulator, "/host", trouble)).status, 200);
    assert.equal((await post(simulator, "/host", { ...trouble, what: "none" })).status, 400);
    assert.equal((await post(simulator, "/host", { do: "troubleNetwork", what: "no_address" })).status, 200);
    assert.equal((await post(simulator, "/host", { do: "mendNetwork" })).status, 200);
  });
});

Deno.test("mishaps can be asked for over HTTP", async () => {
  await withSimulator(
    { host: { ...FAST.host, foreign: [{ name: "dc", memoryMb: 512, power: "running" }] } },
    async (simulator) => {
      const [vm = ""] = simulator.machine.vmIds();
      assert.equal((await post(simulator, "/host", { do: "turnOff", vm })).status, 200);
      assert.equal((await post(simulator, "/host", { do: "turnOff", vm })).status, 409);
      for (const status of [200, 409]) {
        assert.equal(
          (await post(simulator, "/host", { do: "removeSwitch", name: "External" })).status,
          status,
        );
      }
      assert.equal((await post(simulator, "/host", { do: "addSwitch", name: "External" })).status, 200);
      const { bootId } = simulator.machine;
      assert.equal((await post(simulator, "/host", { do: "cutPower", downMs: 0 })).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 20));
      simulator.time.sync();
      assert.notEqual(simulator.machine.bootId, bootId);
    },
  );
});

Deno.test("a golden disk can be replaced or taken away over HTTP, once it is there", async () => {
  await withSimulator(FAST, async (simulator) => {
    const path = "C:\\golden\\windows.vhdx";
    const host = connectHost(simulator.host);
    const identity = async () => {
      const answer = await host.call("disk.info", { path });
      return answer.outcome === "ok" ? answer.value.identity : answer.outcome === "failed" && answer.code;
    };
    try {
      const before = await identity();
      assert.equal((await post(simulator, "/host", { do: "replaceDisk", path })).status, 200);
      const after = await identity();
      assert.notEqual(after, before);
      assert.notEqual(after, "not_found");
      for (const status of [200, 409]) {
        assert.equal((await post(simulator, "/host", { do: "removeDisk", path })).status, status);
      }
      assert.equal(await identity(), "not_found");
      assert.equal((await post(simulator, "/host", { do: "replaceDisk" })).status, 400);
    } finally {
      await host.close();
    }
  });
});

Deno.test("a disk can be damaged over HTTP: its digest changes", async () => {
  await withSimulator(FAST, async (simulator) => {
    const path = "C:\\golden\\windows.vhdx";
    const host = connectHost(simulator.host);
    const digest = async () => {
      const args = { path, offset: 0, bytes: 1_073_741_824, target: "C:\\golden\\copy", targetOffset: 0 };
      const answer = await host.call("file.copy", args);
      return answer.outcome === "ok" ? answer.value.sha256 : answer.message;
    };
    try {
      const before = await digest();
      assert.match(before, /^[0-9a-f]{64}$/);
      assert.equal((await post(simulator, "/host", { do: "corruptFile", path })).status, 200);
      assert.notEqual(await digest(), before);
      const missing = { do: "corruptFile", path: "C:\\golden\\missing" };
      assert.equal((await post(simulator, "/host", missing)).status, 409);
    } finally {
      await host.close();
    }
  });
});

Deno.test("an update of the hypervisor can be asked for over HTTP: what is saved is not resumed any more", async () => {
  await withSimulator(
    { host: { ...FAST.host, foreign: [{ name: "dc", memoryMb: 512, power: "saved" }] } },
    async (simulator) => {
      const [vmId = ""] = simulator.machine.vmIds();
      assert.equal((await post(simulator, "/host", { do: "breakSavedStates", vm: "nobody" })).status, 409);
      const damage = { do: "breakSavedStates", vm: vmId, hresult: "0xC0370028" };
      assert.equal((await post(simulator, "/host", damage)).status, 200);
      const host = connectHost(simulator.host);
      try {
        const started = await host.call("vm.start", { vmId });
        assert.equal(started.outcome === "failed" ? started.code : started.outcome, "saved_state_corrupt");
        assert.ok(started.outcome === "failed" && started.message.includes("0xC0370028"));
        assert.equal((await post(simulator, "/host", { do: "breakSavedStates" })).status, 200);
        const fault = { call: "vm.start", kind: "error", code: "saved_state_corrupt", hresult: "0xC000A002" };
        assert.equal((await post(simulator, "/faults", { ...fault, times: 1 })).status, 201);
        const again = await host.call("vm.start", { vmId });
        assert.ok(again.outcome === "failed" && again.message.includes("0xC000A002"));
      } finally {
        await host.close();
      }
    },
  );
});

Deno.test("a taken port is an error that names it", async () => {
  await withSimulator({}, async (simulator) => {
    const port = Number(new URL(simulator.listen).port);
    await assert.rejects(startSimulator({ listen: { hostname: "127.0.0.1", port } }), Deno.errors.AddrInUse);
  });
});

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

async function withOtherKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${
    der.toBase64().match(/.{1,64}/g)?.join("\n")
  }\n-----END PRIVATE KEY-----\n`;
}

/** Signs claims whose times are given in seconds from now. */
async function sign(pem: string, claims: { iat: number; exp?: number }, iss: number): Promise<string> {
  const der = Uint8Array.fromBase64(pem.replace(/-----[A-Z ]+-----|\s/g, ""));
  const key = await crypto.subtle.importKey("pkcs8", der, RS256, false, ["sign"]);
  const nowS = Math.floor(Date.now() / 1_000);
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  const times = { iat: nowS + claims.iat, ...(claims.exp === undefined ? {} : { exp: nowS + claims.exp }) };
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...times, iss })}`;
  const signature = await crypto.subtle.sign(RS256, key, new TextEncoder().encode(signed));
  return `${signed}.${new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}
