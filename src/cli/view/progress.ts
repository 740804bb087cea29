/** How far something slow is, on stderr: a bar that moves on a terminal, now and then a line elsewhere. */
import type { ProgressAnswer } from "../../client/mod.ts";
import { formatAge } from "../options/duration.ts";
import { inMebibytes } from "../options/size.ts";
import type { Output } from "../output.ts";
import { printable } from "./table.ts";

const BAR_WIDTH = 24;
/** The rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 10_000;
/** Less time than this says nothing about the rate. */
const RATE_MIN_MS = 500;
/** Without a terminal: a line at least this often, and at every so many percent. */
const LINE_EVERY_MS = 10_000;
const LINE_EVERY_PERCENT = 10;

/** Shows progress until it is ended. */
export class ProgressView {
  readonly #output: Output;
  readonly #now: () => number;
  #step: string | undefined;
  #samples: { readonly at: number; readonly done: number }[] = [];
  /** The last line without a terminal. */
  #said: { readonly at: number; readonly part: number } | undefined;

  /** `now` counts milliseconds. */
  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** Shows how far it is. */
  update({ step = "", done, of }: ProgressAnswer): void {
    const at = this.#now();
    const again = done !== undefined && done < (this.#samples.at(-1)?.done ?? 0);
    if (step !== this.#step || again) {
      this.#step = step;
      this.#samples = [];
      this.#said = undefined;
    }
    if (done !== undefined) this.#samples.push({ at, done });
    // The oldest sample of the window stays, so that the rate is that of the whole window.
    while (at - (this.#samples[1]?.at ?? at) >= RATE_WINDOW_MS) this.#samples.shift();
    const text = this.#figures(done, of);
    const { statusLine } = this.#output;
    if (statusLine !== undefined) {
      return statusLine([printable(step), bar(done, of), ...text].filter(Boolean).join("  "));
    }
    const part = Math.floor((percent(done, of) ?? 0) / LINE_EVERY_PERCENT);
    if (this.#said !== undefined && part <= this.#said.part && at - this.#said.at < LINE_EVERY_MS) return;
    this.#said = { at, part };
    this.#output.err([printable(step), ...text].filter(Boolean).join("  "));
  }

  /** Clears the bar. */
  end(): void {
    if (this.#step !== undefined) this.#output.statusLine?.("");
  }

  /** `42 %`, `430 of 1024 MiB`, `210 MiB/s`, `3s left`, as far as they are known. */
  #figures(done: number | undefined, of: number | undefined): string[] {
    const share = percent(done, of);
    if (done === undefined) return [];
    const amount = of === undefined ? inMebibytes(done) : `${inMebibytes(done)} of ${inMebibytes(of)}`;
    const rate = this.#bytesPerMs();
    return [
      ...(share === undefined ? [] : [`${String(share).padStart(3)} %`]),
      `${amount} MiB`,
      ...(rate === undefined ? [] : [`${inMebibytes(rate * 1000)} MiB/s`]),
      ...(rate === undefined || of === undefined ? [] : [`${formatAge((of - done) / rate)} left`]),
    ];
  }

  #bytesPerMs(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < RATE_MIN_MS) return undefined;
    return last.done > first.done ? (last.done - first.done) / (last.at - first.at) : undefined;
  }
}

function percent(done: number | undefined, of: number | undefined): number | undefined {
  if (done === undefined || of === undefined || of === 0) return undefined;
  return Math.min(100, Math.floor(done / of * 100));
}

function bar(done: number | undefined, of: number | undefined): string {
  const share = percent(done, of);
  if (share === undefined) return "";
  const full = Math.floor(share / 100 * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}
