/** Lets a timeline run with the real clock: one timer, set to whatever is due next. */
import type { Ms } from "../model/ids.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Timeline } from "./timeline.ts";

/** Drives a timeline. Whoever brings calls from outside calls {@linkcode RealTime.sync} first. */
export class RealTime {
  readonly #timeline: Timeline;
  readonly #clock: Clock;
  #cancel: () => void = () => {};
  #armedFor: Ms = Infinity;
  #advancing = false;
  #closed = false;

  constructor(timeline: Timeline, clock: Clock = systemClock) {
    this.#timeline = timeline;
    this.#clock = clock;
    timeline.onSchedule(() => this.#arm());
    this.#arm();
  }

  /** Brings the timeline to the present. */
  sync(): void {
    if (this.#advancing || this.#closed) return;
    this.#advancing = true;
    try {
      this.#timeline.advance(Math.max(this.#timeline.now, this.#clock.now()));
    } finally {
      this.#advancing = false;
    }
    this.#arm();
  }

  /** Stops time. */
  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #arm(): void {
    if (this.#advancing || this.#closed) return;
    const next = this.#timeline.nextAt();
    if (next === undefined || next >= this.#armedFor) return;
    this.#cancel();
    this.#armedFor = next;
    const wake = () => {
      this.#armedFor = Infinity;
      this.sync();
    };
    if (next > this.#clock.now()) {
      this.#cancel = this.#clock.at(next, wake);
      return;
    }
    // A timer of no length costs milliseconds; what is due now is run as soon as the caller has returned.
    let due = true;
    this.#cancel = () => due = false;
    queueMicrotask(() => {
      if (due) wake();
    });
  }
}
