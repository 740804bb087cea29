/** What is missing or left over at one host, by the truth of the simulated world beside what its controller believes. */
import { hotWanted } from "../../src/model/rules/lease.ts";
import type { PoolSettings } from "../../src/model/settings.ts";
import type { Cycle } from "../../src/model/state.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";

/** What its controller knows, and how many registrations of its own GitHub has. */
export interface Believed {
  readonly pools: readonly PoolSettings[];
  readonly cycles: readonly Cycle[];
  readonly registrations: number;
}

/** Every slot serves or stands by, and as many as are wanted are ready. */
function isFull(pool: PoolSettings, cycles: readonly Cycle[]): boolean {
  const count = (wanted: string) => cycles.filter(({ phase }) => phase === wanted).length;
  const claimed = count("claimed");
  const ready = count("online") >= Math.min(hotWanted(pool), pool.size - claimed);
  return ready && count("online") + claimed + count("standby") === pool.size;
}

/** As text; nothing when each pool is full and only what fills it is left. */
export function disorderAt(
  host: SimulatedHost,
  { pools, cycles, registrations }: Believed,
): string | undefined {
  const count = (...phases: string[]) => cycles.filter(({ phase }) => phases.includes(phase)).length;
  const size = pools.reduce((sum, pool) => sum + pool.size, 0);
  const expected = size + count("quarantined");
  const { vms, disks } = host.truth();
  const machines = vms.filter((vm) => vm.removedAt === null && !vm.foreign).length;
  const ours = disks.filter(({ path, removedAt }) => removedAt === null && path.startsWith("D:\\vms\\"));
  // A checkpoint puts a second disk beside the first.
  const files = new Set(ours.map(({ path }) => path.slice(0, path.lastIndexOf("\\")))).size;
  const serving = count("online", "claimed");
  const full = pools.every((pool) => isFull(pool, cycles.filter((cycle) => cycle.pool === pool.name)));
  if (full && machines === expected && files === expected && registrations === serving) return undefined;
  const phases = cycles.map(({ id, phase, cause }) => `${id} ${phase} ${cause ?? ""}`.trim()).join(", ");
  return `${serving} of ${size} slots serve; ${machines} machines, ${files} disks and ${registrations} ` +
    `registrations are there; cycles: ${phases}`;
}
