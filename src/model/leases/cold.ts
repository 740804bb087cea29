/** Pools whose machines can be neither saved nor put back. */
import type { PoolSettings } from "../settings.ts";

/** Why a pool's machines can be neither saved nor put back, for the end of a sentence; `undefined`: they can. */
export function whyCold(pool: PoolSettings | undefined): string | undefined {
  if (pool === undefined || pool.recycle === "restore") return undefined;
  const { gpu, nested } = pool.template;
  if (gpu === true) return "its machines have a GPU partition, which Hyper-V can neither save nor checkpoint";
  if (nested) return "its machines run Hyper-V themselves, which can be neither saved nor checkpointed";
  return "its machines are made anew after each lease";
}
