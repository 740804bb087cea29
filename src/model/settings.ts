/**
 * What the configuration says, as far as the core needs it: no secret, no file, nothing of how it was written.
 * It is journaled whenever it changes, so that a replay decides as the program did.
 */
import type { Lane } from "./calls.ts";
import type { Ms, ScopeKey } from "./ids.ts";
import type { NetworkSettings } from "./network.ts";

/**
 * Which GPU a partition is of, and how much video memory it has: in the units of the host's own `TotalVRAM`, which is
 * a normalised number and no bytes, mostly 1000000000 for the whole card.
 */
export interface GpuPartition {
  /** Instance path of the GPU; absent: Windows chooses. */
  readonly gpu?: string;
  /** `MinPartitionVRAM`; absent, as the others: the host's own. */
  readonly minVram?: number;
  /** `OptimalPartitionVRAM`: at least the least. */
  readonly optimalVram?: number;
  /** `MaxPartitionVRAM`: at least the optimal. */
  readonly maxVram?: number;
}

/** A golden disk and the hardware that VMs made from it get. */
export interface TemplateSettings {
  /** Unique among templates. */
  readonly name: string;
  /** The disk on the host; empty: a registered template of this name. */
  readonly path: string;
  /** A multiple of 2. */
  readonly memoryMb: number;
  /** Virtual processors. */
  readonly processors: number;
  /** Secure boot template, or none. */
  readonly secureBoot: "off" | "MicrosoftWindows" | "MicrosoftUEFICertificateAuthority";
  /** Whether the VM has a virtual TPM. */
  readonly tpm: boolean;
  /** Whether the VM may run virtual machines itself. */
  readonly nested: boolean;
  /** It gets a GPU partition: it can be neither saved nor checkpointed. */
  readonly gpu?: true;
  /** What of its GPU partition the host does not choose; only with `gpu`. */
  readonly gpuPartition?: GpuPartition;
  /** Declared software: names to versions. */
  readonly software?: Readonly<Record<string, string>>;
  /** Name of the account in its guests; absent: the one of `hyperv:`. */
  readonly credentials?: string;
  /** When a machine of an agent pool counts as ready. */
  readonly probe?: { readonly tcp: number } | { readonly http: string };
}

/** One pool of one-job runners. */
export interface PoolSettings {
  /** Unique among pools; part of every cycle id. */
  readonly name: string;
  /** What its machines are for: one-job runners, or leases. */
  readonly kind: "runner" | "agent";
  /** Slots to keep filled; 0 is a paused pool. */
  readonly size: number;
  /** A VM is called `<prefix><slot>`. */
  readonly prefix: string;
  /** The account that the runners are registered with. */
  readonly scope: ScopeKey;
  /** Name of the runner group. */
  readonly group: string;
  /** Complete: GitHub adds none to a just-in-time runner. */
  readonly labels: readonly string[];
  /** The runner's work folder in the guest. */
  readonly workFolder: string;
  /** Environment of the runner in the guest. */
  readonly env: Readonly<Record<string, string>>;
  /** What its machines are made from. */
  readonly template: TemplateSettings;
  /**
   * `restore`: after a job the machine goes back to a checkpoint that was made before it ever had a registration.
   * @default it is made anew for every job
   */
  readonly recycle?: "restore";
  /**
   * With `restore`: so many are resumed and online, the others are saved and hold no memory.
   * @default all
   */
  readonly hot?: number;
  /** Empty: the host's Default Switch. */
  readonly switchName: string;
  /** What of `network:` differs from the defaults. */
  readonly network?: NetworkSettings;
  /**
   * `iso`: the image has the loader. `direct`: it has none, so that it is brought by PowerShell Direct first.
   * `vhdx`: the configuration is written onto the disk before the machine is made.
   * @default not known: it is brought to a guest that says nothing for {@linkcode SILENT_MS}
   */
  readonly delivery?: "iso" | "direct" | "vhdx";
  /**
   * `token`: the guest has no loader of ours and registers its runner by itself, as images of hyperv-runner-pool do;
   * with `direct` or `vhdx` only.
   * @default a just-in-time configuration
   */
  readonly registration?: "token";
  /**
   * The runner is kept at this version by preparing the template's image anew: `auto` is the newest that GitHub offers.
   * @default the image keeps what it has
   */
  readonly runnerVersion?: string;
  /** Of an agent pool: when a guest counts as ready, and what leases may ask for. */
  readonly agent?: AgentSettings;
  /**
   * A job that runs longer is ended with its machine.
   * @default never
   */
  readonly jobTimeoutMs?: Ms;
  /**
   * A machine whose job failed is kept for so long: unregistered and isolated.
   * @default it is given up as every other
   */
  readonly holdOnFailureMs?: Ms;
  /**
   * Whether one machine tries a new generation through a job, before the others follow.
   * @default 1
   */
  readonly canary?: 0 | 1;
}

/** What agent pools have beside everything else. */
export interface AgentSettings {
  /** A guest is ready only once its desktop is unlocked. */
  readonly desktop: boolean;
  /** A lease ends when its holder says nothing for so long; a request may ask for less. */
  readonly idleMs: Ms;
  /** A lease ends so long after it began; a request may ask for less, and extend it up to this. */
  readonly totalMs: Ms;
  /**
   * Beside the hot ones so many are saved and proven; the rest are made and stay off.
   * @default all the rest
   */
  readonly warm?: number;
  /**
   * `pool resize` goes no further.
   * @default the number that the configuration allows for a pool
   */
  readonly max?: number;
  /** What happens to a silent holder's lease, where the request does not say it. @default "release" */
  readonly onIdle?: "release" | "save";
  /** A paused lease ends after this. @default a day */
  readonly pauseMs?: Ms;
  /** How long a machine is parked at most. @default an hour */
  readonly keepMs?: Ms;
  /** Most checkpoints of one lease. @default 3 */
  readonly checkpoints?: number;
  /**
   * A guest is ready without an address: its switch gives none.
   * @default it waits for one that is newer than the last resume
   */
  readonly addressless?: true;
}

/** What a holder may have at once. The first entry whose pattern fits its name counts. */
export interface Quota {
  /** A holder's name, or a beginning of it with `*`. */
  readonly holder: string;
  /** Machines: leased, paused or parked ones. What is over waits. */
  readonly leases?: number;
  /** Memory of those that are not saved. What is over waits. */
  readonly memoryMb?: number;
  /** Leases that wait. What is over is refused. */
  readonly queued?: number;
}

/** Every length of time that the core counts with. */
export interface Times {
  /** How long retryable failures are retried within one cycle. */
  readonly retryForMs: Ms;
  /** From a start's answer to a guest that waits for its introduction. */
  readonly bootMs: Ms;
  /** From the config drive's insertion to a runner that is online. */
  readonly joinMs: Ms;
  /** Offline, or missing in every list, for this long: retired. */
  readonly offlineMs: Ms;
  /** Shortest and longest wait of a slot after a failed cycle. */
  readonly slotBackoffMinMs: Ms;
  /** See `slotBackoffMinMs`. */
  readonly slotBackoffMaxMs: Ms;
  /** Shortest and longest wait before the same call is tried again. */
  readonly retryMinMs: Ms;
  /** See `retryMinMs`. */
  readonly retryMaxMs: Ms;
  /** How long a quarantined machine is kept. */
  readonly quarantineMs: Ms;
  /** A registration younger than this is not gone because GitHub says 404. */
  readonly youngMs: Ms;
  /** After a 404, how long a running machine may still end by itself. */
  readonly graceMs: Ms;
  /** A VM whose creation was not answered is absent after this long without a trace. */
  readonly noTraceMs: Ms;
  /** A reading older than this says nothing. */
  readonly readingMaxAgeMs: Ms;
  /** Between two lists of VMs; pushed events are answered at once. */
  readonly pollVmsMs: Ms;
  /** Between two readings of guests that boot, wait or join. */
  readonly pollGuestsMs: Ms;
  /** Between two readings of guests with a job: how soon their end is noticed and its exit code kept. */
  readonly pollClaimedMs: Ms;
  /** Between two lists of runners, for each 100 runners of a scope. */
  readonly pollRunnersMs: Ms;
  /** Between two lists of directories. */
  readonly pollDirectoriesMs: Ms;
  /** Between two looks at a pool's account, switch and golden disk. */
  readonly pollChecksMs: Ms;
  /** Between two questions for the newest runner program. */
  readonly pollReleasesMs: Ms;
  /** From the first start of a machine whose image is prepared until it is off again. */
  readonly prepareMs: Ms;
  /** A canary that was online for so long without a job lets the others follow. */
  readonly canaryMs: Ms;
  /** After a preparation that came to nothing, until the next one that nobody asked for. */
  readonly prepareAgainMs: Ms;
}

/** Defaults of {@linkcode Times}. `config show` prints them. */
export const DEFAULT_TIMES: Times = {
  retryForMs: 300_000,
  bootMs: 300_000,
  joinMs: 300_000,
  offlineMs: 600_000,
  slotBackoffMinMs: 2_000,
  slotBackoffMaxMs: 60_000,
  retryMinMs: 500,
  retryMaxMs: 15_000,
  quarantineMs: 86_400_000,
  youngMs: 90_000,
  graceMs: 60_000,
  noTraceMs: 180_000,
  readingMaxAgeMs: 60_000,
  pollVmsMs: 10_000,
  pollGuestsMs: 2_000,
  pollClaimedMs: 3_000,
  pollRunnersMs: 10_000,
  pollDirectoriesMs: 60_000,
  pollChecksMs: 300_000,
  pollReleasesMs: 21_600_000,
  prepareMs: 3_600_000,
  canaryMs: 86_400_000,
  prepareAgainMs: 86_400_000,
};

/** How many calls of a lane may run at once; `boot` counts machines that boot as well. */
export const DEFAULT_LANES: Readonly<Record<Lane, number>> = {
  query: 4,
  vm: 4,
  boot: 4,
  mount: 1,
  guest: 8,
  display: 4,
  forge: 20,
};

/** See {@linkcode Settings.reservePercent}. */
export const DEFAULT_RESERVE_PERCENT = 20;

/** What an agent pool that is made at run time has of the configuration. */
export interface PoolDefaults {
  /** All of the file's, also those that no pool of the file names. `delivery` as in {@linkcode PoolSettings}. */
  readonly templates: readonly {
    readonly settings: TemplateSettings;
    readonly delivery?: PoolSettings["delivery"];
  }[];
  /** Empty: the host's Default Switch. */
  readonly switchName: string;
  /** See {@linkcode PoolSettings}. */
  readonly network?: NetworkSettings;
  /** Of guests of a registered template. */
  readonly delivery?: PoolSettings["delivery"];
  /** See {@linkcode PoolSettings}. */
  readonly canary?: 0;
}

/** What the core needs to know of the configuration. */
export interface Settings {
  /** Directory on the host below which cycles have their directories; `\` between its parts. */
  readonly storage: string;
  /** How many calls of each lane may run at once. */
  readonly lanes: Readonly<Record<Lane, number>>;
  /** Every deadline, wait and poll. */
  readonly times: Times;
  /** The pools, in the order of the configuration. */
  readonly pools: readonly PoolSettings[];
  /** What pools that are made at run time have of the configuration. @default nothing */
  readonly poolDefaults?: PoolDefaults;
  /** What holders of leases may have at once. @default no limit */
  readonly quotas?: readonly Quota[];
  /**
   * So much of the host's memory, in percent, is left to everything else: no machine of an agent pool is started into it.
   * @default 20
   */
  readonly reservePercent?: number;
}

/** Variable by which a runner is told of a cache server. */
export const CACHE_VARIABLE = "CUSTOM_ACTIONS_RESULTS_URL";
/** A guest that says nothing for this long after its start has no loader, as far as one can tell. */
export const SILENT_MS: Ms = 90_000;
/** A machine that came back from its checkpoint so many times without its guest going on is made anew. */
export const RESUMES_TO_GIVE_UP = 2;
/** At most this many retiring cycles of one slot that still hold a VM or a directory. */
export const RETIRING_PER_SLOT = 3;
/** At most this many quarantined cycles of one pool. */
export const QUARANTINED_PER_POOL = 2;
/** So many failures in a row put the machine into quarantine. */
export const FAILURES_TO_QUARANTINE = 3;
/** Retirements because of an absent runner are counted over this long … */
export const REAP_WINDOW_MS: Ms = 60_000;
/** … and at most this share of a pool, or one machine, is retired so within it. */
export const REAP_SHARE = 0.25;
/** Between two questions about a runner that GitHub says is running a job. */
export const ASK_BUSY_MS: Ms = 30_000;
