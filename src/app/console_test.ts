import assert from "node:assert/strict";
import { openConsole } from "./console.ts";

const VM = { host: "localhost", vmId: "6f9619ff-8b86-4011-b42d-00cf4fc964ff" };

Deno.test("openConsole() starts vmconnect for the VM's id on Windows, and nothing elsewhere", async () => {
  const begun: unknown[] = [];
  const begin = (program: string, args: readonly string[]) => {
    begun.push([program, ...args]);
    return Promise.resolve();
  };
  assert.equal(await openConsole(VM, { platform: "linux", begin }), false);
  assert.deepEqual(begun, []);
  assert.equal(await openConsole(VM, { platform: "win32", begin }), true);
  assert.deepEqual(begun, [["vmconnect.exe", "localhost", "-G", VM.vmId]]);
});

Deno.test("openConsole() says what to add where vmconnect is missing", async () => {
  const missing = Object.assign(new Error("spawn vmconnect.exe ENOENT"), { code: "ENOENT" });
  await assert.rejects(
    openConsole(VM, { platform: "win32", begin: () => Promise.reject(missing) }),
    /Cannot start vmconnect\.exe: it is not on this machine\. .*Microsoft-Hyper-V-Management-Clients.*-G 6f9619ff/,
  );
});
