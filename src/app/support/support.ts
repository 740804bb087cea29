/** `hvpool support bundle`: makes one, writes it for its owner alone, says what is in it. Answers the exit code. */
import { join } from "node:path";
import type { SupportOptions } from "../../cli/programs.ts";
import { supportLines } from "../../cli/view/support_text.ts";
import { protect } from "../../journal/protect.ts";
import { type Bundle, makeBundle } from "./bundle.ts";
import { reasonOf } from "./part.ts";

const OK = 0;
const FAILED = 1;

/** Runs it. */
export async function runSupport(options: SupportOptions): Promise<number> {
  const { output, json, file } = options;
  const there = await thereAlready(file);
  if (there !== undefined) {
    output.err(
      there.isDirectory
        ? `error: ${file} is a directory. Name a file in it with --output, such as ${join(file, "case.zip")}.`
        : `error: ${file} is there already. Name another file with --output, or remove it.`,
    );
    return FAILED;
  }
  if (!json) output.err("Asking hvpool, the host and GitHub how they are ...");
  const bundle = await makeBundle({
    ...options,
    env: (name) => Deno.env.get(name),
    hostname: Deno.hostname(),
  });
  try {
    await write(file, bundle);
  } catch (error) {
    output.err(
      `error: Cannot write the bundle to ${file}: ${reasonOf(error)}. Name another file with --output.`,
    );
    return FAILED;
  }
  const { files, missing, zip } = bundle;
  const made = { file, bytes: zip.length, files, missing };
  if (json) output.out(JSON.stringify(made));
  else for (const line of supportLines(made, output)) output.out(line);
  output.err(
    "Look at what is in it before you send it to anybody." +
      (options.names ? " Names of machines, users, organizations and repositories are in it." : "") +
      (options.screens ? " Pictures show whatever was on the screens." : ""),
  );
  return OK;
}

/** Its rights come before its content; what cannot be written whole is removed. */
async function write(path: string, { zip }: Bundle): Promise<void> {
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  try {
    try {
      protect(path, "file");
      for (let written = 0; written < zip.length;) written += await file.write(zip.subarray(written));
    } finally {
      file.close();
    }
  } catch (error) {
    await Deno.remove(path);
    throw error;
  }
}

async function thereAlready(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
