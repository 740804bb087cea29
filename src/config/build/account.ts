/** GitHub: the App, its key, and the accounts whose jobs are run. */
import type { ScopeKey } from "../../model/ids.ts";
import { apiAddressFault, isLoopback, parseWebAddress } from "../check/address.ts";
import { accountFault, repoFault } from "../check/names.ts";
import { type Mode, PLACEHOLDER_SCOPE, type SecretSource } from "../config.ts";
import type { KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";
import { secretSource } from "./secret_source.ts";
import { resolveLocalPath } from "../check/paths.ts";

/** The App as the file has it. */
export interface App {
  readonly apiUrl: string | undefined;
  readonly appId: number | undefined;
  readonly key: SecretSource | undefined;
}

/** Builds the App; without a mock or a simulator it must be complete, unless no pool is one of runners (`needed`). */
export function buildApp(context: BuildContext, mode: Mode, needed: boolean): App {
  const { document: { findings }, values, recorder } = context;
  const github = values.github ?? {};
  const real = mode.kind === "host";
  const required = real && needed;
  const filled = real ? needed ? "" : "no pool is one of runners" : "the simulator's";
  const appId = recorder.choose([[["github", "app_id"], github.app_id]], undefined, { note: filled }).value;
  if (required && appId === undefined && !findings.wrong(["github", "app_id"])) {
    findings.error(["github", "app_id"], "is missing", {
      expected: "the GitHub App's id, a number from the App's page",
      remedy: "Add it, or set debug.use_mock: true for a trial without GitHub",
    });
  }
  return { apiUrl: apiUrl(context, mode), appId, key: appKey(context, required, filled) };
}

function apiUrl(context: BuildContext, mode: Mode): string | undefined {
  const { document: { findings }, values, recorder } = context;
  const path: KeyPath = ["github", "api_url"];
  const written = given(values.github?.api_url);
  if (written === undefined) {
    const note = mode.kind === "host" ? "" : "the simulator's";
    recorder.choose([[path, undefined]], mode.kind === "host" ? "https://api.github.com" : undefined, {
      note,
    });
    return undefined;
  }
  const parsed = parseWebAddress(written);
  const fault = "message" in parsed ? parsed : apiAddressFault(parsed.url);
  if (fault !== undefined || "message" in parsed) {
    if (fault !== undefined) findings.error(path, fault.message, fault);
    return undefined;
  }
  const { url, text } = parsed;
  const near = isLoopback(url.host);
  if (url.protocol === "http:" && !near) {
    findings.warn(path, "http sends the App's tokens unencrypted", {
      suggestion: text.replace(/^http:/i, "https:"),
    });
  }
  if (
    !near && url.pathname === "/" && url.hostname !== "api.github.com" && !url.hostname.endsWith(".ghe.com")
  ) {
    findings.warn(path, "GitHub Enterprise Server has its API below /api/v3", {
      suggestion: `${text}/api/v3`,
    });
  }
  recorder.choose([[path, text]], text);
  return text;
}

function appKey(context: BuildContext, required: boolean, filled: string): SecretSource | undefined {
  const { document: { findings }, values, recorder } = context;
  const github = values.github ?? {};
  const filePath: KeyPath = ["github", "app_private_key_path"];
  const textPath: KeyPath = ["github", "app_private_key"];
  const byFile = given(github.app_private_key_path);
  const byText = given(github.app_private_key);
  if (byFile !== undefined && byText !== undefined) {
    findings.error(textPath, "the key is given twice, here and as app_private_key_path", {
      remedy: "Keep one of the two",
    });
  }
  if (byFile !== undefined) {
    if (/^(?:env|file|dpapi):/i.test(byFile)) {
      findings.error(filePath, "takes the path of a file and nothing else", {
        suggestion: `app_private_key: ${byFile}`,
      });
      return undefined;
    }
    const resolved = resolveLocalPath(byFile, context.folder, context.platform);
    if ("message" in resolved) {
      findings.error(filePath, resolved.message, resolved);
      return undefined;
    }
    recorder.choose([[filePath, resolved.path]], resolved.path);
    return { kind: "file", file: resolved.path, key: "github.app_private_key_path" };
  }
  if (byText !== undefined) {
    const source = secretSource(context, textPath, byText);
    if (source?.kind === "plain") {
      findings.error(textPath, "a private key does not belong into this file", {
        expected: "env:NAME or file:PATH",
        remedy: "Keep it in a file that only hvpool's account can read",
      });
      return undefined;
    }
    return source;
  }
  recorder.choose([[filePath, undefined]], undefined, { note: filled });
  if (required && !findings.wrong(filePath) && !findings.wrong(textPath)) {
    findings.error(filePath, "is missing", {
      expected: "the path of the App's private key, the .pem file from the App's page",
      remedy: "Add it, or write app_private_key: env:NAME",
    });
  }
  return undefined;
}

/** An account as a pool uses it. */
export interface Account {
  readonly scope: ScopeKey;
  /** Where it is written, for what is wrong with its use. */
  readonly path: KeyPath;
  readonly isRepo: boolean;
}

interface AccountValues {
  readonly org?: string | undefined;
  readonly user?: string | undefined;
  readonly repo?: string | undefined;
}

/**
 * The account below `github:`. `undefined` when it is missing or wrong. What is missing is said only if some pool
 * needs it: with `github.user`, each pool may name a repository of its own.
 */
export function buildAccount(context: BuildContext, mode: Mode, needed: boolean): Account | undefined {
  const { document: { findings }, values: { github = {} }, recorder } = context;
  const section: KeyPath = ["github"];
  for (const name of ["org", "user", "repo"] as const) {
    recorder.choose([[[...section, name], given(github[name])]], undefined);
  }
  const account = readAccount(context, section, github, section, needed);
  if (account !== undefined) return account;
  const written = [github.org, github.user, github.repo].some((text) => given(text) !== undefined);
  if (written || accountWrong(context, section)) return undefined;
  if (mode.kind !== "host") return { scope: PLACEHOLDER_SCOPE, path: [...section, "org"], isRepo: false };
  if (needed) {
    findings.error([...section, "org"], "no account is given", {
      expected: "org: NAME for an organization, or user: NAME and repo: NAME for a personal account",
    });
  }
  return undefined;
}

/**
 * The account of one pool: its own, or the one below `github:`. An `org` or `user` of its own replaces the whole
 * account, so that an organization's pool can stand beside a repository's.
 */
export function poolAccount(
  context: BuildContext,
  pool: KeyPath,
  own: AccountValues,
  general: Account | undefined,
): Account | undefined {
  const { document: { findings }, values: { github = {} } } = context;
  if (given(own.org) !== undefined || given(own.user) !== undefined) return readAccount(context, pool, own);
  if (given(own.repo) === undefined) return accountWrong(context, pool) ? undefined : general;
  const { org, user } = github;
  if (given(org) === undefined && given(user) === undefined) {
    if (!accountWrong(context, ["github"])) {
      findings.error([...pool, "repo"], "the repository has no owner", {
        remedy: "Write org or user beside it",
      });
    }
    return undefined;
  }
  return readAccount(context, pool, { org, user, repo: own.repo }, ["github"]);
}

function accountWrong(context: BuildContext, section: KeyPath): boolean {
  return ["org", "user", "repo"].some((name) => context.document.findings.wrong([...section, name]));
}

function readAccount(
  context: BuildContext,
  section: KeyPath,
  account: AccountValues,
  ownerSection: KeyPath = section,
  needed = true,
): Account | undefined {
  const { findings } = context.document;
  const org = given(account.org);
  const user = given(account.user);
  const repo = given(account.repo);
  const owner = org ?? user;
  if (ownerSection === section) {
    if (org !== undefined && user !== undefined) {
      findings.error([...section, "user"], "org and user are both given", {
        remedy: "Keep the one that owns the runners",
      });
      return undefined;
    }
    const key = [...section, org === undefined ? "user" : "org"];
    const fault = owner === undefined ? undefined : accountFault(owner);
    if (fault !== undefined) findings.error(key, fault.message, fault);
    if (user !== undefined && repo === undefined && !findings.wrong([...section, "repo"])) {
      if (!needed) return undefined;
      findings.error(
        [...section, "user"],
        "a personal account needs repo: GitHub has no runners for a whole user",
        {
          remedy: "Add repo: NAME, or use org for an organization",
        },
      );
      return undefined;
    }
  }
  const repoPath = [...section, "repo"];
  const fault = repo === undefined ? undefined : repoFault(repo);
  if (fault !== undefined) findings.error(repoPath, fault.message, fault);
  if (owner === undefined) {
    if (repo !== undefined && ownerSection === section && !accountWrong(context, section)) {
      findings.error(repoPath, "the repository has no owner", { remedy: "Add org: NAME or user: NAME" });
    }
    return undefined;
  }
  if (accountWrong(context, section) || accountWrong(context, ownerSection)) return undefined;
  return repo === undefined
    ? { scope: `orgs/${owner}` as ScopeKey, path: [...section, "org"], isRepo: false }
    : { scope: `repos/${owner}/${repo}` as ScopeKey, path: repoPath, isRepo: true };
}
