import assert from "node:assert/strict";
import type { Delivery } from "../model/effects.ts";
import type { CycleId, ScopeKey, VmId } from "../model/ids.ts";
import { CONFIG_DRIVE_FILE, type GuestSetup } from "../ports/guest.ts";
import { HOST_CALLS } from "../ports/host.ts";
import { SEED_CONFIG_FILE } from "../ports/seed_config.ts";
import { filesOnDisk, introductionFiles } from "./delivery.ts";
import { execute, type Ports } from "./executor.ts";

const DELIVERY: Delivery = {
  use: 2,
  cycle: "runners/1.1" as CycleId,
  credentials: { kind: "jit", jitConfig: "SECRET" },
  env: { A: "1", CUSTOM_ACTIONS_RESULTS_URL: "http://cache/" },
  runner: {
    name: "runner-1-01234567-1.2",
    scope: "orgs/acme" as ScopeKey,
    labels: ["self-hosted", "Windows"],
    group: "Big",
  },
};
const TOKEN: Delivery = { ...DELIVERY, credentials: { kind: "token", token: "ATOKEN" } };
const VM = "00000000-0000-0000-0000-000000000001" as VmId;
const NOW = Date.UTC(2026, 10, 25, 3, 4, 5);

function introductionOf(files: readonly { name: string; text: string }[]): Record<string, unknown> {
  return JSON.parse(files.find(({ name }) => name === CONFIG_DRIVE_FILE)?.text ?? "null");
}

Deno.test("introductionFiles() holds the configuration and what the loader runs", () => {
  const files = introductionFiles(DELIVERY, "SECRET", NOW);
  assert.deepEqual(introductionOf(files), {
    protocol: 1,
    cycle: "runners/1.1",
    use: 2,
    now: "2026-11-25T03:04:05.000Z",
    jitConfig: "SECRET",
    env: DELIVERY.env,
    byeSeconds: 5,
    runner: { user: "standard" },
  });
  const names = files.map(({ name }) => name);
  assert.deepEqual(names, [
    "hvpool.json",
    "configure-runner.ps1",
    "runner-setup.ps1",
    "job-hook.ps1",
    "logon.cs",
  ]);
  assert.ok(HOST_CALLS["media.put"].args.safeParse({ vmId: VM, directory: "C:\\d", use: 2, files }).success);
});

Deno.test("introductionFiles() tells a guest of its network, on a drive and on its disk", () => {
  const network = { address: "10.0.0.2", prefixLength: 24, gateway: "10.0.0.1", dns: ["1.1.1.1"] };
  const delivery = { ...DELIVERY, network };
  assert.deepEqual(introductionOf(introductionFiles(delivery, "SECRET", NOW))["network"], network);
  const onDisk = filesOnDisk(delivery, NOW).find(({ path }) => path.endsWith(CONFIG_DRIVE_FILE));
  assert.deepEqual(JSON.parse(onDisk?.text ?? "{}").network, network);
});

Deno.test("introductionFiles() keeps the secret in the configuration alone", () => {
  const others = introductionFiles(DELIVERY, "SECRET", NOW).filter(({ name }) => name !== CONFIG_DRIVE_FILE);
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
  type Put = { files: { name: string; text: string }[] };
  const puts: Put[] = [];
  const ports = {
    host: {
      call(_name: string, args: Put) {
        puts.push(args);
        return Promise.resolve({ outcome: "ok", value: { path: "C:\\x.iso" } });
      },
    },
    clock: { now: () => NOW, at: () => () => {} },
    guestSetup: (pool: string) => pool === "runners" ? setup : undefined,
  } as unknown as Ports;
  const effect = {
    op: 1,
    cycle: DELIVERY.cycle,
    call: "media.put",
    args: { ...DELIVERY, vmId: VM },
  } as unknown as Parameters<
    typeof execute
  >[0];
  assert.deepEqual(await execute(effect, ports), { outcome: "ok", value: {} });
  const [put] = puts;
  assert.ok(put !== undefined);
  const { runner, caCertificates } = introductionOf(put.files);
  assert.deepEqual({ runner, caCertificates }, {
    runner: { user: "admin", pinned: setup.pinned },
    caCertificates: ["QUJD"],
  });
});

Deno.test("filesOnDisk() writes into the loader's inbox what a config drive holds", () => {
  const files = filesOnDisk(DELIVERY, NOW);
  assert.deepEqual(
    files.map(({ path }) => path),
    introductionFiles(DELIVERY, "SECRET", NOW).map(({ name }) => `ProgramData\\hvpool\\inbox\\${name}`),
  );
  assert.ok(HOST_CALLS["disk.inject"].args.safeParse({ path: "C:\\d\\disk.vhdx", files }).success);
});

Deno.test("filesOnDisk() writes the seed's file for a guest that registers by itself, and nothing else", () => {
  const [file, ...rest] = filesOnDisk(TOKEN, NOW);
  assert.deepEqual(rest, []);
  assert.equal(file?.path, SEED_CONFIG_FILE);
  assert.deepEqual(JSON.parse(file?.text ?? ""), {
    token: "ATOKEN",
    organization: "acme",
    repository: "",
    name: "runner-1-01234567-1.2",
    labels: "self-hosted,Windows",
    runner_group: "Big",
    cache_url: "http://cache/",
  });
});
