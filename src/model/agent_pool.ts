/** What agent pools have where nobody says it, and what goes together: for the configuration and for run time alike. */
import type { Ms, ScopeKey } from "./ids.ts";
import type { AgentSettings, PoolSettings, TemplateSettings } from "./settings.ts";

/** What is usual: crabbox has both, others one of the two. */
export const IDLE_MS: Ms = 30 * 60_000;
/** See {@linkcode IDLE_MS}. */
export const LEASE_MS: Ms = 90 * 60_000;
/** A day, as the longest that leases last elsewhere, too. */
export const MAX_LEASE_MS: Ms = 24 * 3_600_000;

/** Why machines made from a template can be neither saved nor checkpointed; `undefined`: they can. */
export function coldBecause({ gpu, nested }: Pick<TemplateSettings, "gpu" | "nested">): string | undefined {
  if (gpu === true) return "with a GPU partition";
  return nested ? "that runs Hyper-V itself" : undefined;
}

/** How a configuration reaches guests, as the core is told it: absent when it has to find out by itself. */
export function agentDelivery(
  chosen: "auto" | "iso" | "direct" | "vhdx",
  loader: boolean | undefined,
): Pick<PoolSettings, "delivery"> {
  if (loader === false || chosen === "direct") return { delivery: "direct" };
  // Written onto the disk is nothing here, but who asks for it has the loader in the image.
  return loader === true || chosen === "iso" || chosen === "vhdx" ? { delivery: "iso" } : {};
}

/** What sets one agent pool apart from another. */
export interface AgentPoolParts {
  readonly template: TemplateSettings;
  readonly switchName: string;
  /** So many run and are ready; without effect where machines can not be saved. */
  readonly hot: number;
  readonly agent: AgentSettings;
  readonly network?: PoolSettings["network"];
  readonly delivery?: PoolSettings["delivery"];
  readonly canary?: PoolSettings["canary"];
}

/** A pool whose machines are leased: nobody at GitHub is asked, and a machine goes back to its clean checkpoint. */
export function agentPool(
  { template, switchName, hot, agent, network, delivery, canary }: AgentPoolParts,
): Omit<PoolSettings, "name" | "size" | "prefix"> {
  return {
    kind: "agent",
    scope: "" as ScopeKey,
    group: "",
    labels: [],
    workFolder: "",
    env: {},
    template,
    switchName,
    ...(network === undefined ? {} : { network }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(coldBecause(template) === undefined ? { recycle: "restore", hot } : {}),
    ...(canary === undefined ? {} : { canary }),
    agent,
  };
}

/** A pool as its template allows it: one whose machines can not be saved makes each anew after its lease. */
export function asTemplateAllows(pool: PoolSettings): PoolSettings {
  if (pool.kind !== "agent" || coldBecause(pool.template) === undefined) return pool;
  const { recycle: _, hot: _h, ...rest } = pool;
  return rest;
}
