/**
 * A runtime to compile onto where Deno's own is out of reach: for tests only, never to ship.
 *
 * The npm package `@chelonia/cli-x64-linux` is a program that was compiled with Deno 2.9.4; its executable holds that
 * runtime. A compiled program lies in an ELF note and the first such note counts, so the old one is renamed.
 */
import { equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";

const PACKAGE = "@chelonia/cli-x64-linux@3.4.0";
const SHA512 = "ey7BqNiIOY2PkpN/UYxjpmOG1A7HmplyadP80omXTG1DVu1fbz7ro/d4gRPtHaxPRkNJTS24lDejc5/rT/3RMA==";
const NOTE = "SUI\0\x08\0d3n0l4nd";
const RENAMED = "SUI\0\x08\0x3n0l4nd";

/** Fetches the package with npm, checks it, and makes the base binary; answers its path in the folder. */
export async function fetchBaseBinary(folder: string): Promise<string> {
  const archive = (await output("npm", ["pack", "--silent", PACKAGE], folder)).trim();
  const bytes = await Deno.readFile(join(folder, archive));
  equal(createHash("sha512").update(bytes).digest("base64"), SHA512, `${PACKAGE} is not what it was.`);
  await output("tar", ["-xzf", archive], folder);

  const program = await Deno.readFile(join(folder, "package", "chel"));
  const renamed = new TextEncoder().encode(RENAMED);
  const latin = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  let found = 0;
  for (let at = latin.indexOf(NOTE, 0, "latin1"); at !== -1; at = latin.indexOf(NOTE, at + 1, "latin1")) {
    program.set(renamed, at);
    found++;
  }
  equal(found > 0, true, `${PACKAGE} has no program of its own to set aside.`);
  const base = join(folder, "denort");
  await Deno.writeFile(base, program, { mode: 0o755 });
  return base;
}

async function output(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd, stdin: "null" })
    .output();
  equal(code, 0, `${command} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
