/** What somebody will do by and by, if time goes on for them: it can be halted and taken up by a copy of them. */
import type { Ms } from "../model/ids.ts";
import type { Timeline } from "./timeline.ts";

/** One step, so and so long from now. It may be another copy of the one who planned it that does it. */
export interface Step<Doer> {
  readonly restMs: Ms;
  readonly run: (doer: Doer) => void;
}

/** The steps of one doer. */
export class PendingSteps<Doer> {
  readonly #timeline: Timeline;
  readonly #doer: Doer;
  #entries: { cancel: () => void; at: Ms; run: (doer: Doer) => void }[] = [];

  constructor(timeline: Timeline, doer: Doer) {
    this.#timeline = timeline;
    this.#doer = doer;
  }

  /** Plans one. */
  add(ms: Ms, run: (doer: Doer) => void): void {
    const at = this.#timeline.now + ms;
    const entry = {
      at,
      run,
      cancel: this.#timeline.at(at, () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
        run(this.#doer);
      }),
    };
    this.#entries.push(entry);
  }

  /** What is planned, seen from now. */
  left(): Step<Doer>[] {
    const { now } = this.#timeline;
    return this.#entries.map(({ at, run }) => ({ restMs: at - now, run }));
  }

  /** Nothing of it will happen. */
  cancel(): void {
    for (const { cancel } of this.#entries) cancel();
    this.#entries = [];
  }
}
