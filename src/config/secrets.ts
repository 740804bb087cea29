/** Fetches the secrets that a configuration names: at the start of a run, never while validating. */
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
}

/** Larger than any key or password. */
const MAX_SECRET_BYTES = 64_000;

/** Fetches every secret, or says everything that is wrong with them. */
export async function resolveSecrets(
  config: Config,
  readers: SecretReaders,
): Promise<{ secrets?: Secrets; problems: Problem[] }> {
  if (config.mode.kind === "mock") {
    return { secrets: { appKeyPem: undefined, guestPassword: "" }, problems: [] };
  }
  const problems: Problem[] = [];
  const say = (source: SecretSource, message: string, details: ProblemDetails = {}): void => {
    problems.push(problemAt(config.at(source.key), source.key, message, details));
  };
  const { key } = config.github;
  let appKeyPem: string | undefined;
  if (key !== undefined) {
    appKeyPem = await fetchSecret(key, "the private key", readers, say);
    const fault = appKeyPem === undefined ? undefined : readers.checkKey(appKeyPem);
    if (fault !== undefined) say(key, fault.message, { remedy: fault.remedy });
  }
  const password = await fetchSecret(config.guest.password, "the password", readers, say);
  if (problems.length > 0 || password === undefined) return { problems };
  return { secrets: { appKeyPem, guestPassword: password }, problems };
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
