/** What the checks look at. All of it is gathered before the first check, which is then a pure function. */
import type { LostJournal } from "../../journal/lost_journal.ts";
import type { StatusAnswer } from "../../client/mod.ts";
import type { Mode } from "../../config/config.ts";
import type { ScopeKey } from "../../model/ids.ts";
import type { Settings } from "../../model/settings.ts";
import type { ForgeRate, ForgeResult, GroupAccess } from "../../ports/forge.ts";
import type { HostResult, HostValue } from "../../ports/host.ts";
import type { RunnerRelease } from "../../ports/runner_packages.ts";

/** Parts of the facts that are gathered together, and only when a check wants them. */
export type FactGroup = "host" | "github" | "outbound" | "local";

/** Keys of the file that say something of a pool; one that is not written is absent. */
export interface PoolKeys {
  /** Such as `pools[1].switch`, or `hyperv.switch` where that is inherited. */
  readonly switch?: string;
  readonly group?: string;
}

/** The configuration, and what stands around it. */
export interface ConfigFacts {
  /** As it was named. */
  readonly file: string;
  /** Everything that is wrong with it, each as one line. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** What is wrong with its secrets and certificates; absent: they were not looked at. */
  readonly secretProblems?: readonly string[];
  /** Absent: the configuration cannot be used. */
  readonly settings?: Settings;
  /** By pool. */
  readonly poolKeys?: ReadonlyMap<string, PoolKeys>;
  readonly mode?: Mode["kind"];
  /** Whether scripts for Hyper-V lie as files. */
  readonly scriptFiles?: boolean;
  /** Why neither host nor GitHub could be opened, with the remedy. */
  readonly worldProblem?: string;
  /** The system that this program runs on, as Deno names it. */
  readonly os: string;
}

/** A VM of the host. */
export type VmFact = HostValue<"vm.list">["vms"][number] & {
  /** Pool of a machine that this data directory's controller made. */
  readonly pool?: string;
};

/** A golden disk and its parents, the disk itself first. */
export type DiskChain = readonly HostResult<HostValue<"disk.info">>[];

/** Something that a doctor made: a VM with the folder that it lies in, or one of them alone. */
export interface Leftover {
  /** Of the VM and of its folder. */
  readonly name: string;
  readonly vmId?: string;
  readonly folder?: string;
}

/** What has the name that a doctor gives, and no doctor at work. */
export interface LeftoverFacts {
  /** Name, place and mark are the doctor's, and its process has ended. */
  readonly ours: readonly Leftover[];
  /** The name alone is, and names are not unique. */
  readonly doubtful: readonly Leftover[];
}

/** The Hyper-V host. */
export interface HostFacts {
  readonly ping: HostResult<HostValue<"bridge.ping">>;
  readonly info: HostResult<HostValue<"host.info">>;
  readonly vms: HostResult<readonly VmFact[]>;
  /** Addresses of running machines of ours. */
  readonly addresses: readonly {
    readonly pool: string;
    readonly vm: string;
    readonly addresses: readonly string[];
  }[];
  /** By pool; a pool whose template is registered has none. */
  readonly disks: ReadonlyMap<string, DiskChain>;
  /** What stands around the internal switches of pools, by name. */
  readonly networks?: ReadonlyMap<string, HostResult<HostValue<"switch.info">>>;
  /** What earlier doctors left; absent: the VMs or the storage folder are not known. */
  readonly leftovers?: HostResult<LeftoverFacts>;
  /** What came of writing a small file below the storage folder; absent: there is no such folder to try. */
  readonly write?: HostResult<unknown>;
}

/** One account at GitHub. */
export interface ScopeFacts {
  readonly scope: ScopeKey;
  readonly check: ForgeResult<{ installationId: number; clockSkewMs: number }>;
  readonly releases: ForgeResult<readonly RunnerRelease[]>;
  readonly rate: ForgeRate | undefined;
}

/** GitHub, as the pools use it. */
export interface GitHubFacts {
  readonly scopes: readonly ScopeFacts[];
  /** How far our clock is ahead of GitHub's, by any of its answers; absent: there was none. */
  readonly clockSkewMs?: number;
  /** By pool: the check of its account with its runner group. */
  readonly groups: ReadonlyMap<string, ScopeFacts["check"]>;
  /** By pool of an organization whose group is there: who may use that. */
  readonly access?: ReadonlyMap<string, ForgeResult<GroupAccess>>;
}

/** One address outside. */
export interface OutboundFact {
  /** Host name, with the port where it is not that of the scheme. */
  readonly host: string;
  readonly essential: boolean;
  /** What it is needed for. */
  readonly use: string;
  /** Why it was not reached; absent: it was. */
  readonly problem?: string;
}

/** The data directory, and the controller that may run with it. */
export interface LocalFacts {
  readonly dataDir: string;
  /** A network share that it lies on. */
  readonly share?: string;
  readonly lock: "none" | "free" | "held" | "unreadable";
  readonly journal:
    /** With `lost` it was there: `controller.json` says that numbers were given out. */
    | { readonly state: "missing"; readonly lost?: LostJournal }
    /** Somebody put an older copy back: it does not know everything up to this number. */
    | { readonly state: "older"; readonly lostUpTo: number }
    /** With a number an earlier journal was lost, and what it knew up to there was not taken up since. */
    | { readonly state: "healthy"; readonly lostUpTo?: number }
    | { readonly state: "damaged" | "unreadable"; readonly why: string; readonly remedy: string };
  /** Of the disk that holds it; absent: not known. */
  readonly freeMb?: number;
  readonly api:
    | { readonly state: "not running"; readonly why: string }
    | { readonly state: "refused"; readonly why: string }
    | { readonly state: "answers"; readonly status: StatusAnswer };
  /** Whether Windows Defender is installed on this machine. */
  readonly defender: boolean;
}

/** Everything. A group that is absent was not wanted, or could not be had. */
export interface Facts {
  readonly config: ConfigFacts;
  readonly host?: HostFacts;
  readonly github?: GitHubFacts;
  readonly outbound?: readonly OutboundFact[];
  readonly local?: LocalFacts;
}
