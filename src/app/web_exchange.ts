/** One request and its answer: ended by silence, by whoever asked, or by the end of the program. */

/** Is called once, when nothing more can come. */
export type Ended = (exchange: WebExchange) => void;

/** The exchange. */
export class WebExchange {
  readonly #tried: string;
  readonly #silenceMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #ended: Ended;
  readonly #abort = new AbortController();
  readonly #giveUp = () => this.end("it was given up");
  /** Why it ended before its time. */
  #why: string | undefined;
  #over = false;

  constructor(about: {
    /** Reads on after "Cannot". */
    tried: string;
    silenceMs: number;
    signal: AbortSignal | undefined;
    ended: Ended;
  }) {
    this.#tried = about.tried;
    this.#silenceMs = about.silenceMs;
    this.#signal = about.signal;
    this.#ended = about.ended;
    this.#signal?.addEventListener("abort", this.#giveUp);
  }

  /** Waits for something so long. Rejects, and ends, when it fails or does not come. */
  async within<T>(ms: number, wait: (abort: AbortSignal) => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(`nothing came for ${Math.round(ms / 100) / 10} s`), ms);
    try {
      return await wait(this.#abort.signal);
    } catch (error) {
      this.end();
      throw new Error(`Cannot ${this.#tried}: ${this.#why ?? reasonOf(error)}.`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** The parts of a body. Leaving the loop ends the exchange. */
  async *read(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await this.within(this.#silenceMs, () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      this.end();
    }
  }

  /** Closes the connection, if the answer is not complete. `why`: for whoever waits. */
  end(why?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#why = why;
    this.#signal?.removeEventListener("abort", this.#giveUp);
    this.#ended(this);
    this.#abort.abort();
  }
}

/** Deno's words, without the address: its query may be a secret. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  const why = text.replace(/^error sending request .*?: (?=client error)/, "").replace(/\?\S*/g, "");
  if (/certificate/i.test(why)) {
    return `${why}. If a proxy or a server of your own stands there, trust its certificate authority`;
  }
  return /client error \(Connect\)|dns|tunnel/i.test(why) ? `${why}. Check the network and the proxy` : why;
}
