/**
 * What `hvpool status --json` and `GET /v1/status` say. A contract: later versions only add to it.
 */
import type { Phase, Power } from "./phases.ts";

/** The whole answer. Times are ISO 8601 in UTC. */
export interface Status {
  /** The running program. */
  readonly controller: {
    /** 32 hexadecimal digits, made once per data directory. */
    readonly id: string;
    /** Semantic version of hvpool. */
    readonly version: string;
    /** `starting` until the first list of VMs. */
    readonly state: "starting" | "running" | "stopping" | "draining";
    /** When this run began. */
    readonly since: string;
  };
  /** Every configured pool. */
  readonly pools: readonly PoolStatus[];
  /** Every cycle that holds or wants a machine. */
  readonly vms: readonly VmStatus[];
  /** GitHub, as the last answers show it. */
  readonly github: {
    /** `unknown` before the first answer. */
    readonly state: "unknown" | "ok" | "failing";
    /** Why it fails; absent while it does not. */
    readonly why?: string;
    /** The scarcest of all accounts after the last answers; `null` before the first. */
    readonly rate: { readonly limit: number; readonly remaining: number; readonly reset: string } | null;
  };
}

/** One pool. */
export interface PoolStatus {
  /** Its name in the configuration. */
  readonly name: string;
  /** What its machines are for. */
  readonly kind: "runner";
  /** Slots to keep filled. */
  readonly size: number;
  /** VMs whose runner is online and idle. */
  readonly ready: number;
  /** VMs that run a job. */
  readonly claimed: number;
  /** VMs in saved state, ready to be resumed. */
  readonly standby: number;
  /** VMs on their way to `ready` or `standby`. */
  readonly starting: number;
  /** Cycles in quarantine, and slots that wait after a failure. */
  readonly failed: number;
  /** What the pool waits for or fails at; `null` when there is nothing to say. */
  readonly why: string | null;
  /** A new generation of its machines; `null` while none is on its way and none was taken back. */
  readonly rollout: RolloutStatus | null;
}

/** A new generation on its way. Generations are 8 hexadecimal digits. */
export interface RolloutStatus {
  /** The new generation. */
  readonly to: string;
  /** The last good one: what the pool goes back to. */
  readonly from: string;
  /** `canary`: one machine tries it · `rolling`: the others follow · `reverted`: the pool is back on `from`. */
  readonly phase: "canary" | "rolling" | "reverted";
  /** Somebody stopped it where it is. */
  readonly paused: boolean;
  /** Machines of it that came to nothing. */
  readonly failures: number;
  /** Jobs that ran on it. */
  readonly served: number;
  /** When it began. */
  readonly since: string;
  /** Why it was taken back, or what it waits for. */
  readonly why: string;
}

/** One cycle that holds or wants a machine. */
export interface VmStatus {
  /** Hyper-V's VMId; `null` before the VM exists. */
  readonly id: string | null;
  /** `<prefix><slot>`. */
  readonly name: string;
  /** Name of its pool. */
  readonly pool: string;
  /** Position in the pool, from 1. */
  readonly slot: number;
  /** `<pool>/<slot>.<n>`. */
  readonly cycle: string;
  /** Where the cycle is in its life. */
  readonly phase: Phase;
  /** What Hyper-V says, as far as a reading counts. */
  readonly power: Power;
  /** When it came into this phase. */
  readonly since: string;
  /** Name of its registration; `null` before it has one. */
  readonly runner: string | null;
  /** Failures in a row of its slot. */
  readonly failures: number;
  /** What it waits for or why it is retired; `null` when there is nothing to say. */
  readonly why: string | null;
}
