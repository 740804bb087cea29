/** A state as JSON and back, so that a start need not fold the whole journal. */
import type { CycleId } from "./ids.ts";
import { type Lane, LANES, OPERATIONS } from "./calls.ts";
import type { AskedSize, Cordon } from "./maintenance.ts";
import type { TemplateDisk } from "./rollout.ts";
import { completed, type EndedLease, type Lease, type LeaseId, type LeaseKey } from "./leases/lease.ts";
import type { UnresolvedJob } from "./jobs.ts";
import type { PoolSettings } from "./settings.ts";
import type { FailedPreparation, RegisteredTemplate } from "./templates.ts";
import {
  type Cycle,
  emptyState,
  GUEST_PHASES_READ,
  isBooting,
  isWatched,
  type Pool,
  type Slot,
  type State,
} from "./state.ts";

/** Raised whenever the shape changes. */
export const SNAPSHOT_SCHEMA = 9;
/** Older shapes that are still read: events that are in a snapshot may be deleted, so it must outlive an update. */
const OLDEST_READ = 6;

/** Whether {@linkcode readSnapshot} understands a snapshot; of another one its events are folded instead. */
export function isReadable(schema: number): boolean {
  return schema >= OLDEST_READ && schema <= SNAPSHOT_SCHEMA;
}

/** What later shapes added. */
interface Added {
  readonly leases: Lease[];
  readonly leaseKeys: [string, LeaseKey][];
  readonly endedLeases: [LeaseId, EndedLease][];
  readonly gone: [string, Pool][];
  readonly cordons: [string, Cordon][];
  readonly sizes: [string, AskedSize][];
  readonly created: [string, PoolSettings][];
  readonly templates: [string, RegisteredTemplate][];
  readonly refreshed: [string, TemplateDisk][];
  readonly unprepared: [string, FailedPreparation][];
  readonly unresolved: [string, UnresolvedJob][];
}

interface Snapshot extends Partial<Added> {
  readonly plain: Pick<
    State,
    | "controller"
    | "run"
    | "startedAt"
    | "seq"
    | "settings"
    | "reserved"
    | "issued"
    | "lostUpTo"
    | "adoptUpTo"
    | "parentsUnknown"
    | "nextOp"
    | "nextOrphan"
    | "stopping"
    | "pausedUntil"
    | "pauses"
    | "pauseCause"
    | "preparation"
    | "releases"
  >;
  readonly cycles: Cycle[];
  readonly slots: Slot[];
  readonly pools: [string, Pool][];
}

/** The state as JSON text. Indexes are left out: they follow from the rest. */
export function writeSnapshot(s: State): string {
  const {
    cycles,
    slots,
    pools,
    leases,
    leaseKeys,
    endedLeases,
    gone,
    cordons,
    sizes,
    created,
    templates,
    refreshed,
    unprepared,
    unresolved,
    lanes: _,
    byNumber: _n,
    byVm: _v,
    byRunner: _r,
    ...rest
  } = s;
  const { scopes: _s, stores: _t, guests: _g, claimed: _c, booting: _b, ...plain } = rest;
  const snapshot: Snapshot = {
    plain,
    cycles: [...cycles.values()],
    slots: [...slots.values()],
    pools: [...pools],
    leases: [...leases.values()],
    leaseKeys: [...leaseKeys],
    endedLeases: [...endedLeases],
    gone: [...gone],
    cordons: [...cordons],
    sizes: [...sizes],
    created: [...created],
    templates: [...templates],
    refreshed: [...refreshed],
    unprepared: [...unprepared],
    unresolved: [...unresolved],
  };
  return JSON.stringify(snapshot);
}

/** The state that {@linkcode writeSnapshot} wrote. Only our own text is read: it comes from our own journal. */
export function readSnapshot(text: string): State {
  const { plain, cycles, slots, pools, ...rest }: Snapshot = JSON.parse(text);
  const s: State = { ...emptyState(plain.settings), ...plain };
  for (const [name, pool] of pools) s.pools.set(name, pool);
  for (const lease of rest.leases ?? []) s.leases.set(lease.id, completed(lease));
  for (const [key, known] of rest.leaseKeys ?? []) s.leaseKeys.set(key, known);
  for (const [id, ended] of rest.endedLeases ?? []) s.endedLeases.set(id, ended);
  for (const [name, pool] of rest.gone ?? []) s.gone.set(name, pool);
  for (const [name, cordon] of rest.cordons ?? []) s.cordons.set(name, cordon);
  for (const [name, size] of rest.sizes ?? []) s.sizes.set(name, size);
  for (const [name, pool] of rest.created ?? []) s.created.set(name, pool);
  for (const [name, template] of rest.templates ?? []) s.templates.set(name, template);
  for (const [name, disk] of rest.refreshed ?? []) s.refreshed.set(name, disk);
  for (const [name, failed] of rest.unprepared ?? []) s.unprepared.set(name, failed);
  for (const [name, job] of rest.unresolved ?? []) s.unresolved.set(name, job);
  for (const slot of slots) s.slots.set(slot.id, slot);
  const lanes = Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>;
  for (const cycle of cycles) {
    s.cycles.set(cycle.id, cycle);
    s.stores.set(cycle.storage, (s.stores.get(cycle.storage) ?? 0) + 1);
    if (!cycle.orphan || !s.byNumber.has(cycle.n)) s.byNumber.set(cycle.n, cycle.id);
    if (cycle.vmId !== undefined) s.byVm.set(cycle.vmId, cycle.id);
    if (cycle.runner !== undefined) {
      s.byRunner.set(cycle.runner.name, cycle.id);
      s.scopes.set(cycle.runner.scope, (s.scopes.get(cycle.runner.scope) ?? 0) + 1);
    }
    if (cycle.op !== undefined) lanes[OPERATIONS[cycle.op.call].lane]++;
    if (isBooting(cycle)) s.booting++;
    if (isWatched(cycle)) s.claimed.add(cycle.id);
    if (GUEST_PHASES_READ.has(cycle.phase)) s.guests.add(cycle.id);
  }
  return { ...s, lanes };
}

/** Ids of everything that is still open: its events are kept whatever their age. */
export function openStreams(s: State): Set<string> {
  const streams = new Set<string>();
  for (const id of s.cycles.keys()) streams.add(`cycle/${id satisfies CycleId}`);
  for (const lease of s.leases.keys()) streams.add(`lease/${lease}`);
  for (const job of s.unresolved.keys()) streams.add(`job/${job}`);
  for (const { job } of s.cycles.values()) if (job !== undefined) streams.add(`job/${job.name}`);
  for (const name of s.templates.keys()) streams.add(`template/${name}`);
  return streams;
}
