/** The configuration file, read again by a running program: what counts now, and what only after a restart. */
import { type Config, withAccount } from "../config/config.ts";
import type { ReadVariable } from "../config/defaults.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Reread } from "../controller/controller.ts";
import type { ScopeKey } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { clashesWithCreated } from "./created_pools.ts";
import { type Configuration, readConfiguration } from "./read_configuration.ts";

/** What is read again, and what to compare it with. */
export interface RereadOptions {
  readonly configFile: string;
  /** What this run began with. */
  readonly began: Omit<Configuration, "warnings">;
  /** The simulator's account, which stands where none is written. @default there is no simulator */
  readonly account?: ScopeKey;
  /** Reads a variable of the environment. @default the process' own */
  readonly env?: ReadVariable;
}

/** Keys, with all below them, that the program reads once. All others are settings of the pools. */
export const READ_ONCE: readonly string[] = [
  "github.app_id",
  "github.app_private_key_path",
  "github.app_private_key",
  "github.api_url",
  "runners.user",
  "runners.packages",
  "runners.program",
  "hyperv.vm_username",
  "hyperv.vm_password",
  "hyperv.powershell",
  "hyperv.scripts",
  // The workers' number follows from it; the controller itself keeps to a new limit at once.
  "hyperv.lanes",
  "guest_accounts",
  "logging",
  "api",
  "proxy",
  "ca_certificates",
  "data_dir",
  "journal",
  "notify",
  "debug",
];

/** Reads the file again, with its secrets. Changes nothing. `created`: pools that were made at run time. */
export async function reread(options: RereadOptions, created: State["created"] = new Map()): Promise<Reread> {
  const { configFile, began, account, env = (name) => Deno.env.get(name) } = options;
  const again = await readConfiguration(configFile, env);
  if ("problems" in again) return { ok: false, problems: again.problems };
  const { config } = again.read;
  const settings = account === undefined ? config.settings : withAccount(config.settings, account);
  const problems = clashesWithCreated(config, settings.pools, created);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    settings,
    restart: changedKeys(began, again.read),
  };
}

/** Keys of {@linkcode READ_ONCE} whose value is another one now, by name. No value is told. */
function changedKeys(before: RereadOptions["began"], after: RereadOptions["began"]): string[] {
  const [old, fresh] = [comparable(before), comparable(after)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  const changed = keys.filter((key) => old.get(key) !== fresh.get(key));
  // Entries of a list have no names, and where one is left out all others move.
  return [...new Set(changed.map((key) => key.replace(/\[\d+\].*$/, "")))];
}

/** Every value that is read once, secrets included: for comparing only. */
function comparable({ config, secrets, certificates }: RereadOptions["began"]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { path, value } of config.effective) {
    if (isReadOnce(path)) values.set(path, JSON.stringify(value));
  }
  for (const [key, secret] of secretsOf(config, secrets)) {
    values.set(key, `${values.get(key) ?? ""} ${secret}`);
  }
  values.set("ca_certificates", certificates.join(" "));
  return values;
}

function* secretsOf(config: Config, secrets: Secrets): Generator<readonly [key: string, value: string]> {
  const { appKeyPem, guestPassword, guestPasswords, proxy, notifyUrls = [] } = secrets;
  if (appKeyPem !== undefined) yield [config.github.key?.key ?? "github.app_private_key", appKeyPem];
  yield ["hyperv.vm_password", guestPassword];
  for (const [name, password] of guestPasswords) {
    yield [config.guestAccounts.get(name)?.password.key ?? `guest_accounts.${name}.password`, password];
  }
  yield ["proxy.http", proxy?.http ?? ""];
  yield ["proxy.https", proxy?.https ?? ""];
  for (const [i, url] of notifyUrls.entries()) yield [`notify[${i}].url`, url ?? ""];
}

/** Whether a key is one of {@linkcode READ_ONCE}, or below one. */
export function isReadOnce(path: string): boolean {
  return READ_ONCE.some((key) => path.startsWith(key) && /^(?:[.[]|$)/.test(path.slice(key.length)));
}
