import assert from "node:assert/strict";
import { loadConfig } from "./load.ts";

function engineOf(keys: string, platform: "windows" | "linux", folder: string) {
  const text = `debug: { use_mock: true }\nhyperv:\n  ${keys}\n`;
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform, folder });
  assert.deepEqual(problems, []);
  return config?.engine;
}

Deno.test("hyperv.powershell is Windows PowerShell, and scripts go over stdin, unless something else is written", () => {
  assert.deepEqual(engineOf("vm_cpu_count: 2", "windows", "C:\\hv"), {
    powershell: undefined,
    scripts: "memory",
  });
});

Deno.test("hyperv.powershell is a path from the file's folder on, or a name in PATH", () => {
  assert.equal(engineOf("powershell: pwsh", "linux", "/etc/hv")?.powershell, "pwsh");
  assert.equal(engineOf("powershell: bin/pwsh", "linux", "/etc/hv")?.powershell, "/etc/hv/bin/pwsh");
  assert.equal(engineOf("powershell: 7\\pwsh.exe", "windows", "C:\\hv")?.powershell, "C:\\hv\\7\\pwsh.exe");
});

Deno.test("hyperv.scripts may be files", () => {
  assert.equal(engineOf("scripts: files", "windows", "C:\\hv")?.scripts, "files");
});
