/** How far a pool is filled, on stderr: a bar that moves on a terminal, a line for each change elsewhere. */
import { formatAge } from "../options/duration.ts";
import type { Output } from "../output.ts";
import { printable } from "./table.ts";

const BAR_WIDTH = 24;

/** A pool as it is now. */
export interface Filling {
  readonly name: string;
  readonly size: number;
  /** Machines that are what the pool wants them to be. */
  readonly done: number;
  readonly ready: number;
  readonly standby: number;
  readonly claimed: number;
  readonly off: number;
  readonly starting: number;
  readonly failed: number;
  /** What it waits for or fails at. */
  readonly why: string | null;
}

/** Shows it until it is ended. */
export class FillView {
  readonly #output: Output;
  readonly #now: () => number;
  /** When it was looked at first, and how many machines were there. */
  #first: { readonly at: number; readonly done: number } | undefined;
  /** When the last machine came. */
  #cameAt = 0;
  #done = 0;
  #said = "";

  /** `now` counts milliseconds. */
  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** Shows how far it is. */
  update(pool: Filling): void {
    const at = this.#now();
    this.#first ??= { at, done: pool.done };
    if (pool.done > this.#done) this.#cameAt = at;
    this.#done = pool.done;
    const counts = this.#counts(pool);
    const left = this.#leftMs(pool, at);
    const { statusLine } = this.#output;
    if (statusLine !== undefined) {
      const rest = left === undefined ? "" : `about ${formatAge(left)} left`;
      const why = pool.why === null ? "" : printable(pool.why);
      return statusLine([bar(pool), counts, rest, why].filter(Boolean).join("  "));
    }
    const said = [counts, pool.why === null ? "" : printable(pool.why)].filter(Boolean).join("  ");
    if (said === this.#said) return;
    this.#said = said;
    this.#output.err(left === undefined ? said : `${said}  about ${formatAge(left)} left`);
  }

  /** Clears the bar. */
  end(): void {
    if (this.#first !== undefined) this.#output.statusLine?.("");
  }

  #counts(
    { name, size, done, ready, claimed, standby, off, starting, failed }: Filling,
  ): string {
    const parts = [
      [ready, "ready"],
      [claimed, "leased"],
      [standby, "saved"],
      [off, "off"],
      [starting, "starting"],
      [failed, "failed"],
    ] as const;
    const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    const detail = some.length === 0 ? "" : ` (${some.join(", ")})`;
    return `Pool ${printable(name)}: ${done} of ${size} machines${detail}`;
  }

  /** By the time that those took which came so far; `undefined` before there is one. */
  #leftMs({ size, done }: Filling, at: number): number | undefined {
    const { at: since = at, done: before = done } = this.#first ?? {};
    const came = done - before;
    if (came <= 0 || done >= size) return undefined;
    const each = (this.#cameAt - since) / came;
    return Math.max(0, each * (size - done) - (at - this.#cameAt));
  }
}

function bar({ done, size }: Filling): string {
  const full = size === 0 ? BAR_WIDTH : Math.floor(Math.min(1, done / size) * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}
