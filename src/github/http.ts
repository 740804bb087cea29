/**
 * The connection below Octokit: a time limit for every request, and the truth about a request that got no answer.
 *
 * Octokit itself turns a timeout into "status 500", and Deno's fetch sends a request a second time when the
 * connection closes before an answer. A registration must not be sent twice. A removal may be: its second answer,
 * "not found", is as true as the first.
 */

import { HttpClients, type HttpClientsOptions } from "./http_clients.ts";

/** A request got no answer. Octokit hands it on as the `cause` of its own error. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** Whether the request may have reached GitHub, so that its effect may still land. */
  readonly sent: boolean;
  readonly timedOut: boolean;

  constructor(why: string, about: { sent: boolean; timedOut: boolean }, cause?: unknown) {
    super(why, { cause });
    this.sent = about.sent;
    this.timedOut = about.timedOut;
  }
}

/** How long a request may take. */
export interface TimeLimit {
  /** For each attempt. */
  readonly timeoutMs: number;
  /** Wall time in milliseconds since the epoch after which no attempt may be under way. */
  readonly deadlineAt: number;
}

/** Where requests leave the machine. */
export type HttpOptions = HttpClientsOptions;

const REDIRECTS = new Set([307, 308]);
const MAX_REDIRECTS = 3;
const NO_BODY = new Set([204, 205, 304]);

/** Connections that can be closed. */
export class Http {
  readonly #clients: HttpClients;
  readonly #underWay = new Set<AbortController>();
  #closed = false;
  #clockSkewMs: number | undefined;

  constructor(options: HttpOptions = {}) {
    this.#clients = new HttpClients(options);
  }

  /** A `fetch` for Octokit. It reads the whole body within the limit; it rejects with {@linkcode NoAnswer} only. */
  fetch(limit: TimeLimit): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
    return (url, init = {}) => this.#send(String(url instanceof Request ? url.url : url), init, limit);
  }

  /** How far this machine's clock is ahead of the server's, by its last answer; `undefined` before the first. */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  /** Ends all requests under way and all connections. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const request of this.#underWay) request.abort();
    this.#clients.close();
  }

  async #send(url: string, init: RequestInit, limit: TimeLimit): Promise<Response> {
    if (this.#closed) throw new NoAnswer("hvpool is ending", { sent: false, timedOut: false });
    const timeoutMs = Math.min(limit.timeoutMs, limit.deadlineAt - Date.now());
    if (timeoutMs <= 0) throw new NoAnswer("no time was left to ask", { sent: false, timedOut: true });
    const request = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      request.abort();
    }, timeoutMs);
    this.#underWay.add(request);
    try {
      const response = await this.#follow(url, init, request.signal);
      const date = Date.parse(response.headers.get("date") ?? "");
      // The header has whole seconds.
      if (!Number.isNaN(date)) this.#clockSkewMs = Date.now() - (date + 500);
      const body = await response.arrayBuffer();
      const { status, statusText, headers } = response;
      return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers });
    } catch (error) {
      if (timedOut) {
        throw new NoAnswer(`no answer within ${Math.round(timeoutMs / 100) / 10} s`, {
          sent: true,
          timedOut,
        });
      }
      if (this.#closed) throw new NoAnswer("hvpool is ending", { sent: true, timedOut });
      throw connectionFailure(error);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(request);
    }
  }

  /** Follows redirects of a POST by itself (a renamed repository), since a stream cannot be sent twice. */
  async #follow(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    let target = new URL(url);
    const client = this.#clients.for(target);
    if (typeof init.body !== "string") return await fetch(url, { ...init, signal, client });
    for (let hops = 0;; hops++) {
      const response = await fetch(target, {
        ...init,
        // Deno's fetch repeats a request whose connection closed before the answer, if it can copy the body.
        // A lost POST may have landed, so the body is a stream, which cannot be copied.
        body: new Blob([init.body]).stream(),
        redirect: "manual",
        signal,
        client,
      });
      const location = response.headers.get("location");
      if (!REDIRECTS.has(response.status) || location === null || hops === MAX_REDIRECTS) return response;
      const next = new URL(location, target);
      if (next.origin !== target.origin) return response; // our token is for nobody else
      await response.body?.cancel();
      target = next;
    }
  }
}

/** Deno says in the text alone how far a request came; "(Connect)" is before the first byte of the request. */
function connectionFailure(error: unknown): NoAnswer {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  const why = text.replace(/^error sending request .*?: (?=client error)/, "");
  const sent = !text.includes("client error (Connect)") && !text.includes("are blocked");
  return new NoAnswer(why, { sent, timedOut: false }, cause);
}
