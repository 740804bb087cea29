/** What other settings mean for pools and machines, one line each. */
import { generationOf } from "../model/fold_pool.ts";
import { DEFAULT_RESERVE_PERCENT, type PoolSettings, type Settings } from "../model/settings.ts";

function machinesAre(count: number): string {
  return count === 1 ? "1 machine is" : `${count} machines are`;
}

/** Keys of two values that differ, with what they were and are. */
function differences(before: object, after: object, skip: ReadonlySet<string> = new Set()): string[] {
  const old = new Map(Object.entries(before));
  const fresh = new Map(Object.entries(after));
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].filter((key) => !skip.has(key));
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), fresh.get(key)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    // Environment variables may be secrets, and labels and the like are best read in the file.
    if (typeof was === "object" || typeof is === "object") return [key];
    return [`${key} ${was ?? "unset"} → ${is ?? "unset"}`];
  });
}

/** What is told in words of its own. */
const COUNTS: ReadonlySet<string> = new Set(["size", "hot", "agent"]);

function poolChanges(before: PoolSettings, after: PoolSettings): string[] {
  const { name } = after;
  const lines: string[] = [];
  if (before.size !== after.size) {
    const more = after.size - before.size;
    lines.push(
      more > 0
        ? `pool ${name}: size ${before.size} → ${after.size}, ${machinesAre(more)} made`
        : `pool ${name}: size ${before.size} → ${after.size}, ${machinesAre(-more)} removed once idle`,
    );
  }
  if (before.hot !== after.hot) {
    lines.push(`pool ${name}: hot ${before.hot ?? "all"} → ${after.hot ?? "all"}`);
  }
  const rest = [
    ...differences(before, after, COUNTS),
    ...differences(before.agent ?? {}, after.agent ?? {}),
  ];
  if (rest.length === 0) return lines;
  const what = rest.join(", ");
  lines.push(
    generationOf(before) === generationOf(after)
      ? `pool ${name}: ${what}`
      : `pool ${name}: ${what}; its machines are made anew, idle ones only and one first`,
  );
  return lines;
}

/** One line for each change; none when both say the same. */
export function settingsChanges(before: Settings, after: Settings): string[] {
  const old = new Map(before.pools.map((pool) => [pool.name, pool]));
  const fresh = new Map(after.pools.map((pool) => [pool.name, pool]));
  const lines: string[] = [];
  for (const [name, pool] of fresh) {
    const was = old.get(name);
    if (was === undefined) lines.push(`pool ${name}: new, ${machinesAre(pool.size)} made`);
    else lines.push(...poolChanges(was, pool));
  }
  for (const [name, { size }] of old) {
    if (!fresh.has(name)) lines.push(`pool ${name}: gone, its ${machinesAre(size)} removed once idle`);
  }
  if (before.storage !== after.storage) {
    lines.push(
      `storage ${before.storage} → ${after.storage}: new machines lie there, the others where they are`,
    );
  }
  if (JSON.stringify(before.quotas ?? []) !== JSON.stringify(after.quotas ?? [])) {
    lines.push(
      `quotas: ${before.quotas?.length ?? 0} → ${
        after.quotas?.length ?? 0
      }, for whoever waits or asks from now on`,
    );
  }
  if (before.reservePercent !== after.reservePercent) {
    const [was, is] = [before, after].map(({ reservePercent = DEFAULT_RESERVE_PERCENT }) => reservePercent);
    lines.push(`reserve of the host's memory: ${was} % → ${is} %`);
  }
  lines.push(...differences(before.lanes, after.lanes).map((line) => `limit ${line}`));
  lines.push(...differences(before.times, after.times).map((line) => `deadline ${line}`));
  // What the pools above do not show, such as a template that none of them names.
  const defaults = differences(before.poolDefaults ?? {}, after.poolDefaults ?? {});
  if (lines.length === 0 && defaults.length > 0) {
    lines.push(`pools that are made at run time from now on: ${defaults.join(", ")}`);
  }
  return lines;
}
