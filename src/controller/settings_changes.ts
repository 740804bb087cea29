/** What other settings mean for pools and machines, one line each. */
import { generationOf } from "../model/fold_pool.ts";
import { isAgentPool } from "../model/leases/lease.ts";
import { DEFAULT_RESERVE_PERCENT, type PoolSettings, type Settings } from "../model/settings.ts";
import { countsOf, type Held, NOTHING_HELD, staysTexts } from "./held_machines.ts";
import { quotaChanges } from "./quota_changes.ts";

export { type Held, heldOf } from "./held_machines.ts";

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

/** A pool that is made smaller: machines that somebody has, or that are parked, are not removed with the others. */
function smaller(name: string, from: number, to: number, { machines }: Held): string {
  const stay = machines.filter(({ slot }) => slot > to);
  const removed = from - to - stay.filter(({ slot }) => slot <= from).length;
  const parts = [...(removed > 0 ? [`${machinesAre(removed)} removed once idle`] : []), ...staysTexts(stay)];
  return `pool ${name}: size ${from} → ${to}, ${parts.join("; ")}`;
}

function poolChanges(before: PoolSettings, after: PoolSettings, held: Held): string[] {
  const { name } = after;
  const lines: string[] = [];
  if (before.size !== after.size) {
    const more = after.size - before.size;
    lines.push(
      more > 0
        ? `pool ${name}: size ${before.size} → ${after.size}, ${machinesAre(more)} made`
        : smaller(name, before.size, after.size, held),
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

/** What goes on although its pool goes, or comes back. */
function goOnTexts(held: Held): string[] {
  const { leases, parked } = countsOf(held);
  const parts: string[] = [];
  if (leases > 0) {
    parts.push(
      leases === 1
        ? "1 lease goes on until it ends, and its machine with it"
        : `${leases} leases go on until they end, and their machines with them`,
    );
  }
  if (parked > 0) parts.push(`${machinesAre(parked)} parked and kept until that is over`);
  return parts;
}

/** A pool that was not in the configuration; of one that was there before somebody may have machines still. */
function newLine(pool: PoolSettings, held: Held): string {
  const { name, size } = pool;
  const { machines } = held;
  if (machines.length === 0 || !isAgentPool(pool)) return `pool ${name}: new, ${machinesAre(size)} made`;
  const beyond = machines.filter(({ slot }) => slot > size).length;
  const made = size - (machines.length - beyond);
  const parts = goOnTexts(held);
  if (beyond > 0) parts.push(`${machinesAre(beyond)} beyond its size and removed after that`);
  if (made > 0) parts.push(`${machinesAre(made)} made`);
  return `pool ${name}: comes back: ${parts.join("; ")}`;
}

/** A pool that is in the configuration no more. */
function goneLine({ name, size }: PoolSettings, held: Held): string {
  const { waiting } = held;
  const { leases, parked } = countsOf(held);
  const parts = goOnTexts(held);
  if (waiting > 0) parts.push(waiting === 1 ? "1 lease that waits ends" : `${waiting} leases that wait end`);
  const others = Math.max(0, size - leases - parked);
  if (parts.length === 0) return `pool ${name}: gone, its ${machinesAre(size)} removed once idle`;
  if (others > 0) {
    const rest = leases + parked === 0
      ? `its ${machinesAre(others)}`
      : others === 1
      ? "the other one is"
      : `the other ${machinesAre(others)}`;
    parts.push(`${rest} removed once idle`);
  }
  return `pool ${name}: gone: ${parts.join("; ")}`;
}

/** One line for each change; none when both say the same. `held`: what somebody has of a pool. */
export function settingsChanges(
  before: Settings,
  after: Settings,
  held: (pool: string) => Held = () => NOTHING_HELD,
): string[] {
  const old = new Map(before.pools.map((pool) => [pool.name, pool]));
  const fresh = new Map(after.pools.map((pool) => [pool.name, pool]));
  const lines: string[] = [];
  for (const [name, pool] of fresh) {
    const was = old.get(name);
    if (was === undefined) lines.push(newLine(pool, held(name)));
    else lines.push(...poolChanges(was, pool, held(name)));
  }
  for (const [name, pool] of old) if (!fresh.has(name)) lines.push(goneLine(pool, held(name)));
  if (before.storage !== after.storage) {
    lines.push(
      `storage ${before.storage} → ${after.storage}: new machines lie there, the others where they are`,
    );
  }
  lines.push(...quotaChanges(before.quotas, after.quotas));
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
