/** A registration at the simulated forge, and the runner program behind it. */
import type { Ms, ScopeKey } from "../model/ids.ts";
import { FIRST_VERSION } from "./github_releases.ts";
import type { Job } from "./jobs.ts";

/** What clients are shown of a runner; the truth reaches them late. */
export interface Shown {
  readonly status: "online" | "offline";
  readonly busy: boolean;
}

/** Version of a runner program, once it has been online. */
export function versionOf({ session }: Runner): string | undefined {
  return session === undefined ? undefined : session.client.version ?? FIRST_VERSION;
}

/** A registration; removed ones are kept for the truth. */
export interface Runner extends Shown {
  readonly id: number;
  readonly scope: ScopeKey;
  readonly name: string;
  readonly groupId: number;
  readonly labels: readonly string[];
  readonly jitConfig: string;
  readonly createdAt: Ms;
  status: "online" | "offline";
  busy: boolean;
  removedAt: Ms | null;
  /** Since when it is offline; registration counts as offline. */
  offlineSince: Ms;
  /** Before this time clients do not find it yet. */
  visibleAt: Ms;
  /** What clients see until `shownUntil`. */
  before: Shown;
  shownUntil: Ms;
  session: Session | undefined;
}

/** A runner program and what it is at. */
export interface Session {
  readonly client: RunnerClient;
  connected: boolean;
  job: Job | undefined;
  /** It was given its one job: a just-in-time runner gets no other, even if that one was lost. */
  spent: boolean;
  cancelLoss: () => void;
  /** What the program could not report while it had no connection. */
  whenBack: (() => void) | undefined;
}

/** The runner program in a guest, as the forge knows it. */
export interface RunnerClient {
  /** VM it runs on; for the truth. */
  readonly vm: string;
  /** Its version; {@linkcode FIRST_VERSION} when it does not say. */
  readonly version?: string;
  /** It is given a job. */
  job(job: Job): void;
  /** Its registration was deleted. */
  gone(): void;
}

/** The runner program's connection. */
export interface RunnerConnection {
  /** The network, the VM or the program is gone; after 45 s the forge notices. */
  lost(): void;
  /** The network is there again. */
  back(): void;
  /** The job ended. `reported` is called when the forge has taken note, which waits for the end of an outage. */
  finish(outcome: "done" | "failed", reported: () => void): void;
}

/** A refusal in GitHub's words. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** A runner group. */
export interface RunnerGroup {
  readonly id: number;
  readonly name: string;
  /** Which repositories of the organization may use it. */
  readonly visibility: "all" | "selected" | "private";
  /** With `selected`: their names, without the owner. */
  readonly repositories: readonly string[];
  readonly allowsPublicRepositories: boolean;
}
