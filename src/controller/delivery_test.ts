import assert from "node:assert/strict";
import type { VmId } from "../model/ids.ts";
import { CONFIG_DRIVE_FILE, type GuestSetup } from "../ports/guest.ts";
import { HOST_CALLS } from "../ports/host.ts";
import { configDrive, type Delivery, execute, type Ports } from "./executor.ts";

const DELIVERY: Delivery = {
  vmId: "00000000-0000-0000-0000-000000000001" as VmId,
  directory: "C:\\vms\\c\\runners-1.1",
  use: 2,
  cycle: "runners/1.1",
  jitConfig: "SECRET",
  env: { A: "1" },
};
const NOW = Date.UTC(2026, 10, 25, 3, 4, 5);

function introductionOf(drive: ReturnType<typeof configDrive>): Record<string, unknown> {
  return JSON.parse(drive.files.find(({ name }) => name === CONFIG_DRIVE_FILE)?.text ?? "null");
}

Deno.test("configDrive() holds the configuration and what the loader runs", () => {
  const drive = configDrive(DELIVERY, NOW);
  assert.deepEqual(introductionOf(drive), {
    protocol: 1,
    cycle: "runners/1.1",
    use: 2,
    now: "2026-11-25T03:04:05.000Z",
    jitConfig: "SECRET",
    env: { A: "1" },
    byeSeconds: 0,
    runner: { user: "standard" },
  });
  const names = drive.files.map(({ name }) => name);
  assert.deepEqual(names, [
    "hvpool.json",
    "configure-runner.ps1",
    "runner-setup.ps1",
    "job-hook.ps1",
    "logon.cs",
  ]);
  assert.ok(HOST_CALLS["media.put"].args.safeParse(drive).success);
});

Deno.test("configDrive() keeps the secret in the configuration alone", () => {
  const others = configDrive(DELIVERY, NOW).files.filter(({ name }) => name !== CONFIG_DRIVE_FILE);
  for (const { name, text } of others) {
    assert.doesNotMatch(text, /SECRET/, name);
    assert.match(
      text,
      /^\p{ASCII}+$/u,
      `${name} is ASCII: Windows PowerShell reads it by the system's code page`,
    );
  }
});

Deno.test("execute() puts what the configuration says of the cycle's pool onto the drive", async () => {
  const setup: GuestSetup = {
    user: "admin",
    pinned: { version: "2.338.1", url: "https://x/r.zip", sha256: "ab".repeat(32) },
    caCertificates: ["QUJD"],
  };
  const puts: ReturnType<typeof configDrive>[] = [];
  const ports = {
    host: {
      call(_name: string, args: ReturnType<typeof configDrive>) {
        puts.push(args);
        return Promise.resolve({ outcome: "ok", value: { path: "C:\\x.iso" } });
      },
    },
    clock: { now: () => NOW, at: () => () => {} },
    guestSetup: (pool: string) => pool === "runners" ? setup : undefined,
  } as unknown as Ports;
  const effect = { op: 1, cycle: DELIVERY.cycle, call: "media.put", args: DELIVERY } as unknown as Parameters<
    typeof execute
  >[0];
  assert.deepEqual(await execute(effect, ports), { outcome: "ok", value: {} });
  const [put] = puts;
  assert.ok(put !== undefined);
  const { runner, caCertificates } = introductionOf(put);
  assert.deepEqual({ runner, caCertificates }, {
    runner: { user: "admin", pinned: setup.pinned },
    caCertificates: ["QUJD"],
  });
});
