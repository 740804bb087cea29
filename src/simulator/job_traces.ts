/** What jobs leave on a guest's disk, and what one can see of those before it. */
import type { GuestFiles } from "./guest_surroundings.ts";

const FOLDER = "C:\\work";
/** The one place that every job writes to. */
const SHARED = `${FOLDER}\\jobs.txt`;

/** Files of other jobs that can be seen, in lower case; empty on a clean disk. */
export function tracesOfOthers(files: GuestFiles): string[] {
  return files.list(FOLDER);
}

/** A job writes a file of its own, and a line into the one that all share. */
export function leaveTrace(files: GuestFiles, job: number): void {
  const before = new TextDecoder().decode(files.read(SHARED));
  files.write(`${FOLDER}\\job-${job}.txt`, `job ${job}\r\n`);
  files.write(SHARED, `${before}${job}\r\n`);
}
