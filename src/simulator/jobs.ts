/** Jobs: queued first in, first out, and given to runners that have every label. */
import type { Ms, ScopeKey } from "../model/ids.ts";
import { accountOf } from "./accounts.ts";

/** What a job comes to. `lost` as an outcome asks the machine to die in the middle. */
export type JobOutcome = "done" | "failed" | "lost";

/** One job; ended ones are kept for the truth. */
export interface Job {
  readonly id: number;
  readonly labels: readonly string[];
  /** Real time: no speed applies. */
  readonly durationMs: Ms;
  readonly outcome: JobOutcome;
  /** Only runners of this scope; any when absent. */
  readonly scope: ScopeKey | undefined;
  /** `owner/name`; of a job that any runner may have only once one has it. */
  repository: string | undefined;
  readonly queuedAt: Ms;
  state: "queued" | "running" | "done" | "failed" | "lost";
  runner: number | null;
  vm: string | null;
  startedAt: Ms | null;
  endedAt: Ms | null;
  /** Files of other jobs that it saw on its machine's disk when it began. */
  sawOthers: readonly string[];
}

/** Jobs to queue. */
export interface NewJobs {
  readonly count: number;
  readonly labels: readonly string[];
  readonly durationMs: Ms;
  /** @default "done" */
  readonly outcome?: JobOutcome;
  readonly scope?: ScopeKey;
}

const NOTHING: readonly string[] = [];

/** Jobs that ask for the same, oldest first. `head` saves shifting a long array. */
interface Line {
  readonly labels: readonly string[];
  readonly scope: ScopeKey | undefined;
  jobs: Job[];
  head: number;
}

/** Repository of a job that a runner of this scope may run: the scope's own, or one in the organization. */
export function repositoryOf(scope: ScopeKey): string {
  return scope.startsWith("repos/") ? scope.slice("repos/".length) : `${accountOf(scope)}/demo`;
}

/** All jobs. Taking one is independent of how many wait: only distinct wishes are looked at. */
export class JobQueue {
  readonly #lines = new Map<string, Line>();
  readonly #all: Job[] = [];
  #ended = 0;

  /** Queues jobs. */
  add(request: NewJobs, now: Ms): Job[] {
    const labels = request.labels.map((label) => label.toLowerCase()).sort();
    const key = JSON.stringify([request.scope ?? null, labels]);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { labels, scope: request.scope, jobs: [], head: 0 };
      this.#lines.set(key, line);
    }
    const added: Job[] = [];
    for (let i = 0; i < request.count; i++) {
      const job: Job = {
        id: this.#all.length + 1,
        labels,
        durationMs: request.durationMs,
        outcome: request.outcome ?? "done",
        scope: request.scope,
        repository: request.scope === undefined ? undefined : repositoryOf(request.scope),
        queuedAt: now,
        state: "queued",
        runner: null,
        vm: null,
        startedAt: null,
        endedAt: null,
        sawOthers: NOTHING,
      };
      this.#all.push(job);
      line.jobs.push(job);
      added.push(job);
    }
    return added;
  }

  /** Takes the oldest job that this runner may run. */
  take(runner: { scope: ScopeKey; labels: readonly string[] }): Job | undefined {
    let best: Line | undefined;
    for (const line of this.#lines.values()) {
      const job = line.jobs[line.head];
      if (job === undefined) continue;
      if (line.scope !== undefined && line.scope !== runner.scope) continue;
      if (!line.labels.every((label) => runner.labels.includes(label))) continue;
      if (best === undefined || job.id < (best.jobs[best.head]?.id ?? Infinity)) best = line;
    }
    if (best === undefined) return undefined;
    const job = best.jobs[best.head++];
    if (best.head > 1_000 && best.head * 2 > best.jobs.length) {
      best.jobs = best.jobs.slice(best.head);
      best.head = 0;
    }
    return job;
  }

  /** A runner has it. */
  start(job: Job, where: { runner: number; scope: ScopeKey; vm: string }, now: Ms): void {
    job.state = "running";
    job.runner = where.runner;
    job.repository = repositoryOf(where.scope);
    job.vm = where.vm;
    job.startedAt = now;
  }

  /** It is over. */
  end(job: Job, state: "done" | "failed" | "lost", now: Ms): void {
    job.state = state;
    job.endedAt = now;
    this.#ended++;
  }

  /** The job with a number. */
  get(id: number): Job | undefined {
    return this.#all[id - 1];
  }

  /** Every job that is or was. */
  all(): readonly Job[] {
    return this.#all;
  }

  /** Jobs that wait or run. */
  get unfinished(): number {
    return this.#all.length - this.#ended;
  }
}
