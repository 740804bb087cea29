/**
 * The worker that does nothing but watch: events are not delivered to a PowerShell that is busy with a call. What it
 * tells is a hint, a reason to read; when it is silent it is replaced, and nothing else depends on it.
 */
import type { HostHint } from "../ports/host.ts";
import type { Log } from "../ports/log.ts";
import type { Worker, WorkerEvents } from "./worker.ts";

/** How the watcher is to be. */
export interface WatcherOptions {
  /** Starts the worker. */
  readonly start: (events: WorkerEvents) => Worker;
  /** After this long without a line, once it is ready, it is replaced. */
  readonly silentMs: number;
  readonly log: Log;
}

/** A watch that cannot be had, on a host that has no events, costs a process a minute. */
const LONGEST_WAIT_MS = 60_000;

/** Runs while somebody listens. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #listeners = new Set<(hint: HostHint) => void>();
  readonly #ending = new Set<Promise<void>>();
  #worker: Worker | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #lastReason = "";

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Hears hints until the returned function is called. */
  listen(listener: (hint: HostHint) => void): () => void {
    this.#listeners.add(listener);
    if (this.#worker === undefined && this.#again === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop("nobody listens any more.");
    };
  }

  /** Ends the worker. */
  async close(): Promise<void> {
    this.#listeners.clear();
    this.#stop("hvpool is ending.");
    await Promise.all(this.#ending);
  }

  #start(): void {
    this.#again = undefined;
    const worker: Worker = this.#options.start({
      idle: () => this.#hear(worker),
      line: (line) => {
        this.#attempt = 0;
        this.#hear(worker);
        if (line.type !== "vm.power") return;
        for (const listener of [...this.#listeners]) listener({ type: "vm.power", vmId: line.vmId });
      },
      ended: (reason) => this.#replace(worker, reason),
    });
    this.#worker = worker;
  }

  /** It lives: its silence is counted from now. */
  #hear(worker: Worker): void {
    clearTimeout(this.#silence);
    if (this.#worker !== worker) return;
    const { silentMs } = this.#options;
    this.#silence = setTimeout(() => {
      this.#follow(worker.kill(`The worker that watches the VMs was silent for ${silentMs / 1000} s.`));
    }, silentMs);
  }

  #replace(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    clearTimeout(this.#silence);
    this.#worker = undefined;
    const delayMs = Math.min(100 * 2 ** this.#attempt++, LONGEST_WAIT_MS);
    if (reason !== this.#lastReason) {
      this.#options.log.warn("VMs are found by polling alone until the worker that watches is back", {
        reason,
      });
    }
    this.#lastReason = reason;
    this.#again = setTimeout(() => this.#start(), delayMs);
  }

  #stop(why: string): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#again);
    this.#again = undefined;
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) this.#follow(worker.end(why));
  }

  #follow(ending: Promise<void>): void {
    const done: Promise<void> = ending.finally(() => this.#ending.delete(done));
    this.#ending.add(done);
  }
}
