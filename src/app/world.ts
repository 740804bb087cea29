/** Opens what a configuration names as its Hyper-V host and its GitHub. */
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { certificatesInPem } from "../config/certificates.ts";
import { withAccount } from "../config/config.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Ports } from "../controller/executor.ts";
import { openForge } from "../github/forge.ts";
import type { HttpOptions } from "../github/http.ts";
import type { ScopeKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import { systemClock } from "../ports/clock.ts";
import { hostPort } from "../ports/engine.ts";
import type { EngineMetrics } from "../ports/engine_counts.ts";
import type { GuestAccount, GuestSetup } from "../ports/guest.ts";
import type { HostPort } from "../ports/host.ts";
import type { Log } from "../ports/log.ts";
import type { HostCallMetrics } from "../ports/metrics.ts";
import { connectHost } from "../simulator/connect.ts";
import { directHost } from "../simulator/direct.ts";
import { type Simulator, startSimulator } from "../simulator/start.ts";
import { meteredHost } from "../telemetry/metrics_host.ts";
import { openEngine } from "./engine.ts";
import { noForge } from "./no_forge.ts";
import { runnerPackages } from "./runner_packages.ts";
import { askIdentity, type SimulatorIdentity } from "./simulator_identity.ts";
import { openWeb } from "./web.ts";

/** An open world. */
export interface World {
  readonly ports: Ports;
  /** The configuration's settings, with the simulator's account where none is written. */
  readonly settings: Settings;
  /** The account of what stands in for GitHub. */
  readonly account?: ScopeKey;
  /** How web servers are reached. */
  readonly http: HttpOptions;
  /** Counts of the workers, where there are any. */
  readonly metrics?: EngineMetrics;
  /** Counts of the calls to the host. */
  readonly hostCalls: HostCallMetrics;
  /**
   * For the one who holds the data directory's lock: processes that an earlier run left behind are ended, and this
   * run's are remembered there.
   */
  useDataDir(dataDir: string): Promise<void>;
  close(): Promise<void>;
}

/** Why a world cannot be opened; `key` is the configuration's key that it is about. */
export class WorldError extends Error {
  override readonly name = "WorldError";
  readonly key: string;

  constructor(message: string, key: string) {
    super(message);
    this.key = key;
  }
}

/** What a world is opened with. */
export interface WorldOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly version: string;
  /** Where files of this controller lie. Nothing is written there without `hyperv.scripts: files`. */
  readonly dataDir: string;
  /** Certificates that guests are to trust: DER, as base64. @default none */
  readonly certificates?: readonly string[];
  /** A simulator in this program, already running; else `debug.use_mock` starts one. */
  readonly simulator?: Simulator;
}

interface Host {
  readonly host: HostPort;
  /** What stands in for GitHub, where something does. */
  readonly standIn: SimulatorIdentity | undefined;
  readonly metrics?: EngineMetrics;
  useDataDir?(dataDir: string): Promise<void>;
  close(): Promise<void>;
}

async function openMock(simulator: Simulator | undefined): Promise<Host> {
  const running = simulator ?? await startSimulator();
  const host = directHost(running.machine, running.time);
  const { app, org, github } = running;
  return {
    host,
    standIn: { appId: app.id, privateKey: app.privateKey, org, github, host: running.host },
    async close() {
      await host.close();
      if (simulator === undefined) await running.close();
    },
  };
}

async function openSimulator(address: string): Promise<Host> {
  let standIn: SimulatorIdentity;
  try {
    standIn = await askIdentity(address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WorldError(
      `no simulator answers at ${address} (${reason}). Start one with ` +
        "`hvpool simulator --listen 127.0.0.1:7500`, or correct the address.",
      "debug.simulator",
    );
  }
  const host = connectHost(standIn.host);
  return { host, standIn, close: () => host.close() };
}

function openHyperV({ config, dataDir, log }: WorldOptions): Host {
  const { powershell, scripts } = config.engine;
  const engine = openEngine({
    powershell,
    filesBelow: scripts === "files" ? dataDir : undefined,
    lanes: config.settings.lanes,
    log,
  });
  const host = hostPort(engine);
  return {
    host,
    standIn: undefined,
    metrics: engine,
    useDataDir: (directory) => engine.useDataDir(directory),
    close: () => host.close(),
  };
}

async function openHost(options: WorldOptions): Promise<Host> {
  const { mode } = options.config;
  switch (mode.kind) {
    case "mock":
      return await openMock(options.simulator);
    case "simulator":
      return await openSimulator(mode.address);
    case "host":
      return openHyperV(options);
    default:
      return mode satisfies never;
  }
}

function namedAccount(config: Config, secrets: Secrets, name: string): GuestAccount | undefined {
  const account = config.guestAccounts.get(name);
  const password = secrets.guestPasswords.get(name);
  return account === undefined || password === undefined ? undefined : { user: account.username, password };
}

/**
 * Opens the host and GitHub of a configuration. Nothing is asked of either yet.
 * @throws WorldError
 */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { config, secrets, log, version } = options;
  const { host: opened, standIn, metrics, useDataDir, close } = await openHost(options);
  const { host, calls: hostCalls } = meteredHost(opened);
  // A mock has an identity of its own; towards a simulator what is written stands above what it would fill in.
  const mock = config.mode.kind === "mock";
  const appId = (mock ? undefined : config.github.appId) ?? standIn?.appId;
  const privateKey = (mock ? undefined : secrets.appKeyPem) ?? standIn?.privateKey;
  // Leases need nobody at GitHub.
  const leasesOnly = config.settings.pools.every(({ kind }) => kind === "agent");
  if (!leasesOnly && (appId === undefined || privateKey === undefined)) {
    throw new WorldError("the GitHub App's id and private key are needed", "github");
  }
  const apiUrl = config.github.apiUrl ?? standIn?.github;
  const http: HttpOptions = {
    caCerts: certificatesInPem(options.certificates ?? []),
    ...(secrets.proxy === undefined ? {} : { proxy: secrets.proxy }),
  };
  const web = openWeb(http);
  const forge = appId === undefined || privateKey === undefined ? noForge() : openForge({
    ...http,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    appId,
    privateKey,
    log,
    userAgent: `hvpool/${version}`,
  });
  const account = standIn === undefined ? undefined : `orgs/${standIn.org}` as ScopeKey;
  const { user, pinned } = config.runner;
  const guest: GuestSetup = {
    user,
    ...(pinned === undefined ? {} : { pinned }),
    caCertificates: options.certificates ?? [],
  };
  const { packageFolder } = config.runner;
  const packages = runnerPackages({
    ...(packageFolder === undefined ? {} : { folder: packageFolder }),
    cache: join(options.dataDir, "runners"),
    web,
    log,
  });
  return {
    ports: {
      host,
      forge,
      clock: systemClock,
      guestSetup: () => guest,
      guestAccount: { user: config.guest.username, password: secrets.guestPassword },
      namedAccount: (name) => namedAccount(config, secrets, name),
      web,
      packages,
    },
    settings: account === undefined ? config.settings : withAccount(config.settings, account),
    ...(account === undefined ? {} : { account }),
    http,
    ...(metrics === undefined ? {} : { metrics }),
    hostCalls,
    async useDataDir(dataDir) {
      await useDataDir?.(dataDir);
    },
    async close() {
      await forge.close();
      web.close();
      await close();
    },
  };
}
