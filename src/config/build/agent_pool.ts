/** What a pool whose machines are leased has beside name, size and prefix. */
import type { AgentSettings, PoolSettings, TemplateSettings } from "../../model/settings.ts";
import type { ScopeKey } from "../../model/ids.ts";
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
/** What is usual: crabbox has both, others one of the two. */
const IDLE_MINUTES = 30;
const LEASE_MINUTES = 90;

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
  const switchName = chooseSwitch(context, at, item);
  const canary = chooseCanary(context, at, item);
  const network = buildNetwork(context, at, item, { switchName, env: {}, registration: "jit" });
  const template = chooseTemplate(context, at, item, templates);
  if (template === undefined) return undefined;
  const delivery = chooseDelivery(context, [
    templateDelivery(context, template),
    [["hyperv", "delivery"], hyperv.delivery],
  ], [...at, "delivery"]);
  const way = loaderOf(context, delivery, template, agent);
  return {
    kind: "agent",
    scope: "" as ScopeKey,
    group: "",
    labels: [],
    workFolder: "",
    env: {},
    template,
    switchName,
    ...network,
    ...way,
    ...returning(context, at, item, { template, hot }),
    ...canary,
    agent,
  };
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
  return { desktop, idleMs: idle.value * MINUTE_MS, totalMs: total.value * MINUTE_MS };
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

/** Back to the clean checkpoint, where there can be one. */
function returning(
  { document: { findings } }: BuildContext,
  at: KeyPath,
  item: PoolValues,
  { template, hot }: { readonly template: TemplateSettings; readonly hot: number },
): Pick<PoolSettings, "recycle" | "hot"> {
  if (template.gpu !== true && !template.nested) return { recycle: "restore", hot };
  const why = template.gpu === true ? "with a GPU partition" : "that runs Hyper-V itself";
  const written = item.hot === undefined ? "" : ", and hot has no effect";
  findings.warn(
    [...at, "template"],
    `a machine ${why} can neither be saved nor checkpointed: all of this pool's machines run, and each is made anew ` +
      `after its lease${written}`,
    { remedy: "Reckon with the memory of all of them, and with a boot after each lease" },
  );
  return {};
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
  if (loader === false || delivery === "direct") return { delivery: "direct" };
  // Written onto the disk is nothing here, but who asks for it has the loader in the image.
  return loader === true || delivery === "iso" || delivery === "vhdx" ? { delivery: "iso" } : {};
}
