/**
 * GitHub as far as runners are concerned: registrations, jobs, and who runs what. Every method is instant and
 * tells the truth; latencies, faults and what clients are shown late are in `forge_door.ts` and `github_*.ts`.
 */
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { RegistrationToken } from "../ports/forge.ts";
import { RunnerReleases } from "./github_releases.ts";
import { type Job, JobQueue, type NewJobs } from "./jobs.ts";
import type { Random } from "./random.ts";
import { RunnerGroups } from "./runner_groups.ts";
import {
  jitConfig,
  type JitRegistration,
  nameKey,
  newRunner,
  refuse,
  refuseRegistration,
  RegistrationTokens,
  scopeKey,
  selfGivenLabels,
  type TokenRegistration,
} from "./registration.ts";
import type {
  Refusal,
  Runner,
  RunnerClient,
  RunnerConnection,
  RunnerGroup,
  Session,
  Shown,
} from "./runner.ts";
import type { Timeline } from "./timeline.ts";

/** An ephemeral runner that is offline so long is removed. Source: GitHub's documentation of self-hosted runners. */
const OFFLINE_REMOVAL_MS = 86_400_000;
/** After so long without contact a runner is shown offline and its job is lost. */
const LOST_CONTACT_MS = 45_000;

export type { Refusal, Runner, RunnerClient, RunnerConnection, RunnerGroup } from "./runner.ts";

/** How the forge is to be. */
export interface ForgeOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  /** Longest time for which clients see an older truth (a list is eventually consistent). @default 0 */
  readonly lagMs?: Ms;
  /** Groups of an organization beside `Default`. @default none */
  readonly groups?: readonly string[];
  /** Length of a JIT configuration in characters; GitHub's are about 4,100. @default as short as possible */
  readonly jitLength?: number;
}

/** The model. Several hosts and controllers share one. */
export class SimulatedForge {
  /** The runner program, as far as it came out. */
  readonly releases = new RunnerReleases();
  /** What organizations have set of their runner groups. */
  readonly runnerGroups: RunnerGroups;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #lagMs: Ms;
  readonly #jitLength: number;
  readonly #queue = new JobQueue();
  readonly #tokens: RegistrationTokens;
  readonly #live = new Map<number, Runner>();
  readonly #byName = new Map<string, Runner>();
  readonly #byJit = new Map<string, Runner>();
  readonly #ghosts: Runner[] = [];
  readonly #all: Runner[] = [];
  readonly #idle = new Set<Runner>();
  #nextId = 1;
  #outageUntil: Ms = 0;
  #afterOutage: (() => void)[] = [];

  constructor(options: ForgeOptions) {
    this.#timeline = options.timeline;
    this.#random = options.random;
    this.#lagMs = options.lagMs ?? 0;
    this.#jitLength = options.jitLength ?? 0;
    this.#tokens = new RegistrationTokens(options.random);
    this.runnerGroups = new RunnerGroups(options.groups);
  }

  /** Groups of a scope; a repository or user has only the default one. */
  groups(scope: ScopeKey): readonly RunnerGroup[] {
    return this.runnerGroups.of(scope);
  }

  /** Registers a just-in-time runner. */
  register(request: JitRegistration): { runner: Runner } | { refusal: Refusal } {
    const taken = this.#alive(this.#byName.get(nameKey(request))) !== undefined;
    const refusal = refuseRegistration(request, this.groups(request.scope), taken);
    if (refusal !== undefined) return refusal;
    const now = this.#timeline.now;
    const id = this.#nextId++;
    const about = { AgentId: id, AgentName: request.name, WorkFolder: request.workFolder };
    const runner = newRunner(request, {
      id,
      jitConfig: jitConfig(this.#random, this.#jitLength, about),
      now,
      visibleAt: now + this.#lag(),
    });
    this.#live.set(id, runner);
    this.#byName.set(nameKey(runner), runner);
    this.#byJit.set(runner.jitConfig, runner);
    this.#all.push(runner);
    return { runner };
  }

  /** Gives out a token that runners of a scope register themselves with. */
  registrationToken(scope: ScopeKey): RegistrationToken {
    return this.#tokens.give(scopeKey(scope), this.#timeline.now);
  }

  /** A guest's runner program registers itself: ephemeral, and never in the place of another of its name. */
  registerByToken(request: TokenRegistration): { runner: Runner } | { refusal: Refusal } {
    const { token, scope, name, labels, group } = request;
    if (this.away) return refuse(503, "Service Unavailable");
    if (!this.#tokens.allows(token, scopeKey(scope), this.#timeline.now)) return refuse(404, "Not Found");
    const groupId = this.groups(scope).find((one) => one.name.toLowerCase() === group.toLowerCase())?.id ?? 0;
    return this.register({ scope, name, groupId, labels: selfGivenLabels(labels), workFolder: "_work" });
  }

  /** What a client's complete list has: not yet what is new, and for a moment still what is gone. */
  list(scope: ScopeKey): (Shown & { runner: Runner })[] {
    const wanted = scopeKey(scope);
    const now = this.#timeline.now;
    const rows: (Shown & { runner: Runner })[] = [];
    for (const runner of this.#live.values()) {
      if (runner.scope !== wanted || now < runner.visibleAt || this.#alive(runner) === undefined) continue;
      rows.push({ runner, ...this.shown(runner) });
    }
    while (this.#ghosts.length > 0 && (this.#ghosts[0]?.shownUntil ?? 0) <= now) this.#ghosts.shift();
    for (const runner of this.#ghosts) {
      if (runner.scope === wanted && now < runner.shownUntil) rows.push({ runner, ...runner.before });
    }
    return rows;
  }

  /** A runner by its number, as a client finds it. */
  get(scope: ScopeKey, id: number): Runner | undefined {
    const runner = this.#alive(this.#live.get(id));
    return runner?.scope === scopeKey(scope) && this.#timeline.now >= runner.visibleAt ? runner : undefined;
  }

  /** What clients are shown of a runner now. */
  shown(runner: Runner): Shown {
    if (this.#timeline.now < runner.shownUntil) return runner.before;
    return { status: runner.status, busy: runner.busy };
  }

  /** Deletes a registration, unless a job runs on it. Whether a job runs is decided by the truth, not by what is shown. */
  remove(scope: ScopeKey, id: number): Refusal | undefined {
    const runner = this.get(scope, id);
    if (runner === undefined) return { status: 404, message: "Not Found" };
    if (runner.busy) {
      return {
        status: 422,
        message: `Bad request - Runner "${runner.name}" is currently running a job and cannot be deleted.`,
      };
    }
    const client = runner.session?.connected === true ? runner.session.client : undefined;
    this.#retire(runner, this.#timeline.now);
    client?.gone();
    return undefined;
  }

  /** The runner program of a guest comes online, if its JIT configuration is one that was issued and never used. */
  connect(jitConfig: string, client: RunnerClient): RunnerConnection | undefined {
    const runner = this.#alive(this.#byJit.get(jitConfig));
    if (runner === undefined || runner.session !== undefined) return undefined;
    const session: Session = {
      client,
      connected: true,
      job: undefined,
      spent: false,
      cancelLoss: () => {},
      whenBack: undefined,
    };
    runner.session = session;
    this.#show(runner, "online", false);
    this.#offer(runner);
    return {
      lost: () => this.#lose(runner, session),
      back: () => this.#recover(runner, session),
      finish: (outcome, reported) => this.#finish(runner, session, outcome, reported),
    };
  }

  /** Queues jobs; idle runners that match get them at once. Answers their numbers. */
  addJobs(request: NewJobs): number[] {
    const { scope } = request;
    const wanted = scope === undefined ? request : { ...request, scope: scopeKey(scope) };
    const jobs = this.#queue.add(wanted, this.#timeline.now);
    for (const runner of [...this.#idle]) this.#offer(runner);
    return jobs.map((job) => job.id);
  }

  /** The job of a run of a repository, and the runner that has it or had it. */
  run(repository: string, runId: number): { job: Job; runner: Runner | undefined } | undefined {
    const job = this.#queue.get(runId);
    if (job?.repository === undefined || job.repository.toLowerCase() !== repository.toLowerCase()) {
      return undefined;
    }
    return { job, runner: job.runner === null ? undefined : this.#all[job.runner - 1] };
  }

  /** Nothing is answered well and no job is handed out for so long; running jobs go on and report afterwards. */
  outage(forMs: Ms): void {
    const until = this.#timeline.now + forMs;
    if (until <= this.#outageUntil) return;
    this.#outageUntil = until;
    this.#timeline.at(until, () => {
      if (this.away) return;
      const waiting = this.#afterOutage;
      this.#afterOutage = [];
      for (const resume of waiting) resume();
      for (const runner of [...this.#idle]) this.#offer(runner);
    });
  }

  /** Whether an outage is under way. */
  get away(): boolean {
    return this.#timeline.now < this.#outageUntil;
  }

  /** What changed long ago is known to everybody by now. */
  settle(runner: Runner): void {
    runner.visibleAt = this.#timeline.now;
    runner.shownUntil = this.#timeline.now;
  }

  /** Everything that is or was. */
  truth(): { runners: readonly Runner[]; jobs: readonly Job[] } {
    for (const runner of [...this.#live.values()]) this.#alive(runner);
    return { runners: this.#all, jobs: this.#queue.all() };
  }

  /** Jobs that wait or run. */
  get unfinished(): number {
    return this.#queue.unfinished;
  }

  #offer(runner: Runner): void {
    const session = runner.session;
    if (session === undefined || !session.connected || session.spent || runner.removedAt !== null) return;
    const job = this.away ? undefined : this.#queue.take(runner);
    if (job === undefined) {
      this.#idle.add(runner);
      return;
    }
    this.#idle.delete(runner);
    session.job = job;
    session.spent = true;
    this.#queue.start(
      job,
      { runner: runner.id, scope: runner.scope, vm: session.client.vm },
      this.#timeline.now,
    );
    this.#show(runner, "online", true);
    session.client.job(job);
  }

  #lose(runner: Runner, session: Session): void {
    if (!session.connected || runner.removedAt !== null) return;
    session.connected = false;
    this.#idle.delete(runner);
    session.cancelLoss = this.#timeline.at(this.#timeline.now + LOST_CONTACT_MS, () => {
      if (runner.removedAt !== null) return;
      if (session.job !== undefined) this.#queue.end(session.job, "lost", this.#timeline.now);
      session.job = undefined;
      runner.offlineSince = this.#timeline.now;
      this.#show(runner, "offline", false);
    });
  }

  #recover(runner: Runner, session: Session): void {
    if (session.connected || runner.removedAt !== null) return;
    session.cancelLoss();
    session.connected = true;
    this.#show(runner, "online", session.job !== undefined);
    if (session.whenBack === undefined) this.#offer(runner);
    else session.whenBack();
  }

  #finish(runner: Runner, session: Session, outcome: "done" | "failed", reported: () => void): void {
    if (this.away) {
      this.#afterOutage.push(() => this.#finish(runner, session, outcome, reported));
      return;
    }
    if (!session.connected) {
      session.whenBack = () => this.#finish(runner, session, outcome, reported);
      return;
    }
    if (session.job !== undefined) this.#queue.end(session.job, outcome, this.#timeline.now);
    session.job = undefined;
    if (runner.removedAt === null) this.#retire(runner, this.#timeline.now);
    reported();
  }

  /** The runner itself, or nothing when it was away for so long that GitHub has removed it. */
  #alive(runner: Runner | undefined): Runner | undefined {
    if (runner === undefined || runner.removedAt !== null) return undefined;
    if (runner.status === "offline" && this.#timeline.now - runner.offlineSince >= OFFLINE_REMOVAL_MS) {
      this.#retire(runner, runner.offlineSince + OFFLINE_REMOVAL_MS);
      return undefined;
    }
    return runner;
  }

  #retire(runner: Runner, at: Ms): void {
    runner.before = this.shown(runner);
    runner.shownUntil = at + this.#lag();
    runner.removedAt = at;
    runner.session?.cancelLoss();
    runner.busy = false;
    runner.status = "offline";
    this.#idle.delete(runner);
    this.#live.delete(runner.id);
    this.#byName.delete(nameKey(runner));
    this.#byJit.delete(runner.jitConfig);
    if (this.#lagMs > 0) this.#ghosts.push(runner);
  }

  #show(runner: Runner, status: "online" | "offline", busy: boolean): void {
    runner.before = this.shown(runner);
    runner.shownUntil = this.#timeline.now + this.#lag();
    runner.status = status;
    runner.busy = busy;
  }

  #lag(): Ms {
    return this.#lagMs === 0 ? 0 : this.#random.between(0, this.#lagMs);
  }
}
