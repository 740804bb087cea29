/**
 * What readings change: the view, what `plan` has to look at, and records for what is ours without one.
 *
 * Ours is what the journal knows, what carries our controller id and an issued number in its Notes or its
 * runner's name, or what lies in the directory of an issued cycle. Whatever has no record must show up in two
 * lists running before it gets one: a list may have begun before a removal ended. Everything else is foreign.
 */
import type { ForgeErrorClass } from "./calls.ts";
import { storeDirectory, stores } from "./effects.ts";
import { hostSeen } from "./admission.ts";
import {
  type CycleId,
  cycleId,
  type CycleParts,
  type Ms,
  parseDirectoryName,
  parseNotes,
  parseRunnerName,
  type ScopeKey,
  shortId,
  type VmId,
} from "./ids.ts";
import { stood } from "./guest_address.ts";
import { jobStarted, RESOLVE_FOR_MS } from "./jobs.ts";
import type { JobResult } from "./job_result.ts";
import type { Emit } from "./plan.ts";
import { newestRunner, preparedFrom } from "./preparation.ts";
import { rolloutsAfter, type TemplateDisk } from "./rollout.ts";
import { isLive, type Pool, type State } from "./state.ts";
import { compareVersions } from "./templates.ts";
import type { ForgeSeen, GuestSeen, HostSeen, RunnerSeen, Seen, View, VmSeen } from "./view.ts";
import { arrived, type Work } from "./work.ts";

/** What one report says. */
export type GuestSaid = Omit<GuestSeen, "asOf" | "at" | "base" | "stood">;

/** A reading as the loop hands it in. Partial lists are no readings. */
export type Reading =
  | Seen & { readonly read: "vms"; readonly bootId: string; readonly rows: ReadonlyMap<VmId, VmSeen> }
  | Seen & { readonly read: "vm"; readonly vmId: VmId; readonly power: VmSeen["power"] }
  | Seen & {
    readonly read: "guests";
    readonly reports: ReadonlyMap<VmId, GuestSaid>;
  }
  | Seen & { readonly read: "directories"; readonly storage: string; readonly names: readonly string[] }
  | Seen & {
    readonly read: "runners";
    readonly scope: ScopeKey;
    readonly list:
      | { readonly ok: true; readonly rows: readonly RunnerSeen[] }
      | { readonly ok: false; readonly code: ForgeErrorClass | "unknown"; readonly message: string };
  }
  | Seen & {
    readonly read: "check";
    readonly pool: string;
    readonly ok: boolean;
    readonly message: string;
    /** The golden disk, where it could be looked at. */
    readonly disk?: TemplateDisk;
    /** The disk of the last good generation was written to: nothing can be made from it any more. */
    readonly spoilt?: string;
  }
  /** How a job ended; no result: GitHub does not know such a job of this runner. */
  | Seen & {
    readonly read: "job";
    readonly job: string;
    readonly result?: JobResult;
    /** Why it cannot be asked for at all, such as a missing permission. */
    readonly refused?: string;
  }
  /** The newest runner program. */
  | Seen & { readonly read: "releases"; readonly version: string }
  | Seen & {
    readonly read: "probe";
    readonly vmId: VmId;
    readonly address: string;
    readonly ready: boolean;
    readonly message: string;
  }
  | Seen & {
    readonly read: "host";
    readonly memoryMb: number;
    readonly freeMb: number;
    readonly volumes: HostSeen["volumes"];
  };

/** Where readings go. */
export interface Observer {
  readonly s: State;
  readonly v: View;
  readonly work: Work;
  readonly emit: Emit;
}

/** Whether a number was issued by this controller and belongs to the present journal. */
function issued(s: State, n: number): boolean {
  return n <= s.issued && n > s.lostUpTo;
}

/** Opens a retiring record for something that has none. */
function found(
  { s, work, emit }: Observer,
  parts: CycleParts,
  cause: string,
  what: {
    storage: string;
    vmId?: VmId;
    directory?: true;
    used?: true;
    runner?: { name: string; scope: ScopeKey; use: number; id: number; registeredAt: Ms };
  },
): void {
  const cycle = `${parts.pool}/${parts.slot}.${parts.n}~${s.nextOrphan}` as CycleId;
  emit({ type: "cycle.found", data: { cycle, ...parts, cause, ...what } });
  work.cycles.add(cycle);
}

/** Seen in two lists running. */
function confirmed(before: ReadonlySet<string>, now: Set<string>, key: string): boolean {
  now.add(key);
  return before.has(key);
}

/** The cycle in whose directory a VM's configuration lies, if it lies in one of ours. */
function placeOf(s: State, { directory }: VmSeen): { parts: CycleParts; storage: string } | undefined {
  for (const storage of stores(s)) {
    const store = `${storeDirectory(s, storage)}\\`;
    if (!directory.toLowerCase().startsWith(store.toLowerCase())) continue;
    const parts = parseDirectoryName(directory.slice(store.length).split("\\", 1)[0] ?? "");
    if (parts !== undefined) return { parts, storage };
  }
  return undefined;
}

/** The number that a VM carries by its Notes or its place; nothing of one that is foreign. */
export function partsOfVm(s: State, row: VmSeen): CycleParts | undefined {
  const notes = parseNotes(row.notes);
  if (notes !== undefined) return notes.controller === s.controller ? notes.cycle : undefined;
  return placeOf(s, row)?.parts;
}

/** A machine of a lost journal goes on, where GitHub lists its registration as one that serves. */
function adopt(
  { s, v, work, emit }: Observer,
  { pool: name, slot, n }: CycleParts,
  { vmId, storage, at }: { vmId: VmId; storage: string; at: Ms },
): boolean {
  const pool = s.pools.get(name);
  if (n > s.adoptUpTo || pool === undefined) return false;
  const { scope } = pool.settings;
  for (const row of v.forges.get(scope)?.list?.rows.values() ?? []) {
    const parts = parseRunnerName(row.name);
    if (parts?.n !== n || parts.controller !== shortId(s.controller) || !row.online && !row.busy) continue;
    const cycle = cycleId(name, slot, n);
    const runner = { name: row.name, scope, use: parts.use, id: row.id, registeredAt: at };
    const phase = row.busy ? "claimed" : "online";
    const { generation } = pool;
    emit({
      type: "cycle.adopted",
      data: { cycle, pool: name, slot, n, generation, storage, vmId, phase, runner },
    });
    const record = s.cycles.get(cycle);
    // When its job began is not known: from here on its history is kept.
    const started = row.busy && record !== undefined ? jobStarted(s, record) : undefined;
    if (started !== undefined) emit({ ...started, data: { ...started.data, earlier: true } });
    work.cycles.add(cycle);
    return true;
  }
  return false;
}

function observeVms(o: Observer, reading: Extract<Reading, { read: "vms" }>): void {
  const { s, v, work, emit } = o;
  const before = v.vms?.rows;
  const suspects = new Set<string>();
  for (const [vmId, row] of reading.rows) {
    const cycle = s.byVm.get(vmId);
    if (cycle !== undefined) {
      if (before?.get(vmId)?.power !== row.power) work.cycles.add(cycle);
      continue;
    }
    const parts = partsOfVm(s, row);
    if (parts === undefined || !issued(s, parts.n)) continue;
    const id = s.byNumber.get(parts.n);
    const record = id === undefined ? undefined : s.cycles.get(id);
    const gone = record?.vm === "none" && !isLive(record);
    if (record !== undefined && (record.vm === "maybe" || gone)) {
      // Its creation was not answered, or it was out of sight long enough to count as gone; and here it is.
      if (record.op !== undefined || reading.asOf < record.closed) continue;
      emit({ type: "vm.found", data: { cycle: record.id, vmId } });
      work.cycles.add(record.id);
    } else if (confirmed(v.suspects.vms, suspects, vmId)) {
      const place = placeOf(s, row);
      const own = record === undefined && place !== undefined ? { directory: true as const } : {};
      const storage = place?.storage ?? s.settings.storage;
      suspects.delete(vmId);
      if (record === undefined && adopt(o, parts, { vmId, storage, at: reading.at })) continue;
      // Whether a job is on it is not known, so it is taken for granted.
      found(o, parts, "a VM of ours without a record", { vmId, storage, used: true, ...own });
    }
  }
  if (before !== undefined) {
    for (const vmId of before.keys()) {
      const cycle = reading.rows.has(vmId) ? undefined : s.byVm.get(vmId);
      if (cycle !== undefined) work.cycles.add(cycle);
    }
  }
  v.suspects.vms = suspects;
  const { asOf, at, bootId, rows } = reading;
  // Saved machines are proven anew after a start of the host.
  if (v.vms?.bootId !== bootId) lookAtEverything(o);
  v.vms = { asOf, at, bootId, rows };
  arrived(work, "vm");
}

function observeVm({ s, v, work }: Observer, reading: Extract<Reading, { read: "vm" }>): void {
  v.reads.set(reading.vmId, { asOf: reading.asOf, at: reading.at, power: reading.power });
  const cycle = s.byVm.get(reading.vmId);
  if (cycle !== undefined) work.cycles.add(cycle);
}

function observeGuests({ s, v, work }: Observer, reading: Extract<Reading, { read: "guests" }>): void {
  const { asOf, at } = reading;
  for (const [vmId, report] of reading.reports) {
    const id = s.byVm.get(vmId);
    const cycle = id === undefined ? undefined : s.cycles.get(id);
    if (cycle === undefined) continue;
    const { closed } = cycle;
    const before = v.guests.get(vmId);
    const { desktop: first = report.desktop?.beat, ...since } =
      before !== undefined && before.base.asOf >= closed ? before.base : { asOf, beat: report.beat };
    const base = { ...since, ...(first === undefined ? {} : { desktop: first }) };
    v.guests.set(vmId, { ...report, asOf, at, base, ...stood(before, report, { asOf, at }, cycle) });
  }
  arrived(work, "guest");
}

function observeDirectories(o: Observer, reading: Extract<Reading, { read: "directories" }>): void {
  const { s, v } = o;
  const { storage } = reading;
  v.directories.set(storage, reading.names);
  const suspects = new Set<string>();
  const before = v.suspects.directories.get(storage) ?? new Set<string>();
  for (const name of reading.names) {
    const parts = parseDirectoryName(name);
    if (parts === undefined || !issued(s, parts.n) || s.byNumber.has(parts.n)) continue;
    if (confirmed(before, suspects, name)) {
      found(o, parts, "a directory of ours without a record", { storage, directory: true });
      suspects.delete(name);
    }
  }
  v.suspects.directories.set(storage, suspects);
}

function forgeOf(v: View, scope: ScopeKey): ForgeSeen {
  let forge = v.forges.get(scope);
  if (forge === undefined) {
    forge = { offlineSince: new Map() };
    v.forges.set(scope, forge);
  }
  return forge;
}

function observeRunners(o: Observer, reading: Extract<Reading, { read: "runners" }>): void {
  const { s, v, work } = o;
  const forge = forgeOf(v, reading.scope);
  const { list } = reading;
  if (!list.ok) {
    forge.failing = {
      since: forge.failing?.since ?? reading.at,
      code: list.code,
      message: list.message,
    };
    delete forge.okSince;
    // After an outage every runner looks offline for a while: the age starts anew.
    forge.offlineSince.clear();
    return;
  }
  const rows = new Map(list.rows.map((row) => [row.name, row]));
  const before = forge.list?.rows;
  forge.list = { asOf: reading.asOf, at: reading.at, rows };
  forge.okSince ??= reading.at;
  delete forge.failing;
  for (const cycle of s.cycles.values()) {
    const { runner } = cycle;
    if (runner === undefined || runner.scope !== reading.scope) continue;
    const row = rows.get(runner.name);
    if (row?.online === true) forge.offlineSince.delete(runner.name);
    else if (!forge.offlineSince.has(runner.name)) forge.offlineSince.set(runner.name, reading.at);
    const old = before?.get(runner.name);
    if (old?.online !== row?.online || old?.busy !== row?.busy) work.cycles.add(cycle.id);
  }
  for (const name of forge.offlineSince.keys()) {
    if (!s.byRunner.has(name)) forge.offlineSince.delete(name);
  }
  sweepRunners(o, reading.scope, rows, reading.at);
  arrived(work, "runners");
}

/** Numbers of machines of ours that the last list shows and that have no record yet. */
function unrecorded({ s, v }: Observer): Set<number> {
  const numbers = new Set<number>();
  for (const [vmId, row] of v.vms?.rows ?? []) {
    if (s.byVm.has(vmId)) continue;
    const parts = partsOfVm(s, row);
    if (parts !== undefined && issued(s, parts.n)) numbers.add(parts.n);
  }
  return numbers;
}

function sweepRunners(
  o: Observer,
  scope: ScopeKey,
  rows: ReadonlyMap<string, RunnerSeen>,
  at: Ms,
): void {
  const { s, v } = o;
  const suspects = new Set<string>();
  const before = v.suspects.runners.get(scope) ?? new Set<string>();
  const machines = unrecorded(o);
  for (const row of rows.values()) {
    if (s.byRunner.has(row.name)) continue;
    const parts = parseRunnerName(row.name);
    if (parts === undefined || parts.controller !== shortId(s.controller) || !issued(s, parts.n)) continue;
    // Its machine comes first: it is adopted together with it, or given up under law 7.
    if (machines.has(parts.n)) continue;
    if (!confirmed(before, suspects, row.name)) continue;
    const runner = { name: row.name, scope, use: parts.use, id: row.id, registeredAt: at };
    const { pool, slot } = slotOfRunner(s, scope, parts.prefixAndSlot);
    // Its machine may still turn up, and a job may be on it.
    found(o, { pool, slot, n: parts.n }, "a registration of ours without a record", {
      runner,
      storage: s.settings.storage,
      used: true,
    });
    suspects.delete(row.name);
  }
  v.suspects.runners.set(scope, suspects);
}

/** The pool whose names begin so; only for people to read. */
function slotOfRunner(s: State, scope: ScopeKey, prefixAndSlot: string): { pool: string; slot: number } {
  for (const { settings } of s.pools.values()) {
    const rest = prefixAndSlot.startsWith(settings.prefix) ? prefixAndSlot.slice(settings.prefix.length) : "";
    if (settings.scope === scope && /^[1-9]\d{0,5}$/.test(rest)) {
      return { pool: settings.name, slot: Number(rest) };
    }
  }
  return { pool: "unknown", slot: 1 };
}

/** What machines are made from while this disk is at the template's path: what was prepared from it, where there is that. */
function bestOf(s: State, pool: Pool, disk: TemplateDisk): TemplateDisk {
  const prepared = preparedFrom(s, pool, disk);
  if (prepared !== undefined) return prepared;
  return pool.disk?.identity === disk.identity ? { ...pool.disk, path: disk.path } : disk;
}

/** A job's result is kept once it is over; it is given up where nobody will know it. */
function observeJob({ s, v, work, emit }: Observer, reading: Extract<Reading, { read: "job" }>): void {
  const { job, result, refused, at } = reading;
  const over = result !== undefined && result.conclusion !== null;
  for (const [cycle, asked] of v.jobs) {
    if (s.cycles.get(cycle)?.job?.name !== job) continue;
    if (over) v.jobs.set(cycle, { ...asked, result });
    else if (refused !== undefined) v.jobs.set(cycle, { since: 0 });
    work.cycles.add(cycle);
  }
  const ended = s.unresolved.get(job);
  if (ended === undefined) return;
  const { cycle } = ended;
  if (over) emit({ type: "job.result", data: { job, cycle, result } });
  else if (refused !== undefined) emit({ type: "job.result", data: { job, cycle, why: refused } });
  else if (at > ended.endedAt + RESOLVE_FOR_MS) {
    emit({ type: "job.result", data: { job, cycle, why: "GitHub does not name this runner for the job" } });
  }
}

function observeReleases(
  { s, work, emit }: Observer,
  { version }: Extract<Reading, { read: "releases" }>,
): void {
  const newest = newestRunner(s);
  if (newest !== undefined && compareVersions(version, newest) <= 0) return;
  emit({ type: "runner.released", data: { version } });
  for (const name of s.pools.keys()) work.pools.add(name);
}

function observeCheck({ s, v, work, emit }: Observer, reading: Extract<Reading, { read: "check" }>): void {
  const pool = s.pools.get(reading.pool);
  if (pool === undefined) return;
  const { asOf, at, ok, message, disk } = reading;
  if (asOf < v.checksSince) return;
  v.checks.set(reading.pool, { asOf, at, ok, message });
  work.pools.add(reading.pool);
  if (reading.spoilt !== undefined && pool.good?.disk?.path === reading.spoilt) {
    emit({ type: "template.spoilt", data: { pool: reading.pool, path: reading.spoilt } });
    lookAtEverything({ s, work });
  }
  const now = disk === undefined ? undefined : bestOf(s, pool, disk);
  if (now === undefined || (now.identity === pool.disk?.identity && now.path === pool.disk.path)) return;
  emit({ type: "template.changed", data: { pool: reading.pool, ...now } });
  for (const event of rolloutsAfter(s)) emit(event);
  lookAtEverything({ s, work });
}

function observeProbe({ s, v, work }: Observer, reading: Extract<Reading, { read: "probe" }>): void {
  const { read: _, vmId, ...seen } = reading;
  const cycle = s.byVm.get(vmId);
  if (cycle === undefined) return;
  v.probes.set(vmId, seen);
  work.cycles.add(cycle);
}

function observeHost({ s, v, work }: Observer, reading: Extract<Reading, { read: "host" }>): void {
  v.host = hostSeen(s, v, reading);
  v.wantHost = false;
  arrived(work, "host");
  for (const [name, { settings }] of s.pools) if (settings.kind === "agent") work.pools.add(name);
}

/** Takes one reading in. */
export function observe(o: Observer, reading: Reading): void {
  switch (reading.read) {
    case "vms":
      return observeVms(o, reading);
    case "vm":
      return observeVm(o, reading);
    case "guests":
      return observeGuests(o, reading);
    case "directories":
      return observeDirectories(o, reading);
    case "runners":
      return observeRunners(o, reading);
    case "check":
      return observeCheck(o, reading);
    case "job":
      return observeJob(o, reading);
    case "releases":
      return observeReleases(o, reading);
    case "probe":
      return observeProbe(o, reading);
    case "host":
      return observeHost(o, reading);
    default:
      return reading satisfies never;
  }
}

/** Makes everything be looked at: after a start, after new settings. */
export function lookAtEverything({ s, work }: Pick<Observer, "s" | "work">): void {
  for (const id of s.cycles.keys()) work.cycles.add(id);
  for (const name of s.pools.keys()) work.pools.add(name);
}
