/**
 * What `hvpool status --json` and `GET /v1/status` say. A contract: later versions only add to it.
 */
import type { LeaseChange } from "./leases/lease.ts";
import type { Phase, Power } from "./phases.ts";
import type { GpuPartition } from "./settings.ts";

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
  readonly kind: "runner" | "agent";
  /** Slots to keep filled. */
  readonly size: number;
  /** What the configuration says; another number than `size` after `pool resize`. */
  readonly configuredSize: number;
  /** Somebody paused or drained it, or the whole host; `null` while it makes machines. */
  readonly cordon: CordonStatus | null;
  /** VMs whose runner is online and idle. */
  readonly ready: number;
  /** VMs that run a job. */
  readonly claimed: number;
  /** VMs in saved state, ready to be resumed. */
  readonly standby: number;
  /** VMs that wait for the next lease of their last holder. */
  readonly parked: number;
  /** VMs that are made and off: cold ones of an agent pool. */
  readonly off: number;
  /** Agent pools: leases that wait for a machine. */
  readonly queued: number;
  /** It was made at run time, and is in no configuration. */
  readonly created: boolean;
  /** Machines of it can be neither saved nor put back, and why: each is made anew after its lease. `null`: they can. */
  readonly cold: string | null;
  /** VMs on their way to `ready` or `standby`. */
  readonly starting: number;
  /** Cycles in quarantine, and slots that wait after a failure. */
  readonly failed: number;
  /** What the pool waits for or fails at; `null` when there is nothing to say. */
  readonly why: string | null;
  /** A new generation of its machines; `null` while none is on its way and none was taken back. */
  readonly rollout: RolloutStatus | null;
  /** What its machines are made from, and how old that is. */
  readonly image: ImageStatus;
}

/** Age of an image and of the runner in it. GitHub gives no jobs to a runner 30 days after a newer one came out. */
export interface ImageStatus {
  /** Name of the template. */
  readonly template: string;
  /** When the image was made, by its own manifest; `null` when that is not known. */
  readonly builtAt: string | null;
  /** Version of its runner, by its manifest or its guests; `null` when that is not known. */
  readonly runner: string | null;
  /** The newest version that GitHub offers; `null` before the first answer. */
  readonly runnerLatest: string | null;
  /** Since when a newer runner than the image's is known; `null` while it is the newest. */
  readonly outdatedSince: string | null;
  /** When its Windows licence ends, by its manifest. */
  readonly expiresAt: string | null;
  /** `warn` from 20 days outdated or 30 days before the licence ends, `error` from 30 days or after its end. */
  readonly level: "ok" | "warn" | "error";
  /** Why it is not ok, and the remedy; `null` when it is. */
  readonly why: string | null;
}

/** One template. */
export interface TemplateStatus {
  /** Its name: letters, digits, dots, dashes and underscores. */
  readonly name: string;
  /** `configuration`: it stands in the file; `registered`: in the journal. */
  readonly origin: "configuration" | "registered";
  /** Where its disk came from: a path or an address; `null` where that is not told. */
  readonly source: string | null;
  /** Where machines find its disk; `null` before a pool has looked at it. */
  readonly path: string | null;
  /** Counts the disks registered under this name; `null` in a configuration. */
  readonly version: number | null;
  /** When its disk was registered; `null` in a configuration. */
  readonly registeredAt: string | null;
  /** Memory of machines made from it. */
  readonly memoryMb: number;
  /** Virtual processors. */
  readonly processors: number;
  /** Secure boot template, or none. */
  readonly secureBoot: "off" | "MicrosoftWindows" | "MicrosoftUEFICertificateAuthority";
  /** A virtual TPM. */
  readonly tpm: boolean;
  /** The machine may run virtual machines itself. */
  readonly nested: boolean;
  /** Machines get a GPU partition. */
  readonly gpu: boolean;
  /** What of its GPU partition the host does not choose; `null`: it chooses all. */
  readonly gpuPartition: GpuPartition | null;
  /** Declared software: names to versions. */
  readonly software: Readonly<Record<string, string>>;
  /** Name of the account in its guests. */
  readonly credentials: string | null;
  /** When a machine of an agent pool counts as ready. */
  readonly probe: { readonly tcp: number } | { readonly http: string } | null;
  /** Version of the runner in its image; `null` when that is not known. */
  readonly runner: string | null;
  /** When its image was made, by its manifest. */
  readonly builtAt: string | null;
  /** When its Windows licence ends, by its manifest. */
  readonly expiresAt: string | null;
  /** Who keeps it from being deleted: `pool ci`, `machine ci-3 (ci/3.17)`, `preparation`. */
  readonly users: readonly string[];
  /** An image of this name that is being prepared; `null` when none is. */
  readonly preparing: PreparationStatus | null;
  /** Why the last preparation came to nothing; `null` when it did not. */
  readonly failed: string | null;
}

/** How far an image is that is being prepared. */
export interface PreparationStatus {
  /** The cycle of its VM: `<pool>/<slot>.<n>`. */
  readonly cycle: string;
  /** What is being done. */
  readonly step: "fetching" | "copying" | "starting" | "installing" | "stopping" | "keeping";
  /** Bytes of the disk copied, and of how many; `null` before that is known. */
  readonly copied: number;
  /** Bytes of the disk. */
  readonly size: number | null;
  /** Since when. */
  readonly since: string;
  /** Version of the runner that is installed; `null` for none. */
  readonly runner: string | null;
  /** What it waits for; `null` when there is nothing to say. */
  readonly why: string | null;
}

/** A pool, or the host, that makes no machine. */
export interface CordonStatus {
  /** Idle machines are removed, too. */
  readonly drain: boolean;
  /** Through what it was asked for. */
  readonly source: string;
  /** Who asked for it; `null` in what an earlier version recorded. */
  readonly actor: string | null;
  /** Why, as far as somebody said. */
  readonly reason: string | null;
  /** Since when. */
  readonly since: string;
}

/** One lease that has not ended. */
export interface LeaseStatus {
  /** `l-` and 26 letters and digits. */
  readonly id: string;
  /** Name of its pool. */
  readonly pool: string;
  /** Who has it. */
  readonly holder: string;
  /**
   * `queued`: it waits for a machine · `starting`: one is being resumed · `active`: its holder has the machine ·
   * `changing`: something is done with it · `paused`: it is saved.
   */
  readonly state: "queued" | "starting" | "active" | "changing" | "paused";
  /** What is done with its machine now; `null` while nothing is. */
  readonly change: { readonly kind: LeaseChange["kind"]; readonly name: string | null } | null;
  /** Since when it is paused, or waits to be started after that. */
  readonly pausedAt: string | null;
  /** What happens when its holder is silent for too long. */
  readonly onIdle: "release" | "save";
  /** Checkpoints that its holder made, oldest first. */
  readonly checkpoints: readonly { readonly name: string; readonly at: string }[];
  /** How long its steps took, in milliseconds; `null` of one that is not over, or was not needed. */
  readonly steps: {
    /** It waited for a machine. */
    readonly queuedMs: number | null;
    /** So much of that the machine was made, booted or put back; `cold` ones only. */
    readonly madeMs: number | null;
    /** Until that machine was ready; the sum of the next three. */
    readonly startingMs: number | null;
    /** Until Hyper-V had started it, with what it waited for before. */
    readonly startMs: number | null;
    /** Until its network was renewed. */
    readonly networkMs: number | null;
    /** Until its guest was ready. */
    readonly readyMs: number | null;
  };
  /** The higher is served first. */
  readonly priority: number;
  /** What its holder wrote to it. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it is for; `null` when nobody said. */
  readonly purpose: string | null;
  /** When it was asked for. */
  readonly requestedAt: string;
  /** When a machine was chosen. */
  readonly assignedAt: string | null;
  /** When its holder had the machine. */
  readonly grantedAt: string | null;
  /** When it ends by itself, if its holder says nothing more; of one that waits: until when it may. */
  readonly expiresAt: string;
  /** It ends when its holder says nothing for so long. */
  readonly idleSeconds: number;
  /** It ends so long after it began. */
  readonly totalSeconds: number;
  /** Place in the queue from 1; `null` once a machine is chosen. */
  readonly position: number | null;
  /** Where its machine came from. */
  readonly origin: "hot" | "standby" | "restored" | "cold" | null;
  /** Its machine. */
  readonly vm: {
    /** Display name. */
    readonly name: string;
    /** Hyper-V's VMId. */
    readonly id: string | null;
    /** `<pool>/<slot>.<n>` */
    readonly cycle: string;
    /** IPv4, as its guest says; reachable from the host only with the Default Switch. */
    readonly address: string | null;
  } | null;
  /** While it is active: what its machine offers at its address, by the probe of its template. */
  readonly endpoints: readonly {
    readonly name: "http" | "tcp";
    /** `http://172.20.1.5:8080/mcp`, `tcp://172.20.1.5:3389` */
    readonly url: string;
  }[];
  /** What becomes of its machine. */
  readonly release: "reset" | "destroy" | "save" | "keep";
  /** It was not ready in time when its holder had it again, and this is what it lacked then; until the next change. */
  readonly lacks?: string;
  /** What it waits for; `null` when there is nothing to say. */
  readonly why: string | null;
}

/** The job of a VM. */
export interface VmJobStatus {
  /** Name of its runner: no two jobs have the same. */
  readonly name: string;
  /** Since when. */
  readonly since: string;
  /** What its guest says of it: a hint; `null` before it does. */
  readonly repository: string | null;
  /** Number and attempt of its run: `77.1`. */
  readonly run: string | null;
  /** The job's key in its workflow. */
  readonly job: string | null;
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
  /** What it is made from: 8 hexadecimal digits; empty for something that was found. */
  readonly generation: string;
  /** Its job; `null` without one. */
  readonly job: VmJobStatus | null;
  /** Its lease, and who has it; `null` without one. */
  readonly lease: { readonly id: string; readonly holder: string } | null;
  /** Who is to have it next, and until when it waits for them. */
  readonly parked: { readonly holder: string; readonly until: string } | null;
  /** Memory that it is assigned, in MiB; 0 while it is off or saved; `null` when that is not known. */
  readonly memoryMb: number | null;
  /** For how long it has been running; `null` while it does not. */
  readonly uptimeSeconds: number | null;
  /** Size of its saved state on disk, in MiB; `null` while it has none, or where the host does not tell. */
  readonly savedStateMb: number | null;
  /** When it was resumed last, or started. */
  readonly resumedAt: string | null;
  /** IPv4, as its guest says. */
  readonly address: string | null;
  /** Until when it is kept for somebody to look at; `null` when it is not. */
  readonly heldUntil: string | null;
  /** What it waits for, why it is retired, or who holds it and why; `null` when there is nothing to say. */
  readonly why: string | null;
}
