/** What the checks look at. All of it is gathered before the first check, which is then a pure function. */
import type { StatusAnswer } from "../../client/mod.ts";
import type { Mode } from "../../config/config.ts";
import type { ScopeKey } from "../../model/ids.ts";
import type { Settings } from "../../model/settings.ts";
import type { ForgeRate, ForgeResult } from "../../ports/forge.ts";
import type { HostResult, HostValue } from "../../ports/host.ts";
import type { RunnerRelease } from "../../ports/runner_packages.ts";

/** Parts of the facts that are gathered together, and only when a check wants them. */
export type FactGroup = "host" | "github" | "outbound" | "local";

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
  /** By pool: the check of its account with its runner group. */
  readonly groups: ReadonlyMap<string, ScopeFacts["check"]>;
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
    | { readonly state: "missing" }
    | { readonly state: "healthy" }
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
