/** The notices for one receiver: sent one after the other, and again until they arrive. */
import type { Ms } from "../../model/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Seen } from "./conditions.ts";
import { judge, type Known, type Notice, type Wishes } from "./judge.ts";
import type { Kept } from "./memory.ts";
import type { Sent } from "./send.ts";

const FIRST_WAIT_MS: Ms = 5_000;
const LONGEST_WAIT_MS: Ms = 600_000;
/** While nothing can be sent, the oldest make room. */
const MAX_OUTBOX = 50;

/** What a post is made of. */
export interface PostOptions {
  /** The same after a restart. */
  readonly id: string;
  readonly wishes: Wishes;
  readonly kept: Kept | undefined;
  readonly clock: Clock;
  /** Never rejects. */
  readonly send: (notice: Notice) => Promise<Sent>;
  /** Called after each that was sent. */
  readonly sent: () => void;
  /** Called for the first failure in a row. */
  readonly failed: (why: string) => void;
  readonly mended: () => void;
}

/** What one receiver knows, and what is still to be sent. */
export class Post {
  readonly id: string;
  readonly #options: PostOptions;
  #known: ReadonlyMap<string, Known>;
  #outbox: Notice[];
  #failures = 0;
  #underWay: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: PostOptions) {
    this.#options = options;
    this.id = options.id;
    this.#known = options.kept?.known ?? new Map();
    this.#outbox = [...options.kept?.outbox ?? []];
  }

  /** What a restart must know. */
  get kept(): Kept {
    return { known: this.#known, outbox: this.#outbox };
  }

  /** Learns what was seen. */
  judge(seen: Seen, now: Ms): void {
    const { known, notices } = judge(this.#known, seen, this.#options.wishes, now);
    this.#known = known;
    this.#outbox = [...this.#outbox, ...notices].slice(-MAX_OUTBOX);
  }

  /** Sends what is there, unless that is under way or waited for. */
  drain(): void {
    if (this.#closed || this.#underWay !== undefined || this.#cancelRetry !== undefined) return;
    if (this.#outbox.length === 0) return;
    this.#underWay = this.#sendAll().finally(() => this.#underWay = undefined);
  }

  /** Waits for what is being sent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#underWay;
  }

  async #sendAll(): Promise<void> {
    const { send, sent, failed, mended, clock } = this.#options;
    for (let notice = this.#outbox[0]; notice !== undefined && !this.#closed; notice = this.#outbox[0]) {
      const outcome = await send(notice);
      if (this.#closed && !outcome.ok) return;
      if (outcome.ok) {
        if (this.#failures > 0) mended();
        this.#failures = 0;
        this.#drop(notice);
        sent();
        continue;
      }
      if (this.#failures === 0) failed(outcome.why);
      const waitMs = Math.min(
        LONGEST_WAIT_MS,
        Math.max(FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 10), outcome.notBeforeMs ?? 0),
      );
      this.#failures++;
      const now = clock.now();
      this.#cancelRetry = clock.at(now + waitMs, () => {
        this.#cancelRetry = undefined;
        this.drain();
      });
      return;
    }
  }

  /** More may have come meanwhile, or it may have been pushed out. */
  #drop(notice: Notice): void {
    this.#outbox = this.#outbox.filter((other) => other !== notice);
  }
}
