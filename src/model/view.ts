/**
 * What was read of the world since the program started: memory only. A reading counts for a cycle only if it
 * began after the last operation on that VM closed, and while it is new enough (law 2).
 */
import type { ForgeErrorClass } from "./calls.ts";
import {
  type CycleId,
  type Ms,
  parseRunnerName,
  type ScopeKey,
  type Seq,
  shortId,
  type VmId,
} from "./ids.ts";
import type { LeaseId } from "./leases/lease.ts";
import type { Power } from "./phases.ts";
import type { JobResult } from "./job_result.ts";
import type { Cycle, State } from "./state.ts";

/** A reading: the journal's position and the time when it began. */
export interface Seen {
  readonly asOf: Seq;
  readonly at: Ms;
}

/** One VM in a list. */
export interface VmSeen {
  readonly power: Power;
  /** Its display name: not unique, for people. */
  readonly name?: string;
  readonly notes: string;
  readonly directory: string;
  /** Memory that it gets at its start. */
  readonly memoryMb?: number;
  /** Since its guest started or was resumed, at the time of the list; 0 unless it runs. */
  readonly uptimeMs?: Ms;
  /** Size of its saved state on disk, where that is told. */
  readonly savedMb?: number;
}

/** A complete list of the host's VMs. */
export interface VmsSeen extends Seen {
  /** The host's last start. */
  readonly bootId: string;
  readonly rows: ReadonlyMap<VmId, VmSeen>;
}

/** One VM read by its id. */
export interface VmReadSeen extends Seen {
  /** `absent` when Hyper-V says that there is none. */
  readonly power: Power;
}

/** A guest's last report, and the beat against which movement is measured. */
export interface GuestSeen extends Seen {
  readonly phase: "starting" | "waiting" | "got" | "running" | "done" | "failed";
  readonly use: number;
  readonly beat: number;
  readonly exit?: number;
  readonly error?: string;
  /** Version of the runner program. */
  readonly runner?: string;
  /** Its IPv4 address, by its loader or else by its integration service: a hint. */
  readonly address?: string;
  /** Only its integration service says it, which goes on for a while with what was so before a resume. */
  readonly late?: true;
  /** What its clock showed at its last beat; nothing where its loader does not say it. */
  readonly time?: Ms;
  /** The desktop of an agent image. */
  readonly desktop?: {
    readonly locked: boolean;
    readonly width: number;
    readonly height: number;
    readonly beat: number;
  };
  /** Its job, by the runner's hooks. */
  readonly job?: {
    readonly state: "running" | "done";
    readonly repository: string;
    readonly runId: string;
    readonly attempt: number;
    readonly job: string;
  };
  /**
   * First report after the last operation on the VM; the beat counts once it differs from this one. `desktop`: the first
   * beat of its desktop since then.
   */
  readonly base: { readonly asOf: Seq; readonly beat: number; readonly desktop?: number };
  /** First of the reports without a break that have the present address; see `guest_address.ts`. */
  readonly stood?: { readonly asOf: Seq; readonly at: Ms; readonly beat: number };
}

/** One runner in a list. */
export interface RunnerSeen {
  readonly id: number;
  readonly name: string;
  readonly online: boolean;
  readonly busy: boolean;
}

/** What GitHub says of one account. */
export interface ForgeSeen {
  /** The last complete list. */
  list?: Seen & { readonly rows: ReadonlyMap<string, RunnerSeen> };
  /** Since when lists succeed without a failure between. */
  okSince?: Ms;
  /** The last list failed. */
  failing?: { readonly since: Ms; readonly code: ForgeErrorClass | "unknown"; readonly message: string };
  /** Since when a runner is offline or missing in every list. */
  readonly offlineSince: Map<string, Ms>;
}

/** What lets a runner in, and is lost in a restart. Secret. */
export type Credentials =
  | { readonly kind: "jit"; readonly jitConfig: string }
  /** For a runner that registers by itself. */
  | { readonly kind: "token"; readonly token: string };

/** What a machine's probe said last. */
export interface ProbeSeen extends Seen {
  readonly address: string;
  readonly ready: boolean;
  readonly message: string;
}

/** The host's memory and the room on its volumes. */
export interface HostSeen extends Seen {
  readonly memoryMb: number;
  /** Memory of everything that is not ours, as far as that can be told. */
  readonly foreignMb: number;
  readonly volumes: readonly { readonly root: string; readonly freeMb: number }[];
}

/** Whether a pool can be filled at all: account, group, template, switch. */
export interface CheckSeen extends Seen {
  readonly ok: boolean;
  readonly message: string;
}

/** All readings, and what is wanted of the next ones. */
export interface View {
  vms?: VmsSeen;
  readonly reads: Map<VmId, VmReadSeen>;
  readonly guests: Map<VmId, GuestSeen>;
  readonly forges: Map<ScopeKey, ForgeSeen>;
  readonly checks: Map<string, CheckSeen>;
  readonly probes: Map<VmId, ProbeSeen>;
  host?: HostSeen;
  /** Checks that began before this say nothing: templates or settings changed. */
  checksSince: Seq;
  /** What lets a guest's runner in. Secret; a restart loses it. */
  readonly secrets: Map<CycleId, { readonly use: number } & Credentials>;
  /** What the last list showed of ours without a record, by kind: acted on when the next one shows it too. */
  readonly suspects: {
    vms: Set<string>;
    /** By storage folder. */
    readonly directories: Map<string, Set<string>>;
    readonly runners: Map<ScopeKey, Set<string>>;
  };
  /** Names in the last list of directories, by storage folder. */
  readonly directories: Map<string, readonly string[]>;
  /** A fresh list of VMs is wanted. */
  wantVms: boolean;
  /** VMs to be read by id. */
  readonly wantReads: Set<VmId>;
  /** VMs whose probe is wanted. */
  readonly wantProbes: Set<VmId>;
  /** A lease waits for the host's memory. */
  wantHost: boolean;
  /** What the last call of a cycle failed at, until one succeeds. */
  readonly failures: Map<CycleId, string>;
  /** What GitHub said of jobs whose machines wait for it, and since when it is asked. */
  readonly jobs: Map<CycleId, { readonly since: Ms; result?: JobResult }>;
  /** The last sign of each lease's holder. */
  readonly touches: Map<LeaseId, Ms>;
  /** The last turn, and since when there was one each minute: before, nobody could be heard. */
  turnedAt: Ms;
  hearsSince: Ms;
  /** Why cycles, pools and the leases of pools wait: what `status` shows. */
  readonly why: Map<string, string>;
}

/** Key of {@linkcode View.why}: what the leases of a pool wait for, where machines are there that could be resumed. */
export function leasesKey(pool: string): string {
  return `leases/${pool}`;
}

/** The view before the first reading. */
export function emptyView(): View {
  return {
    reads: new Map(),
    guests: new Map(),
    forges: new Map(),
    checks: new Map(),
    probes: new Map(),
    checksSince: 0,
    secrets: new Map(),
    suspects: { vms: new Set(), directories: new Map(), runners: new Map() },
    directories: new Map(),
    wantVms: true,
    wantReads: new Set(),
    wantProbes: new Set(),
    wantHost: false,
    failures: new Map(),
    jobs: new Map(),
    touches: new Map(),
    turnedAt: 0,
    hearsSince: 0,
    why: new Map(),
  };
}

/** Whether a reading counts for a cycle now. */
function counts(s: State, seen: Seen | undefined, cycle: Cycle, now: Ms): boolean {
  return seen !== undefined && seen.asOf >= cycle.closed && now - seen.at <= s.settings.times.readingMaxAgeMs;
}

/** Power of a cycle's machine by the readings that count; `wanted` says which reading would tell more. */
export function powerOf(
  s: State,
  v: View,
  cycle: Cycle,
  now: Ms,
): { power: Power; wanted?: "list" | "read" } {
  if (cycle.vm === "none") return { power: "absent" };
  const list = v.vms !== undefined && counts(s, v.vms, cycle, now) ? v.vms : undefined;
  if (cycle.vmId === undefined) {
    // Its creation was not answered. A trace would have been joined by the sweep; none for long enough is absence.
    const longEnough = list !== undefined && list.at >= cycle.maybeSince + s.settings.times.noTraceMs;
    return longEnough ? { power: "absent" } : { power: "unseen", wanted: "list" };
  }
  const seen = v.reads.get(cycle.vmId);
  const read = seen !== undefined && counts(s, seen, cycle, now) ? seen : undefined;
  const row = list?.rows.get(cycle.vmId);
  if (list !== undefined && row !== undefined) {
    const newer = read !== undefined && read.power !== "absent" && read.at > list.at;
    return { power: newer ? read.power : row.power };
  }
  if (list !== undefined) {
    const gone = read?.power === "absent" || cycle.answer?.power === "absent";
    return gone ? { power: "absent" } : { power: "unseen", wanted: "read" };
  }
  const answer = cycle.answer;
  if (
    answer !== undefined && answer.power !== "absent" &&
    now - answer.at <= s.settings.times.readingMaxAgeMs
  ) {
    return { power: answer.power };
  }
  if (read !== undefined && read.power !== "absent") return { power: read.power };
  return { power: "unseen", wanted: "list" };
}

/** What GitHub's last list says of a cycle's registration. */
export interface RunnerNow {
  /** Lists of the account succeed: other requests may start. */
  readonly answering: boolean;
  readonly row?: RunnerSeen;
}

/** GitHub's view of a cycle's registration. */
export function runnerOf(v: View, cycle: Cycle, scope: ScopeKey): RunnerNow {
  const forge = v.forges.get(scope);
  if (forge?.list === undefined) return { answering: false };
  const answering = forge.failing === undefined;
  const { runner } = cycle;
  if (runner === undefined) return { answering };
  const row = forge.list.rows.get(runner.name);
  return row === undefined ? { answering } : { answering, row };
}

/** Whether any list shows a registration of cycle number `n`: then a job may be on its machine. */
export function registrationListed(s: State, v: View, n: number): boolean {
  for (const forge of v.forges.values()) {
    for (const name of forge.list?.rows.keys() ?? []) {
      const parts = parseRunnerName(name);
      if (parts?.n === n && parts.controller === shortId(s.controller)) return true;
    }
  }
  return false;
}

/** A guest's report, if it began after the last operation on the VM. */
export function guestOf(v: View, cycle: Cycle): GuestSeen | undefined {
  const seen = cycle.vmId === undefined ? undefined : v.guests.get(cycle.vmId);
  return seen !== undefined && seen.asOf >= cycle.closed ? seen : undefined;
}

/** Whether a report shows a guest that lives now: a resumed or restarted one first brings old values back. */
export function beatMoved(guest: GuestSeen, cycle: Cycle): boolean {
  return guest.base.asOf >= cycle.closed && guest.beat !== guest.base.beat;
}
