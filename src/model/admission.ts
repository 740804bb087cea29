/**
 * Admission: whether the host has memory for another machine of an agent pool beside everything that runs, what is
 * promised, and a reserve; and its disk for a new one. What there is no room for waits, and says for what.
 */
import { isAgentPool } from "./leases/lease.ts";
import { quotaAllows } from "./leases/quotas.ts";
import { cordonOf } from "./maintenance.ts";
import type { Reading } from "./observe.ts";
import type { Power } from "./phases.ts";
import { poolFor } from "./rollout.ts";
import { hotWanted } from "./rules/lease.ts";
import { DEFAULT_RESERVE_PERCENT, type PoolSettings } from "./settings.ts";
import { type Cycle, isLive, type Pool, type State } from "./state.ts";
import type { HostSeen, View } from "./view.ts";

/** So much of a volume is left free, beside what machines on it will need. */
const DISK_RESERVE_MB = 5 * 1_024;

/** A saved machine has its memory on the disk twice: in its clean checkpoint and in its saved state. */
const SAVED_COPIES = 2;

/** Until the host's memory is known. */
const NOT_READ = "waiting for the host's memory to be read";

/** In which order memory is given; what comes first is kept free for those who come before. */
const RANK = {
  /** Somebody has it under a lease, and it is being started. */
  leased: 0,
  /** Saved machines, one for each lease that waits. */
  queued: 1,
  /** It is to be resumed without a lease. */
  resuming: 2,
  /** Saved machines for which there is no lease, as many as are to run. */
  hot: 3,
  /** It is made. */
  made: 4,
} as const;

/** A start of a machine: before, or after, others that ask for memory. */
type Place = readonly [rank: number, since: number, n: number];

/** Power as far as it is known without asking again. */
function lastPower(v: View, { vmId, closed, answer }: Cycle): Power | undefined {
  const row = vmId === undefined ? undefined : v.vms?.rows.get(vmId);
  return row !== undefined && v.vms !== undefined && v.vms.asOf >= closed ? row.power : answer?.power;
}

/** Phases in which a machine runs, where nobody has said anything else. */
const RUNS: ReadonlySet<string> = new Set(["booting", "waiting", "joining", "online", "claimed"]);

/** Whether a machine of ours has memory of the host, or may have it. */
export function holdsMemory(v: View, cycle: Cycle): boolean {
  if (cycle.vm === "none") return false;
  if (cycle.op?.call === "vm.start") return true;
  const power = lastPower(v, cycle);
  if (power === undefined) return RUNS.has(cycle.phase) || (cycle.phase === "resuming" && cycle.resumed);
  return power !== "off" && power !== "saved" && power !== "absent";
}

/** Memory of a machine while it runs. */
function memoryOf(s: State, v: View, cycle: Cycle): number {
  const seen = cycle.vmId === undefined ? undefined : v.vms?.rows.get(cycle.vmId)?.memoryMb;
  return poolFor(s, cycle)?.settings.template.memoryMb ?? seen ?? 0;
}

/**
 * What a reading of the host says. Only what has been running since before it counts as ours: whatever changed
 * meanwhile is taken for somebody else's until the next reading, which is too much rather than too little.
 */
export function hostSeen(s: State, v: View, reading: Extract<Reading, { read: "host" }>): HostSeen {
  const { asOf, at, memoryMb, freeMb, volumes } = reading;
  let ours = 0;
  for (const cycle of s.cycles.values()) {
    if (cycle.closed <= asOf && cycle.op?.call !== "vm.start" && holdsMemory(v, cycle)) {
      ours += memoryOf(s, v, cycle);
    }
  }
  return { asOf, at, memoryMb, volumes, foreignMb: Math.max(0, memoryMb - freeMb - ours) };
}

/** Its place among those who ask for memory; nothing for one that does not now. */
function placeOf(s: State, cycle: Cycle): Place | undefined {
  const { lease: id, phase, since, n } = cycle;
  const lease = id === undefined ? undefined : s.leases.get(id);
  if (lease !== undefined) {
    // A paused machine asks for nothing.
    const asks = lease.state === "starting" || (lease.state === "changing" && lease.change?.kind !== "pause");
    return asks ? [RANK.leased, lease.assignedAt ?? lease.requestedAt, n] : undefined;
  }
  if (phase === "resuming") return [RANK.resuming, since, n];
  return phase === "provisioning" ? [RANK.made, since, n] : undefined;
}

function isBefore(a: Place, b: Place): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  return a[1] === b[1] ? a[2] < b[2] : a[1] < b[1];
}

/** Saved machines of a pool that are ready, nobody's, and not being resumed. */
function saved(s: State, { settings: { name } }: Pool): number {
  let count = 0;
  for (const { pool, phase, lease, op } of s.cycles.values()) {
    if (pool === name && phase === "standby" && lease === undefined && op === undefined) count++;
  }
  return count;
}

/** How many leases of a pool wait for nothing but a machine, up to `most`. */
export function waiting(s: State, pool: string, most: number): number {
  let count = 0;
  for (const lease of s.leases.values()) {
    if (count >= most) break;
    if (lease.pool === pool && lease.state === "queued" && quotaAllows(s, lease) === undefined) count++;
  }
  return count;
}

/** Memory that is promised to saved machines which are not being resumed yet. */
function promisedToSaved(s: State, rank: number): number {
  let sum = 0;
  if (rank <= RANK.queued) return sum;
  for (const pool of s.pools.values()) {
    if (!isAgentPool(pool.settings) || pool.settings.recycle !== "restore") continue;
    const free = saved(s, pool);
    if (free === 0) continue;
    const { name, template } = pool.settings;
    const leases = cordonOf(s, name)?.drain === true ? 0 : waiting(s, name, free);
    const hot = Math.max(0, Math.min(free - leases, hotWanted(pool.settings) - pool.hot));
    sum += template.memoryMb * (leases + (rank > RANK.hot ? hot : 0));
  }
  return sum;
}

/** What of the host's memory is left to everything else, and what is free beside that. */
interface Memory {
  readonly reserveMb: number;
  readonly freeMb: number;
}

/** Memory beside the reserve that is left for whoever has this place; nothing before it is known. */
function memoryFor(s: State, v: View, self: Cycle, place: Place): Memory | undefined {
  const { host } = v;
  if (host === undefined) return undefined;
  let used = host.foreignMb + promisedToSaved(s, place[0]);
  for (const cycle of s.cycles.values()) {
    if (cycle === self) continue;
    const holds = holdsMemory(v, cycle);
    const other = holds || !isLive(cycle) ? undefined : placeOf(s, cycle);
    // Machines that are made do not wait for one another: whichever is looked at first takes what there is.
    const comesFirst = other !== undefined && other[0] <= RANK.resuming && isBefore(other, place);
    if (holds || comesFirst) used += memoryOf(s, v, cycle);
  }
  const reserveMb = Math.ceil(host.memoryMb * (s.settings.reservePercent ?? DEFAULT_RESERVE_PERCENT) / 100);
  return { reserveMb, freeMb: Math.max(0, Math.floor(host.memoryMb - reserveMb - used)) };
}

/**
 * Why a machine of an agent pool waits before it is started or resumed; nothing where the host has room for it, or where
 * its pool has runners, whose starts are held up by a refusal of the host alone.
 * `as`: for whom a saved machine would be resumed, before that is decided.
 */
export function waitForMemory(s: State, v: View, cycle: Cycle, as?: "queued" | "hot"): string | undefined {
  const pool = poolFor(s, cycle);
  if (pool === undefined || !isAgentPool(pool.settings)) return undefined;
  const place: Place = as === undefined
    ? placeOf(s, cycle) ?? [RANK.made, cycle.since, cycle.n]
    : [RANK[as], cycle.since, cycle.n];
  const memory = memoryFor(s, v, cycle, place);
  if (memory === undefined) return NOT_READ;
  const needs = memoryOf(s, v, cycle);
  const { freeMb, reserveMb } = memory;
  if (needs <= freeMb) return undefined;
  return `waiting for host memory: needs ${needs} MiB, ${freeMb} MiB are free beside the reserve of ${reserveMb} MiB`;
}

/** The volume on which a folder lies, of those that the host names. */
function volumeOf(host: HostSeen | undefined, folder: string): HostSeen["volumes"][number] | undefined {
  let best: HostSeen["volumes"][number] | undefined;
  for (const volume of host?.volumes ?? []) {
    const holds = folder.toLowerCase().startsWith(volume.root.toLowerCase());
    if (holds && volume.root.length > (best?.root.length ?? 0)) best = volume;
  }
  return best;
}

/** Space on the disk that a machine of a pool takes once it is saved, beside what it has taken already. */
function spaceAhead(v: View, settings: PoolSettings, cycle?: Cycle): number {
  if (settings.recycle !== "restore") return 0;
  const { memoryMb } = settings.template;
  if (cycle?.checkpoint === undefined) return SAVED_COPIES * memoryMb;
  return holdsMemory(v, cycle) ? memoryMb : 0;
}

/** What the volume of the machines has beside what they are promised and the reserve; nothing until it is known. */
function diskLeft(s: State, v: View) {
  const volume = volumeOf(v.host, s.settings.storage);
  if (volume === undefined) return undefined;
  let promised = 0;
  for (const cycle of s.cycles.values()) {
    const pool = isLive(cycle) ? poolFor(s, cycle) : undefined;
    if (pool !== undefined) promised += spaceAhead(v, pool.settings, cycle);
  }
  const leftMb = volume.freeMb - promised - DISK_RESERVE_MB;
  const free =
    `${Math.max(0, Math.floor(leftMb))} MiB are free beside ${promised} MiB for those that are there and ` +
    `${DISK_RESERVE_MB} MiB in reserve`;
  return { root: volume.root, leftMb, free };
}

/** Why no machine is made for an agent pool: its disk has no room for another saved one. */
export function waitForDisk(s: State, v: View, { settings }: Pool): string | undefined {
  const left = isAgentPool(settings) ? diskLeft(s, v) : undefined;
  const needs = spaceAhead(v, settings);
  // A machine that is never saved only grows its disk.
  if (left === undefined || left.leftMb >= needs) return undefined;
  return `waiting for disk space on ${left.root}: another machine needs ${needs} MiB, ${left.free}`;
}

/** Why a holder cannot have another checkpoint, which has the machine's memory in it. */
export function noRoomForCheckpoint(s: State, v: View, cycle: Cycle): string | undefined {
  const left = diskLeft(s, v);
  const needs = memoryOf(s, v, cycle);
  if (left === undefined || left.leftMb >= needs) return undefined;
  return `The host has no room for it on ${left.root}: a checkpoint needs ${needs} MiB, ${left.free}. ` +
    "Try again later, or go on without it.";
}
