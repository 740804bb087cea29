/** Opens what a configuration names, as far as it can be opened: a doctor is called when something is wrong. */
import { readCertificates } from "../../config/certificates.ts";
import { type Config, dataDirectory } from "../../config/config.ts";
import { defaultDataDir, type ReadVariable, thisPlatform } from "../../config/defaults.ts";
import { formatProblem } from "../../config/file/problem.ts";
import { readConfigFile } from "../../config/file/read.ts";
import { loadConfig } from "../../config/load.ts";
import { resolveSecrets, type Secrets } from "../../config/secrets.ts";
import { checkPrivateKey } from "../../github/key.ts";
import type { Settings, TemplateSettings } from "../../model/settings.ts";
import { hostPort } from "../../ports/engine.ts";
import type { ForgePort } from "../../ports/forge.ts";
import type { GuestAccount } from "../../ports/guest.ts";
import type { HostPort } from "../../ports/host.ts";
import { openLog } from "../../telemetry/log.ts";
import { openEngine } from "../engine.ts";
import { openWorld, WorldError } from "../world.ts";
import type { ConfigFacts } from "./facts.ts";
import { poolKeys } from "./pool_keys.ts";

/** What could be opened. */
export interface Opened {
  readonly facts: ConfigFacts;
  readonly config?: Config;
  readonly settings?: Settings;
  readonly dataDir: string;
  readonly host?: HostPort;
  /** Absent: GitHub must not be asked with what is there. */
  readonly forge?: ForgePort;
  /** Account in a template's guests; `undefined` where its password is not known. */
  accountOf(template: TemplateSettings): GuestAccount | undefined;
  /** Values that must not appear in anything written. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/** How to open. */
export interface OpenOptions {
  readonly configFile: string;
  /** Stands above the configuration's. */
  readonly dataDir?: string;
  readonly version: string;
  readonly env: ReadVariable;
}

/** Opens it. Nothing is asked of host or GitHub yet. Never rejects because of the configuration. */
export async function openForDoctor(options: OpenOptions): Promise<Opened> {
  const { configFile, env } = options;
  const file = await readConfigFile(configFile);
  const loaded = "problem" in file ? { problems: [file.problem], warnings: [] } : loadConfig(file.read);
  const config = "config" in loaded ? loaded.config : undefined;
  const facts: ConfigFacts = {
    file: configFile,
    problems: loaded.problems.map(formatProblem),
    warnings: loaded.warnings.map(formatProblem),
    os: Deno.build.os,
  };
  return config === undefined ? openWithout(options, facts) : await openWith(options, facts, { config, env });
}

function nobody(): undefined {
  return undefined;
}

function accountOf(
  config: Config,
  secrets: Secrets,
  { credentials }: TemplateSettings,
): GuestAccount | undefined {
  const named = credentials === undefined ? undefined : config.guestAccounts.get(credentials);
  const user = (named ?? config.guest).username;
  const password = credentials === undefined
    ? secrets.guestPassword
    : secrets.guestPasswords.get(credentials) ?? "";
  // Blank passwords never work in PowerShell Direct.
  return password === "" ? undefined : { user, password };
}

/** A broken file does not say what it is about; on Windows the host is the host all the same. */
function openWithout({ dataDir, env }: OpenOptions, facts: ConfigFacts): Opened {
  const at = dataDir ?? defaultDataDir(thisPlatform(), env);
  if (facts.os !== "windows") {
    return {
      facts,
      dataDir: at,
      secrets: [],
      accountOf: nobody,
      close: () => Promise.resolve(),
    };
  }
  const host = hostPort(openEngine({}));
  return { facts, dataDir: at, secrets: [], accountOf: nobody, host, close: () => host.close() };
}

async function openWith(
  options: OpenOptions,
  before: ConfigFacts,
  { config, env }: { config: Config; env: ReadVariable },
): Promise<Opened> {
  const { secrets, problems } = await resolveSecrets(config, { env, checkKey: checkPrivateKey });
  const certificates = await readCertificates(config);
  const facts: ConfigFacts = {
    ...before,
    secretProblems: [...problems, ...certificates.problems].map(formatProblem),
    settings: config.settings,
    poolKeys: poolKeys(config),
    mode: config.mode.kind,
    scriptFiles: config.engine.scripts === "files",
  };
  const dataDir = options.dataDir ?? dataDirectory(config, env);
  const values = [
    secrets?.appKeyPem ?? "",
    secrets?.guestPassword ?? "",
    ...secrets?.guestPasswords.values() ?? [],
  ];
  const opened = {
    config,
    settings: config.settings,
    dataDir,
    secrets: values.filter((value) => value !== ""),
    accountOf: secrets === undefined
      ? nobody
      : (template: TemplateSettings) => accountOf(config, secrets, template),
  };
  // Hyper-V needs no secret: without one it is opened alone.
  if (secrets === undefined && config.mode.kind === "host") {
    const { powershell } = config.engine;
    const host = hostPort(openEngine({
      powershell,
      filesBelow: config.engine.scripts === "files" ? dataDir : undefined,
    }));
    return { ...opened, facts, host, close: () => host.close() };
  }
  return await openWhole({ ...options, dataDir }, { ...opened, facts }, secrets);
}

async function openWhole(
  { version }: OpenOptions,
  opened: Omit<Opened, "close"> & { readonly config: Config },
  secrets: Secrets | undefined,
): Promise<Opened> {
  const { config, dataDir } = opened;
  const { log, addSecret, close: closeLog } = openLog({ level: "error", format: "text" });
  for (const value of opened.secrets) addSecret(value);
  try {
    const world = await openWorld({
      config,
      secrets: secrets ?? { appKeyPem: undefined, guestPassword: "", guestPasswords: new Map() },
      log,
      version,
      dataDir,
    });
    const { host, forge } = world.ports;
    return {
      ...opened,
      facts: { ...opened.facts, settings: world.settings },
      settings: world.settings,
      host,
      // A key that cannot be read is no reason to ask with another one.
      ...(secrets === undefined ? {} : { forge }),
      async close() {
        await world.close();
        closeLog();
      },
    };
  } catch (error) {
    closeLog();
    if (!(error instanceof WorldError)) throw error;
    return {
      ...opened,
      facts: { ...opened.facts, worldProblem: error.message },
      close: () => Promise.resolve(),
    };
  }
}
