/** Keeps evidence of machines that failed: a folder for each cycle, within limits of age and size. */
import { join } from "node:path";
import { protect } from "../../journal/protect.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EvidencePort, EvidenceRequest } from "../../ports/evidence.ts";
import type { Log } from "../../ports/log.ts";
import type { EventRow, EvidenceOperations } from "../../ports/operations.ts";
import { createRedactor } from "../../telemetry/redact.ts";
import { evidenceFolders, readEvidence, readEvidenceFile, readRecord } from "./folder.ts";
import { EVIDENCE_LIMITS, type EvidenceLimits, type SweptItem, whatGoes } from "./sweep.ts";
import { removeFolder, writeEvidence } from "./write.ts";

/** What it is opened with. */
export interface EvidenceOptions {
  /** `<data>/evidence`; made with the first item. */
  readonly directory: string;
  /** The journal's slice of a cycle, oldest first. */
  readonly events: (cycle: string) => readonly EventRow[];
  readonly limits?: EvidenceLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Values that must not appear in what is kept. @default only what looks like a secret is taken out */
  readonly secrets?: readonly string[];
}

/** Evidence that is kept and can be asked for. */
export interface Evidence extends EvidencePort, EvidenceOperations {
  /** Ends the hourly sweep, and waits for what is being written. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 3_600_000;

/** Opens it, and sweeps at once. Nothing is written before there is something to keep. */
export function openEvidence(options: EvidenceOptions): Evidence {
  const { directory, events, clock, log, secrets = [] } = options;
  const limits = { ...EVIDENCE_LIMITS, ...options.limits };
  const redactor = createRedactor();
  for (const secret of secrets) redactor.addSecret(secret);
  let closed = false;
  let cancel = () => {};
  /** One at a time: a sweep takes away what is left of a write that was cut off. */
  let last: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {}); // whoever asked for it hears of it
    return done;
  }

  async function keep(request: EvidenceRequest): Promise<void> {
    await inTurn(async () => {
      await makeDirectory(directory);
      await writeEvidence(directory, {
        request,
        events: events(request.cycle),
        at: new Date(clock.now()).toISOString(),
        maxItemBytes: limits.maxItemBytes,
        redact: redactor.text,
      });
    });
    void swept();
  }

  /** Whatever it cannot remove is tried again an hour later. */
  async function swept(): Promise<void> {
    try {
      await inTurn(() => sweep(directory, limits, clock.now()));
    } catch (error) {
      log.warn("Old evidence could not be removed", { directory, error });
    }
  }

  function everyHour(): void {
    cancel = clock.at(clock.now() + SWEEP_EVERY_MS, () => {
      void swept().then(() => {
        if (!closed) everyHour();
      });
    });
  }

  void swept();
  everyHour();
  return {
    keep,
    list: async (vm) => (await readEvidence(directory)).filter((one) => one.vm === vm || one.cycle === vm),
    read: (cycle, file) => readEvidenceFile(directory, cycle, file),
    async close() {
      closed = true;
      cancel();
      await last;
    },
  };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  protect(directory, "directory");
}

async function sweep(directory: string, limits: Required<EvidenceLimits>, now: number): Promise<void> {
  const { items, temporary } = await evidenceFolders(directory);
  for (const name of temporary) await removeFolder(join(directory, name));
  const swept: SweptItem[] = [];
  for (const folder of items) {
    const item = await sweptItem(directory, folder);
    if (item !== undefined) swept.push(item);
  }
  for (const folder of whatGoes(swept, limits, now)) await removeFolder(join(directory, folder));
}

/** Its size is what its files have, whatever its record says. */
async function sweptItem(directory: string, folder: string): Promise<SweptItem | undefined> {
  const path = join(directory, folder);
  try {
    let bytes = 0;
    for await (const { name } of Deno.readDir(path)) bytes += (await Deno.lstat(join(path, name))).size;
    const record = await readRecord(path);
    // One that is damaged is as old as its folder.
    const at = record === undefined ? (await Deno.lstat(path)).mtime?.getTime() ?? 0 : Date.parse(record.at);
    return { folder, at, bytes };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined; // somebody removed it meanwhile
    throw error;
  }
}
