/** The configuration after everything is checked and every default is filled in. */
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { PoolSettings, Settings } from "../model/settings.ts";
import type { Position } from "./file/problem.ts";
import type { NotifyCondition, NotifyType } from "./notify_keys.ts";
import { defaultDataDir, type Platform, type ReadVariable } from "./defaults.ts";

/** Where a secret is to be had. `key` is the path of the key that says so. */
export type SecretSource =
  | { readonly kind: "env"; readonly name: string; readonly key: string }
  | { readonly kind: "file"; readonly file: string; readonly key: string }
  /** Written in the file; behind a function so that printing a configuration cannot show it. */
  | { readonly kind: "plain"; readonly reveal: () => string; readonly key: string };

/** Where an effective value comes from. */
export type Origin =
  /** Written in the file under `key`; `note` says more where there is more to say. */
  | {
    readonly kind: "file";
    readonly key: string;
    readonly line: number;
    readonly column: number;
    readonly note?: string;
  }
  /** Not written; `note` says more where there is more to say. */
  | { readonly kind: "default"; readonly note: string }
  /** Follows from other values. */
  | { readonly kind: "derived"; readonly note: string };

/** One effective value, as `config show` prints it. */
export interface EffectiveValue {
  /** Key path; entries that are derived have the path under which they could be written. */
  readonly path: string;
  /** JSON; a secret is already redacted. */
  readonly value: unknown;
  readonly origin: Origin;
}

/** What takes the place of Hyper-V and GitHub, if anything does. */
export type Mode =
  | { readonly kind: "host" }
  | { readonly kind: "mock" }
  | { readonly kind: "simulator"; readonly address: string };

/** A place in the file together with the key that is written there. */
export interface KeyPosition extends Position {
  readonly path: string;
}

/** Scope of pools when no account is written, as the first seed's mock had it; see {@linkcode withAccount}. */
export const PLACEHOLDER_SCOPE = "orgs/mock-org" as ScopeKey;

/** One entry of `notify:`. */
export interface NotifyTarget {
  readonly type: NotifyType;
  /** Where it goes; absent for the event log. */
  readonly url?: SecretSource;
  readonly on: readonly NotifyCondition[];
  /** How long a pool may lack machines. */
  readonly afterMs: Ms;
}

/** Everything effective. */
export interface Config {
  readonly file: string;
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  readonly platform: Platform;
  /** What the core needs. */
  readonly settings: Settings;
  readonly github: {
    /** `undefined`: GitHub's own address, or the simulator's. Without a slash at the end. */
    readonly apiUrl: string | undefined;
    readonly appId: number | undefined;
    readonly key: SecretSource | undefined;
    /** Every account that pools use, each once. */
    readonly scopes: readonly ScopeKey[];
    /** Whether some pool has {@linkcode PLACEHOLDER_SCOPE} because no account is written. */
    readonly accountMissing: boolean;
  };
  /** Account in the guests for PowerShell Direct. */
  readonly guest: { readonly username: string; readonly password: SecretSource };
  /** Other accounts in guests, by the names that templates have as `credentials`. */
  readonly guestAccounts: ReadonlyMap<string, { readonly username: string; readonly password: SecretSource }>;
  /** What guests are told of their runner. */
  readonly runner: {
    /** What the local account of jobs may do. */
    readonly user: "admin" | "standard";
    /** Folder on this machine with packages of the runner; `undefined`: they are fetched from GitHub. */
    readonly packageFolder: string | undefined;
    /** The runner program that guests fetch at each start; `undefined`: the image's. */
    readonly pinned: { readonly version: string; readonly url: string; readonly sha256: string } | undefined;
    /** Files with certificates for guests and for hvpool itself, and the keys that name them. */
    readonly caCertificates: readonly { readonly file: string; readonly key: string }[];
  };
  /** What the scripts for Hyper-V run on, and how they get there. */
  readonly engine: {
    /** A path, or a name in PATH; `undefined`: Windows PowerShell. */
    readonly powershell: string | undefined;
    readonly scripts: "memory" | "files";
  };
  readonly mode: Mode;
  readonly logging: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly format: "text" | "json";
    /** `undefined`: `logs` in the data directory. */
    readonly directory: string | undefined;
  };
  /** Always on this machine; `host` is `127.0.0.1` or `::1`. */
  readonly api: { readonly host: string; readonly port: number };
  readonly journal: {
    readonly keepDays: number;
    /** Days that jobs are remembered. */
    readonly keepJobsDays: number;
  };
  /** What hvpool's own requests go through; where neither is given, that of the environment. */
  readonly proxy: {
    readonly http?: SecretSource;
    readonly https?: SecretSource;
    /** Hosts that are reached without, in the words of a `NO_PROXY`. */
    readonly noProxy: readonly string[];
  };
  /** Who is told when something needs a person. */
  readonly notify: readonly NotifyTarget[];
  /** `undefined`: the system's place, see {@linkcode dataDirectory}. */
  readonly dataDir: string | undefined;
  /** Every value with its origin, in the order of the reference. */
  readonly effective: readonly EffectiveValue[];
  /**
   * The place of a key such as `github.app_private_key_path` or `pools[0].template`: where its value is written,
   * or else the section around it, or else the file's beginning. Values that were inherited are found where they
   * are written, and the only pool's under `runners:` and `hyperv:`.
   */
  at(path: string): KeyPosition;
}

/** The data directory: the file's, or the system's default. */
export function dataDirectory(config: Config, env: ReadVariable): string {
  return config.dataDir ?? defaultDataDir(config.platform, env);
}

/** Settings with the simulator's account where none is written. */
export function withAccount(settings: Settings, scope: ScopeKey): Settings {
  const pools: PoolSettings[] = settings.pools.map((pool) =>
    pool.scope === PLACEHOLDER_SCOPE ? { ...pool, scope } : pool
  );
  return { ...settings, pools };
}
