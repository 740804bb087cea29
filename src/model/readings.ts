/** Which readings are due: routine polls, and what a waiting cycle asked for. One of each kind at a time. */
import type { CycleId, Ms, ScopeKey, VmId } from "./ids.ts";
import { stores } from "./effects.ts";
import type { JobSaid } from "./jobs.ts";
import { freshAddress } from "./guest_address.ts";
import { poolFor } from "./rollout.ts";
import type { TemplateSettings } from "./settings.ts";
import type { State } from "./state.ts";
import type { View } from "./view.ts";

/** What a template's machines are asked before they count as ready. */
export type Probe = NonNullable<TemplateSettings["probe"]>;

/** A reading to begin. */
export type Read =
  | { readonly read: "vms" }
  | { readonly read: "vm"; readonly vmId: VmId }
  /** Guests on their way, or those with a job: the latter are read less often. */
  | { readonly read: "guests"; readonly of: "starting" | "claimed"; readonly vmIds: readonly VmId[] }
  | { readonly read: "directories"; readonly storage: string }
  | { readonly read: "runners"; readonly scope: ScopeKey }
  | { readonly read: "check"; readonly pool: string }
  /** How a job ended: of machines that wait for it, and of those that are over. */
  | { readonly read: "job"; readonly job: string; readonly scope: ScopeKey; readonly said: JobSaid }
  /** Whether a guest does what its template's probe asks for. */
  | { readonly read: "probe"; readonly vmId: VmId; readonly address: string; readonly probe: Probe }
  /** The host's memory and the room on its volumes: only where pools have agents. */
  | { readonly read: "host" }
  /** The newest runner program, by the first account that tells. */
  | { readonly read: "releases"; readonly scopes: readonly ScopeKey[] };

/** How a kind of reading went so far. */
interface Reader {
  inFlight: boolean;
  /** When the last one began. */
  lastAt: Ms;
  /** Failures in a row. */
  failures: number;
  /** Not before, because the other side said so. */
  notBefore: Ms;
}

/** Memory of the readers, by key. */
export type Readers = Map<string, Reader>;

/** A wanted list does not begin sooner than this after the last one began. */
const WANTED_LIST_MS = 250;
/** The same VM is not read by id more often than this. */
const WANTED_READ_MS = 1_000;
/** VMs read by id at once. */
const READS_AT_ONCE = 4;
/** A probe that is waited for is sent again after this. */
const PROBE_MS = 2_000;
/** The host's memory is read so often while a lease waits for it. */
const WANTED_HOST_MS = 2_000;
/** Waits after failures double up to this. */
const FAILURE_MAX_MS = 60_000;
const FAILURE_MIN_MS = 1_000;
/** A pool that was not checked, or whose template was changed since, is checked after this. */
const CHECK_FIRST_MS = 1_000;
/** Between two questions for the result of one job, and how many are asked for at once. */
const ASK_JOB_MS = 10_000;
const JOBS_AT_ONCE = 4;
/** A failed check of a pool is repeated after this at the latest. */
const CHECK_AGAIN_MS = 30_000;
/** Runners that one page of GitHub's list holds. */
const PAGE = 100;

/** Key of a reading: two with the same key never run at once. */
export function readKey(read: Read): string {
  switch (read.read) {
    case "vm":
      return `vm ${read.vmId}`;
    case "runners":
      return `runners ${read.scope}`;
    case "check":
      return `check ${read.pool}`;
    case "guests":
      return `guests ${read.of}`;
    case "directories":
      return `directories ${read.storage}`;
    case "job":
      return `job ${read.job}`;
    case "probe":
      return `probe ${read.vmId}`;
    default:
      return read.read;
  }
}

function readerOf(readers: Readers, key: string): Reader {
  let reader = readers.get(key);
  if (reader === undefined) {
    reader = { inFlight: false, lastAt: 0, failures: 0, notBefore: 0 };
    readers.set(key, reader);
  }
  return reader;
}

/** Probes of machines that are ready by now, or gone. */
function forgetProbes(readers: Readers, now: Ms): void {
  for (const [key, { inFlight, lastAt }] of readers) {
    if (key.startsWith("probe ") && !inFlight && now - lastAt > FAILURE_MAX_MS) readers.delete(key);
  }
}

/** Notes that a reading ended. */
export function readEnded(readers: Readers, read: Read, ok: boolean, notBefore: Ms = 0): void {
  const reader = readerOf(readers, readKey(read));
  reader.inFlight = false;
  reader.failures = ok ? 0 : reader.failures + 1;
  reader.notBefore = notBefore;
  if (read.read === "vm" && ok) readers.delete(readKey(read));
  if (read.read === "probe") forgetProbes(readers, reader.lastAt);
}

/** The accounts whose runners are listed. */
function scopesOf(s: State): Set<ScopeKey> {
  const scopes = new Set<ScopeKey>(s.scopes.keys());
  for (const { settings, good } of s.pools.values()) {
    if (settings.kind !== "runner") continue;
    scopes.add(settings.scope);
    if (good !== undefined) scopes.add(good.settings.scope);
  }
  return scopes;
}

/** Jobs whose result is to be asked for: first those that keep a machine waiting. */
function* jobsToAsk(s: State, v: View): Generator<[string, { scope: ScopeKey; said: JobSaid }]> {
  for (const id of v.jobs.keys()) {
    const { job, runner } = s.cycles.get(id) ?? {};
    if (job?.said !== undefined && runner !== undefined) {
      yield [job.name, { scope: runner.scope, said: job.said }];
    }
  }
  yield* s.unresolved;
}

/** The accounts of the pools, in their order: whom the runner program is asked of. */
export function poolScopes(s: State): ScopeKey[] {
  const runners = [...s.pools.values()].filter(({ settings }) => settings.kind === "runner");
  return [...new Set(runners.map(({ settings }) => settings.scope))];
}

function vmsOf(s: State, cycles: ReadonlySet<CycleId>): VmId[] {
  const vmIds: VmId[] = [];
  for (const id of cycles) {
    const vmId = s.cycles.get(id)?.vmId;
    if (vmId !== undefined) vmIds.push(vmId);
  }
  return vmIds;
}

/** Probes that are wanted, of guests whose address is certain. */
function* probesWanted(s: State, v: View): Generator<Extract<Read, { read: "probe" }>> {
  for (const vmId of v.wantProbes) {
    const id = s.byVm.get(vmId);
    const cycle = id === undefined ? undefined : s.cycles.get(id);
    const probe = cycle === undefined ? undefined : poolFor(s, cycle)?.settings.template.probe;
    const address = cycle === undefined ? undefined : freshAddress(v, cycle);
    if (probe === undefined || address === undefined) v.wantProbes.delete(vmId);
    else yield { read: "probe", vmId, address, probe };
  }
}

/** Begins every reading that is due, and tells when the next one will be. */
export function dueReads(s: State, v: View, readers: Readers, now: Ms): { reads: Read[]; next: Ms } {
  const { times } = s.settings;
  const reads: Read[] = [];
  let next = Infinity;
  const consider = (read: Read, everyMs: Ms): boolean => {
    const reader = readerOf(readers, readKey(read));
    if (reader.inFlight) return false;
    const wait = reader.failures === 0
      ? everyMs
      : Math.max(everyMs, Math.min(FAILURE_MAX_MS, FAILURE_MIN_MS * 2 ** Math.min(reader.failures, 10)));
    const due = Math.max(reader.lastAt + wait, reader.notBefore);
    if (due > now) {
      next = Math.min(next, due);
      return false;
    }
    reader.inFlight = true;
    reader.lastAt = now;
    reads.push(read);
    return true;
  };
  if (s.stopping?.drain === false) return { reads, next };
  if (consider({ read: "vms" }, v.wantVms ? WANTED_LIST_MS : times.pollVmsMs)) v.wantVms = false;
  let reading = 0;
  for (const vmId of v.wantReads) {
    if (reading++ >= READS_AT_ONCE) break;
    if (consider({ read: "vm", vmId }, WANTED_READ_MS)) v.wantReads.delete(vmId);
  }
  const guests = (of: "starting" | "claimed", cycles: ReadonlySet<CycleId>, everyMs: Ms): void => {
    if (cycles.size > 0) consider({ read: "guests", of, vmIds: vmsOf(s, cycles) }, everyMs);
  };
  for (const read of probesWanted(s, v)) {
    if (consider(read, PROBE_MS)) v.wantProbes.delete(read.vmId);
  }
  const agents = s.gone.size > 0 || s.pools.values().some(({ settings }) => settings.kind === "agent");
  if (agents) consider({ read: "host" }, v.wantHost ? WANTED_HOST_MS : times.pollVmsMs);
  guests("starting", s.guests, times.pollGuestsMs);
  guests("claimed", s.claimed, times.pollClaimedMs);
  for (const storage of stores(s)) consider({ read: "directories", storage }, times.pollDirectoriesMs);
  for (const scope of scopesOf(s)) {
    const runners = v.forges.get(scope)?.list?.rows.size ?? 0;
    consider({ read: "runners", scope }, times.pollRunnersMs * Math.max(1, Math.ceil(runners / PAGE)));
  }
  for (const pool of s.pools.keys()) {
    const check = v.checks.get(pool);
    const again = check === undefined ? CHECK_FIRST_MS : check.ok ? Infinity : CHECK_AGAIN_MS;
    consider({ read: "check", pool }, Math.min(again, times.pollChecksMs));
  }
  let asked = 0;
  for (const [job, { scope, said }] of jobsToAsk(s, v)) {
    if (asked++ >= JOBS_AT_ONCE) break;
    consider({ read: "job", job, scope, said }, ASK_JOB_MS);
  }
  const scopes = poolScopes(s);
  if (scopes.length > 0) consider({ read: "releases", scopes }, times.pollReleasesMs);
  return { reads, next };
}
