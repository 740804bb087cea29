/** What the doctor writes onto everything that it makes on a host, so that a later one knows it again. */
import process from "node:process";
import { isAlive } from "../../client/mod.ts";

/** File with the marker in each folder of the doctor's. */
export const MARKER_FILE = "written.txt";

/** A marker as it was read. */
export interface Marker {
  /** Name of the machine and of its folder. */
  readonly name: string;
  /** Process that made it, and the machine on which that ran. */
  readonly pid: number;
  readonly machine: string;
}

/** Text of the marker of what this process makes. Not a cycle's notes: every controller takes it for somebody else's. */
export function markerText(name: string): string {
  return `Made by hvpool doctor as ${name}, by process ${process.pid} on ${Deno.hostname()}; ` +
    "may be removed once that has ended.";
}

const MARKER =
  /^Made by hvpool doctor as (hvpool-doctor-[0-9a-f]{8}), by process (\d{1,10}) on (\S{1,255}); may be removed once that has ended\.$/;

/** Reads it; `undefined`: it is none, or somebody has changed it. */
export function readMarker(text: string): Marker | undefined {
  const [, name, pid, machine] = MARKER.exec(text.trim()) ?? [];
  return name === undefined || machine === undefined ? undefined : { name, pid: Number(pid), machine };
}

/**
 * Whether the doctor that made it may still be at work: its process runs, or ran on another machine, where nobody here
 * can tell. A process that took over the number counts as well, so that only what is certain is removed.
 */
export function mayBeAtWork({ pid, machine }: Marker): boolean {
  return machine !== Deno.hostname() || isAlive(pid);
}
