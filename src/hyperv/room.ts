/** Workers for calls of one kind: started when they are needed, kept, and replaced when they end. */
import { type Answer, type Lost, reconnectDelayMs } from "../ports/engine.ts";
import { notSent } from "./diagnosis.ts";
import type { Worker, WorkerEvents } from "./worker.ts";

/** How a room is to be. */
export interface RoomOptions {
  /** Workers at once. */
  readonly most: number;
  /** How long the first call in the queue waits for a worker before another one is started. */
  readonly patienceMs: number;
  /** A worker ends after its one call: what a hanging guest leaves behind in a process goes with it. */
  readonly disposable: boolean;
  /** Starts a worker. */
  readonly start: (events: WorkerEvents) => Worker;
  /** A worker could not be started. */
  readonly failed?: (reason: string) => void;
}

interface Waiting {
  readonly call: string;
  readonly args: unknown;
  readonly answer: (answer: Answer | Lost) => void;
  readonly since: number;
  /** Where it is under way. */
  worker?: Worker;
}

/** How long workers have to end by themselves when the room is closed. */
const RETIRE_MS = 1_000;
const CLOSED = "hvpool is ending.";

/** The room. Calls are answered in the order in which workers get free. */
export class Room {
  readonly #options: RoomOptions;
  readonly #workers = new Set<Worker>();
  readonly #ending = new Set<Promise<void>>();
  #queue: Waiting[] = [];
  #failedStarts = 0;
  #notBefore = 0;
  #lastFailure = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Makes a call as soon as a worker is free. The function that comes back gives it up. */
  send(call: string, args: unknown, answer: (answer: Answer | Lost) => void): () => void {
    let answered = false;
    const waiting: Waiting = {
      call,
      args,
      since: performance.now(),
      answer: (given) => {
        answered = true;
        answer(given);
      },
    };
    this.#queue.push(waiting);
    if (this.#closed) this.#refuse(CLOSED);
    else this.#pump();
    return () => {
      if (answered) return;
      answered = true;
      this.#queue = this.#queue.filter((other) => other !== waiting);
      waiting.worker?.giveUp();
      this.#pump();
    };
  }

  /** Ends every worker; what waits is answered as not sent, what is under way as lost. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#refuse(CLOSED);
    for (const worker of this.#workers) {
      this.#follow(worker.isIdle ? worker.retire(RETIRE_MS) : worker.end(CLOSED));
    }
    await Promise.all(this.#ending);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#queue.length > 0 && !this.#closed) {
      const worker = this.#free() ?? this.#another();
      const next = worker === undefined ? undefined : this.#queue.shift();
      if (worker === undefined || next === undefined) return;
      next.worker = worker;
      worker.ask(next.call, next.args, next.answer);
    }
  }

  #free(): Worker | undefined {
    let starting: Worker | undefined;
    for (const worker of this.#workers) {
      if (this.#options.disposable && worker.hasAnswered) continue;
      if (worker.isIdle) return worker;
      if (worker.isFree) starting ??= worker;
    }
    return starting;
  }

  /** Starts another worker where there may be one now; else sees to it that the queue is looked at in time. */
  #another(): Worker | undefined {
    const now = performance.now();
    if (this.#workers.size === 0 && now < this.#notBefore) {
      this.#refuse(this.#lastFailure);
      return undefined;
    }
    if (this.#workers.size >= this.#options.most) return undefined;
    const since = this.#queue[0]?.since ?? now;
    const at = Math.max(this.#workers.size === 0 ? 0 : since + this.#options.patienceMs, this.#notBefore);
    if (now < at) {
      this.#timer = setTimeout(() => this.#pump(), at - now);
      return undefined;
    }
    return this.#start();
  }

  #start(): Worker {
    const worker: Worker = this.#options.start({
      ready: () => this.#failedStarts = 0,
      idle: () => {
        if (this.#options.disposable && worker.hasAnswered) {
          this.#workers.delete(worker);
          this.#follow(worker.retire(RETIRE_MS));
        }
        this.#pump();
      },
      ended: (reason) => {
        this.#workers.delete(worker);
        if (worker.ready === undefined) {
          this.#lastFailure = reason;
          this.#notBefore = performance.now() + reconnectDelayMs(this.#failedStarts++);
          this.#options.failed?.(reason);
        }
        this.#pump();
      },
    });
    this.#workers.add(worker);
    return worker;
  }

  #follow(ending: Promise<void>): void {
    const done: Promise<void> = ending.finally(() => this.#ending.delete(done));
    this.#ending.add(done);
  }

  #refuse(reason: string): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { call, answer } of queue) answer({ ok: false, error: notSent(call, reason) });
  }
}
