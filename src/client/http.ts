/**
 * One HTTP request to hvpool, nearly always on this machine.
 *
 * `fetch` sends requests through the proxy of HTTP_PROXY, also those to 127.0.0.1; `node:http` does not.
 */
import { type ClientRequest, type IncomingMessage, request as requestOverHttp } from "node:http";
import { request as requestOverHttps } from "node:https";

/** What to send. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request and the reading of its answer. */
  readonly signal?: AbortSignal;
  /** The answer, or its next part, must come within this time. */
  readonly silenceMs: number;
}

/** An answer whose body is still to be read. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Parts of the body. Leaving the loop closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a request. Rejects with the system's error (`code: "ECONNREFUSED"` …) when nobody answers. */
export function send(url: string, options: HttpRequest): Promise<HttpAnswer> {
  const { method, headers, body, signal, silenceMs } = options;
  const request = url.startsWith("https:") ? requestOverHttps : requestOverHttp;
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(url, {
      method,
      agent: false,
      headers: body === undefined
        ? headers
        : { ...headers, "content-length": String(new TextEncoder().encode(body).length) },
    });
    const silence = new SilenceTimer(silenceMs, () => sent.destroy(new SilentError(silenceMs)));
    const abort = () => sent.destroy(abortError(signal));
    const settled = () => {
      silence.stop();
      signal?.removeEventListener("abort", abort);
    };
    if (signal?.aborted === true) {
      sent.destroy();
      silence.stop();
      return reject(abortError(signal));
    }
    signal?.addEventListener("abort", abort);
    sent.on("error", (error) => {
      settled();
      reject(error);
    });
    sent.on("response", (message) => {
      resolve({
        status: message.statusCode ?? 0,
        contentType: message.headers["content-type"] ?? "",
        body: parts(message, sent, { silence, settled }),
      });
    });
    sent.end(body);
  });
}

async function* parts(
  message: IncomingMessage,
  sent: ClientRequest,
  watch: { silence: SilenceTimer; settled: () => void },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of message) {
      watch.silence.restart();
      yield part;
    }
  } catch (error) {
    // The destroyed answer itself knows only that it was aborted.
    throw watch.silence.fell ? new SilentError(watch.silence.ms) : error;
  } finally {
    watch.settled();
    sent.destroy();
  }
}

/** Nothing came for too long. */
export class SilentError extends Error {
  readonly code = "ETIMEDOUT";
  /** How long that was. */
  readonly silenceMs: number;

  constructor(silenceMs: number) {
    super(`no answer within ${silenceMs / 1_000} s`);
    this.silenceMs = silenceMs;
  }
}

function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException("The request was given up.", "AbortError");
}

/** Calls `onSilence` when it is not restarted in time. */
class SilenceTimer {
  readonly ms: number;
  /** Whether it has called. */
  fell = false;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, onSilence: () => void) {
    this.ms = ms;
    this.#onSilence = () => {
      this.fell = true;
      onSilence();
    };
    this.#timer = setTimeout(this.#onSilence, ms);
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onSilence, this.ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
