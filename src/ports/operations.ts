/** What the API, and so every command, can ask of a running controller. `controller` answers it. */
import type { By } from "../model/by.ts";
import type { RolloutAction } from "../model/decide.ts";
import type { Ms, Seq } from "../model/ids.ts";
import type { Item } from "../model/inventory_item.ts";
import type { JobResult } from "../model/job_result.ts";
import type { LeaseChange, Release } from "../model/leases/lease.ts";
import type { GpuPartition } from "../model/settings.ts";
import type { LeaseStatus, PoolStatus, RolloutStatus, Status, TemplateStatus } from "../model/status.ts";

export type { By, RolloutAction };

/** One event as people and programs read it. */
export interface EventRow {
  /** Position in the journal. */
  readonly seq: Seq;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `host`, `pool/<name>` or `cycle/<pool>/<slot>.<n>`. */
  readonly stream: string;
  /** Such as `cycle.opened`. */
  readonly type: string;
  /** What the event says; never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which events are wanted; what is absent does not narrow. */
export interface EventFilter {
  /** Only events after this one. */
  readonly after?: Seq;
  /** Only events at or after this time. */
  readonly since?: Ms;
  /** Display name of a VM (`<prefix><slot>`) or a cycle id. */
  readonly vm?: string;
  /** Only events of this pool and its cycles. */
  readonly pool?: string;
  /** Event type, or its beginning: `op` finds `op.opened` and `op.closed`. */
  readonly type?: string;
}

/** What is asked of a pool's new generation. */
export interface RolloutRequest extends By {
  /** Name of the pool. */
  readonly pool: string;
  /** What is asked. */
  readonly action: RolloutAction;
}

/** What came of a {@linkcode RolloutRequest}. */
export type RolloutAnswer =
  /** It is recorded with the next turn; `rollout` is how that leaves it. */
  | { readonly ok: true; readonly rollout: RolloutStatus }
  | {
    readonly ok: false;
    /** `not_found`: there is no such pool. */
    readonly code: "not_found" | "nothing_rolled_out";
    /** For people: what was asked, why it is refused, what to do. */
    readonly message: string;
  };

/** How far something slow is. */
export interface Progress {
  /** What is being done, for people: `copying`, `checking`, `fetching`. */
  readonly step: string;
  /** Bytes done, and of how many; absent where that is not known. */
  readonly done?: number;
  /** Of how many bytes. */
  readonly of?: number;
}

/** How something slow is followed, and given up. */
export interface Following {
  /** Hears how far it is. */
  readonly progress: (progress: Progress) => void;
  /** Given up: what was copied stays, and the same request goes on from there. */
  readonly signal?: AbortSignal;
}

/** Hardware and more of a template; what is absent has the default of the configuration. */
export interface TemplateHardware {
  /** A multiple of 2. @default 4096 */
  readonly memoryMb?: number;
  /** @default 2 */
  /** Virtual processors. */
  readonly processors?: number;
  /** @default "MicrosoftWindows" */
  /** Secure boot template, or none. */
  readonly secureBoot?: "off" | "MicrosoftWindows" | "MicrosoftUEFICertificateAuthority";
  /** A virtual TPM. */
  readonly tpm?: boolean;
  /** The machine may run virtual machines itself. */
  readonly nested?: boolean;
  /** A GPU partition: machines with one can be neither saved nor checkpointed. */
  readonly gpu?: boolean;
  /** What of its GPU partition the host does not choose; only with `gpu`. */
  readonly gpuPartition?: GpuPartition;
  /** Declared software: names to versions. */
  readonly software?: Readonly<Record<string, string>>;
  /** Name of an entry of `guest_accounts:`. */
  readonly credentials?: string;
  /** When a machine made from it counts as ready. */
  readonly probe?: { readonly tcp: number } | { readonly http: string };
}

/** A disk to register. */
export interface RegisterTemplate extends TemplateHardware, By {
  /** Its name: letters, digits, dots, dashes and underscores. */
  readonly name: string;
  /** The golden disk on the host (.vhdx). */
  readonly path: string;
  /** A registered template of this name gets a new version; without it the name must be free. */
  readonly replace?: boolean;
}

/** What to make a prepared template from. */
export interface PrepareTemplate extends TemplateHardware, By {
  /** Name of the template that comes of it. */
  readonly name: string;
  /** A template, or a disk on the host (.vhdx). */
  readonly from: string;
  /** Version of the runner, or `latest`; absent: the image keeps what it has. */
  readonly runner?: string;
  /** Switch of the machine that it is prepared on; absent: the Default Switch. */
  readonly switchName?: string;
  /** See {@linkcode RegisterTemplate}. */
  readonly replace?: boolean;
}

/** What to export, or to import. */
export interface TransferTemplate extends By {
  /** Its name: letters, digits, dots, dashes and underscores. */
  readonly name: string;
  /** A folder on the host, a share, or a web address. */
  readonly place: string;
  /** Sent with every request to a web server; may hold secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Import: a registered template of this name gets a new version. Export: another export there is replaced. */
  readonly replace?: boolean;
}

/** One finding about a template. */
export interface TemplateCheck {
  /** `file`, `read-only`, `chain`, `identity`, `in-use`, `manifest`, `runner`, `expiry`, `software`. */
  readonly id: string;
  /** `warn`: it works, and will not for ever. */
  readonly status: "ok" | "warn" | "fail";
  /** For people: what was found. */
  readonly message: string;
  /** What to do; empty when it is ok. */
  readonly remedy: string;
}

/** Why something about templates is refused, or did not succeed. */
export interface TemplateRefusal {
  /** Whether it was done. */
  readonly ok: false;
  /** Why not. */
  readonly code:
    /** There is no such template, or nothing at that place. */
    | "not_found"
    /** The name is taken, or it is in use; the message names the users. */
    | "conflict"
    /** What was asked for makes no sense; the message says what. */
    | "invalid"
    /** The host or a server did not do it. */
    | "failed"
    /** It was given up on request. */
    | "cancelled";
  /** For people: what was found. */
  readonly message: string;
}

/** What came of a request about a template. */
export type TemplateAnswer = { readonly ok: true; readonly template: TemplateStatus } | TemplateRefusal;

/** The template store. Whatever copies goes on from where it was cut off when it is asked for again. */
export interface TemplateOperations {
  /** Those of the configuration first, then the registered ones, each by name. */
  list(): readonly TemplateStatus[];
  /** Gives a disk of the host a name. */
  register(request: RegisterTemplate, following: Following): Promise<TemplateAnswer>;
  /** Looks at everything that can be wrong with it. */
  verify(
    name: string,
    following: Following,
  ): Promise<{ readonly ok: true; readonly checks: readonly TemplateCheck[] } | TemplateRefusal>;
  /** Begins; `list` tells how far it is. */
  prepare(request: PrepareTemplate, following: Following): Promise<TemplateAnswer>;
  /** Copies it to a folder, a share or a web server. */
  export(request: TransferTemplate, following: Following): Promise<TemplateAnswer>;
  /** Takes what `export` made. */
  import(request: TransferTemplate & TemplateHardware, following: Following): Promise<TemplateAnswer>;
  /** Its disk goes with its last user; one in use is refused. Also what a cut off import left. */
  delete(name: string, by: By): Promise<{ readonly ok: true } | TemplateRefusal>;
}

/** See {@linkcode MaintenanceRequest}. */
export type VmWish = "wake" | "save" | "reset" | "prepare";

/** What an operator asks of pools and machines. It is recorded, and survives restarts. */
export type MaintenanceRequest =
  & By
  & (
    /** `pause`: no machine is made · `drain`: idle ones are removed too · `resume`: both end. No pool: the whole host. */
    | { readonly action: "pause" | "drain" | "resume"; readonly pool?: string }
    /** Until the configuration says another size; without a size: what it says. */
    | { readonly action: "resize"; readonly pool: string; readonly size?: number }
    /** A name means the VM that fills the slot now; a cycle id means any. `force` does not wait for its job. */
    | { readonly action: "recreate" | "destroy"; readonly vm: string; readonly force?: boolean }
    /** Kept after its job, for so long. */
    | { readonly action: "hold"; readonly vm: string; readonly forMs: number }
    /** Of a machine that is kept, or in quarantine: its time is over. */
    | { readonly action: "release"; readonly vm: string }
    /**
     * Of a machine of an agent pool. Under a lease: pauses it (`save`), resumes it (`wake`), puts it back (`reset`).
     * Else: it is woken and kept awake, kept saved, put back, or made ready now (`prepare`).
     */
    | { readonly action: VmWish; readonly vm: string }
    /** As above: turned off and kept off. `force`: its lease ends. */
    | { readonly action: "stop"; readonly vm: string; readonly force?: boolean }
  );

/** What came of a {@linkcode MaintenanceRequest}. */
export type MaintenanceAnswer =
  | {
    readonly ok: true;
    /** What happens now, for people; says so when nothing changes. */
    readonly message: string;
    /** Whether anything changed. */
    readonly changed: boolean;
    /** The cycle of the machine it is about. */
    readonly cycle?: string;
  }
  | { readonly ok: false; readonly code: "not_found" | "conflict" | "invalid"; readonly message: string };

/** Which jobs are wanted; what is absent does not narrow. */
export interface JobFilter {
  /** Name of the pool. */
  readonly pool?: string;
  /** Display name of a VM or a cycle id. */
  readonly vm?: string;
  /** `owner/name`. */
  readonly repository?: string;
  /** `running`, or a conclusion such as `failure`. */
  readonly result?: string;
  /** Jobs that began at or after this time. */
  readonly since?: Ms;
}

/** A job as the journal has it. Times are ISO 8601 in UTC; what is not known is `null`. */
export interface JobRow {
  /** Name of its runner: no two jobs have the same. */
  readonly name: string;
  /** Name of the pool. */
  readonly pool: string;
  /** Display name of its VM. */
  readonly vm: string;
  /** The cycle of its VM: `<pool>/<slot>.<n>`. */
  readonly cycle: string;
  /** What its VM was made from: 8 hexadecimal digits. */
  readonly generation: string;
  /** `orgs/<org>` or `repos/<owner>/<repo>`: the account of its runner. */
  readonly scope: string;
  /** What its guest says of it: a hint, until `result` is there. */
  readonly repository: string | null;
  /** Number of its run. */
  readonly runId: string | null;
  /** Which attempt of the run. */
  readonly attempt: number | null;
  /** The job's key in its workflow. */
  readonly key: string | null;
  /** When it began; where `startedEarlier`, when it was taken up. */
  readonly startedAt: string;
  /** It ran already when it was taken up after the loss of a journal: when it began is not known. */
  readonly startedEarlier: boolean;
  /** When its VM was given up. */
  readonly endedAt: string | null;
  /** Why its machine was given up. */
  readonly cause: string | null;
  /** Exit code of the runner program, 0-255. */
  readonly exit: number | null;
  /** What GitHub says of it. */
  readonly result: JobResult | null;
  /** Why GitHub says nothing. */
  readonly why: string | null;
}

/** What is there beside the machines of pools, and what a lost journal left. */
export interface InventoryAnswer {
  /** Of the last lists; VMs first. */
  readonly items: readonly Item[];
  /** When the last list of VMs began; `null` before the first. */
  readonly listedAt: string | null;
  /** Numbers up to here are of a journal that was lost; 0: none was. */
  readonly lostUpTo: number;
}

/** What is kept of one machine that failed. */
export interface EvidenceItem {
  /** `<pool>/<slot>.<n>`; it may have ended long ago. */
  readonly cycle: string;
  /** Display name of its machine. */
  readonly vm: string;
  /** Short cause, such as `boot-timeout`. */
  readonly cause: string;
  /** The error's text. */
  readonly message: string;
  /** When it was kept: ISO 8601 in UTC. */
  readonly at: string;
  /** What can be read; lengths in bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What was too large to be kept, for people. */
  readonly omitted: readonly string[];
}

/** Evidence of machines that failed. */
export interface EvidenceOperations {
  /** That of a VM's display name or of a cycle, newest first. Nothing of an unknown one. */
  list(vm: string): Promise<readonly EvidenceItem[]>;
  /** The bytes of a file that `list` names. */
  read(cycle: string, file: string): Promise<Uint8Array | undefined>;
}

/** What a configuration that is read anew would change, or changed. */
export type ReloadAnswer =
  | {
    readonly ok: true;
    /** One line for each thing that changes for pools and machines. */
    readonly changes: readonly string[];
    /** What changed in the file and counts only after a restart. */
    readonly restart: readonly string[];
  }
  /** Its problems, each with the place in the file; nothing was changed. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** A machine that is asked for. */
export interface AcquireRequest extends By {
  /** Name of an agent pool. */
  readonly pool: string;
  /** Who asks: machines of one holder count together. */
  readonly holder: string;
  /** The higher is served first, -100 to 100. @default 0 */
  readonly priority?: number;
  /** At most 20, for whoever reads them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What it is for. */
  readonly purpose?: string;
  /** How long it may wait for a machine, 0 to a day. @default an hour */
  readonly waitMs?: Ms;
  /** At most the pool's own. @default the pool's own */
  readonly idleMs?: Ms;
  /** At most the pool's own. @default the pool's own */
  readonly totalMs?: Ms;
  /** What becomes of the machine. @default "reset" */
  readonly release?: Release;
  /** What happens when the holder is silent for too long. @default the pool's own */
  readonly onIdle?: "release" | "save";
  /** How long the machine is parked after `save` and `keep`; at most the pool's own. @default the pool's own */
  readonly keepMs?: Ms;
  /** The same request again under this key brings the same lease; another one is refused. */
  readonly key?: string;
}

/** Why something about leases is refused. */
export interface LeaseRefusal {
  /** Whether it was done. */
  readonly ok: false;
  /** `gone`: the lease has ended. */
  readonly code: "not_found" | "invalid" | "conflict" | "gone";
  /** For people: what was asked, why it is refused, what to do. */
  readonly message: string;
}

/** What came of a request about a lease. */
export type LeaseAnswer = { readonly ok: true; readonly lease: LeaseStatus } | LeaseRefusal;

/** Leases of machines. */
export interface LeaseOperations {
  /** Those that have not ended, oldest first. */
  list(): readonly LeaseStatus[];
  /** Recorded at once; `waitMs`: answers sooner only when it is active or has ended. */
  acquire(request: AcquireRequest, answerWithinMs: Ms, signal?: AbortSignal): Promise<LeaseAnswer>;
  /** One of them; `gone`, with the cause of its end, where it has ended. */
  find(lease: string): LeaseAnswer;
  /** Who has it, or waits for it; `undefined` when it has ended. */
  holder(lease: string): string | undefined;
  /** A sign of its holder. */
  heartbeat(lease: string): LeaseAnswer;
  /** Another length, counted from its beginning. */
  extend(lease: string, totalMs: Ms, by: By): LeaseAnswer;
  /**
   * Pauses it, resumes it, puts it back to its clean checkpoint, makes a checkpoint or goes back to one. Recorded at
   * once; answers when it is done, or after this long with what it still waits for. Asking again for what is being done,
   * or already is, changes nothing.
   */
  change(
    lease: string,
    change: LeaseChange,
    options: By & { readonly answerWithinMs: Ms; readonly signal?: AbortSignal },
  ): Promise<LeaseAnswer>;
  /** Its holder is done with it, or an operator takes it away. Releasing again changes nothing. */
  release(
    lease: string,
    request: By & {
      readonly release?: Release;
      /** How long its machine is parked after `save` and `keep`. @default what was said when it was acquired */
      readonly keepMs?: Ms;
      readonly cause: string;
    },
  ): { readonly ok: true } | LeaseRefusal;
}

/** A pool that is asked for at run time. Its other settings are the defaults of the configuration. */
export interface CreatePool extends By {
  /** Unique among pools, those of the configuration included. */
  readonly name: string;
  /** A template of the configuration, or a registered one. */
  readonly template: string;
  /** Machines to keep. */
  readonly size: number;
  /** So many of them run and are ready. @default 0 */
  readonly hot?: number;
  /** See `AgentSettings`. */
  readonly warm?: number;
  /** See `AgentSettings`. */
  readonly max?: number;
  /** A machine is ready only once its desktop is unlocked. @default true */
  readonly desktop?: boolean;
  /** A lease ends when its holder is silent for so long. @default 30 minutes */
  readonly idleMs?: Ms;
  /** A lease ends so long after it began. @default 90 minutes */
  readonly totalMs?: Ms;
  /** See `AgentSettings`. */
  readonly onIdle?: "release" | "save";
  /** Empty: the host's Default Switch. @default that of `hyperv:` */
  readonly switchName?: string;
}

/** What came of a request about a pool that was, or is to be, made at run time. */
export type PoolAnswer =
  /** `changed`: it was made, or deleted; not so when the same one was there already. */
  | { readonly ok: true; readonly pool: PoolStatus; readonly changed: boolean }
  | { readonly ok: false; readonly code: "not_found" | "conflict" | "invalid"; readonly message: string };

/** Agent pools that are in no configuration. */
export interface PoolOperations {
  /** Recorded at once; its machines are made by and by. */
  create(request: CreatePool): Promise<PoolAnswer>;
  /**
   * Refused while somebody has a lease of it, or a machine is parked, unless `force`: then those end first. One of the
   * configuration is refused; of one that is in it no more, what is left is ended.
   */
  delete(
    name: string,
    options: By & { readonly force: boolean },
  ): Promise<{ readonly ok: true } | Extract<PoolAnswer, { readonly ok: false }>>;
}

/** A running controller, as seen from outside. */
export interface Operations {
  /** Leases of the machines of agent pools. */
  readonly leases: LeaseOperations;
  /** Agent pools that are in no configuration. */
  readonly pools: PoolOperations;
  /** Pools and machines, by an operator's wish. */
  maintain(request: MaintenanceRequest): MaintenanceAnswer;
  /** What is there beside the machines of pools, what becomes of it, and why. */
  inventory(): InventoryAnswer;
  /** Takes up what a lost journal knew: with `adopt` machines that serve go on, everything else is retired. */
  reconcile(
    request: By & { readonly adopt: boolean },
  ): { readonly message: string; readonly changed: boolean };
  /** Newest first. */
  jobs(filter: JobFilter, limit: number): readonly JobRow[];
  /** Reads the configuration file anew; `apply` false only says what would change. */
  reload(request: By & { readonly apply: boolean }): Promise<ReloadAnswer>;
  /** Golden disks that pools are made from. */
  readonly templates: TemplateOperations;
  /** What is kept of machines that failed. */
  readonly evidence: EvidenceOperations;
  /** Everything at this moment. */
  status(): Status;
  /**
   * Oldest first; `reset` says that older events than the first were asked for and are no longer kept.
   * `upTo`, where it is known, is the newest event that was looked at, whether it matched or not: a follower goes
   * on from there instead of looking at the same events again. It is below `after` when the journal never came so far.
   */
  events(filter: EventFilter, limit: number): { events: EventRow[]; reset: boolean; upTo?: Seq };
  /** Hears of every commit until the returned function is called: a reason to ask `events`. */
  onCommit(listener: () => void): () => void;
  /** Recorded at once; the program ends when work in flight has ended. */
  stop(request: By & { readonly drain: boolean }): void;
  /** Pauses, goes on with or takes back a pool's new generation. Asking for what already is changes nothing. */
  rollout(request: RolloutRequest): RolloutAnswer;
}
