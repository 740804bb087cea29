/** Every secret that this machine knows of: none of them may be in a bundle. */
import { proxySecrets } from "../../config/check/proxy_address.ts";
import type { Config, SecretSource } from "../../config/config.ts";
import type { ReadVariable } from "../../config/defaults.ts";
import { tokenFile } from "../../journal/secrets.ts";
import { createRedactor, REDACTED } from "../../telemetry/redact.ts";
import { wholeWords } from "./private_names.ts";

/** Larger than any secret. */
const MAX_SECRET_BYTES = 64_000;

/** The default of images that hyperv-runner-pool made, as documented. Taking it out would garble half of all lines. */
const NO_SECRET = "password";

/**
 * The secrets of these sources and of a data directory, as far as each can be had. One that cannot (a variable that is
 * set for the service alone) does not keep the others from being taken out.
 */
export async function secretValues(
  { sources, dataDir, env }: {
    readonly sources: readonly SecretSource[];
    readonly dataDir: string;
    readonly env: ReadVariable;
  },
): Promise<string[]> {
  const values = [await fileText(tokenFile(dataDir))];
  for (const source of sources) {
    const value = await valueOf(source, env);
    // Of an address, the password in it, too.
    values.push(value, ...proxySecrets(value?.trim() ?? ""));
  }
  const known = values.filter((value) => value !== undefined).map((value) => value.trim());
  return [...new Set(known)].filter((value) => value !== "" && value !== NO_SECRET);
}

/** Takes them out, and whatever looks like a secret. */
export function hideSecrets(values: readonly string[]): (text: string) => string {
  const redactor = createRedactor();
  for (const value of values) redactor.addSecret(value);
  // Too short to be looked for within words, which a redactor does.
  const short = wholeWords(
    values.filter(({ length }) => length >= 2 && length < 6),
  );
  return (text) => {
    const without = short === undefined ? text : text.replace(short, REDACTED);
    return redactor.text(without.replace(VARIABLE_IN_JSON, `$1${REDACTED}"`));
  };
}

/** Variables for guests that should not be secrets, by the documents, and whose names say that they are. */
const SECRET_VARIABLE = "[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|CREDENTIAL)[A-Z0-9_]*";
/** One of them in JSON, also of settings of earlier days that a journal has. */
const VARIABLE_IN_JSON = new RegExp(`("${SECRET_VARIABLE}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*"`, "g");

/** Where the secrets of a configuration are to be had. */
export function secretSources(config: Config): SecretSource[] {
  const { github, guest, guestAccounts, proxy, notify, settings } = config;
  const named = new RegExp(`^${SECRET_VARIABLE}$`, "i");
  const variables = settings.pools.flatMap(({ env }) => Object.entries(env))
    .filter(([name]) => named.test(name))
    .map(([key, value]): SecretSource => ({ kind: "plain", reveal: () => value, key }));
  const sources = [
    github.key,
    guest.password,
    ...[...guestAccounts.values()].map(({ password }) => password),
    proxy.http,
    proxy.https,
    ...notify.map(({ url }) => url),
    ...variables,
  ];
  return sources.filter((source) => source !== undefined);
}

async function valueOf(source: SecretSource, env: ReadVariable): Promise<string | undefined> {
  switch (source.kind) {
    case "plain":
      return source.reveal();
    case "env":
      return env(source.name);
    case "file":
      return await fileText(source.file);
    default:
      return source satisfies never;
  }
}

async function fileText(path: string): Promise<string | undefined> {
  try {
    if ((await Deno.stat(path)).size > MAX_SECRET_BYTES) return undefined;
    return await Deno.readTextFile(path);
  } catch {
    return undefined; // what cannot be read here was not read by this account into a log either
  }
}
