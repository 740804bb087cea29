/** Waits for something on the host by looking again and again. */
import { StepFailed } from "./machine.ts";

/** Between two looks. */
const LOOK_EVERY_MS = 200;

/** How long, and what for. */
export interface UntilOptions {
  readonly limitMs: number;
  /** Reads on after "not within N s: ". */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Asks until the answer is not `undefined`. @throws StepFailed after the limit, or when the run is given up */
export async function until<V>(look: () => Promise<V | undefined>, options: UntilOptions): Promise<V> {
  const { limitMs, what, signal } = options;
  const endsAt = performance.now() + limitMs;
  while (true) {
    const found = await look();
    if (found !== undefined) return found;
    if (signal.aborted) throw new StepFailed("stopped");
    if (performance.now() >= endsAt) throw new StepFailed(`not within ${limitMs / 1_000} s: ${what}`);
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** Waits, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
