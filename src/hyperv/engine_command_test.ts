import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { encodedCommand, engineCommand } from "./engine_command.ts";

const SYSTEM = {
  SystemRoot: "C:\\Windows",
  ProgramFiles: "C:\\Program Files",
  PSModulePath: "C:\\Users\\eve\\Documents\\PowerShell\\Modules",
};
const MEMORY = { kind: "memory", bootstrap: "'bootstrap'", text: "‘script’ 👩‍🔬" } as const;

Deno.test("engineCommand() starts the system's own Windows PowerShell by its full path", () => {
  const { program } = engineCommand({ script: MEMORY, env: SYSTEM, isWindows: true });
  assert.equal(program, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe");
});

Deno.test("engineCommand() gives the bootstrap as an encoded command and the script over stdin, with its length", () => {
  const { args, input } = engineCommand({ script: MEMORY, env: SYSTEM, isWindows: true });
  assert.deepEqual(args.slice(0, -1), [
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-OutputFormat",
    "Text",
    "-EncodedCommand",
  ]);
  assert.equal(Buffer.from(args.at(-1) ?? "", "base64").toString("utf16le"), "'bootstrap'");
  assert.equal(input, `${MEMORY.text.length}\n${MEMORY.text}`);
});

Deno.test("engineCommand() names the file where the script lies in one", () => {
  const { args, input } = engineCommand({ script: { kind: "file", path: "C:\\x.ps1" }, env: SYSTEM });
  assert.deepEqual(args.slice(-2), ["-File", "C:\\x.ps1"]);
  assert.ok(!args.includes("-EncodedCommand"));
  assert.equal(input, "");
});

Deno.test("engineCommand() cleans the module path for Windows PowerShell, whatever its case", () => {
  const { PSModulePath: _, ...others } = SYSTEM;
  const { env } = engineCommand({
    script: MEMORY,
    env: { ...others, psmodulepath: "C:\\evil" },
    isWindows: true,
  });
  assert.equal(env.psmodulepath, undefined);
  assert.equal(
    env.PSModulePath,
    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\Modules;C:\\Program Files\\WindowsPowerShell\\Modules",
  );
});

Deno.test("engineCommand() lets another engine on Windows make up its own module path", () => {
  const { env } = engineCommand({
    powershell: "C:\\7\\pwsh.exe",
    script: MEMORY,
    env: SYSTEM,
    isWindows: true,
  });
  assert.equal(env.PSModulePath, undefined);
});

Deno.test("engineCommand() inherits the module path on other systems", () => {
  const { env } = engineCommand({
    powershell: "pwsh",
    script: MEMORY,
    env: { PSModulePath: "/stand-in" },
    isWindows: false,
  });
  assert.equal(env.PSModulePath, "/stand-in");
});

Deno.test("encodedCommand() is base64 of UTF-16LE", () => {
  assert.equal(encodedCommand("é👩"), Buffer.from("é👩", "utf16le").toString("base64"));
});
