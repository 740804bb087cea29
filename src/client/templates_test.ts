import assert from "node:assert/strict";
import { SAMPLE_PREPARATION, SAMPLE_TEMPLATE } from "../api/testing/fake_templates.ts";
import { served, TOKEN } from "../api/testing/served.ts";
import { Client } from "./client.ts";

function clientOf(address: string): Client {
  const endpoint = { address, token: TOKEN, pid: Deno.pid, startedAt: "2026-03-01T10:00:00.000Z" };
  return new Client({ locate: () => Promise.resolve(endpoint), name: "test" });
}

const DISK = { name: "win11", path: "C:\\Templates\\win11.vhdx" };

Deno.test("templates() and template() read what there is", async () => {
  await served(async ({ address, operations }) => {
    operations.templates.all = [{ ...SAMPLE_TEMPLATE, name: "a b/c" }];
    assert.deepEqual(await clientOf(address).templates(), operations.templates.all);
    assert.equal((await clientOf(address).template("a b/c")).name, "a b/c");
    await assert.rejects(clientOf(address).template("a"), {
      name: "ApiError",
      code: "not_found",
      message: 'hvpool refused: There is no template "a". There is: a b/c.',
    });
  });
});

Deno.test("registerTemplate() tells of progress and answers with the template", async () => {
  await served(async ({ address, operations }) => {
    const told = Promise.withResolvers<void>();
    operations.templates.work = async ({ progress }) => {
      progress({ step: "copying", done: 1, of: 2 });
      await told.promise;
    };
    const heard: unknown[] = [];
    const onProgress = (progress: unknown) => {
      heard.push(progress);
      told.resolve();
    };
    assert.deepEqual(await clientOf(address).registerTemplate(DISK, { onProgress }), SAMPLE_TEMPLATE);
    assert.deepEqual(heard, [{ step: "copying", done: 1, of: 2 }]);
  }, { slowHeartbeatMs: 20 });
});

Deno.test("prepareTemplate(), exportTemplate(), importTemplate(), verifyTemplate() and deleteTemplate() ask for it", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    const prepared = await client.prepareTemplate({ name: "a/b", from: "win11" });
    assert.deepEqual(prepared.preparing, SAMPLE_PREPARATION);
    await client.exportTemplate({ name: "a/b", place: "C:\\exports" });
    await client.importTemplate({ name: "a/b", place: "C:\\exports", tpm: true });
    assert.equal((await client.verifyTemplate("a/b")).checks.length, 1);
    await client.deleteTemplate("a/b");
    const source = "api (test)";
    assert.deepEqual(operations.templates.asked, [
      { what: "prepare", request: { name: "a/b", from: "win11", actor: "administrator", source } },
      { what: "export", request: { name: "a/b", place: "C:\\exports", actor: "administrator", source } },
      {
        what: "import",
        request: { name: "a/b", place: "C:\\exports", tpm: true, actor: "administrator", source },
      },
      { what: "verify", name: "a/b" },
      { what: "delete", name: "a/b", actor: "administrator", source },
    ]);
  });
});

Deno.test("a refusal is the same error whether it comes at once or last", async () => {
  await served(async ({ address, operations }) => {
    const begun = Promise.withResolvers<void>();
    for (const late of [false, true]) {
      operations.templates.work = async ({ progress }) => {
        if (!late) return;
        progress({ step: "copying" });
        await begun.promise;
      };
      const onProgress = () => begun.resolve();
      operations.templates.refusal = { code: "conflict", message: "The name is taken." };
      await assert.rejects(clientOf(address).registerTemplate(DISK, { onProgress }), {
        name: "ApiError",
        code: "conflict",
        status: 409,
        message: "hvpool refused: The name is taken.",
      });
      operations.templates.refusal = { code: "failed", message: "The disk is full." };
      const failed = { code: "failed", message: "The disk is full." };
      await assert.rejects(clientOf(address).registerTemplate(DISK), failed);
    }
  });
});

Deno.test("a connection that is lost says that the same command goes on", async () => {
  const lines = ['{"progress":{"step":"copying","done":1,"of":2}}\n', '{"progress":{}}\n{"resu'];
  for (const cut of [true, false]) {
    const server = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen() {},
      onError: () => new Response(),
    }, () => {
      const parts = lines.map((line) => new TextEncoder().encode(line));
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift();
          if (part !== undefined) controller.enqueue(part);
          else if (cut) controller.error(new Error("the machine was turned off"));
          else controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
    });
    try {
      await assert.rejects(clientOf(`http://127.0.0.1:${server.addr.port}`).registerTemplate(DISK), {
        name: "ConnectionLost",
        message: /lost before it was done: .*\. The same command goes on where it was\.$/,
      });
    } finally {
      await server.shutdown();
    }
  }
});

Deno.test("giving up ends the request, and hvpool hears of it", async () => {
  await served(async ({ address, operations }) => {
    const heard = Promise.withResolvers<void>();
    operations.templates.work = ({ progress, signal }) => {
      progress({ step: "copying" });
      signal?.addEventListener("abort", () => heard.resolve());
      return heard.promise;
    };
    const giveUp = new AbortController();
    const asked = clientOf(address).registerTemplate(DISK, {
      signal: giveUp.signal,
      onProgress: () => giveUp.abort(),
    });
    await assert.rejects(asked, { name: "AbortError" });
    await heard.promise;
  });
});
