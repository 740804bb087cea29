/** Loads a configuration: text in, everything effective or everything that is wrong out. */
import { dirname, isAbsolute, resolve, win32 } from "node:path";
import type { Settings } from "../model/settings.ts";
import { buildApp } from "./build/account.ts";
import type { BuildContext } from "./build/context.ts";
import { buildGuest, buildGuestAccounts, needsGuestAccount } from "./build/guest.ts";
import { buildNotify } from "./build/notify.ts";
import { needsGitHub } from "./build/pool_kind.ts";
import { buildPoolDefaults } from "./build/pool_defaults.ts";
import { buildPools } from "./build/pools.ts";
import {
  buildApi,
  buildDataDir,
  buildEngine,
  buildJournal,
  buildLanes,
  buildLogging,
  buildMode,
  buildReserve,
} from "./build/program.ts";
import { buildProxy } from "./build/proxy.ts";
import { buildQuotas } from "./build/quotas.ts";
import { Recorder } from "./build/recorder.ts";
import { buildRunner } from "./build/runner.ts";
import { buildStorage, checkRoom } from "./build/storage.ts";
import { buildTemplates, checkMemory } from "./build/templates.ts";
import { buildTimes } from "./build/times.ts";
import { type Config, type KeyPosition, PLACEHOLDER_SCOPE } from "./config.ts";
import { type Platform, thisPlatform } from "./defaults.ts";
import { type ConfigDocument, parseConfigText } from "./file/document.ts";
import type { KeyPath, Problem } from "./file/problem.ts";
import { decodeText, MAX_CONFIG_BYTES } from "./file/read.ts";
import { fitShape } from "./file/shape.ts";

/** What to load. `text` or `bytes`; nothing else is read. */
export interface ConfigSource {
  /** The file's text. */
  readonly text?: string;
  /** The file's bytes, whose encoding is checked; they count when both are given. */
  readonly bytes?: Uint8Array;
  /** The file's name as messages give it. */
  readonly file: string;
  /** Absolute folder that relative paths start from. @default the file's folder */
  readonly folder?: string;
  /** System whose defaults and path rules hold. @default the one that this runs on */
  readonly platform?: Platform;
}

/** A configuration without problems, or all its problems. Warnings come with either. */
export interface LoadedConfig {
  /** Absent when there is a problem. */
  readonly config?: Config;
  /** By place in the file. */
  readonly problems: Problem[];
  /** By place in the file. */
  readonly warnings: Problem[];
}

/** Loads a configuration. Opens no file and reads no environment variable. */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const { file } = source;
  const atStart = (message: string, remedy: string, line = 1, column = 1): LoadedConfig => ({
    problems: [{ file, line, column, path: "", message, remedy }],
    warnings: [],
  });
  let text = source.text ?? "";
  if (source.bytes !== undefined) {
    const decoded = decodeText(source.bytes);
    if (!("text" in decoded)) return atStart(decoded.message, decoded.remedy, decoded.line, decoded.column);
    text = decoded.text;
  }
  if (text.length > MAX_CONFIG_BYTES) {
    return atStart("the file is too large for a configuration", "Name another file");
  }
  const document = parseConfigText(text, file);
  const { findings } = document;
  let config: Config | undefined;
  if (document.value !== undefined) config = build(source, document);
  const byPlace = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column;
  const problems = findings.problems.toSorted(byPlace);
  const warnings = findings.warnings.toSorted(byPlace);
  return config === undefined || problems.length > 0
    ? { problems, warnings }
    : { config, problems, warnings };
}

function build(source: ConfigSource, document: ConfigDocument): Config {
  const { file } = source;
  const platform = source.platform ?? thisPlatform();
  const folder = source.folder ?? folderOf(file);
  const values = fitShape(document);
  const recorder = new Recorder(document);
  const context: BuildContext = { document, values, recorder, folder, platform };
  const { hyperv = {} } = values;

  const mode = buildMode(context);
  const app = buildApp(context, mode, needsGitHub(context));
  const memory = recorder.choose([[["hyperv", "vm_memory_mb"], hyperv.vm_memory_mb]], 4096);
  if (hyperv.vm_memory_mb !== undefined) checkMemory(context, memory.path, memory.value);
  recorder.choose([[["hyperv", "vm_cpu_count"], hyperv.vm_cpu_count]], 2);
  const templates = buildTemplates(context);
  const proxy = buildProxy(context);
  const pools = buildPools(context, mode, templates);
  const storage = buildStorage(context);
  if (storage !== undefined) checkRoom(context, storage, pools);
  const guest = buildGuest(context, pools.some(needsGuestAccount));
  const guestAccounts = buildGuestAccounts(context);
  const engine = buildEngine(context);
  const runner = buildRunner(context);
  const lanes = buildLanes(context);
  const times = buildTimes(context);
  const settings: Settings = {
    storage: storage ?? "",
    lanes,
    times,
    pools,
    ...buildQuotas(context),
    ...buildReserve(context),
    poolDefaults: buildPoolDefaults(context, templates),
  };
  return {
    file,
    folder,
    platform,
    settings,
    github: {
      ...app,
      scopes: [...new Set(pools.filter(({ kind }) => kind === "runner").map((pool) => pool.scope))],
      accountMissing: pools.some((pool) => pool.scope === PLACEHOLDER_SCOPE) && mode.kind !== "host" &&
        document.source(["github", "org"]) !== "mock-org",
    },
    guest,
    guestAccounts,
    runner,
    engine,
    mode,
    logging: buildLogging(context),
    api: buildApi(context),
    journal: buildJournal(context),
    proxy,
    notify: buildNotify(context),
    dataDir: buildDataDir(context),
    effective: inOrder(recorder),
    at: (path) => position(document, recorder, path),
  };
}

function folderOf(file: string): string {
  if (win32.isAbsolute(file) && /^(?:[A-Za-z]:|\\\\)/.test(file)) return win32.dirname(file);
  return isAbsolute(file) ? dirname(file) : dirname(resolve(file));
}

/** Sections in the order in which people write them. */
const SECTIONS = [
  "github",
  "runners",
  "hyperv",
  "guest_accounts",
  "templates",
  "pools",
  "quotas",
  "deadlines",
  "proxy",
  "ca_certificates",
  "logging",
  "api",
  "data_dir",
  "journal",
  "notify",
  "debug",
];

function inOrder(recorder: Recorder): Config["effective"] {
  const section = (path: string): number => SECTIONS.indexOf(/^\w+/.exec(path)?.[0] ?? "");
  return recorder.entries.toSorted((a, b) => section(a.path) - section(b.path));
}

function position(document: ConfigDocument, recorder: Recorder, text: string): KeyPosition {
  const recorded = recorder.entries.find((entry) => entry.path === text && entry.origin.kind === "file")
    ?.origin;
  const path = recorded?.kind === "file" ? recorded.key : text;
  // The only pool of a file without `pools:` is described elsewhere.
  const [, key] = /^pools\[0\](?:\.(.*))?$/.exec(path) ?? [];
  const section = document.written(["pools"]) || !path.startsWith("pools[0]")
    ? path
    : SEED_SECTION[key ?? ""] ?? "runners";
  return { ...document.locate(parsePath(section)), path: section };
}

/** Where the only pool's keys would be written; `runners:` for all others. */
const SEED_SECTION: Readonly<Record<string, string>> = {
  size: "runners.pool_size",
  "name_prefix": "runners.name_prefix",
  labels: "runners.labels",
  "runner_group": "runners.runner_group",
  "cache_url": "runners.cache_url",
  template: "hyperv.template_path",
  switch: "hyperv.switch",
  delivery: "hyperv.delivery",
  registration: "runners.registration",
  recycle: "runners.recycle",
  hot: "runners.hot",
  canary: "runners.canary",
  "runner_version": "runners.version",
  "job_timeout_minutes": "runners.job_timeout_minutes",
  "hold_on_failure_hours": "runners.hold_on_failure_hours",
  env: "runners.env",
  scope: "github",
  ...Object.fromEntries(
    ["", ".isolation", ".subnet", ".addresses", ".dns", ".vlan"].map((
      key,
    ) => [`network${key}`, `network${key}`]),
  ),
};

function parsePath(text: string): KeyPath {
  return [...text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(([, index, quoted, word]) =>
    index === undefined ? quoted ?? word ?? "" : Number(index)
  );
}
