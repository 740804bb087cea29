/** Pools whose machines can be neither saved nor put back. */
import { coldBecause } from "../agent_pool.ts";
import type { PoolSettings } from "../settings.ts";

/** Why a pool's machines can be neither saved nor put back, for the end of a sentence; `undefined`: they can. */
export function whyCold(pool: PoolSettings | undefined): string | undefined {
  if (pool === undefined || pool.recycle === "restore") return undefined;
  const because = coldBecause(pool.template);
  if (because === undefined) return "its machines are made anew after each lease";
  return `a machine ${because} can be neither saved nor checkpointed`;
}
