/** A host, pools and GitHub at which all is well, for the tables of the checks. */
import type { StatusAnswer } from "../../../client/mod.ts";
import { loadConfig } from "../../../config/load.ts";
import type { ScopeKey } from "../../../model/ids.ts";
import type { PoolSettings, Settings } from "../../../model/settings.ts";
import type { HostValue } from "../../../ports/host.ts";
import type { ConfigFacts, GitHubFacts, HostFacts, LocalFacts, ScopeFacts, VmFact } from "../facts.ts";

/** Two pools of one account. */
export const SETTINGS: Settings = (() => {
  const text = JSON.stringify({
    github: { app_id: 1, app_private_key_path: "key.pem", org: "acme" },
    hyperv: { storage_path: "D:\\vms" },
    templates: [{ name: "win", path: "D:\\templates\\win.vhdx", memory_mb: 4096 }],
    pools: [
      { name: "ci", template: "win", size: 4 },
      { name: "fast", template: "win", size: 4, recycle: "restore", hot: 1 },
    ],
  });
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform: "windows" });
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config.settings;
})();

/** A pool of {@linkcode SETTINGS}, changed. */
export function pool(change: Partial<PoolSettings> = {}, name = "ci"): PoolSettings {
  const found = SETTINGS.pools.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no pool ${name}`);
  return { ...found, ...change };
}

export function config(change: Partial<ConfigFacts> = {}): ConfigFacts {
  return {
    file: "config.yaml",
    problems: [],
    warnings: [],
    secretProblems: [],
    settings: SETTINGS,
    mode: "host",
    scriptFiles: false,
    os: "windows",
    ...change,
  };
}

export function info(change: Partial<HostValue<"host.info">> = {}): HostFacts["info"] {
  return {
    outcome: "ok",
    value: {
      bootId: "1",
      machine: "HOST",
      osBuild: "10.0.26100",
      product: "server",
      memoryMb: 65_536,
      freeMemoryMb: 50_000,
      processors: 8,
      volumes: [
        { root: "C:\\", sizeMb: 200_000, freeMb: 1_000 },
        { root: "D:\\", sizeMb: 900_000, freeMb: 500_000 },
      ],
      hypervisor: true,
      service: "running",
      rights: "administrator",
      switches: [
        {
          id: "c08cb7b8-9b3c-408e-8e30-5e16a3aeb444",
          name: "Default Switch",
          isDefault: true,
          type: "internal",
        },
      ],
      gpu: { partitioning: false, choose: false, gpus: [] },
      ...change,
    },
  };
}

export function ping(change: Partial<HostValue<"bridge.ping">> = {}): HostFacts["ping"] {
  return {
    outcome: "ok",
    value: {
      echo: "hvpool ä世😀",
      engine: "5.1.26100.1",
      edition: "Desktop",
      languageMode: "FullLanguage",
      pid: 1,
      hyperv: true,
      ...change,
    },
  };
}

export function vm(change: Partial<VmFact> = {}): VmFact {
  return {
    id: "00000000-0000-0000-0000-000000000001",
    name: "vm",
    power: "running",
    notes: "",
    directory: "D:\\vms\\x",
    uptimeMs: 1,
    memoryMb: 4_096,
    heartbeat: null,
    cpuPercent: 0,
    ...change,
  };
}

export function vms(...all: VmFact[]): HostFacts["vms"] {
  return { outcome: "ok", value: all };
}

export function disk(change: Partial<HostValue<"disk.info">> = {}) {
  return {
    outcome: "ok",
    value: {
      path: "D:\\templates\\win.vhdx",
      format: "vhdx",
      type: "dynamic",
      sizeMb: 131_072,
      fileMb: 30_720,
      parent: null,
      readOnly: true,
      attached: false,
      identity: "1",
      ...change,
    },
  } as const;
}

export const FAILED = { outcome: "failed", code: "unavailable", message: "nobody answers" } as const;
export const UNKNOWN = { outcome: "unknown", message: "no answer within 30 s" } as const;

export function scope(change: Partial<ScopeFacts> = {}): ScopeFacts {
  return {
    scope: "orgs/acme" as ScopeKey,
    check: { outcome: "ok", value: { installationId: 7, clockSkewMs: 400 } },
    releases: { outcome: "ok", value: [{ version: "2.338.1", file: "actions-runner-win-x64-2.338.1.zip" }] },
    rate: { limit: 5_000, remaining: 4_900, resetAt: 0 },
    ...change,
  };
}

export function github(
  one: Partial<ScopeFacts> = {},
  groups: [string, ScopeFacts["check"]][] = [],
): GitHubFacts {
  return { scopes: [scope(one)], groups: new Map(groups) };
}

export function local(change: Partial<LocalFacts> = {}): LocalFacts {
  return {
    dataDir: "C:\\ProgramData\\hvpool",
    lock: "free",
    journal: { state: "healthy" },
    freeMb: 50_000,
    api: { state: "not running", why: "there is no endpoint.json" },
    defender: false,
    ...change,
  };
}

/** An image of which everything but its licence is known. */
const image = {
  builtAt: "2026-10-01T00:00:00Z",
  runner: "2.338.1",
  expiresAt: null,
  level: "ok",
  why: null,
} as const;
/** A controller runs; its first pool has such an image. */
export const running = (own: object, status: object = {}) =>
  local({
    api: {
      state: "answers",
      status: {
        controller: { id: "1", version: "0.1.0", state: "running", since: "2026-11-01T00:00:00.000Z" },
        pools: [{ name: "ci", image: { ...image, ...own } }],
        ...status,
      } as unknown as StatusAnswer,
    },
  });
