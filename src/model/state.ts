/**
 * What the journal says: the fold of all events, and nothing else. Readings are not in it (see `view.ts`), and
 * no secret is.
 */
import { type Lane, LANES, type OperationName } from "./calls.ts";
import type { ControllerId, CycleId, Ms, OpId, ScopeKey, Seq, SlotId, VmId } from "./ids.ts";
import type { Phase, Power } from "./phases.ts";
import type { CycleJob, UnresolvedJob } from "./jobs.ts";
import type { Doing, EndedLease, Lease, LeaseId, LeaseKey, Parked, Release } from "./leases/lease.ts";
import type { AskedSize, Cordon, Hold } from "./maintenance.ts";
import type { GoodGeneration, Rollout, TemplateDisk } from "./rollout.ts";
import type { PoolSettings, Settings } from "./settings.ts";
import type { Wish } from "./wish.ts";
import type { FailedPreparation, Preparation, RegisteredTemplate, SeenRelease } from "./templates.ts";

/** An operation in flight. */
export interface Op {
  readonly id: OpId;
  readonly call: OperationName;
  readonly openedAt: Ms;
}

/** A registration at GitHub, from the moment its name was recorded. */
export interface Runner {
  readonly name: string;
  readonly scope: ScopeKey;
  /** Counts the registrations of a cycle; the guest ignores a use that it has had. */
  readonly use: number;
  /** Known once GitHub has answered, or once a list has shown the name. */
  id?: number;
  /** When the answer came: the registration is at least as old as this says. */
  registeredAt: Ms;
  /** Set when GitHub confirmed the removal (204). */
  gone?: boolean;
  /** When a missing registration counted as gone without such an answer: 404 at age, or a complete list. */
  missingAt?: Ms;
}

/** One attempt to fill a slot, or the record of something of ours that was found without one. */
export interface Cycle {
  readonly id: CycleId;
  readonly pool: string;
  readonly slot: number;
  readonly n: number;
  /** Opened for something found: never filled a slot, is only removed. */
  readonly orphan: boolean;
  /** Hash of what the pool's machines were made from; another one than the pool's is replaced when idle. */
  readonly generation: string;
  /** Folder on the host below which its directory lies; a later configuration may name another. */
  readonly storage: string;
  phase: Phase;
  /** When it came into this phase. */
  since: Ms;
  /** A directory, with a disk in it, may exist. */
  directory: boolean;
  /** The golden disk that its disk is a child of. */
  parent?: string;
  /** The differencing disk was made, and its answer came. */
  disk: boolean;
  /** `maybe`: the answer to its creation did not come, so its id is not known. */
  vm: "none" | "maybe" | "known";
  vmId?: VmId;
  /** When the creation closed without an answer. */
  maybeSince: Ms;
  /** A job may have seen the machine, or may yet. */
  used: boolean;
  /** The checkpoint to which it goes back after a job. */
  checkpoint?: string;
  /** It was put back to its checkpoint, and nothing has run since. */
  clean: boolean;
  /** When it was opened, or put back after it was used last. */
  begunAt?: Ms;
  /** Since when it could have been leased without being made or put back first; nothing while it could not. */
  availableSince?: Ms;
  /** The host's start in which it was last resumed and went on. */
  proven?: string;
  /** How often in a row it was resumed and did not go on. */
  rung: number;
  /** In `resuming`, and under a lease: it was started, and its guest is to go on. */
  resumed: boolean;
  /** When it was started or resumed last. */
  startedAt?: Ms;
  /** Its network was renewed after its last start. */
  renewed: boolean;
  /** It has its GPU partition. */
  gpu?: true;
  /** The loader was brought into the guest. */
  prepared?: boolean;
  /** Its configuration was delivered and the answer came. */
  put: boolean;
  /** A config drive may be in. */
  media: boolean;
  /** Who has it, or is about to. */
  lease?: LeaseId;
  /** What becomes of it after its lease has ended. */
  release?: Release;
  /** It waits for the next lease of its last holder, or is being resumed for that. */
  parked?: Parked;
  /** How far it is with what is done for its lease: see {@linkcode Lease.change}. */
  doing?: Doing;
  /** Checkpoints of a holder may hang on it: it is made anew after its lease. */
  branched?: true;
  /** Its job, from its start until its machine is given up or put back. */
  job?: CycleJob;
  /** What its guest said of its runner's end; `bye`: it was told that it was heard. */
  exit?: { readonly use: number; readonly code?: number; bye: boolean };
  /** A list has shown the runner online or busy. */
  seenOnline: boolean;
  runner?: Runner;
  /** The last use number that was given out. */
  uses: number;
  op?: Op;
  /** Journal position of the last closing of an operation on the VM: older readings say nothing. */
  closed: Seq;
  /**
   * Of those after which its guest may have another address: a start, a restore, a renewed network.
   * @default as `closed`
   */
  moved?: Seq;
  /** The power in the answer of that operation, if it told. */
  answer?: { readonly power: Power; readonly at: Ms };
  /** The call that did not succeed last. */
  retrying?: OperationName;
  /** Code of its last answer, where it had one. */
  retryingCode?: string;
  /** How often in a row it did not. */
  attempts: number;
  /** When it failed first. */
  retryingSince?: Ms;
  /** This call is not tried again before; another one may be. */
  notBefore: Ms;
  /** What it failed at, for the evidence; `kept`: that was gathered, or could not be. */
  failure?: { readonly cause: string; readonly message: string; kept: boolean };
  /** It is to be kept after its job, or is kept. */
  hold?: Hold;
  /** What an operator wishes of it, until somebody has it. */
  wish?: Wish;
  /** Its adapter has the rules of its pool, or of a machine that is kept: that one reaches nothing. */
  walls?: "pool" | "held";
  /** It is stopped whatever GitHub says: an operator, or the pool's time for a job, stands above law 7. */
  forced?: true;
  /** Why it is retiring or quarantined. */
  cause?: string;
  /** End of the quarantine. */
  until?: Ms;
}

/** A position of a pool. Kept while something is known of it. */
export interface Slot {
  readonly id: SlotId;
  /** The one cycle that fills it. */
  live?: CycleId;
  /** Somebody gave up its machine, which may have a job: the slot is filled once that machine is gone, or is stopped by force. */
  leaving?: CycleId;
  /** Retiring cycles that still hold a VM or a directory. */
  retiring: number;
  /** Failed cycles in a row. */
  failures: number;
  /** What the last of them failed at. */
  cause?: string;
  /** No new cycle before. */
  notBefore: Ms;
}

/** A pool as configured, and what happened to it. */
export interface Pool {
  /** With the hardware of a registered template, where it names one. */
  settings: PoolSettings;
  generation: string;
  /** The golden disk, once it was looked at. */
  disk?: TemplateDisk;
  /** The last generation whose machines came online: what the pool goes back to. */
  good?: GoodGeneration;
  /** A new generation on its way. */
  rollout?: Rollout;
  /** Version of the runner that its guests named last. */
  seenRunner?: string;
  /** Half of the pool fails alike: one probe at a time. */
  degraded?: string;
  quarantined: number;
  /** Cycles that are ready for a job or soon will be: resuming, waiting, joining, online. */
  hot: number;
  /** Times of the last retirements because of an absent runner: they are capped. */
  reaped: Ms[];
  /** It is not configured any more, and kept for its leases: its machines have numbers up to this one. */
  goneUpTo?: number;
}

/** The fold. */
export interface State {
  controller: ControllerId;
  /** Counts the starts of the program. */
  run: number;
  /** When the present run began: before it, nobody watched. */
  startedAt: Ms;
  seq: Seq;
  settings: Settings;
  /** Highest cycle number that may be issued, and highest that was. */
  reserved: number;
  issued: number;
  /** Numbers up to here belong to a journal that was lost: what carries them is left alone. */
  lostUpTo: number;
  /** Numbers up to here are adopted where a machine with a registration carries them. */
  adoptUpTo: number;
  /** Machines of a lost journal were taken up in this run: what they are made from is not known yet. */
  parentsUnknown?: true;
  nextOp: number;
  /** Counts records of found things, to tell their ids apart. */
  nextOrphan: number;
  stopping?: { readonly drain: boolean };
  /** No start or creation before, because memory or space ran out. */
  pausedUntil: Ms;
  pauses: number;
  pauseCause?: string;
  readonly cycles: Map<CycleId, Cycle>;
  readonly slots: Map<SlotId, Slot>;
  readonly pools: Map<string, Pool>;
  /** Agent pools that are not configured any more, by name, while somebody has a machine of them, or one is parked. */
  readonly gone: Map<string, Pool>;
  /** Leases that have not ended, in the order in which they were asked for. */
  readonly leases: Map<LeaseId, Lease>;
  /** Answers for whoever asks again, by holder and key. */
  readonly leaseKeys: Map<string, LeaseKey>;
  /** Why leases ended: of the last day, and not of all of it. Oldest first. */
  readonly endedLeases: Map<LeaseId, EndedLease>;
  /** Jobs that ended and whose result is asked for, by the name of their runner. */
  readonly unresolved: Map<string, UnresolvedJob>;
  /** What keeps pools from making machines, by pool; see `WHOLE_HOST`. */
  readonly cordons: Map<string, Cordon>;
  /** Pools that are in no configuration, by name. They are among `settings.pools`, too, after those of the file. */
  readonly created: Map<string, PoolSettings>;
  /** Sizes that were asked for, by pool. */
  readonly sizes: Map<string, AskedSize>;
  /** Templates that were registered, by name. */
  readonly templates: Map<string, RegisteredTemplate>;
  /** Prepared images of templates of the configuration, by name: for the disk that they were made from. */
  readonly refreshed: Map<string, TemplateDisk>;
  /** An image that is being prepared. */
  preparation?: Preparation;
  /** Preparations that came to nothing, by the template's name. */
  readonly unprepared: Map<string, FailedPreparation>;
  /** Runner programs that were the newest, oldest first. */
  releases: SeenRelease[];
  /** Open operations per lane. */
  readonly lanes: Record<Lane, number>;
  /** Indexes of `cycles`. */
  readonly byNumber: Map<number, CycleId>;
  readonly byVm: Map<VmId, CycleId>;
  readonly byRunner: Map<string, CycleId>;
  /** How many cycles lie in each storage folder. */
  readonly stores: Map<string, number>;
  /** How many cycles have a registration in each account. */
  readonly scopes: Map<ScopeKey, number>;
  /** Cycles whose guests are read often: booting, waiting, resuming, joining. */
  readonly guests: Set<CycleId>;
  /** Cycles with a job, and ready ones of agent pools: their guests are read too, less often. */
  readonly claimed: Set<CycleId>;
  /** Cycles that boot, or were resumed and are to go on: they count against the lane `boot`. */
  booting: number;
}

/** Phases whose guests are asked often how they are. */
export const GUEST_PHASES_READ: ReadonlySet<Phase> = new Set([
  "booting",
  "waiting",
  "resuming",
  "joining",
]);

/** The state before the first event. */
export function emptyState(settings: Settings): State {
  return {
    controller: "" as ControllerId,
    run: 0,
    startedAt: 0,
    seq: 0,
    settings,
    reserved: 0,
    issued: 0,
    lostUpTo: 0,
    adoptUpTo: 0,
    nextOp: 1,
    nextOrphan: 1,
    pausedUntil: 0,
    pauses: 0,
    cycles: new Map(),
    slots: new Map(),
    pools: new Map(),
    gone: new Map(),
    leases: new Map(),
    leaseKeys: new Map(),
    endedLeases: new Map(),
    unresolved: new Map(),
    cordons: new Map(),
    created: new Map(),
    sizes: new Map(),
    templates: new Map(),
    refreshed: new Map(),
    unprepared: new Map(),
    releases: [],
    lanes: Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>,
    byNumber: new Map(),
    byVm: new Map(),
    byRunner: new Map(),
    stores: new Map(),
    scopes: new Map(),
    guests: new Set(),
    claimed: new Set(),
    booting: 0,
  };
}

/** Whether a cycle still holds something on the host. */
export function holds(cycle: Cycle): boolean {
  return cycle.vm !== "none" || cycle.directory;
}

/** Phases in which a machine is ready for a job, or will be without another decision. */
const HOT: ReadonlySet<Phase> = new Set(["resuming", "waiting", "joining", "online"]);

/** Whether its guest is asked now and then how it is: it has a job or a holder, or is ready for one without a registration. */
export function isWatched({ phase, runner }: Cycle): boolean {
  return phase === "claimed" || (phase === "online" && runner === undefined);
}

/** Whether a cycle counts as one of the running and ready ones of its pool. */
export function isHot({ phase }: Cycle): boolean {
  return HOT.has(phase);
}

/** Whether a cycle takes a place in the lane `boot` beside its open operation. */
export function isBooting({ phase, resumed }: Cycle): boolean {
  return phase === "booting" || ((phase === "resuming" || phase === "claimed") && resumed);
}

/** Whether a cycle fills its slot. */
export function isLive(cycle: Cycle): boolean {
  return cycle.phase !== "retiring" && cycle.phase !== "quarantined";
}
