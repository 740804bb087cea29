/** Plays seeds on a core of its own; talks to `simulation_test.ts`. */
/// <reference lib="webworker" />
import process from "node:process";
import { runDays, type RunFigures } from "./run_days.ts";

/** A seed to play. */
export interface SeedRequest {
  readonly seed: number;
  readonly days: number;
}

/** What it came to, and how much core time that took. */
export type SeedReport =
  & { readonly seed: number; readonly coreMs: number }
  & ({ readonly figures: RunFigures } | { readonly broken: string });

declare const self: DedicatedWorkerGlobalScope;

function coreMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

self.onmessage = ({ data }: MessageEvent<SeedRequest>) => {
  const { seed } = data;
  const before = coreMs();
  let outcome: { figures: RunFigures } | { broken: string };
  try {
    outcome = { figures: runDays(data) };
  } catch (error) {
    outcome = { broken: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
  const report: SeedReport = { seed, coreMs: coreMs() - before, ...outcome };
  self.postMessage(report);
};
