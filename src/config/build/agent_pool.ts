/** What a pool whose machines are leased has beside name, size and prefix. */
import { agentDelivery, agentPool, coldBecause, IDLE_MS, LEASE_MS } from "../../model/agent_pool.ts";
import type { AgentSettings, PoolSettings, TemplateSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import { chooseTemplate } from "./choose_template.ts";
import type { BuildContext } from "./context.ts";
import { chooseDelivery, templateDelivery, templateLoader } from "./delivery.ts";
import { buildNetwork } from "./network.ts";
import { chooseCanary, chooseSwitch } from "./pool_machines.ts";
import type { Chosen } from "./recorder.ts";
import type { Templates } from "./templates.ts";

const MINUTE_MS = 60_000;
const IDLE_MINUTES = IDLE_MS / MINUTE_MS;
const LEASE_MINUTES = LEASE_MS / MINUTE_MS;
/** As `AgentSettings` says. */
const DEFAULTS = { onIdle: "release", pauseMs: 86_400_000, keepMs: 3_600_000, checkpoints: 3 } as const;

/** What is known of the pool already. */
interface Around {
  readonly size: Chosen<number>;
  readonly templates: Templates;
}

/** Builds and checks it; `undefined` when it cannot be, which is then said. */
export function buildAgentPool(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  { size, templates }: Around,
): Omit<PoolSettings, "name" | "size" | "prefix"> | undefined {
  const { values: { hyperv = {} } } = context;
  const agent = buildAgent(context, at, item);
  const hot = buildHot(context, at, item, size);
  checkCounts(context, at, item, { size, hot });
  const switchName = chooseSwitch(context, at, item);
  const canary = chooseCanary(context, at, item);
  const network = buildNetwork(context, at, item, { switchName, env: {}, registration: "jit" });
  const template = chooseTemplate(context, at, item, templates);
  if (template === undefined) return undefined;
  const delivery = chooseDelivery(context, [
    templateDelivery(context, template),
    [["hyperv", "delivery"], hyperv.delivery],
  ], [...at, "delivery"]);
  checkCold(context, at, item, template);
  const way = loaderOf(context, delivery, template, agent);
  warnOfCold(context, at, item, template);
  return agentPool({ template, switchName, hot, agent, ...network, ...way, ...canary });
}

function buildAgent(context: BuildContext, at: KeyPath, item: PoolValues): AgentSettings {
  const { document: { findings }, recorder } = context;
  const desktop = recorder.choose([[[...at, "desktop"], item.desktop]], true).value;
  const total = recorder.choose([[[...at, "max_lease_minutes"], item.max_lease_minutes]], LEASE_MINUTES);
  const idle = recorder.choose(
    [[[...at, "idle_minutes"], item.idle_minutes]],
    Math.min(IDLE_MINUTES, total.value),
  );
  if (idle.value > total.value && !findings.wrong(total.path)) {
    findings.error(
      idle.path,
      `a lease lasts at most ${total.value} minutes, so that it is never silent for ${idle.value}`,
      { expected: `a number up to ${total.value}`, remedy: "Write less, or a greater max_lease_minutes" },
    );
  }
  return {
    desktop,
    idleMs: idle.value * MINUTE_MS,
    totalMs: total.value * MINUTE_MS,
    ...buildKeeping(context, at, item),
  };
}

/** What else leases and their machines may do. Defaults are the core's: they are left out. */
function buildKeeping({ recorder }: BuildContext, at: KeyPath, item: PoolValues): Partial<AgentSettings> {
  const own = <K extends keyof PoolValues>(
    name: K,
  ): [[KeyPath, PoolValues[K]]] => [[[...at, name], item[name]]];
  const warm = recorder.choose(own("warm"), undefined, { note: "all the rest" });
  const max = recorder.choose(own("max"), undefined, { note: "any size that a pool may have" });
  const onIdle = recorder.choose(own("on_idle"), DEFAULTS.onIdle);
  const pause = recorder.choose(own("max_pause_minutes"), DEFAULTS.pauseMs / MINUTE_MS);
  const keep = recorder.choose(own("keep_minutes"), DEFAULTS.keepMs / MINUTE_MS);
  const checkpoints = recorder.choose(own("max_checkpoints"), DEFAULTS.checkpoints);
  const address = recorder.choose(own("wait_for_address"), true);
  return {
    ...(warm.value === undefined ? {} : { warm: warm.value }),
    ...(max.value === undefined ? {} : { max: max.value }),
    ...(onIdle.written ? { onIdle: onIdle.value } : {}),
    ...(pause.written ? { pauseMs: pause.value * MINUTE_MS } : {}),
    ...(keep.written ? { keepMs: keep.value * MINUTE_MS } : {}),
    ...(checkpoints.written ? { checkpoints: checkpoints.value } : {}),
    ...(address.value === false ? { addressless: true } : {}),
  };
}

/** Numbers of machines that go together; a pool that is paused by its size may say what it likes. */
function checkCounts(
  { document: { findings } }: BuildContext,
  at: KeyPath,
  { warm, max }: PoolValues,
  { size, hot }: { readonly size: Chosen<number>; readonly hot: number },
): void {
  if (size.value === 0 || findings.wrong(size.path)) return;
  if (warm !== undefined && hot <= size.value && hot + warm > size.value) {
    findings.error(
      [...at, "warm"],
      `${hot} machines are to be running and ${warm} saved, and the pool has ${size.value}`,
      { expected: `a number up to ${size.value - hot}`, remedy: "Write less, or a greater size" },
    );
  }
  if (max !== undefined && max < size.value) {
    findings.error([...at, "max"], `the pool has ${size.value} machines, which is more than ${max}`, {
      expected: `a number from ${size.value}`,
      remedy: "Write more, or a smaller size",
    });
  }
}

/** What a machine that can be neither saved nor checkpointed cannot do. */
function checkCold(
  { document: { findings } }: BuildContext,
  at: KeyPath,
  item: PoolValues,
  template: TemplateSettings,
): void {
  if (item.on_idle !== "save" || coldBecause(template) === undefined) return;
  findings.error([...at, "on_idle"], `a machine ${coldBecause(template)} cannot be saved`, {
    expected: "release",
    remedy: "Write release, or choose a template without gpu and nested",
  });
}

function buildHot(context: BuildContext, at: KeyPath, item: PoolValues, size: Chosen<number>): number {
  const { document: { findings }, recorder } = context;
  const hot = recorder.choose([[[...at, "hot"], item.hot]], 0, { note: "all are saved" });
  if (hot.value > size.value && size.value > 0 && !findings.wrong(size.path)) {
    findings.error(hot.path, `${hot.value} machines are to be running, and the pool has ${size.value}`, {
      expected: `a number up to ${size.value}`,
    });
  }
  return hot.value;
}

/** Says what it costs when there can be no clean checkpoint. */
function warnOfCold(
  { document: { findings } }: BuildContext,
  at: KeyPath,
  item: PoolValues,
  template: TemplateSettings,
): void {
  const why = coldBecause(template);
  if (why === undefined) return;
  const idle = (["hot", "warm", "max_checkpoints"] as const).filter((name) => item[name] !== undefined);
  const written = idle.length === 0
    ? ""
    : `, and ${idle.join(", ")} ${idle.length > 1 ? "have" : "has"} no effect`;
  findings.warn(
    [...at, "template"],
    `a machine ${why} can neither be saved nor checkpointed: all of this pool's machines run, and each is made anew ` +
      `after its lease${written}`,
    { remedy: "Reckon with the memory of all of them, and with a boot after each lease" },
  );
}

/** Whether the image has the loader, by which a guest says that it is ready. */
function loaderOf(
  context: BuildContext,
  delivery: ReturnType<typeof chooseDelivery>,
  template: TemplateSettings,
  { desktop }: AgentSettings,
): Pick<PoolSettings, "delivery"> {
  const { document: { findings } } = context;
  const { path, loader } = templateLoader(context, template);
  if (loader === false && desktop && !findings.wrong(path)) {
    findings.warn(
      path,
      "the loader that hvpool brings to a guest says nothing of its desktop, for which an agent pool waits",
      {
        remedy:
          "Run scripts/guest/install-loader.ps1 -Desktop in the image, or write desktop: false in the pool; " +
          "docs/guest-protocol.md says how",
      },
    );
  }
  return agentDelivery(delivery, loader);
}
