/** Pools: those of `pools:`, or the one that the first seed's `runners:` and `hyperv:` describe. */
import type { PoolSettings } from "../../model/settings.ts";
import { PREPARE_POOL } from "../../model/templates.ts";
import { prefixesOverlap, prefixFault } from "../check/names.ts";
import { isReservedName } from "../check/paths.ts";
import type { Mode } from "../config.ts";
import type { KeyPath } from "../file/problem.ts";
import { POOL_NAME, type PoolValues } from "../schema.ts";
import { type Account, buildAccount, poolAccount } from "./account.ts";
import type { BuildContext } from "./context.ts";
import { chooseDelivery, deliveryOf, templateDelivery } from "./delivery.ts";
import { buildLabels } from "./labels.ts";
import { type Candidate, given } from "./recorder.ts";
import { warnOfUnread } from "./registration.ts";
import { buildRecycle } from "./recycle.ts";
import { buildJobLimits } from "./job_limits.ts";
import { buildNetwork, checkRanges } from "./network.ts";
import { buildRunnerVersion } from "./runner_version.ts";
import { buildEnvironment } from "./environment.ts";
import { chooseTemplate } from "./choose_template.ts";
import type { Templates } from "./templates.ts";

/** Name of the pool that `runners:` makes. */
export const SEED_POOL = "runners";

/** Longest group name that GitHub takes. */
const MAX_GROUP = 100;

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
  if (pools.length === 0) {
    findings.error(["pools"], "holds no pool", {
      remedy: "Write one, or remove the key to have the pool of runners:",
    });
  }
  const general = buildAccount(
    context,
    mode,
    pools.some((pool) => !hasOwnAccount(pool) && given(pool.repo) === undefined),
  );
  const names: Seen[] = [];
  const prefixes: Seen[] = [];
  const places = new Map<string, KeyPath>();
  const all = pools.flatMap((item, i) => {
    const at: KeyPath = ["pools", i];
    const account = poolAccount(context, at, item, general);
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
  const { document: { findings }, values: { runners = {}, hyperv = {} }, recorder } = context;
  const own = <T>(key: string, value: T | undefined): Candidate<T> => [[...at, key], value];
  const general = <T>(key: string, value: T | undefined): Candidate<T>[] => [[["runners", key], value]];

  const name = poolName(context, at, item, seed);
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

  const group = recorder.choose(
    [own("runner_group", given(item.runner_group)), ...general("runner_group", given(runners.runner_group))],
    "default",
    { as: [...at, "runner_group"] },
  );
  checkGroup(context, at, group, account);
  const labels = buildLabels(context, at, item);
  const env = buildEnvironment(context, at, item);
  const switchName = recorder.choose(
    [own("switch", item.switch), [["hyperv", "switch"], hyperv.switch]],
    "",
    { as: [...at, "switch"], note: "the host's Default Switch" },
  ).value;
  const workFolder = recorder.choose([own("work_folder", given(item.work_folder))], "_work");
  checkWorkFolder(context, workFolder);
  if (account !== undefined) {
    const written = context.document.written(account.path);
    const origin = written
      ? recorder.origin(account.path)
      : { kind: "default" as const, note: "the simulator's" };
    recorder.record([...at, "scope"], account.scope, origin);
  }
  const template = chooseTemplate(context, at, item, templates);
  const delivery = chooseDelivery(
    context,
    [
      own("delivery", item.delivery),
      templateDelivery(context, template),
      [["hyperv", "delivery"], hyperv.delivery],
    ],
    [...at, "delivery"],
  );
  const registration = recorder.choose(
    [own("registration", item.registration), ...general("registration", runners.registration)],
    "jit" as const,
    { as: [...at, "registration"] },
  );
  if (registration.value === "token") warnOfUnread(context, at, item);
  const way = deliveryOf(context, delivery, registration, template);
  const recycle = buildRecycle(context, at, item, {
    size,
    template,
    delivery: way.delivery,
    registration: way.registration,
  });
  const canary = recorder.choose(
    [own("canary", item.canary), ...general("canary", runners.canary)],
    1,
    { as: [...at, "canary"] },
  ).value;
  const version = buildRunnerVersion(context, at, item);
  const limits = buildJobLimits(context, at, item);
  const network = buildNetwork(context, at, item, { switchName, env, registration: registration.value });
  const pool = name === undefined || account === undefined || template === undefined || labels === undefined
    ? undefined
    : {
      name,
      kind: "runner" as const,
      size: size.value,
      prefix: prefix.value,
      scope: account.scope,
      group: group.value,
      labels,
      workFolder: workFolder.value,
      env,
      template,
      switchName,
      ...network,
      ...way,
      ...recycle,
      ...version,
      ...limits,
      ...(canary === 0 ? { canary: 0 as const } : {}),
    };
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
    expected: "at most 40 lower-case letters, digits and dashes, beginning with a letter or digit",
    suggestion: POOL_NAME.test(clean) && !isReservedName(clean) && clean !== PREPARE_POOL ? clean : undefined,
  });
  return undefined;
}

function checkGroup(
  context: BuildContext,
  at: KeyPath,
  group: { value: string; path: KeyPath },
  account: Account | undefined,
): void {
  const { findings, locate } = context.document;
  if (findings.wrong(group.path)) return;
  if (group.value !== group.value.trim() || group.value.length > MAX_GROUP) {
    findings.error(group.path, `${JSON.stringify(group.value)} is no group's name`, {
      expected: `at most ${MAX_GROUP} characters without spaces around them`,
    });
    return;
  }
  if (account === undefined || !account.isRepo || group.value.toLowerCase() === "default") return;
  const inherited = group.path[0] === at[0] ? "" : ` (for the pool on line ${locate(at).line})`;
  findings.error(
    group.path,
    `a repository's runners are always in the group default, not ${JSON.stringify(group.value)}${inherited}`,
    {
      remedy: "Remove runner_group, or remove repo to serve the whole organization",
    },
  );
}

function checkWorkFolder(context: BuildContext, folder: { value: string; path: KeyPath }): void {
  // deno-lint-ignore no-control-regex
  const bad = /[<>"|?*\0-\x1f\x7f]/.test(folder.value) || folder.value !== folder.value.trim() ||
    folder.value.length > 100;
  if (!bad) return;
  context.document.findings.error(folder.path, `${JSON.stringify(folder.value)} cannot be a work folder`, {
    expected: "a folder's name such as _work",
  });
}
