import assert from "node:assert/strict";
import { ask, post, problemOf } from "./testing/ask.ts";
import { served, TOKEN } from "./testing/served.ts";

const SOURCE = "api (test)";

Deno.test("POST /v1/pause, drain and resume are about the whole host, those below a pool about it", async () => {
  await served(async ({ address, operations }) => {
    for (const action of ["pause", "drain", "resume"]) {
      const host = await post(address, `/v1/${action}`, { reason: "  a new disk " });
      assert.equal(host.status, 202);
      assert.deepEqual(await host.json(), { message: `Done: ${action}.`, changed: true });
      const pool = await post(address, `/v1/pools/linux/${action}`);
      assert.equal(pool.status, 202);
      await pool.body?.cancel();
      assert.deepEqual(operations.requests.splice(0), [
        { action, reason: "a new disk", actor: "administrator", source: SOURCE },
        { action, pool: "linux", actor: "administrator", source: SOURCE },
      ]);
    }
  });
});

Deno.test("POST /v1/pools/{pool}/resize gives a size, or takes it back when none is named", async () => {
  await served(async ({ address, operations }) => {
    for (const body of [{ size: 0 }, { size: 1000, reason: "release day" }, {}, undefined]) {
      const answer = await post(address, "/v1/pools/linux/resize", body);
      assert.equal(answer.status, 202);
      await answer.body?.cancel();
      assert.deepEqual(operations.requests.splice(0), [
        { action: "resize", pool: "linux", ...body, actor: "administrator", source: SOURCE },
      ]);
    }
    for (const size of [-1, 1001, 1.5, "3", null]) {
      const { status, detail } = await problemOf(await post(address, "/v1/pools/linux/resize", { size }));
      assert.equal(status, 400);
      assert.match(detail, /^size: /);
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("POST /v1/vms/{vm}/… takes a name, or a cycle id with its slash encoded", async () => {
  await served(async ({ address, operations }) => {
    for (const vm of ["linux-1", "linux/1.7"]) {
      const path = `/v1/vms/${encodeURIComponent(vm)}`;
      const answer = await post(address, `${path}/recreate`);
      assert.equal(answer.status, 202);
      assert.deepEqual(await answer.json(), {
        message: "Done: recreate.",
        changed: true,
        cycle: "linux/1.7",
      });
      await (await post(address, `${path}/destroy`, { force: true, reason: "stuck" })).body?.cancel();
      await (await post(address, `${path}/hold`, { seconds: 7200 })).body?.cancel();
      operations.setVms({ phase: "quarantined" });
      await (await post(address, `${path}/release`, {})).body?.cancel();
      assert.deepEqual(operations.requests.splice(0), [
        { action: "recreate", vm, force: false, actor: "administrator", source: SOURCE },
        { action: "destroy", vm, force: true, reason: "stuck", actor: "administrator", source: SOURCE },
        { action: "hold", vm, forMs: 7_200_000, actor: "administrator", source: SOURCE },
        { action: "release", vm, actor: "administrator", source: SOURCE },
      ]);
    }
    assert.equal((await problemOf(await post(address, "/v1/vms/linux/1.7/recreate"))).code, "not_found");
    const twice = await post(address, `/v1/vms/${encodeURIComponent("linux%2F1.7")}/recreate`);
    assert.equal((await problemOf(twice)).detail, "There is no such VM.");
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("what is asked of pools and VMs that are not there is a 404, and of a wrong state a 409", async () => {
  await served(async ({ address, operations }) => {
    const codeOf = async (path: string, body: unknown = {}) => {
      const { status, code } = await problemOf(await post(address, path, body));
      return [status, code];
    };
    for (const what of ["pause", "drain", "resume", "resize"]) {
      assert.deepEqual(await codeOf(`/v1/pools/nope/${what}`), [404, "not_found"], what);
    }
    for (const what of ["recreate", "destroy", "release"]) {
      assert.deepEqual(await codeOf(`/v1/vms/nope/${what}`), [404, "not_found"], what);
    }
    assert.deepEqual(await codeOf("/v1/vms/nope/hold", { seconds: 1 }), [404, "not_found"]);
    assert.deepEqual(await codeOf("/v1/vms/linux-1/release"), [409, "conflict"]);
    operations.maintain = () => ({ ok: false, code: "invalid", message: "That makes no sense." });
    assert.deepEqual(await codeOf("/v1/vms/linux-1/hold", { seconds: 1 }), [400, "invalid_request"]);
  });
});

Deno.test("what is asked of pools and VMs does nothing when its body is wrong", async () => {
  await served(async ({ address, operations }) => {
    const bodies: [path: string, body: unknown][] = [
      ["/v1/drain", { pool: "linux" }],
      ["/v1/drain", { reason: "" }],
      ["/v1/drain", { reason: "x".repeat(501) }],
      ["/v1/pools/linux/pause", { reason: 1 }],
      ["/v1/vms/linux-1/recreate", { froce: true }],
      ["/v1/vms/linux-1/destroy", { force: "yes" }],
      ["/v1/vms/linux-1/hold", {}],
      ["/v1/vms/linux-1/hold", { seconds: 0 }],
      ["/v1/vms/linux-1/hold", { seconds: 2_678_401 }],
      ["/v1/vms/linux-1/hold", undefined],
      ["/v1/vms/linux-1/release", { force: true }],
      ["/v1/reload", {}],
      ["/v1/reload", { apply: "true" }],
      ["/v1/reload", undefined],
    ];
    for (const [path, body] of bodies) {
      const { status, code } = await problemOf(await post(address, path, body));
      assert.deepEqual([status, code], [400, "invalid_request"], `${path} ${JSON.stringify(body)}`);
    }
    const text = { method: "POST", body: '{"apply":true}', headers: { "content-type": "text/plain" } };
    assert.equal((await problemOf(await ask(address, "/v1/reload", text))).status, 415);
    const large = await post(address, "/v1/vms/linux-1/recreate", { reason: "x".repeat(70_000) });
    assert.equal((await problemOf(large)).code, "body_too_large");
    assert.deepEqual([operations.requests, operations.reloads], [[], []]);
  });
});

const POSTED = [
  "/v1/pause",
  "/v1/drain",
  "/v1/resume",
  "/v1/pools/linux/pause",
  "/v1/pools/linux/drain",
  "/v1/pools/linux/resume",
  "/v1/pools/linux/resize",
  "/v1/vms/linux%2F1.7/recreate",
  "/v1/vms/linux-1/destroy",
  "/v1/vms/linux-1/hold",
  "/v1/vms/linux-1/release",
  "/v1/reload",
];

Deno.test("what is asked of pools and VMs needs the token, and says 405 with Allow to another method", async () => {
  await served(async ({ address, operations }) => {
    for (const path of POSTED) {
      for (const authorization of ["", `Bearer ${TOKEN}x`]) {
        const refused = await ask(address, path, { method: "POST", headers: { authorization } });
        assert.equal((await problemOf(refused)).status, 401, path);
      }
      const looked = await ask(address, path);
      assert.equal(looked.headers.get("allow"), "POST", path);
      assert.equal((await problemOf(looked)).code, "method_not_allowed");
    }
    assert.deepEqual([operations.requests, operations.reloads], [[], []]);
  });
});

Deno.test("POST /v1/reload answers what changes, and changes it only when it is told to", async () => {
  await served(async ({ address, operations }) => {
    const changes = ["pool linux: size 2 → 3, 1 machine is made"];
    operations.reloadAnswer = { ok: true, changes, restart: ["api.listen"] };
    for (const apply of [false, true]) {
      const response = await post(address, "/v1/reload", { apply });
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { applied: apply, changes, restart: ["api.listen"] });
      assert.deepEqual(operations.reloads.splice(0), [{ apply, actor: "administrator", source: SOURCE }]);
    }
  });
});

Deno.test("POST /v1/reload says each problem of a configuration that cannot be used", async () => {
  await served(async ({ address, operations }) => {
    const problems = ["config.yaml:3:1: pools: none", "config.yaml:9:5: github.org: missing"];
    operations.reloadAnswer = { ok: false, problems };
    assert.deepEqual(await problemOf(await post(address, "/v1/reload", { apply: true })), {
      status: 409,
      code: "invalid_configuration",
      detail: `The configuration cannot be used, nothing was changed:\n${problems.join("\n")}`,
      problems,
    });
  });
});

Deno.test("POST /v1/vms/{vm}/resume, save, reset, prepare and stop ask for it", async () => {
  await served(async ({ address, operations }) => {
    const actions = { resume: "wake", save: "save", reset: "reset", prepare: "prepare" };
    for (const [verb, action] of Object.entries(actions)) {
      const answer = await post(address, `/v1/vms/linux-1/${verb}`, { reason: "a look" });
      assert.equal(answer.status, 202);
      await answer.body?.cancel();
      await (await post(address, `/v1/vms/linux%2F1.7/${verb}`)).body?.cancel();
      assert.deepEqual(operations.requests.splice(0), [
        { action, vm: "linux-1", reason: "a look", actor: "administrator", source: SOURCE },
        { action, vm: "linux/1.7", actor: "administrator", source: SOURCE },
      ]);
      assert.equal(
        (await problemOf(await post(address, `/v1/vms/linux-1/${verb}`, { force: true }))).status,
        400,
      );
      assert.equal((await problemOf(await post(address, `/v1/vms/nope/${verb}`))).status, 404);
    }
    for (const body of [undefined, { force: true, reason: "stuck" }]) {
      await (await post(address, "/v1/vms/linux-1/stop", body)).body?.cancel();
    }
    assert.deepEqual(operations.requests, [
      { action: "stop", vm: "linux-1", force: false, actor: "administrator", source: SOURCE },
      { action: "stop", vm: "linux-1", force: true, reason: "stuck", actor: "administrator", source: SOURCE },
    ]);
  });
});
