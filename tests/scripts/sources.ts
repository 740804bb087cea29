/** The scripts of this repository. */
import { join } from "node:path";
import type { Source } from "./check.ts";

const ROOT = new URL("../../", import.meta.url);

/** Every `.ps1` below `scripts/`, by path. */
export function repositoryScripts(): Source[] {
  const found: Source[] = [];
  for (const folder of [...Deno.readDirSync(new URL("scripts/", ROOT))].filter((one) => one.isDirectory)) {
    for (const file of Deno.readDirSync(new URL(`scripts/${folder.name}/`, ROOT))) {
      if (file.isFile && file.name.endsWith(".ps1")) {
        found.push(readSource(`scripts/${folder.name}/${file.name}`));
      }
    }
  }
  return found.sort((a, b) => a.file.localeCompare(b.file));
}

/** The tests for PowerShell's own test runner, and their stand-in modules. */
export function testScripts(folder = "tests/powershell"): Source[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return testScripts(path);
    return /\.ps(m?1|d1)$/.test(entry.name) ? [readSource(path)] : [];
  }).sort((a, b) => a.file.localeCompare(b.file));
}

/** One script by its path in the repository; `as` gives it another one. */
export function readSource(file: string, as = file): Source {
  return { file: as, text: Deno.readTextFileSync(new URL(file, ROOT)) };
}

/** Absolute path of a file of the repository. */
export function repositoryPath(...parts: string[]): string {
  return join(import.meta.dirname ?? ".", "..", "..", ...parts);
}
