/**
 * Answers that may take minutes: lines of JSON while the work goes on, as Docker's image pull does it.
 *
 * `{"progress":{…}}` again and again, `{"progress":{}}` as a heartbeat, and one last line with `result` or `problem`.
 */
import type { Following, Progress } from "../ports/operations.ts";
import { problem, problemBody, type ProblemCode } from "./problem.ts";
import { NDJSON_TYPE } from "./routes.ts";

/** What came of the work. */
export type Outcome = { readonly result: unknown } | {
  readonly problem: ProblemCode;
  readonly detail: string;
};

/** How the work is done and told of. */
export interface SlowAnswerOptions {
  /** Works. Rejects only by a mistake of ours. */
  readonly work: (following: Following) => Promise<Outcome>;
  /** hvpool stops. */
  readonly stopping: AbortSignal;
  /** Hears of what `work` rejected with. */
  readonly onError: (error: unknown) => void;
  /** Between two lines of an answer that has nothing to say. */
  readonly heartbeatMs: number;
}

/** A refusal within this time is an answer with its own status. */
const AT_ONCE_MS = 100;
/** Between two lines with progress. */
const PROGRESS_MS = 250;

/** Begins the work and answers; giving it up is `following.signal`. */
export async function slowAnswer(options: SlowAnswerOptions): Promise<Response> {
  const running = new Running(options);
  await running.change(AT_ONCE_MS, "outcome");
  const { outcome } = running;
  if (outcome !== undefined && "problem" in outcome) {
    running.end();
    return problem(outcome.problem, outcome.detail);
  }
  return new Response(lines(running, options.heartbeatMs), { headers: { "content-type": NDJSON_TYPE } });
}

/** The body. It is made as it is read: a slow reader gets the newest progress only, and holds nobody up. */
function lines(running: Running, heartbeatMs: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let nextAt = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (line: unknown) => controller.enqueue(encoder.encode(JSON.stringify(line) + "\n"));
      await running.change(Math.max(0, nextAt - performance.now()), "outcome");
      if (running.outcome === undefined) await running.change(heartbeatMs, "progress");
      const { outcome } = running;
      if (outcome === undefined) {
        nextAt = performance.now() + PROGRESS_MS;
        return send({ progress: running.takeProgress() ?? {} });
      }
      const last = running.takeProgress();
      if (last !== undefined) send({ progress: last });
      send("result" in outcome ? outcome : { problem: problemBody(outcome.problem, outcome.detail) });
      controller.close();
      running.end();
    },
    cancel: () => running.end(),
  }, { highWaterMark: 0 });
}

/** The work, its newest progress and its outcome. */
class Running {
  readonly #givenUp = new AbortController();
  readonly #options: SlowAnswerOptions;
  readonly #giveUp = () => this.#givenUp.abort();
  #outcome: Outcome | undefined;
  #progress: Progress | undefined;
  #wake: () => void = () => {};

  constructor(options: SlowAnswerOptions) {
    this.#options = options;
    if (options.stopping.aborted) this.#giveUp();
    else options.stopping.addEventListener("abort", this.#giveUp);
    this.#work();
  }

  /** What came of it; `undefined` while it goes on. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Progress that nobody was told of yet. */
  takeProgress(): Progress | undefined {
    const progress = this.#progress;
    this.#progress = undefined;
    return progress;
  }

  /** Waits for the outcome, or for progress as well, at most so long. */
  change(withinMs: number, awaited: "outcome" | "progress"): Promise<void> {
    return new Promise((resolve) => {
      const due = () =>
        this.#outcome !== undefined || (awaited === "progress" && this.#progress !== undefined);
      if (due()) return resolve();
      const timer = setTimeout(() => done(), withinMs);
      const done = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = () => {
        if (due()) done();
      };
    });
  }

  /** Nobody reads any more: what still goes on is given up. */
  end(): void {
    this.#giveUp();
    this.#options.stopping.removeEventListener("abort", this.#giveUp);
  }

  async #work(): Promise<void> {
    const following: Following = {
      signal: this.#givenUp.signal,
      progress: (progress) => {
        this.#progress = progress;
        this.#wake();
      },
    };
    try {
      this.#outcome = await this.#options.work(following);
    } catch (error) {
      this.#options.onError(error);
      this.#outcome = { problem: "internal", detail: "hvpool could not answer. Its log says why." };
    }
    this.#wake();
  }
}
