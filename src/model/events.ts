/**
 * Everything that the journal can say. An event is a fact that was decided or learnt; it carries what the fold
 * needs and what a person wants to read, and never a secret.
 */
import type { By } from "./by.ts";
import type { OperationName } from "./calls.ts";
import type { ControllerId, CycleId, Ms, OpId, ScopeKey, Seq, VmId } from "./ids.ts";
import type { JobSaid } from "./jobs.ts";
import type { JobResult } from "./job_result.ts";
import type { Lease, LeaseChange, LeaseId, Origin, Release } from "./leases/lease.ts";
import type { Phase, Power } from "./phases.ts";
import type { TemplateDisk } from "./rollout.ts";
import type { PoolSettings, Settings, TemplateSettings } from "./settings.ts";
import type { Wished } from "./wish.ts";
import type { ImageManifest, PreparationWanted } from "./templates.ts";

/** What an operation's answer tells that the journal keeps. */
export interface Learnt {
  readonly power?: Power;
  readonly vmId?: VmId;
  readonly runnerId?: number;
  readonly checkpointId?: string;
  /** Of a copied disk: bytes that are there now, and of the whole. */
  readonly copied?: number;
  readonly size?: number;
  /** Of a prepared image. */
  readonly disk?: TemplateDisk;
}

/** How an operation ended. `unknown`: no answer came; the effect may still land. */
export type Outcome = "ok" | "failed" | "unknown";

/** Events of a whole controller, in the stream `host`. */
export type HostEvent =
  /** `run` counts the starts, also those of journals that were lost; older journals do not tell it. */
  | {
    readonly type: "run.started";
    readonly data: { controller: ControllerId; version: string; run?: number };
  }
  /** `from`: the next number is above it, since lower ones may have been given out without a record. */
  | { readonly type: "numbers.reserved"; readonly data: { upTo: number; from?: number } }
  /** Machines with numbers up to this one are left alone. `olderCopy`: what the journal knew of them is out of date. */
  | { readonly type: "journal.lost"; readonly data: { upTo: number; olderCopy?: boolean } }
  /** What a lost journal knew is taken up: machines that serve go on with `adopt`, everything else is retired. */
  | { readonly type: "journal.reconciled"; readonly data: { upTo: number; adopt: boolean } & By }
  | { readonly type: "settings.applied"; readonly data: { settings: Settings } & Partial<By> }
  | { readonly type: "controller.stopping"; readonly data: { drain: boolean } & By }
  | { readonly type: "starts.paused"; readonly data: { until: Ms; code: string; message: string } }
  | { readonly type: "starts.resumed"; readonly data: Record<never, never> }
  /** No pool makes machines any more; with `drain` idle ones are removed. */
  | { readonly type: "host.cordoned"; readonly data: { drain: boolean } & By }
  | { readonly type: "host.uncordoned"; readonly data: By }
  /** GitHub, or the folder of runners, offers a newer runner program than before. */
  | { readonly type: "runner.released"; readonly data: { version: string } };

/** Events of registered templates, in the stream `template/<name>`. */
export type TemplateEvent =
  | {
    readonly type: "template.registered";
    readonly data: {
      template: string;
      settings: TemplateSettings;
      disk: TemplateDisk;
      /** Where its disk came from: a path, or an address without its query. */
      origin: string;
    } & By;
  }
  | { readonly type: "template.deleted"; readonly data: { template: string } & By }
  /** The image of this template was prepared: its pools make their machines from it. */
  | {
    readonly type: "template.refreshed";
    readonly data: { template: string; disk: TemplateDisk };
  };

/** Events of a pool, in the stream `pool/<name>`. */
export type PoolEvent =
  | { readonly type: "pool.degraded"; readonly data: { pool: string; cause: string } }
  | { readonly type: "pool.recovered"; readonly data: { pool: string } }
  | {
    readonly type: "pool.cordoned";
    readonly data: { pool: string; drain: boolean } & By;
  }
  | { readonly type: "pool.uncordoned"; readonly data: { pool: string } & By }
  /** Until the configuration says another size than `configured`; no `size`: back to what it says. */
  | {
    readonly type: "pool.resized";
    readonly data: { pool: string; size?: number; configured: number } & By;
  }
  /** Another golden disk than before is at the path of the pool's template; `path` is where machines find it. */
  | {
    readonly type: "template.changed";
    readonly data: { pool: string; identity: string; path: string; from?: string; image?: ImageManifest };
  }
  /** The golden disk of the last good generation was written to: there is no way back to it. */
  | { readonly type: "template.spoilt"; readonly data: { pool: string; path: string } }
  /** A pool that is in no configuration. */
  | {
    readonly type: "pool.created";
    readonly data: { pool: string; settings: PoolSettings } & By;
  }
  /** Its leases have ended, and its machines are given up. */
  | { readonly type: "pool.deleted"; readonly data: { pool: string } & By }
  /** Generations are hashes of what machines are made from. */
  | { readonly type: "rollout.started"; readonly data: { pool: string; from: string; to: string } }
  /** One machine of it ran a job, or somebody asked for it: the others follow. */
  | { readonly type: "rollout.advanced"; readonly data: { pool: string; to: string } & Partial<By> }
  | { readonly type: "rollout.finished"; readonly data: { pool: string; to: string } }
  | {
    readonly type: "rollout.reverted";
    readonly data: { pool: string; to: string; cause: string } & Partial<By>;
  }
  | { readonly type: "rollout.paused"; readonly data: { pool: string; to: string } & By }
  | { readonly type: "rollout.resumed"; readonly data: { pool: string; to: string } & By };

/** Events of a cycle, in the stream `cycle/<id>`. */
export type CycleEvent =
  | {
    readonly type: "cycle.opened";
    readonly data: {
      cycle: CycleId;
      pool: string;
      slot: number;
      n: number;
      generation: string;
      /** Folder on the host below which its directory lies. */
      storage: string;
    };
  }
  | {
    /** Something of ours without a record: it is retired. */
    readonly type: "cycle.found";
    readonly data: {
      cycle: CycleId;
      pool: string;
      slot: number;
      n: number;
      cause: string;
      storage: string;
      vmId?: VmId;
      directory?: true;
      used?: true;
      runner?: { name: string; scope: ScopeKey; use: number; id?: number; registeredAt: Ms };
    };
  }
  | {
    /** A machine of a lost journal that serves: it fills its slot if nothing else does. */
    readonly type: "cycle.adopted";
    readonly data: {
      cycle: CycleId;
      pool: string;
      slot: number;
      n: number;
      generation: string;
      storage: string;
      vmId: VmId;
      phase: "online" | "claimed";
      runner: { name: string; scope: ScopeKey; use: number; id: number; registeredAt: Ms };
    };
  }
  | {
    readonly type: "cycle.phase";
    readonly data: {
      cycle: CycleId;
      phase: Phase;
      /** Its guest went on after a resume, in this start of the host. */
      proven?: string;
    };
  }
  | {
    /** After a job, back to its checkpoint. Its registration has gone to a record of its own. */
    readonly type: "cycle.recycled";
    readonly data: { cycle: CycleId; cause: string };
  }
  | {
    /** It was resumed and did not go on: it is restored once more; `rung` counts. */
    readonly type: "cycle.resume_failed";
    readonly data: { cycle: CycleId; rung: number; cause: string; message: string };
  }
  | {
    readonly type: "cycle.retired";
    readonly data: {
      cycle: CycleId;
      cause: string;
      /** Because of an absent runner: these are capped. */
      reap?: true;
      /** It ran a job without ever having been seen online. */
      served?: true;
      /** It is stopped whatever GitHub says. */
      force?: true;
    } & Partial<By>;
  }
  | {
    /** It is to be kept after its job. */
    readonly type: "cycle.hold";
    readonly data: { cycle: CycleId; until: Ms } & By;
  }
  /** It is kept for somebody to look at: unregistered and isolated. */
  | { readonly type: "cycle.kept"; readonly data: { cycle: CycleId; cause: string; until: Ms } }
  /** An operator wishes something of it while nobody has it. */
  | {
    readonly type: "cycle.wished";
    readonly data: { cycle: CycleId; wish: Wished } & By;
  }
  /** It is not kept any longer. */
  | { readonly type: "cycle.released"; readonly data: { cycle: CycleId } & By }
  | {
    readonly type: "cycle.failed";
    readonly data: { cycle: CycleId; cause: string; message: string; notBefore: Ms };
  }
  | {
    readonly type: "cycle.quarantined";
    readonly data: { cycle: CycleId; cause: string; message: string; notBefore: Ms; until: Ms };
  }
  | {
    /** An image is prepared on this cycle's machine. */
    readonly type: "preparation.started";
    readonly data: { cycle: CycleId } & PreparationWanted;
  }
  | { readonly type: "cycle.ended"; readonly data: { cycle: CycleId } }
  | { readonly type: "vm.found"; readonly data: { cycle: CycleId; vmId: VmId } }
  | { readonly type: "vm.gone"; readonly data: { cycle: CycleId } }
  | {
    /** What its guest says of its runner's end: a hint, for people. */
    readonly type: "runner.exited";
    readonly data: {
      cycle: CycleId;
      name: string;
      use: number;
      /** Exit code of the runner program, 0-255. */
      exit?: number;
      /** Why it could not be started. */
      error?: string;
      /** Version of the runner program. */
      version?: string;
    };
  }
  | { readonly type: "runner.dropped"; readonly data: { cycle: CycleId; name: string; cause: string } }
  | { readonly type: "runner.missing"; readonly data: { cycle: CycleId; name: string } }
  | {
    readonly type: "op.opened";
    readonly data: {
      cycle: CycleId;
      op: OpId;
      call: OperationName;
      runner?: { name: string; scope: ScopeKey; use: number };
      /** Of a new disk: what it is a child of. */
      parent?: string;
    };
  }
  | {
    readonly type: "op.closed";
    readonly data: {
      cycle: CycleId;
      op: OpId;
      call: OperationName;
      outcome: Outcome;
      learnt?: Learnt;
      code?: string;
      message?: string;
      /** The step is tried again, not before this time. */
      notBefore?: Ms;
      /** The registration counts as gone although GitHub did not confirm a removal. */
      missing?: true;
    };
  };

/** Events of a lease, in the stream `lease/<id>`. */
export type LeaseEvent =
  | {
    readonly type: "lease.requested";
    readonly data:
      & { lease: LeaseId; waitMs: Ms; key?: string; hash?: string }
      & By
      & Pick<
        Lease,
        | "pool"
        | "holder"
        | "priority"
        | "labels"
        | "purpose"
        | "idleMs"
        | "totalMs"
        | "release"
        | "onIdle"
        | "keepMs"
      >;
  }
  /** A machine is chosen for it. */
  | { readonly type: "lease.assigned"; readonly data: { lease: LeaseId; cycle: CycleId; origin: Origin } }
  /** Its machine came to nothing before its holder had it: it waits for another one. */
  | { readonly type: "lease.moved"; readonly data: { lease: LeaseId; cycle: CycleId; cause: string } }
  /** Its holder has the machine; `lacks`: it was not ready in time, and this is what it lacked. */
  | {
    readonly type: "lease.granted";
    readonly data: { lease: LeaseId; cycle: CycleId; lacks?: string };
  }
  /** A sign of its holder; of several within a quarter of its idle time only one is recorded. */
  | { readonly type: "lease.touched"; readonly data: { lease: LeaseId } }
  | { readonly type: "lease.extended"; readonly data: { lease: LeaseId; totalMs: Ms } & By }
  /** Something is done with its machine. Without a source: because its holder is silent, or is there again. */
  | {
    readonly type: "lease.changing";
    readonly data: { lease: LeaseId; cycle: CycleId; change: LeaseChange } & Partial<By>;
  }
  /**
   * It was done: its holder has the machine again, or it is paused. `checkpoint`: the one that was made; `lacks`: its
   * machine was not ready in time, and this is what it lacked.
   */
  | {
    readonly type: "lease.changed";
    readonly data: {
      lease: LeaseId;
      cycle: CycleId;
      change: LeaseChange;
      checkpoint?: string;
      lacks?: string;
    };
  }
  /** It was not done, and its holder has the machine as it was; `paused`: saved, as it was. */
  | {
    readonly type: "lease.unchanged";
    readonly data: { lease: LeaseId; cycle: CycleId; change: LeaseChange; message: string; paused?: true };
  }
  /** `release`: what becomes of its machine; `until`: so long it is parked. */
  | {
    readonly type: "lease.ended";
    readonly data: {
      lease: LeaseId;
      cause: string;
      release: Release;
      cycle?: CycleId;
      until?: Ms;
    } & Partial<By>;
  };

/** Events of a job, in the stream `job/<name of its runner>`. */
export type JobEvent =
  | {
    readonly type: "job.started";
    readonly data: {
      job: string;
      cycle: CycleId;
      pool: string;
      /** Display name of its machine. */
      vm: string;
      generation: string;
      scope: ScopeKey;
      /** It ran already when it was taken up after the loss of a journal: when it began is not known. */
      earlier?: true;
    };
  }
  /** What its guest says of it. */
  | { readonly type: "job.named"; readonly data: { job: string; cycle: CycleId } & JobSaid }
  | {
    readonly type: "job.ended";
    readonly data: {
      job: string;
      cycle: CycleId;
      cause: string;
      /** Exit code of the runner program, 0-255. */
      exit?: number;
    };
  }
  /** What GitHub says of it; without a result: why there is none. */
  | {
    readonly type: "job.result";
    readonly data: { job: string; cycle: CycleId; result?: JobResult; why?: string };
  };

/** An event that has no place in the journal yet. */
export type NewEvent = HostEvent | TemplateEvent | PoolEvent | CycleEvent | JobEvent | LeaseEvent;
/** An event in its place. */
export type Event = NewEvent & { readonly seq: Seq; readonly at: Ms };

/** The stream that an event belongs to. */
export function streamOf(event: NewEvent): string {
  if ("lease" in event.data) return `lease/${event.data.lease}`;
  if ("job" in event.data) return `job/${event.data.job}`;
  if ("cycle" in event.data) return `cycle/${event.data.cycle}`;
  if ("template" in event.data) return `template/${event.data.template}`;
  return "pool" in event.data ? `pool/${event.data.pool}` : "host";
}
