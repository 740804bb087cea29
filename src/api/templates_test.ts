import assert from "node:assert/strict";
import { silentLog } from "../ports/log.ts";
import type { Following } from "../ports/operations.ts";
import { SAMPLE_PREPARATION, SAMPLE_TEMPLATE } from "./testing/fake_templates.ts";
import { served, TOKEN } from "./testing/served.ts";

function ask(address: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${address}/v1/templates${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "user-agent": "test",
      ...init.headers as Record<string, string>,
    },
  });
}

function post(address: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  return ask(address, path, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function problemOf(response: Response): Promise<[status: number, code: string, detail: string]> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { status, code, detail } = await response.json();
  assert.equal(status, response.status);
  return [status, code, detail];
}

/** The lines of an answer that took its time. */
async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "application/x-ndjson"]);
  const text = await response.text();
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Reads the answer a line at a time, while it goes on. */
class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string> | undefined;
  #rest = "";

  constructor(response: Response) {
    this.#reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** `undefined` after the last. */
  async next(): Promise<unknown> {
    while (!this.#rest.includes("\n")) {
      const part = await this.#reader?.read();
      if (part?.value === undefined) return undefined;
      this.#rest += part.value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line);
  }
}

/** Waits until it is given up. */
function untilGivenUp({ signal }: Following): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
}

const DISK = { name: "win11", path: "C:\\Templates\\win11.vhdx" };

Deno.test("GET /v1/templates answers with all templates, and /{name} with one", async () => {
  await served(async ({ address, operations }) => {
    const preparing = { ...SAMPLE_TEMPLATE, name: "a b", preparing: SAMPLE_PREPARATION };
    operations.templates.all = [SAMPLE_TEMPLATE, preparing];
    assert.deepEqual(await (await ask(address, "")).json(), { templates: [SAMPLE_TEMPLATE, preparing] });
    assert.deepEqual(await (await ask(address, "/a%20b")).json(), preparing);
    assert.deepEqual(await (await ask(address, "/WIN11")).json(), SAMPLE_TEMPLATE);
  });
});

Deno.test("GET /v1/templates/{name} names what is near when there is no such template", async () => {
  await served(async ({ address, operations }) => {
    const detailOf = async (name: string) => {
      const [status, code, detail] = await problemOf(await ask(address, `/${name}`));
      assert.deepEqual([status, code], [404, "not_found"]);
      return detail;
    };
    assert.equal(await detailOf("win10"), 'There is no template "win10". There is: win11.');
    const names = [...Array(20).keys()].map((i) => `linux-${i}`);
    operations.templates.all = [...names, "win11-chrome"].map((name) => ({ ...SAMPLE_TEMPLATE, name }));
    assert.match(await detailOf("win11-chrom"), /Near it: win11-chrome, linux-11, .* There are 21\.$/);
    operations.templates.all = [];
    assert.match(await detailOf("win11"), /There is none\.$/);
  });
});

Deno.test("POST /v1/templates hands on what is asked and ends with the template", async () => {
  await served(async ({ address, operations }) => {
    const request = {
      ...DISK,
      memoryMb: 8192,
      processors: 4,
      secureBoot: "off",
      tpm: true,
      software: { chrome: "140" },
      probe: { tcp: 3389 },
      replace: true,
    };
    assert.deepEqual(await linesOf(await post(address, "", request)), [{ result: SAMPLE_TEMPLATE }]);
    assert.deepEqual(operations.templates.asked, [
      { what: "register", request: { ...request, actor: "administrator", source: "api (test)" } },
    ]);
  });
});

Deno.test("POST /v1/templates/{name}/prepare, export, import and verify hand on what is asked", async () => {
  await served(async ({ address, operations }) => {
    const prepare = { from: "win11", runner: "latest", switchName: "Default Switch", memoryMb: 4096 };
    const place = {
      place: "https://files.example/win11",
      headers: { authorization: "secret" },
      replace: true,
    };
    const [prepared] = await linesOf(await post(address, "/ci/prepare", prepare));
    assert.deepEqual(prepared, { result: { ...SAMPLE_TEMPLATE, name: "ci", preparing: SAMPLE_PREPARATION } });
    await linesOf(await post(address, "/ci/export", place));
    await linesOf(await post(address, "/ci/import", { ...place, tpm: true }));
    assert.deepEqual(await linesOf(await post(address, "/ci/verify")), [
      { result: { checks: operations.templates.checks } },
    ]);
    const source = "api (test)";
    assert.deepEqual(operations.templates.asked, [
      { what: "prepare", request: { ...prepare, name: "ci", actor: "administrator", source } },
      { what: "export", request: { ...place, name: "ci", actor: "administrator", source } },
      { what: "import", request: { ...place, tpm: true, name: "ci", actor: "administrator", source } },
      { what: "verify", name: "ci" },
    ]);
  });
});

Deno.test("DELETE /v1/templates/{name} answers with nothing, or why not", async () => {
  await served(async ({ address, operations }) => {
    const answer = await ask(address, "/win11", { method: "DELETE" });
    assert.deepEqual([answer.status, await answer.text()], [204, ""]);
    assert.deepEqual(operations.templates.asked, [{
      what: "delete",
      name: "win11",
      actor: "administrator",
      source: "api (test)",
    }]);
    operations.templates.refusal = { code: "conflict", message: "It is used by pool linux." };
    assert.deepEqual(await problemOf(await ask(address, "/win11", { method: "DELETE" })), [
      409,
      "conflict",
      "It is used by pool linux.",
    ]);
  });
});

Deno.test("a refusal that is known at once has its own status", async () => {
  await served(async ({ address, operations }) => {
    const statuses = [
      ["not_found", 404, "not_found"],
      ["conflict", 409, "conflict"],
      ["invalid", 400, "invalid_request"],
      ["failed", 502, "failed"],
      ["cancelled", 503, "cancelled"],
    ] as const;
    for (const [code, status, problem] of statuses) {
      operations.templates.refusal = { code, message: "No." };
      assert.deepEqual(await problemOf(await post(address, "", DISK)), [status, problem, "No."]);
      assert.deepEqual(await problemOf(await post(address, "/win11/verify")), [status, problem, "No."]);
    }
  });
});

Deno.test("a slow answer tells the newest progress, never more than four times a second, and the refusal last", async () => {
  await served(async ({ address, operations }) => {
    const steps = Promise.withResolvers<void>();
    operations.templates.work = async ({ progress }) => {
      progress({ step: "checking" });
      await steps.promise;
      for (let done = 1; done <= 20; done++) {
        progress({ step: "copying", done, of: 20 });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    operations.templates.refusal = { code: "failed", message: "The disk is full." };
    const reader = new LineReader(await post(address, "", DISK));
    const lines = [await reader.next()];
    steps.resolve();
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) lines.push(line);
    const problem = {
      type: "about:blank",
      title: "Bad Gateway",
      status: 502,
      detail: "The disk is full.",
      code: "failed",
    };
    assert.deepEqual(lines[0], { progress: { step: "checking" } });
    assert.deepEqual(lines.slice(-2), [{ progress: { step: "copying", done: 20, of: 20 } }, { problem }]);
    assert.ok(lines.length < 10, `${lines.length} lines for 21 reports`);
  });
});

Deno.test("a slow answer sends empty progress while there is nothing to tell", async () => {
  await served(async ({ address, operations }) => {
    const end = Promise.withResolvers<void>();
    operations.templates.work = () => end.promise;
    const reader = new LineReader(await post(address, "", DISK));
    assert.deepEqual([await reader.next(), await reader.next()], [{ progress: {} }, { progress: {} }]);
    end.resolve();
    let last: unknown;
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) last = line;
    assert.deepEqual(last, { result: SAMPLE_TEMPLATE });
  }, { slowHeartbeatMs: 20 });
});

Deno.test("a client that goes away gives up what it asked for", async () => {
  await served(async ({ address, operations }) => {
    const givenUp = Promise.withResolvers<void>();
    operations.templates.work = async (following) => {
      await untilGivenUp(following);
      givenUp.resolve();
    };
    const response = await post(address, "", DISK);
    await response.body?.cancel();
    await givenUp.promise;
    // Before there is an answer at all, too.
    const again = Promise.withResolvers<void>();
    const leaving = new AbortController();
    operations.templates.work = async (following) => {
      leaving.abort();
      await untilGivenUp(following);
      again.resolve();
    };
    await assert.rejects(post(address, "", DISK, leaving.signal), { name: "AbortError" });
    await again.promise;
  });
});

Deno.test("hvpool gives up slow work when it stops, and says so", async () => {
  await served(async ({ address, operations, server }) => {
    operations.templates.work = async (following) => {
      await untilGivenUp(following);
      operations.templates.refusal = { code: "cancelled", message: "hvpool stops." };
    };
    const response = await post(address, "", DISK);
    const [lines] = await Promise.all([linesOf(response), server.close()]);
    assert.equal((lines.at(-1)?.problem as { code: string }).code, "cancelled");
  });
});

Deno.test("slow work that fails by a mistake of ours tells nothing but is logged", async () => {
  const logged: unknown[] = [];
  const log = { ...silentLog, error: (_message: string, fields?: unknown) => void logged.push(fields) };
  await served(async ({ address, operations }) => {
    operations.templates.work = () => Promise.reject(new Error("inner detail"));
    const [status, code, detail] = await problemOf(await post(address, "", DISK));
    assert.deepEqual([status, code], [500, "internal"]);
    assert.doesNotMatch(detail, /inner/);
    assert.equal(logged.length, 1);
  }, { log });
});

Deno.test("wrong bodies are refused where they are wrong, and nothing begins", async () => {
  await served(async ({ address, operations }) => {
    const cases: [string, unknown, RegExp][] = [
      ["", { name: "x" }, /path/],
      ["", { ...DISK, memory: 1 }, /memory/],
      ["", { ...DISK, memoryMb: 4095 }, /memoryMb/],
      ["", { ...DISK, secureBoot: "on" }, /secureBoot/],
      ["", { ...DISK, gpu: true, gpuPartition: { maxVram: 0.5 } }, /maxVram/],
      ["", { ...DISK, gpu: true, gpuPartition: { optimalVram: 0 } }, /optimalVram/],
      ["", { ...DISK, gpu: true, gpuPartition: { minVram: 2, maxVram: 1 } }, /gpuPartition: .*out of order/],
      ["", { ...DISK, gpu: true, gpuPartition: { vram: 1 } }, /vram/],
      ["", { ...DISK, probe: { tcp: 0 } }, /probe/],
      ["/win11/prepare", { from: "a", runner: "newest" }, /runner: must be latest/],
      ["/win11/prepare", { from: "a", name: "b" }, /name/],
      ["/win11/export", { place: "" }, /place/],
      ["/win11/export", { place: "C:\\x", memoryMb: 4096 }, /memoryMb/],
    ];
    for (const [path, body, where] of cases) {
      const [status, code, detail] = await problemOf(await post(address, path, body));
      assert.deepEqual([status, code], [400, "invalid_request"], JSON.stringify(body));
      assert.match(detail, where);
    }
    const wrongType = await ask(address, "", { method: "POST", body: JSON.stringify(DISK) });
    assert.equal((await problemOf(wrongType))[0], 415);
    const large = await post(address, "", { ...DISK, path: "x".repeat(70_000) });
    assert.equal((await problemOf(large))[0], 413);
    assert.deepEqual(operations.templates.asked, []);
  });
});

Deno.test("headers for a web server are never echoed, not even when they are wrong", async () => {
  await served(async ({ address, operations }) => {
    const wrong = [
      { "Authorization: s3cret": "x" },
      { authorization: "s3cret\r\nhost: evil" },
      { authorization: ["s3cret"] },
      { s3cret: 1 },
      "s3cret",
    ];
    for (const headers of wrong) {
      const [status, , detail] = await problemOf(
        await post(address, "/a/import", { place: "C:\\x", headers }),
      );
      assert.equal(status, 400);
      assert.match(detail, /headers/);
      assert.doesNotMatch(detail, /s3cret/);
    }
    assert.deepEqual(operations.templates.asked, []);
  });
});

Deno.test("paths of templates know their methods", async () => {
  await served(async ({ address }) => {
    const allowed: [string, string][] = [
      ["", "GET, HEAD, POST"],
      ["/win11", "GET, HEAD, DELETE"],
      ["/win11/verify", "POST"],
      ["/win11/prepare", "POST"],
      ["/win11/export", "POST"],
      ["/win11/import", "POST"],
    ];
    for (const [path, allow] of allowed) {
      const response = await ask(address, path, { method: "PUT" });
      assert.equal(response.headers.get("allow"), allow, path);
      assert.equal((await problemOf(response))[1], "method_not_allowed");
    }
    assert.equal((await problemOf(await ask(address, "/win11/copy")))[1], "not_found");
  });
});
