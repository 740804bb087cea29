/** Fetches the secrets that a configuration names: at the start of a run, never while validating. */
import { notifyAddressFault } from "./build/notify.ts";
import { parseProxyAddress, proxySecrets } from "./check/proxy_address.ts";
import type { Config, SecretSource } from "./config.ts";
import type { ReadVariable } from "./defaults.ts";
import { type Problem, problemAt, type ProblemDetails } from "./file/problem.ts";
import { decodeText, readBounded, type ReadOutcome } from "./file/read.ts";

/** What the secrets are fetched with. */
export interface SecretReaders {
  readonly env: ReadVariable;
  /** Reads a file of at most so many bytes. @default the file system */
  readonly read?: (path: string, maxBytes: number) => Promise<ReadOutcome>;
  /** Says what is wrong with the App's key, such as that it is encrypted, or `undefined`. Must not quote the key. */
  readonly checkKey: (pem: string) => { message: string; remedy?: string } | undefined;
}

/** The secrets of a run. Keep them in memory only. */
export interface Secrets {
  /** The App's private key; `undefined` with a mock, and with a simulator where none is written: they bring their own. */
  readonly appKeyPem: string | undefined;
  readonly guestPassword: string;
  /** By the names of `guest_accounts:`. */
  readonly guestPasswords: ReadonlyMap<string, string>;
  /** What hvpool's own requests go through, with user names and passwords; absent: that of the environment. */
  readonly proxy?: {
    readonly http?: string;
    readonly https?: string;
    readonly noProxy: readonly string[];
  };
  /** Addresses of `notify:`, in its order; `undefined` for the event log. Absent when nobody is told. */
  readonly notifyUrls?: readonly (string | undefined)[];
}

/** Larger than any key or password. */
const MAX_SECRET_BYTES = 64_000;

/** Fetches every secret, or says everything that is wrong with them. */
export async function resolveSecrets(
  config: Config,
  readers: SecretReaders,
): Promise<{ secrets?: Secrets; problems: Problem[] }> {
  const problems: Problem[] = [];
  const say = (source: SecretSource, message: string, details: ProblemDetails = {}): void => {
    problems.push(problemAt(config.at(source.key), source.key, message, details));
  };
  // What is told of a trial is told to real people, and goes through the real proxy.
  const web = { ...await fetchProxy(config, readers, say), ...await fetchNotifyUrls(config, readers, say) };
  if (config.mode.kind === "mock") {
    const guestPasswords = new Map([...config.guestAccounts.keys()].map((name) => [name, ""]));
    const secrets = { appKeyPem: undefined, guestPassword: "", guestPasswords, ...web };
    return problems.length > 0 ? { problems } : { secrets, problems };
  }
  const { key } = config.github;
  let appKeyPem: string | undefined;
  if (key !== undefined) {
    appKeyPem = await fetchSecret(key, "the private key", readers, say);
    const fault = appKeyPem === undefined ? undefined : readers.checkKey(appKeyPem);
    if (fault !== undefined) say(key, fault.message, { remedy: fault.remedy });
  }
  const password = await fetchSecret(config.guest.password, "the password", readers, say);
  const guestPasswords = new Map<string, string>();
  for (const [name, account] of config.guestAccounts) {
    const secret = await fetchSecret(account.password, "the password", readers, say);
    if (secret !== undefined) guestPasswords.set(name, secret);
  }
  if (problems.length > 0 || password === undefined) return { problems };
  return { secrets: { appKeyPem, guestPassword: password, guestPasswords, ...web }, problems };
}

async function fetchProxy(config: Config, readers: SecretReaders, say: Say): Promise<Pick<Secrets, "proxy">> {
  const { http, https, noProxy } = config.proxy;
  if (http === undefined && https === undefined) return {};
  const fetched = new Map<SecretSource["key"], string | undefined>();
  const address = async (source: SecretSource | undefined): Promise<string | undefined> => {
    if (source === undefined) return undefined;
    // `proxy.url` names both, and is fetched and complained of once.
    if (!fetched.has(source.key)) fetched.set(source.key, await proxyAddress(source, readers, say));
    return fetched.get(source.key);
  };
  const forHttp = await address(http);
  const forHttps = await address(https);
  return {
    proxy: {
      ...(forHttp === undefined ? {} : { http: forHttp }),
      ...(forHttps === undefined ? {} : { https: forHttps }),
      noProxy,
    },
  };
}

async function proxyAddress(
  source: SecretSource,
  readers: SecretReaders,
  say: Say,
): Promise<string | undefined> {
  const address = (await fetchSecret(source, "the proxy's address", readers, say))?.trim();
  if (address === undefined) return undefined;
  const parsed = parseProxyAddress(address);
  if (!("message" in parsed)) return address;
  say(source, "what is there is no address of a proxy", {
    expected: "such as http://user:password@proxy:3128",
  });
  return undefined;
}

async function fetchNotifyUrls(
  { notify }: Config,
  readers: SecretReaders,
  say: Say,
): Promise<Pick<Secrets, "notifyUrls">> {
  if (notify.length === 0) return {};
  const notifyUrls: (string | undefined)[] = [];
  for (const { url } of notify) {
    const text = url === undefined
      ? undefined
      : (await fetchSecret(url, "the address", readers, say))?.trim();
    const fault = text === undefined ? undefined : notifyAddressFault(text);
    if (url !== undefined && fault !== undefined) say(url, `what is there ${fault.message}`, fault);
    notifyUrls.push(text);
  }
  return { notifyUrls };
}

/** Every value of these secrets that must not be seen in a log. */
export function secretValues(secrets: Secrets): string[] {
  const { appKeyPem, guestPassword, guestPasswords, proxy, notifyUrls = [] } = secrets;
  const values = [
    appKeyPem,
    guestPassword,
    ...guestPasswords.values(),
    ...[proxy?.http, proxy?.https].flatMap((address) => address === undefined ? [] : proxySecrets(address)),
    ...notifyUrls,
  ];
  return [...new Set(values.filter((value) => value !== undefined))].filter((value) => value !== "");
}

type Say = (source: SecretSource, message: string, details?: ProblemDetails) => void;

async function fetchSecret(
  source: SecretSource,
  what: string,
  readers: SecretReaders,
  say: Say,
): Promise<string | undefined> {
  switch (source.kind) {
    case "plain":
      return source.reveal();
    case "env": {
      const value = readers.env(source.name);
      if (value !== undefined && value.trim() !== "") return value;
      const state = value === undefined ? "is not set" : "is empty";
      say(source, `cannot get ${what}: the environment variable ${source.name} ${state}`, {
        remedy:
          "Set it for the account that runs hvpool; a service does not see variables of your own session",
      });
      return undefined;
    }
    case "file":
      return textOf(source, what, await (readers.read ?? readBounded)(source.file, MAX_SECRET_BYTES), say);
  }
}

function textOf(
  source: SecretSource & { kind: "file" },
  what: string,
  outcome: ReadOutcome,
  say: Say,
): string | undefined {
  const failed = `cannot read ${what} from ${source.file}`;
  if (!outcome.ok) {
    switch (outcome.why) {
      case "missing":
        say(source, `${failed}: there is no such file`, {
          remedy: "Put the file there, or correct the path",
        });
        break;
      case "directory":
        say(source, `${failed}: it is a directory`, { remedy: "Name the file in it" });
        break;
      case "too large":
        say(source, `${failed}: the file is too large (${outcome.detail})`, {
          remedy: "Name the right file",
        });
        break;
      case "unreadable":
        say(source, `${failed}: ${outcome.detail}`, {
          remedy: "Give the account that runs hvpool the right to read it",
        });
        break;
    }
    return undefined;
  }
  const decoded = decodeText(outcome.bytes);
  if (!("text" in decoded)) {
    say(source, `${failed}: ${decoded.message}`, { remedy: decoded.remedy });
    return undefined;
  }
  // Editors end a file with a line break; no password does.
  const text = decoded.text.replace(/\r?\n$/, "");
  if (text.trim() !== "") return text;
  say(source, `${failed}: the file is empty`, { remedy: "Put the secret into it" });
  return undefined;
}
