/** Web servers over Deno's fetch: redirects, proxies, and an end to every silence. */
import { isLoopback } from "../config/check/address.ts";
import { HttpClients, type HttpClientsOptions } from "../github/http_clients.ts";
import type { WebAnswer, WebPort, WebRequest } from "../ports/web.ts";
import { type Hop, nextHop } from "./web_redirect.ts";
import { type Ended, WebExchange } from "./web_exchange.ts";

/** How {@linkcode openWeb} reaches web servers. */
export interface WebOptions extends HttpClientsOptions {
  /** Longest wait for an answer to begin, and for each further part of it. @default 60000 */
  readonly silenceMs?: number;
}

/** A way to web servers that can be closed. */
export interface Web extends WebPort {
  /** Ends all requests under way and all connections. */
  close(): void;
}

const MAX_REDIRECTS = 5;
/** A body is given more time the longer it is: so many bytes a millisecond at least. */
const SLOWEST_BYTES_PER_MS = 50;
/** Of an answer that is no success: what is read at once. */
const MAX_FAILURE_BYTES = 65_536;

/**
 * Opens the way. This machine is reached without a proxy.
 * The body of an answer that is no success is read at once, up to 64 KiB; that of a success must be read, or its loop
 * left, since it holds a connection.
 */
export function openWeb(options: WebOptions = {}): Web {
  return new FetchingWeb(options);
}

class FetchingWeb implements Web {
  readonly #silenceMs: number;
  readonly #clients: HttpClients;
  readonly #underWay = new Set<WebExchange>();
  #closed = false;

  constructor(options: WebOptions) {
    this.#silenceMs = options.silenceMs ?? 60_000;
    this.#clients = new HttpClients(options);
  }

  async request(request: WebRequest): Promise<WebAnswer> {
    let hop: Hop = {
      method: request.method,
      url: checkedAddress(request.url),
      headers: new Headers(request.headers),
      ...(request.body === undefined ? {} : { body: request.body }),
    };
    // A packed body would be unpacked on its way, and then neither its length nor a part of it would fit.
    if (!hop.headers.has("accept-encoding")) hop.headers.set("accept-encoding", "identity");
    for (let hops = 0;; hops++) {
      const { exchange, response } = await this.#send(hop, request.signal);
      const next = nextHop(hop, response);
      if (next === undefined) return await answerOf(exchange, response);
      exchange.end();
      if (hops === MAX_REDIRECTS) {
        throw new Error(`Cannot ${shown(hop)}: more than ${MAX_REDIRECTS} redirects followed one another.`);
      }
      hop = next;
    }
  }

  close(): void {
    this.#closed = true;
    for (const exchange of [...this.#underWay]) exchange.end("hvpool is ending");
    this.#clients.close();
  }

  async #send(
    hop: Hop,
    signal: AbortSignal | undefined,
  ): Promise<{ exchange: WebExchange; response: Response }> {
    const { method, url, headers, body } = hop;
    if (this.#closed) throw new Error(`Cannot ${shown(hop)}: hvpool is ending.`);
    if (signal?.aborted === true) throw new Error(`Cannot ${shown(hop)}: it was given up.`);
    const client = this.#clients.for(url);
    const ended: Ended = (exchange) => this.#underWay.delete(exchange);
    const exchange = new WebExchange({ tried: shown(hop), silenceMs: this.#silenceMs, signal, ended });
    this.#underWay.add(exchange);
    const extraMs = (body?.length ?? 0) / SLOWEST_BYTES_PER_MS;
    const response = await exchange.within(this.#silenceMs + extraMs, (abort) =>
      fetch(url, {
        method,
        headers,
        redirect: "manual",
        signal: abort,
        client,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      }));
    return { exchange, response };
  }
}

/** The address, if it is one that may be asked. */
function checkedAddress(text: string): URL {
  if (!URL.canParse(text)) throw new Error("Cannot reach a web server: what is given is no web address.");
  const url = new URL(text);
  const where = `${url.protocol}//${url.host}${url.pathname}`;
  if (url.username !== "" || url.password !== "") {
    throw new Error(
      `Cannot reach ${where}: the address holds a user name or a password. Give it as a header.`,
    );
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.host))) {
    throw new Error(`Cannot reach ${where}: only https:// is used, and http:// on this machine.`);
  }
  return url;
}

async function answerOf(exchange: WebExchange, response: Response): Promise<WebAnswer> {
  const { status, ok } = response;
  const headers = Object.fromEntries(response.headers);
  if (response.body === null) {
    exchange.end();
    return { status, headers, body: partsOf([]) };
  }
  const body = exchange.read(response.body);
  return { status, headers, body: ok ? body : partsOf(await firstParts(body)) };
}

async function firstParts(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= MAX_FAILURE_BYTES) break;
  }
  return parts;
}

async function* partsOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

/** What is done, without what may be secret in an address. */
function shown({ method, url }: Hop): string {
  return `${method === "PUT" ? "write" : "read"} ${url.origin}${url.pathname}`;
}
