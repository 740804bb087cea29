/** A copy of the core and its simulation in a temporary folder, to be changed and run. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What the simulation imports, directly or not. Tests are left out. */
const PARTS = ["deno.json", "deno.lock", "src", "scripts", "tests/sim"];
const isTest = (path: string) => path.startsWith("src") && path.endsWith("_test.ts");

/** A copy; gone when it is disposed of. */
export interface CoreCopy extends AsyncDisposable {
  /** The copy's root folder. */
  readonly root: string;
  /** Replaces a text in a file below `src/`. Fails unless it is there exactly once. */
  replace(change: { file: string; find: string; replace: string }): Promise<void>;
}

/** Copies the core. */
export async function copy(): Promise<CoreCopy> {
  const root = await mkdtemp(join(tmpdir(), "hvpool-mistake-"));
  await mkdir(join(root, "tests"));
  for (const part of PARTS) {
    const filter = (from: string) => !isTest(relative(ROOT, from));
    await cp(join(ROOT, part), join(root, part), { recursive: true, filter });
  }
  return {
    root,
    async replace({ file, find, replace }) {
      const path = join(root, "src", file);
      const parts = (await readFile(path, "utf8")).replaceAll("\r\n", "\n").split(find);
      assert.equal(parts.length, 2, `This text is in ${file} ${parts.length - 1} times: ${find}`);
      await writeFile(path, parts.join(replace));
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
