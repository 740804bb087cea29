/** One PowerShell process: started, asked one call at a time, and ended with everything that it started. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Answer, Lost } from "../ports/engine.ts";
import type { ProcessCounts } from "../ports/engine_counts.ts";
import type { Counters } from "./counters.ts";
import { describeEnd, endedFromOutside, languageModeCause, named, notSent } from "./diagnosis.ts";
import { endTree } from "./end_tree.ts";
import type { EngineCommand } from "./engine_command.ts";
import { LineCutter } from "./line_cutter.ts";
import { isMissingProgram } from "./missing_program.ts";
import { readWorkerLine, type Ready, requestLine, type WorkerLine } from "./protocol.ts";

/** Remembers processes until they have ended, for a later run. */
export interface ProcessRecord {
  started(pid: number, at: number): void;
  ended(pid: number): void;
}

/** What a worker shares with the others of its kind. */
export interface WorkerContext {
  readonly counters: Counters;
  /** What it is for: a lane of calls, or `watch`. */
  readonly kind: string;
  readonly record: ProcessRecord;
  /** Until a process must have said that it is ready. */
  readonly startLimitMs: number;
}

/** What a worker tells its owner. */
export interface WorkerEvents {
  /** It has started, and says what it is. */
  readonly ready?: (ready: Ready) => void;
  /** It can take a call, at first or again. */
  readonly idle?: () => void;
  /** A message that is neither an answer nor the first. */
  readonly line?: (line: WorkerLine) => void;
  /** It has ended; `reason` is a sentence for people. Told once. */
  readonly ended?: (reason: string) => void;
}

interface Asked {
  readonly id: number;
  readonly call: string;
  readonly args: unknown;
  readonly answer: (answer: Answer | Lost) => void;
  sentAt?: number;
}

/** How long after its end a process's last output is waited for: a child of it may hold the pipe open. */
const DRAIN_MS = 500;
const STDERR_KEPT = 4_000;

/** A worker. */
export class Worker {
  readonly #context: WorkerContext;
  readonly #events: WorkerEvents;
  readonly #program: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #out = new LineCutter();
  readonly #ended = Promise.withResolvers<void>();
  readonly #startTimer: ReturnType<typeof setTimeout>;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  #state: "starting" | "ready" | "ended" = "starting";
  #ready: Ready | undefined;
  #asked: Asked | undefined;
  #nextId = 1;
  #answers = 0;
  #stderr = "";
  /** Why we end it; else it ends by itself. */
  #why: string | undefined;
  #exit: { code: number | null; signal: string | null } | undefined;

  constructor(command: EngineCommand, context: WorkerContext, events: WorkerEvents) {
    this.#context = context;
    this.#events = events;
    this.#program = command.program;
    this.#count("starts");
    this.#count("alive");
    // A console or process group of its own: Ctrl+C in ours is not for workers, and the whole tree can be ended.
    this.#child = spawn(command.program, command.args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: command.env,
      windowsHide: true,
      detached: Deno.build.os !== "windows",
    });
    const child = this.#child;
    if (child.pid !== undefined) context.record.started(child.pid, Date.now());
    child.stdout.on("data", (chunk: Uint8Array) => this.#read(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => this.#readError(chunk));
    // A pipe that breaks belongs to a process that ends: its end is told by the process itself.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {});
    child.on("error", (error: Error & { code?: string }) => {
      this.#finish(isMissingProgram(error) ? "ENOENT" : error.code ?? error.message);
    });
    child.on("exit", (code, signal) => {
      this.#exit = { code, signal };
      // What it started has lost its leader; on Windows nothing leads to it any more.
      if (child.pid !== undefined && Deno.build.os !== "windows") void endTree(child.pid);
      this.#drainTimer = setTimeout(() => this.#finish(), DRAIN_MS);
    });
    child.on("close", () => this.#finish());
    this.#startTimer = setTimeout(() => {
      void this.kill(
        `PowerShell at ${command.program} did not say within ${
          context.startLimitMs / 1000
        } s that it can take ` +
          "calls. Check that hyperv.powershell is a PowerShell, and whether an antivirus program holds it.",
      );
    }, context.startLimitMs);
    if (command.input !== "") child.stdin.write(command.input);
  }

  /** It is ready and has nothing to do. */
  get isIdle(): boolean {
    return this.#state === "ready" && this.#asked === undefined && this.#why === undefined;
  }

  /** It has nothing to do, now or as soon as it is ready. */
  get isFree(): boolean {
    return this.#state !== "ended" && this.#asked === undefined && this.#why === undefined;
  }

  /** It has answered a call. */
  get hasAnswered(): boolean {
    return this.#answers > 0;
  }

  /** What it said of itself; `undefined` before. */
  get ready(): Ready | undefined {
    return this.#ready;
  }

  /** Id of the process, where there is one. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Fulfilled when it has ended and its owner was told. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Makes a call as soon as the process is ready. Only for a free worker. */
  ask(call: string, args: unknown, answer: (answer: Answer | Lost) => void): void {
    this.#asked = { id: this.#nextId++, call, args, answer };
    if (this.#state === "ready") this.#send(this.#asked);
  }

  /**
   * Gives up the call that it was asked: one that was sent costs the process, since a blocked cmdlet cannot be
   * cancelled. Its answer is told to nobody.
   */
  giveUp(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#asked = undefined;
    if (asked.sentAt === undefined) {
      if (this.isIdle) this.#events.idle?.();
      return;
    }
    this.#context.counters.lost(asked.call, true);
    void this.kill(`${asked.call} did not answer within its limit.`);
  }

  /** Ends it with everything that it started, because it does not do what it should. */
  async kill(why: string): Promise<void> {
    if (this.#state !== "ended" && this.#why === undefined) this.#count("kills");
    await this.end(why);
  }

  /** Ends it with everything that it started. */
  async end(why: string): Promise<void> {
    if (this.#state === "ended") return;
    this.#why ??= why;
    const { pid } = this;
    if (pid !== undefined && this.#exit === undefined) await endTree(pid);
    await this.#ended.promise;
  }

  /** Lets it end in good order, by the end of its stdin; ends it when it does not within the time. */
  async retire(graceMs: number): Promise<void> {
    if (this.#state === "ended") return;
    this.#why ??= "hvpool ended it.";
    this.#child.stdin.end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), graceMs));
    const first = await Promise.race([this.#ended.promise, late]);
    clearTimeout(timer);
    if (first === "late") await this.end("it did not end in time.");
  }

  #send(asked: Asked): void {
    asked.sentAt = performance.now();
    this.#context.counters.sent(asked.call);
    this.#child.stdin.write(requestLine(asked.id, asked.call, asked.args));
  }

  #read(chunk: Uint8Array): void {
    if (this.#state === "ended") return;
    const { counters } = this.#context;
    const droppedBefore = this.#out.dropped;
    counters.add("readBytes", chunk.length);
    for (const text of this.#out.push(chunk)) {
      const line = readWorkerLine(text);
      switch (line.type) {
        case "ready":
          this.#begin(line.ready);
          break;
        case "answer":
          this.#answer(line.id, line.answer);
          break;
        case "noise":
          counters.add("noiseLines");
          break;
        default:
          this.#events.line?.(line);
      }
    }
    counters.add("longLines", this.#out.dropped - droppedBefore);
  }

  #begin(ready: Ready): void {
    if (this.#state !== "starting") return;
    const cause = languageModeCause(ready.languageMode);
    if (cause !== undefined) {
      void this.kill(cause);
      return;
    }
    clearTimeout(this.#startTimer);
    this.#state = "ready";
    this.#ready = ready;
    this.#events.ready?.(ready);
    if (this.#asked === undefined) this.#events.idle?.();
    else this.#send(this.#asked);
  }

  #answer(id: number, answer: Answer): void {
    const asked = this.#asked;
    if (asked === undefined || asked.id !== id || asked.sentAt === undefined) {
      this.#context.counters.add("noiseLines"); // of a call that was given up, or made up
      return;
    }
    this.#asked = undefined;
    this.#answers++;
    this.#context.counters.answered(asked.call, performance.now() - asked.sentAt, !answer.ok);
    asked.answer(answer.ok ? answer : { ...answer, error: named(answer.error) });
    if (this.isIdle) this.#events.idle?.();
  }

  #readError(chunk: Uint8Array): void {
    const text = new TextDecoder().decode(chunk);
    this.#context.counters.add("noiseLines", text.split("\n").length - 1);
    this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
  }

  #finish(startError?: string): void {
    if (this.#state === "ended") return;
    const wasReady = this.#state === "ready";
    this.#state = "ended";
    clearTimeout(this.#startTimer);
    clearTimeout(this.#drainTimer);
    const { counters, record } = this.#context;
    this.#count("alive", -1);
    if (this.#out.rest() !== "") counters.add("halfLines");
    if (!wasReady) this.#count("failedStarts");
    else if (this.#why === undefined) {
      this.#count("deaths");
      if (endedFromOutside({ wasReady, stderr: this.#stderr })) this.#count("outsideEnds");
    }
    const { pid } = this;
    if (pid !== undefined) record.ended(pid);
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    const reason = this.#why ?? describeEnd({
      program: this.#program,
      ...(startError === undefined ? {} : { startError }),
      exitCode: this.#exit?.code ?? null,
      signal: this.#exit?.signal ?? null,
      wasReady,
      stderr: this.#stderr,
    });
    this.#settle(reason);
    this.#events.ended?.(reason);
    this.#ended.resolve();
  }

  #count(what: keyof ProcessCounts, count = 1): void {
    this.#context.counters.process(this.#context.kind, what, count);
  }

  /** What was sent may have had its effect; what was only asked has not. */
  #settle(reason: string): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    if (asked.sentAt === undefined) {
      asked.answer({ ok: false, error: notSent(asked.call, reason) });
      return;
    }
    this.#context.counters.lost(asked.call, false);
    asked.answer({ lost: `${asked.call} was not answered: ${reason}` });
  }
}
