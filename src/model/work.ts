/** What `plan` has to look at: memory of the loop, filled by events and readings, emptied by `plan`. */
import { type Lane, LANES } from "./calls.ts";
import type { CycleId } from "./ids.ts";

/** The agenda of one turn, and who waits for what between turns. */
export interface Work {
  /** Cycles to look at. */
  readonly cycles: Set<CycleId>;
  /** Pools to look at. */
  readonly pools: Set<string>;
  /** Cycles that wait for a place in a lane, in the order in which they came. */
  readonly lanes: Readonly<Record<Lane, Set<CycleId>>>;
  /**
   * Cycles that wait for a reading of their VM, of their guest, for GitHub's next list, for a job's result, for their
   * probe, or for the host's memory.
   */
  readonly readings: {
    readonly vm: Set<CycleId>;
    readonly guest: Set<CycleId>;
    readonly runners: Set<CycleId>;
    readonly jobs: Set<CycleId>;
    readonly probe: Set<CycleId>;
    readonly host: Set<CycleId>;
  };
}

/** Nothing to do. */
export function emptyWork(): Work {
  return {
    cycles: new Set(),
    pools: new Set(),
    lanes: Object.fromEntries(LANES.map((lane) => [lane, new Set<CycleId>()])) as Record<Lane, Set<CycleId>>,
    readings: {
      vm: new Set(),
      guest: new Set(),
      runners: new Set(),
      jobs: new Set(),
      probe: new Set(),
      host: new Set(),
    },
  };
}

const KINDS = [
  "vm",
  "guest",
  "runners",
  "jobs",
  "probe",
  "host",
] as const satisfies (keyof Work["readings"])[];

/** Takes a cycle out of everything that it waits for. */
export function forget(work: Work, cycle: CycleId): void {
  work.cycles.delete(cycle);
  // Most sets are empty most of the time, and asking for the size is much cheaper.
  for (const lane of LANES) if (work.lanes[lane].size > 0) work.lanes[lane].delete(cycle);
  for (const kind of KINDS) if (work.readings[kind].size > 0) work.readings[kind].delete(cycle);
}

/** Everyone who waits for this kind of reading is looked at again. */
export function arrived(work: Work, kind: keyof Work["readings"]): void {
  for (const cycle of work.readings[kind]) work.cycles.add(cycle);
  work.readings[kind].clear();
}
