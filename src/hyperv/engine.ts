/**
 * The host port's door to real Hyper-V: PowerShell workers by lane, one that watches, and processes of their own for
 * calls into guests. It decides nothing about VMs; what it decides is which process gets a call, and when one is over.
 */
import { type CallRow, type Lane, LANES } from "../model/calls.ts";
import { DEFAULT_LANES } from "../model/settings.ts";
import type { Answer, EngineDoor, Lost } from "../ports/engine.ts";
import type { EngineCounts, EngineMetrics } from "../ports/engine_counts.ts";
import { HOST_CALLS, type HostCall, type HostHint } from "../ports/host.ts";
import { type Log, silentLog } from "../ports/log.ts";
import { isComposed, isOwn, sendComposed } from "./composed_calls.ts";
import { Counters } from "./counters.ts";
import { engineCommand, type WorkerScript } from "./engine_command.ts";
import { Leftovers } from "./leftovers.ts";
import { type MediaFiles, mediaFiles } from "./media/media_files.ts";
import type { Ready } from "./protocol.ts";
import { Room } from "./room.ts";
import { placeScript } from "./script_files.ts";
import { Watcher } from "./watcher.ts";
import { Worker, type WorkerContext, type WorkerEvents } from "./worker.ts";

/** The scripts that workers run. */
export interface ScriptTexts {
  /** Short; reads the rest over stdin. */
  readonly bootstrap: string;
  /** Answers calls. */
  readonly callWorker: string;
  /** Tells what happens. */
  readonly watchWorker: string;
}

/** How the engine is to be. */
export interface HyperVOptions {
  readonly scripts: ScriptTexts;
  /** Another engine than Windows PowerShell: a path, or a name that is looked up in PATH. */
  readonly powershell?: string;
  /** Folder for the scripts as files; absent, they go in over stdin. */
  readonly scriptFolder?: string;
  /** Processes by lane. @default the lanes' own limits */
  readonly lanes?: Readonly<Record<Lane, number>>;
  readonly log?: Log;
  /** Environment of the workers. @default this process's */
  readonly env?: Readonly<Record<string, string>>;
  /** Until a process must be ready. @default 60000 */
  readonly startLimitMs?: number;
  /** Where config drives are written. @default this machine's file system, which is the host's */
  readonly mediaFiles?: MediaFiles;
  /** How long the watching worker may be silent; it tells a beat every second. @default 10000 */
  readonly silentMs?: number;
}

/** A quick query is worth a second process only when the first one is stuck in one. */
const QUERY_PATIENCE_MS = 1_000;

/** The engine. */
export class HyperVEngine implements EngineDoor, EngineMetrics {
  readonly #options: HyperVOptions;
  readonly #log: Log;
  readonly #counters = new Counters([...LANES.filter((lane) => lane !== "forge"), "watch"]);
  readonly #leftovers = new Leftovers();
  readonly #context: Omit<WorkerContext, "kind">;
  readonly #rooms = new Map<Lane, Room>();
  readonly #watcher: Watcher;
  readonly #closing = new AbortController();
  /** Calls under way that are answered without a worker: they end before the engine does. */
  readonly #own = new Set<Promise<void>>();
  #lastFailure = "";
  #edition: string | undefined;

  constructor(options: HyperVOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#context = {
      counters: this.#counters,
      record: this.#leftovers,
      startLimitMs: options.startLimitMs ?? 60_000,
    };
    for (const lane of LANES) this.#rooms.set(lane, this.#room(lane));
    this.#watcher = new Watcher({
      start: (events) => this.#start("watch", "watch", events),
      silentMs: options.silentMs ?? 10_000,
      log: this.#log,
    });
  }

  /** See {@linkcode EngineDoor}. */
  send(call: HostCall, args: unknown, answer: (answer: Answer | Lost) => void): () => void {
    if (!isComposed(call)) return this.#toWorker(call, args, answer);
    const { giveUp, ended } = sendComposed(call, args, answer, {
      send: (part, partArgs, partAnswer) => this.#toWorker(part, partArgs, partAnswer),
      edition: () => this.#knownEdition(),
      files: this.#options.mediaFiles ?? mediaFiles,
      closing: this.#closing.signal,
    });
    if (isOwn(call)) {
      const done: Promise<void> = ended.finally(() => this.#own.delete(done));
      this.#own.add(done);
    }
    return giveUp;
  }

  #toWorker(call: HostCall, args: unknown, answer: (answer: Answer | Lost) => void): () => void {
    const row: CallRow = HOST_CALLS[call];
    const room = this.#rooms.get(row.lane);
    if (room === undefined) throw new TypeError(`${call} counts against the lane ${row.lane}, which is none`);
    return room.send(call, args, answer);
  }

  /** See {@linkcode EngineDoor}. */
  watch(listener: (hint: HostHint) => void): () => void {
    return this.#watcher.listen(listener);
  }

  /** See {@linkcode EngineMetrics}. */
  counts(): EngineCounts {
    return this.#counters.counts();
  }

  /**
   * Ends workers that an earlier run left behind in this data directory, and remembers this run's there. Only for the
   * one who holds the directory's lock.
   */
  async useDataDir(dataDir: string): Promise<void> {
    this.#counters.add("leftovers", await this.#leftovers.use(dataDir, this.#log));
  }

  /** See {@linkcode EngineDoor}. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("hvpool is ending."));
    await Promise.all([
      this.#watcher.close(),
      ...Array.from(this.#rooms.values(), (room) => room.close()),
      ...this.#own,
    ]);
  }

  #room(lane: Lane): Room {
    return new Room({
      most: (this.#options.lanes ?? DEFAULT_LANES)[lane],
      patienceMs: lane === "query" ? QUERY_PATIENCE_MS : 0,
      disposable: lane === "guest",
      start: (events) => this.#start("call", lane, events),
      failed: (reason) => this.#tellFailure(reason),
    });
  }

  #start(what: "call" | "watch", kind: string, events: WorkerEvents): Worker {
    const { powershell, env } = this.#options;
    const command = engineCommand({
      script: this.#script(what),
      ...(powershell === undefined ? {} : { powershell }),
      ...(env === undefined ? {} : { env }),
    });
    return new Worker(command, { ...this.#context, kind }, {
      ...events,
      ready: (ready) => {
        this.#meet(ready);
        events.ready?.(ready);
      },
    });
  }

  #meet({ engine, edition }: Ready): void {
    if (this.#edition !== undefined) return;
    this.#edition = edition;
    this.#log.info("PowerShell takes calls", { engine, edition });
  }

  /** From the first worker that was ready; one is started to know it. Nothing when there is none. */
  async #knownEdition(): Promise<string | undefined> {
    if (this.#edition === undefined) {
      await new Promise<void>((resolve) => this.#toWorker("bridge.ping", {}, () => resolve()));
    }
    return this.#edition;
  }

  #script(what: "call" | "watch"): WorkerScript {
    const { scripts, scriptFolder } = this.#options;
    const text = what === "call" ? scripts.callWorker : scripts.watchWorker;
    if (scriptFolder === undefined) return { kind: "memory", bootstrap: scripts.bootstrap, text };
    return { kind: "file", path: placeScript(scriptFolder, `${what}-worker.ps1`, text) };
  }

  /** Once for each reason: the same one comes with every call that finds no worker. */
  #tellFailure(reason: string): void {
    if (reason === this.#lastFailure) return;
    this.#lastFailure = reason;
    this.#log.error("No PowerShell worker could be started", { reason });
  }
}
