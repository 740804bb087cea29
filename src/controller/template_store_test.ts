import assert from "node:assert/strict";
import type { HostPort } from "../ports/host.ts";
import { keepDisk, sweepDisks, templatesDirectory } from "./template_store.ts";

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
function host({ linked = true, folders = [] as string[] } = {}): { port: HostPort; asked: string[] } {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    "disk.link": { linked },
    "dir.list": { names: folders },
    "dir.remove": {},
  };
  const port = {
    call(name: string, args: { path: string; target?: string }) {
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

Deno.test("sweepDisks() removes folders of this template that nothing is made from, and no others", async () => {
  const inUse = await kept("windows", "one");
  const folder = inUse.split("\\").at(-2) ?? "";
  const { port, asked } = host({
    folders: [folder, "windows@00000000", "windows-2@11111111", "other", "linux@22222222"],
  });
  await sweepDisks(port, STORE, TEMPLATE, new Set([inUse]));
  const below = templatesDirectory(STORE);
  assert.deepEqual(asked, [`dir.list ${below}`, `dir.remove ${below}\\windows@00000000`]);
});
