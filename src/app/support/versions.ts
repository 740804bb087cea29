/** Which hvpool runs on what. */
import { jsonText, type Part } from "./part.ts";

const NAME = "versions.json";

/** Versions of hvpool, of what it is built on, and of the system. */
export function versionsPart(version: string): Part {
  const { deno, v8 } = Deno.version;
  const { os, arch, target } = Deno.build;
  const release = osRelease();
  const versions = {
    hvpool: version,
    deno,
    v8,
    os,
    arch,
    target,
    ...(release === undefined ? {} : { release }),
  };
  const missing = release === undefined
    ? [{ name: NAME, why: "this program may not ask for the release of the system" }]
    : [];
  return { files: [{ name: NAME, text: jsonText(versions) }], missing };
}

/** Deno asks for a permission of its own. */
function osRelease(): string | undefined {
  try {
    return Deno.osRelease();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
