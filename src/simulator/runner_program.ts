/** The runner program in a guest: comes online, is given one job, and ends. */
import { hookText } from "./github_jobs.ts";
import type { Fate } from "./guest_fate.ts";
import type { GuestSurroundings } from "./guest_surroundings.ts";
import { leaveTrace, tracesOfOthers } from "./job_traces.ts";
import type { Job } from "./jobs.ts";
import type { RunnerConnection } from "./runner.ts";

const JOB_WRITES_MB = 500;
/** Its exit codes: after its job, without a registration, because it is too old. Source: actions/runner. */
const EXIT = { done: 0, terminated: 1, deprecated: 7 } as const;

/** The guest that it runs in. */
export interface RunnerProgramGuest {
  readonly surroundings: GuestSurroundings;
  readonly fate: Fate;
  /** Its version, where the image tells. */
  readonly version: string | undefined;
  /** Runs something so much later, unless the guest is halted. */
  readonly later: (ms: number, run: () => void) => void;
  readonly ended: (exit: number) => void;
  /** A hook of its job writes down what the loader shows. */
  readonly says: (job: string) => void;
  readonly crash: () => void;
  readonly freeze: () => void;
}

/** One run of the program. */
export class RunnerProgram {
  readonly #guest: RunnerProgramGuest;
  #connection: RunnerConnection | undefined;
  #job: Job | undefined;

  /** Starts it. */
  constructor(guest: RunnerProgramGuest, jitConfig: string) {
    this.#guest = guest;
    const { surroundings, fate, ended, later } = guest;
    if (fate === "deprecated") {
      ended(EXIT.deprecated);
      return;
    }
    const connection = surroundings.forge.connect(jitConfig, {
      vm: surroundings.vmId,
      ...(guest.version === undefined ? {} : { version: guest.version }),
      // It may be given its job before it is told that it is connected.
      job: (job) => this.#run(job),
      gone: () => ended(EXIT.terminated),
    });
    if (connection === undefined) {
      ended(EXIT.terminated); // it says invalid_client and ends
      return;
    }
    this.#connection = connection;
    if (fate !== "network_away") return;
    later(surroundings.random.exponential(600_000), () => {
      connection.lost();
      later(surroundings.random.between(5_000, 900_000), () => connection.back());
    });
  }

  /** Id of the job that runs now. */
  get job(): number | undefined {
    return this.#job?.id;
  }

  /** Its network, or its time, stands still. */
  lost(): void {
    this.#connection?.lost();
  }

  /** It goes on. */
  back(): void {
    this.#connection?.back();
  }

  /** The power is cut. */
  cut(): void {
    this.lost();
    this.#connection = undefined;
    this.#job = undefined;
  }

  #run(job: Job): void {
    this.#job = job;
    const { surroundings, fate, later, crash, freeze, ended, says } = this.#guest;
    const { files, random, grow } = surroundings;
    job.sawOthers = tracesOfOthers(files);
    leaveTrace(files, job.id);
    says(hookText("running", job));
    if (job.outcome === "lost" || fate === "crash_in_job") {
      later(job.durationMs * random.next(), crash);
      return;
    }
    if (fate === "hangs_in_job") {
      later(job.durationMs * random.next(), () => {
        freeze();
        this.lost();
      });
      return;
    }
    const outcome = job.outcome;
    later(job.durationMs, () => {
      grow(JOB_WRITES_MB);
      says(hookText("done", job)); // inside the job: GitHub does not know yet that it is over
      // The callback may come after the power was cut: the report was waiting for the forge.
      const connection = this.#connection;
      connection?.finish(outcome, () => {
        if (this.#connection !== connection) return;
        this.#job = undefined;
        ended(EXIT.done);
      });
    });
  }
}
