/** Pools: those of `pools:`, or the one that the first seed's `runners:` and `hyperv:` describe. */
import type { PoolSettings } from "../../model/settings.ts";
import { isReservedName, POOL_NAME, POOL_NAME_RULE, prefixesOverlap } from "../../model/pool_names.ts";
import { PREPARE_POOL } from "../../model/templates.ts";
import { prefixFault } from "../check/names.ts";
import type { Mode } from "../config.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import { type Account, buildAccount, poolAccount } from "./account.ts";
import { buildAgentPool } from "./agent_pool.ts";
import type { BuildContext } from "./context.ts";
import { checkRanges } from "./network.ts";
import { chooseKind, kindOf } from "./pool_kind.ts";
import { type Candidate, given } from "./recorder.ts";
import { buildRunnerPool } from "./runner_pool.ts";
import type { Templates } from "./templates.ts";

/** Name of the pool that `runners:` makes. */
export const SEED_POOL = "runners";

/** Something already seen under a name, and where. */
interface Seen {
  readonly text: string;
  readonly path: KeyPath;
}

/** Builds every pool. Wrong ones are left out after what is wrong with them is said. */
export function buildPools(context: BuildContext, mode: Mode, templates: Templates): PoolSettings[] {
  const { document, values: { pools, runners = {} } } = context;
  const { findings } = document;
  if (pools === undefined) {
    if (findings.wrong(["pools"])) {
      buildAccount(context, mode, false);
      return [];
    }
    const account = buildAccount(context, mode, true);
    const { pool } = buildPool(context, ["pools", 0], {}, true, account, templates);
    const built = pool === undefined ? [] : [pool];
    checkRanges(context, built, new Map());
    return built;
  }
  for (const [name, instead] of [["pool_size", "size"], ["name_prefix", "name_prefix"]] as const) {
    if (runners[name] === undefined) continue;
    findings.keyError(["runners", name], "has no effect beside pools:", {
      remedy: `Write ${instead} in each pool`,
    });
  }
  const general = buildAccount(
    context,
    mode,
    pools.some((pool) => kindOf(pool) === "runner" && !hasOwnAccount(pool) && given(pool.repo) === undefined),
  );
  const names: Seen[] = [];
  const prefixes: Seen[] = [];
  const places = new Map<string, KeyPath>();
  const all = pools.flatMap((item, i) => {
    const at: KeyPath = ["pools", i];
    const account = kindOf(item) === "agent" ? undefined : poolAccount(context, at, item, general);
    const built = buildPool(context, at, item, false, account, templates);
    if (built.name !== undefined) unique(context, names, built.name);
    if (built.prefix !== undefined) apart(context, prefixes, built.prefix);
    if (built.pool === undefined) return [];
    places.set(built.pool.name, at);
    return [built.pool];
  });
  checkRanges(context, all, places);
  return all;
}

function hasOwnAccount(pool: PoolValues): boolean {
  return given(pool.org) !== undefined || given(pool.user) !== undefined;
}

function unique(context: BuildContext, names: Seen[], name: Seen): void {
  const { findings, locate } = context.document;
  const twin = names.find((other) => other.text === name.text);
  if (twin !== undefined) {
    findings.error(
      name.path,
      `there is a pool called ${JSON.stringify(name.text)} already, on line ${locate(twin.path).line}`,
      {
        remedy: "Give each pool a name of its own",
      },
    );
  }
  names.push(name);
}

function apart(context: BuildContext, prefixes: Seen[], prefix: Seen): void {
  const { findings, locate } = context.document;
  const other = prefixes.find((seen) => prefixesOverlap(seen.text, prefix.text));
  if (other !== undefined) {
    const same = other.text.toLowerCase() === prefix.text.toLowerCase();
    findings.error(
      prefix.path,
      `${JSON.stringify(prefix.text)} ${same ? "is" : "overlaps with"} the prefix ${
        same ? "" : `${JSON.stringify(other.text)} `
      }` +
        `of the pool on line ${locate(other.path).line}: two machines could get one name`,
      { remedy: "Let the prefixes differ by more than digits at the end" },
    );
  }
  prefixes.push(prefix);
}

interface BuiltPool {
  readonly pool?: PoolSettings | undefined;
  readonly name?: Seen | undefined;
  readonly prefix?: Seen | undefined;
}

function buildPool(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  seed: boolean,
  account: Account | undefined,
  templates: Templates,
): BuiltPool {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const own = <T>(key: string, value: T | undefined): Candidate<T> => [[...at, key], value];
  const general = <T>(key: string, value: T | undefined): Candidate<T>[] => [[["runners", key], value]];

  const name = poolName(context, at, item, seed);
  const kind = chooseKind(context, at, item);
  const size = recorder.choose(
    seed ? general("pool_size", runners.pool_size) : [own("size", item.size)],
    1,
    { as: [...at, "size"] },
  );
  const prefix = recorder.choose(
    seed ? general("name_prefix", given(runners.name_prefix)) : [own("name_prefix", given(item.name_prefix))],
    seed || name === undefined ? "runner-" : `${name}-`,
    { as: [...at, "name_prefix"], note: seed ? "" : "the pool's name and a dash" },
  );
  const fault = prefixFault(prefix.value, size.value);
  if (fault !== undefined && !findings.wrong(prefix.path)) findings.error(prefix.path, fault.message, fault);

  const parts = kind === "agent"
    ? buildAgentPool(context, at, item, { size, templates })
    : buildRunnerPool(context, at, item, { size, account, templates });
  const pool = name === undefined || parts === undefined
    ? undefined
    : { name, size: size.value, prefix: prefix.value, ...parts };
  return {
    pool,
    name: name === undefined ? undefined : { text: name, path: [...at, "name"] },
    prefix: fault !== undefined || findings.wrong(prefix.path)
      ? undefined
      : { text: prefix.value, path: prefix.written ? prefix.path : [...at, "name"] },
  };
}

function poolName(context: BuildContext, at: KeyPath, item: PoolValues, seed: boolean): string | undefined {
  const { document: { findings }, recorder } = context;
  const path = [...at, "name"];
  const name = recorder.choose([[path, given(item.name)]], seed ? SEED_POOL : undefined, {
    note: seed ? "the only pool" : "",
  }).value;
  if (name === undefined) {
    if (!findings.wrong(path)) findings.error(path, "is missing", { expected: "a name for the pool" });
    return undefined;
  }
  if (name === PREPARE_POOL) {
    findings.error(
      path,
      `${JSON.stringify(name)} is what hvpool calls the machines in which it prepares images`,
      {
        remedy: "Give the pool another name",
      },
    );
    return undefined;
  }
  if (POOL_NAME.test(name) && !isReservedName(name)) return name;
  const clean = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-").replace(/^-+/, "").slice(0, 40);
  findings.error(path, `${JSON.stringify(name)} cannot be a pool's name`, {
    expected: POOL_NAME_RULE,
    suggestion: POOL_NAME.test(clean) && !isReservedName(clean) && clean !== PREPARE_POOL ? clean : undefined,
  });
  return undefined;
}
