/** What a live run makes its machines from. */
import { win32 } from "node:path";
import type { Config } from "../../../config/config.ts";
import type { PoolSettings, Settings, TemplateSettings } from "../../../model/settings.ts";
import type { GuestAccount } from "../../../ports/guest.ts";
import { targets } from "../gather/outbound.ts";
import type { LivePlan } from "./machine.ts";

/** What it is planned with. */
export interface PlanRequest {
  readonly config: Config;
  readonly settings: Settings;
  /** Name of a template, or the path of its disk on the host. */
  readonly template?: string;
  /** Account in a template's guests, where its password is known. */
  readonly accountOf: (template: TemplateSettings) => GuestAccount | undefined;
}

/** The plan, or what is wrong with the wish and what to do. */
export function planLive(
  { config, settings, template, accountOf }: PlanRequest,
): LivePlan | { problem: string } {
  const { pools, storage, times } = settings;
  const chosen = template === undefined
    ? pools.find((pool) => pool.template.path !== "")
    : poolOf(pools, template);
  const path = template !== undefined && isDiskPath(template) ? template : chosen?.template.path ?? "";
  if (path === "" || chosen === undefined) return { problem: noDisk(pools, template, chosen) };
  const { switchName } = chosen;
  const runsJobs = pools.some((pool) =>
    pool.kind === "runner" && pool.template.name === chosen.template.name
  );
  const account = template === undefined ? undefined : accountOf(chosen.template);
  return {
    storage,
    parent: path,
    switchName,
    injects: pools.some(({ delivery }) => delivery === "vhdx"),
    // Guests of agent pools alone need nothing of GitHub.
    targets: template === undefined || !runsJobs ? [] : targets(config.mode, config.github.apiUrl),
    bootMs: times.bootMs,
    ...(chosen.network?.addresses === "static" ? { noAddress: true } : {}),
    ...(template === undefined ? {} : { template: chosen.template }),
    ...(account === undefined ? {} : { account }),
  };
}

/** A disk that no pool names gets the hardware of the first pool. */
function poolOf(pools: readonly PoolSettings[], wish: string): PoolSettings | undefined {
  if (!isDiskPath(wish)) return pools.find(({ template }) => template.name === wish);
  return pools.find(({ template }) => template.path.toLowerCase() === wish.toLowerCase()) ?? pools[0];
}

function isDiskPath(text: string): boolean {
  return win32.isAbsolute(text) && /\.vhdx$/i.test(text);
}

function noDisk(
  pools: readonly PoolSettings[],
  wish: string | undefined,
  chosen: PoolSettings | undefined,
): string {
  if (pools.length === 0) {
    return "The configuration has no pool; the doctor's machine is made from a pool's template.";
  }
  if (chosen !== undefined) {
    return `The template "${chosen.template.name}" is registered, its disk is in the store: ` +
      "give the path of its disk, --template C:\\...\\disk.vhdx.";
  }
  if (wish === undefined) {
    return "Every pool's template is registered: give the path of a disk, --template C:\\...\\disk.vhdx.";
  }
  const names = [...new Set(pools.map(({ template }) => template.name))].join(", ");
  return `No pool has the template "${wish}"; there are: ${names}. Or give the path of a disk.`;
}
