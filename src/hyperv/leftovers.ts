/**
 * Remembers worker processes in the data directory, one small file each, so that a later run can end those that a
 * crash left behind: a hung call of the last run must not land in the middle of this one.
 */
import { join } from "node:path";
import { z } from "zod";
import type { Log } from "../ports/log.ts";
import { endTree } from "./end_tree.ts";
import { processStartedAt } from "./process_time.ts";
import type { ProcessRecord } from "./worker.ts";

const FOLDER = "workers";
/** How far the system's time of a process's beginning may lie from ours. */
const TOLERANCE_MS = 5_000;

const remembered = z.object({ pid: z.int().min(1), startedAt: z.number() });

/** Processes of this run; on disk from the moment on that there is a directory for them. */
export class Leftovers implements ProcessRecord {
  readonly #alive = new Map<number, number>();
  #folder: string | undefined;

  started(pid: number, at: number): void {
    this.#alive.set(pid, at);
    this.#write(pid, at);
  }

  ended(pid: number): void {
    this.#alive.delete(pid);
    if (this.#folder !== undefined) remove(this.#file(this.#folder, pid));
  }

  /**
   * Ends what an earlier run left behind in this data directory, and remembers this run's processes there. Only for
   * the one who holds the directory's lock. Answers how many were ended.
   */
  async use(dataDir: string, log: Log): Promise<number> {
    const folder = join(dataDir, FOLDER);
    Deno.mkdirSync(folder, { recursive: true });
    let ended = 0;
    for (const { name } of Deno.readDirSync(folder)) {
      const file = join(folder, name);
      const old = read(file);
      if (old !== undefined && !this.#alive.has(old.pid)) {
        const startedAt = await processStartedAt(old.pid);
        // Another process with the same number, if any: not ours.
        if (startedAt !== undefined && Math.abs(startedAt - old.startedAt) <= TOLERANCE_MS) {
          await endTree(old.pid);
          log.warn("Ended a PowerShell worker that an earlier run left behind", { pid: old.pid });
          ended++;
        }
      }
      remove(file);
    }
    this.#folder = folder;
    for (const [pid, at] of this.#alive) this.#write(pid, at);
    return ended;
  }

  #file(folder: string, pid: number): string {
    return join(folder, `${pid}.json`);
  }

  #write(pid: number, startedAt: number): void {
    if (this.#folder === undefined) return;
    Deno.writeTextFileSync(this.#file(this.#folder, pid), JSON.stringify({ pid, startedAt }));
  }
}

function read(file: string): { pid: number; startedAt: number } | undefined {
  try {
    return remembered.safeParse(JSON.parse(Deno.readTextFileSync(file))).data;
  } catch (error) {
    // A crash may have cut the file off while it was written.
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function remove(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
