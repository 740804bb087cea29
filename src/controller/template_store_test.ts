import assert from "node:assert/strict";
import type { HostPort } from "../ports/host.ts";
import { isKeptFor, keepDisk, sweepDisks, type SweepOptions, templatesDirectory } from "./template_store.ts";

const STORE = "D:\\vms\\0123";
const TEMPLATE = {
  name: "windows",
  path: "D:\\images\\windows.vhdx",
  memoryMb: 4096,
  processors: 2,
  secureBoot: "off",
  tpm: false,
  nested: false,
} as const;

/** A host that links or cannot, has these folders, and keeps what it was asked. */
function host(
  { linked = true, folders = [] as string[], unfinished = [] as string[] } = {},
): { port: HostPort; asked: string[] } {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    "disk.link": { linked },
    "dir.list": { names: folders },
    "dir.remove": {},
  };
  const part = (path: string) => unfinished.some((folder) => path.includes(`\\${folder}\\`));
  const port = {
    call(name: string, args: { path: string; target?: string }) {
      if (name === "file.read") {
        const missing = { outcome: "failed", code: "not_found", message: "not there" };
        return Promise.resolve(part(args.path) ? { outcome: "ok", value: { data: "", size: 1 } } : missing);
      }
      asked.push(`${name} ${args.target ?? args.path}`);
      return Promise.resolve({ outcome: "ok", value: answers[name] });
    },
  } as unknown as HostPort;
  return { port, asked };
}

async function kept(name: string, identity: string, linked = true): Promise<string> {
  const { port } = host({ linked });
  const answer = await keepDisk(port, STORE, { ...TEMPLATE, name }, identity);
  assert.equal(answer.outcome, "ok");
  return answer.outcome === "ok" ? answer.value.path : "";
}

Deno.test("keepDisk() links each disk of a template into a folder of its own", async () => {
  const first = await kept("windows", "one");
  assert.match(first, /^D:\\vms\\0123\\templates\\windows@[0-9a-f]{8}\\disk\.vhdx$/);
  assert.equal(await kept("windows", "one"), first);
  assert.notEqual(await kept("windows", "two"), first);
});

Deno.test("keepDisk() tells templates apart whose names make no folder, or the same one", async () => {
  const [a, b] = [await kept("a b", "one"), await kept("a-b", "one")];
  assert.notEqual(a, b);
  for (const name of ["..", "a\\b", "C:", "ä", "x".repeat(200), "a@b"]) {
    assert.match(
      await kept(name, "one"),
      /^D:\\vms\\0123\\templates\\[A-Za-z0-9-]+@[0-9a-f]{8}\\disk\.vhdx$/,
      name,
    );
  }
});

Deno.test("keepDisk() uses the disk where it is when it cannot be linked", async () => {
  assert.equal(await kept("windows", "one", false), TEMPLATE.path);
});

Deno.test("keepDisk() uses the disk where it is when the store has it already", async () => {
  const path = await kept("windows", "one");
  const { port, asked } = host();
  const answer = await keepDisk(port, STORE, { ...TEMPLATE, path }, "one");
  assert.deepEqual(answer, { outcome: "ok", value: { identity: "one", path } });
  assert.deepEqual(asked, []);
});

Deno.test("isKeptFor() knows the disks of a template, however they are written", async () => {
  const path = await kept("win.11", "one");
  assert.equal(isKeptFor(path, "win.11"), true);
  assert.equal(isKeptFor(path.toUpperCase(), "WIN.11"), true);
  assert.equal(isKeptFor(path, "win-11"), false);
  assert.equal(isKeptFor(TEMPLATE.path, "windows"), false);
});

/** Folders that a sweep removed. */
async function swept(
  folders: string[],
  { inUse, unfinished = [], options = {} }: {
    inUse: () => ReadonlySet<string> | undefined;
    unfinished?: string[];
    options?: SweepOptions;
  },
): Promise<string[]> {
  const { port, asked } = host({ folders, unfinished });
  await sweepDisks(port, STORE, TEMPLATE, inUse, options);
  const removed = asked.filter((call) => call.startsWith("dir.remove "));
  return removed.map((call) => call.slice(`dir.remove ${templatesDirectory(STORE)}\\`.length));
}

Deno.test("sweepDisks() removes folders of this template that nothing is made from, and no others", async () => {
  const path = await kept("windows", "one");
  const folder = path.split("\\").at(-2) ?? "";
  const folders = [folder, "Windows@00000000", "windows-2@11111111", "other", "linux@22222222"];
  assert.deepEqual(await swept(folders, { inUse: () => new Set([path.toUpperCase()]) }), [
    "Windows@00000000",
  ]);
});

Deno.test("sweepDisks() removes nothing while what is in use is not known, or comes into use meanwhile", async () => {
  const folders = ["windows@00000000"];
  assert.deepEqual(await swept(folders, { inUse: () => undefined }), []);
  let asked = 0;
  const path = `${templatesDirectory(STORE)}\\windows@00000000\\disk.vhdx`;
  assert.deepEqual(await swept(folders, { inUse: () => new Set(asked++ === 0 ? [] : [path]) }), []);
});

Deno.test("sweepDisks() leaves what is not copied completely, unless that is to go as well", async () => {
  const folders = ["windows@00000000", "windows@11111111"];
  const unfinished = ["windows@11111111"];
  const inUse = () => new Set<string>();
  assert.deepEqual(await swept(folders, { inUse, unfinished }), ["windows@00000000"]);
  assert.deepEqual(await swept(folders, { inUse, unfinished, options: { unfinished: "removed" } }), folders);
});

Deno.test("sweepDisks() makes the disks that stay read-only again after each that went", async () => {
  const { port, asked } = host({ folders: ["windows@00000000"] });
  const stays = `${templatesDirectory(STORE)}\\other@11111111\\disk.vhdx`;
  await sweepDisks(port, STORE, TEMPLATE, () => new Set([stays, "E:\\far.vhdx"]));
  assert.deepEqual(asked.slice(1), [
    `dir.remove ${templatesDirectory(STORE)}\\windows@00000000`,
    `disk.protect ${stays}`,
  ]);
});
