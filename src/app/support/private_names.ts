/** Names of machines, users, organizations and repositories, and what stands for them in a bundle. */
import type { Config } from "../../config/config.ts";
import type { ReadVariable } from "../../config/defaults.ts";

/** What a name is of. */
export type NameKind = "machine" | "user" | "organization" | "repository";

/** A name that says whose bundle it is. */
export interface PrivateName {
  readonly kind: NameKind;
  /** Of a repository with its owner: `acme/app`. */
  readonly name: string;
}

/** They say nothing of anybody, and stand in half of all lines. */
const COMMONPLACE = new Set(
  ("actions admin administrator github guest host hvpool hyperv localhost machine microsoft name org organization " +
    "owner pool repo repository root runner runneradmin runners server system user vm windows workgroup")
    .split(" "),
);

/** GitHub's accounts and repositories wherever they are written. */
const WRITTEN: readonly RegExp[] = [
  /\b(?:orgs|organizations)\/(?<owner>[A-Za-z0-9][A-Za-z0-9-]*)/g,
  /\brepos\/(?<owner>[A-Za-z0-9][\w-]*)\/(?<name>[\w.-]+)/g,
  /\brepository\\?"?\s*[=:]\s*\\?"?(?<owner>[A-Za-z0-9][\w-]*)\/(?<name>[\w.-]+)/gi,
];

/** Who asked for something, as events, logs and causes have it. */
const ASKED: readonly RegExp[] = [
  /\bactor\\*"\s*:\s*\\*"(?<actor>[^"\n]{1,150}?)\\*"/g,
  /\bactor=(?:"(?<actor>[^"\n]{1,150})"|(?<word>[^\s"]{1,150}))/g,
  /\bby (?<actor>[^"\n:]{1,150}?), through /g,
];

/** The names of this machine, of who calls, and of the configuration's accounts. */
export function namesHere(
  { config, env, hostname }: {
    readonly config: Config | undefined;
    readonly env: ReadVariable;
    readonly hostname: string;
  },
): PrivateName[] {
  const machine = [
    hostname,
    hostname.split(".")[0],
    env("COMPUTERNAME"),
    env("USERDOMAIN"),
    env("USERDNSDOMAIN"),
  ];
  const accounts = config === undefined ? [] : [config.guest, ...config.guestAccounts.values()];
  const users = [env("USERNAME"), env("USER"), env("LOGNAME"), ...accounts.map(({ username }) => username)];
  const named = (kind: NameKind, names: readonly (string | undefined)[]): PrivateName[] =>
    names.filter((name) => name !== undefined).map((name) => ({ kind, name }));
  const scopes = config === undefined
    ? []
    // Agent pools have no account.
    : [...config.github.scopes, ...config.settings.pools.map(({ scope }) => scope)].filter((scope) =>
      scope !== ""
    );
  return [
    ...named("machine", machine),
    // `DOMAIN\user` and `user@domain` are found by their parts.
    ...named("user", users.flatMap((user) => user?.split(/[\\@]/) ?? [])),
    ...namesIn(scopes.join("\n")),
  ];
}

/** `CORP\alice` and `alice@desk` are found by their parts. */
function namesOfActor(actor: string): PrivateName[] {
  const parts = actor.split(/[\\@]+/).filter((part) => part !== "");
  const user = actor.includes("\\") ? 1 : 0;
  return parts.map((name, at) => ({
    kind: at === Math.min(user, parts.length - 1) ? "user" : "machine",
    name,
  }));
}

/** Organizations and repositories that a text names as GitHub's paths do, and who asked for something by it. */
export function namesIn(text: string): PrivateName[] {
  const found = new Map<string, PrivateName>();
  for (const pattern of WRITTEN) {
    for (const { groups } of text.matchAll(pattern)) {
      const { owner = "", name = "" } = groups ?? {};
      // What is everybody's is no secret, and nor are its repositories.
      if (COMMONPLACE.has(owner.toLowerCase())) continue;
      found.set(owner, { kind: "organization", name: owner });
      const repository = `${owner}/${name.replace(/\.git$/, "")}`;
      if (name !== "") found.set(repository, { kind: "repository", name: repository });
    }
  }
  for (const pattern of ASKED) {
    for (const { groups } of text.matchAll(pattern)) {
      const { actor, word } = groups ?? {};
      for (const name of namesOfActor(actor ?? word ?? "")) found.set(name.name, name);
    }
  }
  return [...found.values()];
}

/**
 * Puts `[organization-1]`, `[machine-1]` in place of names, in any case and as whole words, and `[user]` for the owner
 * of a home directory. The same name has the same stand-in wherever it is.
 */
export function hideNames(names: readonly PrivateName[]): (text: string) => string {
  const standIns = new Map<string, string>();
  const counts = new Map<NameKind, number>();
  const next = (kind: NameKind): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `[${kind}-${count}]`;
  };
  for (const { kind, name } of names) {
    const word = name.toLowerCase();
    if (standIns.has(word)) continue;
    const [owner = "", repository = ""] = kind === "repository" ? word.split("/") : [];
    if (repository === "") {
      if (tells(word)) standIns.set(word, next(kind));
      continue;
    }
    const standIn = standIns.get(repository) ?? next(kind);
    standIns.set(word, `${standIns.get(owner) ?? owner}/${standIn}`);
    if (tells(repository)) standIns.set(repository, standIn);
  }
  const words = wholeWords([...standIns.keys()]);
  return (text) => {
    const shown = text.replace(/([\\/]+(?:Users|home)[\\/]+)([^\\/\s"'<>|]+)/gi, "$1[user]");
    if (words === undefined) return shown;
    return shown.replace(words, (word) => standIns.get(word.toLowerCase()) ?? word);
  };
}

/** Whether a word alone says whose it is. */
function tells(word: string): boolean {
  return word.length >= 2 && !COMMONPLACE.has(word);
}

/** Finds the words where they stand alone, in any case. In JSON a word may follow an escape such as `\n`, whose letter is no part of it. */
export function wholeWords(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const longestFirst = words.toSorted((a, b) => b.length - a.length).map(escaped).join("|");
  return new RegExp(`(?:(?<![\\p{L}\\p{N}])|(?<=\\\\[nrtbf]))(?:${longestFirst})(?![\\p{L}\\p{N}])`, "giu");
}

function escaped(text: string): string {
  // Under the flag `u` a hyphen must not be escaped.
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
