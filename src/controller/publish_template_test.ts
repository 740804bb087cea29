import assert from "node:assert/strict";
import type { HostPort, HostResult } from "../ports/host.ts";
import { publishTemplate } from "./publish_template.ts";

const PATH = "D:\\vms\\0123\\prepare-1.1\\disk.vhdx";
const TARGET = "D:\\vms\\0123\\templates\\windows@0badcafe\\disk.vhdx";
const MANIFEST = '{"format":1,"builtAt":"2026-11-25T03:04:05Z","runner":"2.338.1","loader":1}';

type Failure = Exclude<HostResult<unknown>, { outcome: "ok" }>;

function failure(code: "not_found" | "access_denied" | "invalid" | "busy"): Failure {
  return { outcome: "failed", code, message: `it is ${code}` };
}

/** Disks on a host: where they are and what their images say; `answers` stand for calls that fail. */
function host(options: { at?: string[]; text?: string | null; answers?: Record<string, Failure> } = {}) {
  const { at = [PATH], text = MANIFEST, answers = {} } = options;
  const disks = new Set(at);
  const asked: string[] = [];
  const plays: Record<string, (args: { path: string; target: string }) => unknown> = {
    "file.read": () => ({ data: "", size: 10 }),
    "disk.readFiles": () => ({ files: [{ path: "ProgramData\\hvpool\\image.json", text }] }),
    "file.rename": ({ path, target }) => {
      disks.delete(path);
      disks.add(target);
      return {};
    },
    "disk.protect": () => ({}),
    "disk.info": ({ path }) => ({ identity: `identity of ${path}` }),
  };
  const port = {
    call(name: string, args: { path: string; target: string }) {
      asked.push(name);
      if (answers[name] !== undefined) return Promise.resolve(answers[name]);
      if (!disks.has(args.path)) return Promise.resolve(failure("not_found"));
      return Promise.resolve({ outcome: "ok", value: plays[name]?.(args) });
    },
  } as unknown as HostPort;
  return { port, asked, disks };
}

const IMAGE = { builtAt: "2026-11-25T03:04:05.000Z", runner: "2.338.1", loader: 1 };
const DISK = { identity: `identity of ${TARGET}`, path: TARGET, image: IMAGE };

Deno.test("publishTemplate() moves a disk into the store, protects it and learns what it is", async () => {
  const { port, asked, disks } = host();
  const answer = await publishTemplate(port, { path: PATH, target: TARGET, runner: "2.338.1" });
  assert.deepEqual(answer, { outcome: "ok", value: { disk: DISK } });
  assert.deepEqual(asked, ["file.read", "disk.readFiles", "file.rename", "disk.protect", "disk.info"]);
  assert.deepEqual([...disks], [TARGET]);
});

Deno.test("publishTemplate() goes on when an earlier try has moved the disk", async () => {
  const { port, asked } = host({ at: [TARGET] });
  const answer = await publishTemplate(port, { path: PATH, target: TARGET, runner: "2.338.1" });
  assert.deepEqual(answer, { outcome: "ok", value: { disk: DISK } });
  assert.ok(!asked.includes("file.rename"));
});

for (
  const [what, text] of [
    ["is missing", null],
    ["is none", "{"],
    ["is of another format", '{"format":2}'],
    ["names another runner", '{"format":1,"runner":"2.337.0"}'],
    ["names no runner", '{"format":1}'],
  ] as const
) {
  Deno.test(`publishTemplate() does not move a disk whose manifest ${what}`, async () => {
    const { port, disks } = host({ text });
    const answer = await publishTemplate(port, { path: PATH, target: TARGET, runner: "2.338.1" });
    assert.ok(answer.outcome === "failed" && answer.code === "invalid");
    assert.match(answer.message, /^The image does not say what was installed: /);
    assert.deepEqual([...disks], [PATH]);
  });
}

Deno.test("publishTemplate() takes any runner where none was installed", async () => {
  const { port } = host({ text: '{"format":1}' });
  const answer = await publishTemplate(port, { path: PATH, target: TARGET });
  assert.ok(answer.outcome === "ok");
  assert.deepEqual(answer.value.disk?.image, {});
});

Deno.test("publishTemplate() leaves the manifest out on a host that may not mount disks", async () => {
  const { port } = host({ answers: { "disk.readFiles": failure("access_denied") } });
  const answer = await publishTemplate(port, { path: PATH, target: TARGET, runner: "2.338.1" });
  const { image: _, ...disk } = DISK;
  assert.deepEqual(answer, { outcome: "ok", value: { disk } });
});

for (const call of ["file.read", "disk.readFiles", "file.rename", "disk.protect", "disk.info"]) {
  Deno.test(`publishTemplate() gives the host's own failure of ${call}`, async () => {
    const { port, asked } = host({ answers: { [call]: failure("busy") } });
    assert.deepEqual(await publishTemplate(port, { path: PATH, target: TARGET }), failure("busy"));
    assert.equal(asked.at(-1), call);
  });
}

Deno.test("publishTemplate() says that there is no disk at either place", async () => {
  const { port } = host({ at: [] });
  assert.deepEqual(await publishTemplate(port, { path: PATH, target: TARGET }), failure("not_found"));
});
