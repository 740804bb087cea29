/** What a pool of one-job runners has beside name, size and prefix. */
import type { PoolSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { Account } from "./account.ts";
import { chooseTemplate } from "./choose_template.ts";
import type { BuildContext } from "./context.ts";
import { chooseDelivery, deliveryOf, templateDelivery } from "./delivery.ts";
import { buildEnvironment } from "./environment.ts";
import { buildJobLimits } from "./job_limits.ts";
import { buildLabels } from "./labels.ts";
import { buildNetwork } from "./network.ts";
import { chooseCanary, chooseSwitch } from "./pool_machines.ts";
import { type Candidate, type Chosen, given } from "./recorder.ts";
import { buildRecycle } from "./recycle.ts";
import { warnOfUnread } from "./registration.ts";
import { buildRunnerVersion } from "./runner_version.ts";
import type { Templates } from "./templates.ts";

/** Longest group name that GitHub takes. */
const MAX_GROUP = 100;

/** What is known of the pool already. */
interface Around {
  readonly size: Chosen<number>;
  readonly account: Account | undefined;
  readonly templates: Templates;
}

/** Builds and checks it; `undefined` when it cannot be, which is then said. */
export function buildRunnerPool(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  { size, account, templates }: Around,
): Omit<PoolSettings, "name" | "size" | "prefix"> | undefined {
  const { values: { runners = {}, hyperv = {} }, recorder } = context;
  const own = <T>(key: string, value: T | undefined): Candidate<T> => [[...at, key], value];
  const general = <T>(key: string, value: T | undefined): Candidate<T>[] => [[["runners", key], value]];

  const group = recorder.choose(
    [own("runner_group", given(item.runner_group)), ...general("runner_group", given(runners.runner_group))],
    "default",
    { as: [...at, "runner_group"] },
  );
  checkGroup(context, at, group, account);
  const labels = buildLabels(context, at, item);
  const env = buildEnvironment(context, at, item);
  const switchName = chooseSwitch(context, at, item);
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
  const canary = chooseCanary(context, at, item);
  const version = buildRunnerVersion(context, at, item);
  const limits = buildJobLimits(context, at, item);
  const network = buildNetwork(context, at, item, { switchName, env, registration: registration.value });
  if (account === undefined || template === undefined || labels === undefined) return undefined;
  return {
    kind: "runner",
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
    ...canary,
  };
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
