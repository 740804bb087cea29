/**
 * What hvpool asks of the forge, GitHub: register a runner, list runners, delete one, and whether the account
 * can be used at all. `github` reaches the real service, `simulator` plays it.
 */
import type { ForgeErrorClass } from "../model/calls.ts";
import type { ScopeKey } from "../model/ids.ts";
import type { JobResult } from "../model/job_result.ts";
import type { RunnerRelease } from "./runner_packages.ts";

/** The forge's answer: a value, a failure, or nothing (the effect may still land). */
export type ForgeResult<V> =
  | { readonly outcome: "ok"; readonly value: V }
  | {
    readonly outcome: "failed";
    readonly code: ForgeErrorClass;
    /** For people: what was tried, on what, why it failed, what to do. */
    readonly message: string;
    /** Milliseconds since the epoch before which asking again is useless. */
    readonly retryAt?: number;
  }
  | { readonly outcome: "unknown"; readonly message: string };

/** One runner as the forge lists it. */
export interface RunnerRow {
  /** GitHub's number of the runner. */
  readonly id: number;
  /** Unique in its scope. */
  readonly name: string;
  /** Whether its program is connected. */
  readonly status: "online" | "offline";
  /** Whether it runs a job. */
  readonly busy: boolean;
  /** In lower case, as GitHub gives them back. */
  readonly labels: readonly string[];
  /** Version of the runner program, where GitHub tells it. */
  readonly version?: string;
}

/** Rate of the account, from the last answer's headers. */
export interface ForgeRate {
  /** Requests an hour. */
  readonly limit: number;
  /** What is left of them. */
  readonly remaining: number;
  /** Milliseconds since the epoch. */
  readonly resetAt: number;
}

/** A just-in-time registration. */
export interface Registration {
  /** GitHub's number of the runner. */
  readonly runnerId: number;
  /** `encoded_jit_config`: a secret, kept in memory only. */
  readonly jitConfig: string;
}

/** What a runner registers by itself with: any runner, until it expires. */
export interface RegistrationToken {
  /** Secret. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Which repositories of an organization may use a runner group. */
export interface GroupAccess {
  /** `private`: all that are not public. Absent: this server does not tell. */
  readonly visibility?: "all" | "selected" | "private";
  /** With `selected`: the first of them, `owner/name`, and how many there are; text: why that is not known. */
  readonly selected?: { readonly names: readonly string[]; readonly count: number } | string;
  /** Whether public repositories may use it, too. */
  readonly allowsPublic?: boolean;
  /** Workflows that may use it; absent: any. */
  readonly workflows?: readonly string[];
}

/** GitHub, as far as hvpool needs it. No method rejects. */
export interface ForgePort {
  /** Registers a just-in-time runner. Labels are complete: GitHub adds none. `group` is a name. */
  register(request: {
    scope: ScopeKey;
    name: string;
    group: string;
    labels: readonly string[];
    workFolder: string;
  }): Promise<ForgeResult<Registration>>;
  /** A token for a guest that registers its runner by itself. */
  registrationToken(scope: ScopeKey): Promise<ForgeResult<RegistrationToken>>;
  /** All runners of a scope; complete or failed, never a part. */
  list(scope: ScopeKey): Promise<ForgeResult<readonly RunnerRow[]>>;
  /** 204 is `ok`; 404 `failed/not_found`; 422 `failed/busy`. */
  remove(scope: ScopeKey, runnerId: number): Promise<ForgeResult<Record<never, never>>>;
  /** Whether the app may do all this for the scope, and whether the group exists; names the remedy when not. */
  check(
    scope: ScopeKey,
    group: string,
  ): Promise<ForgeResult<{ installationId: number; clockSkewMs: number }>>;
  /** Which repositories may use a runner group of an organization. */
  access(scope: ScopeKey, group: string): Promise<ForgeResult<GroupAccess>>;
  /**
   * How the job of a run ended that ran on the runner of this name; nothing when the run names no such job. Needs the
   * app's permission to read actions.
   */
  job(request: {
    scope: ScopeKey;
    repository: string;
    runId: string;
    attempt: number;
    runner: string;
  }): Promise<ForgeResult<JobResult | undefined>>;
  /** Packages of the runner program for Windows on x64, as `GET …/actions/runners/downloads` offers them. */
  downloads(scope: ScopeKey): Promise<ForgeResult<readonly RunnerRelease[]>>;
  /** Rate of a scope's account after its last answer; `undefined` before the first. */
  rate(scope: ScopeKey): ForgeRate | undefined;
  /**
   * Milliseconds by which this machine's clock is ahead of GitHub's (negative: behind), by its last answer, whatever
   * that said; `undefined` before the first.
   */
  clockSkewMs(): number | undefined;
  /** Ends timers and connections. */
  close(): Promise<void>;
}
