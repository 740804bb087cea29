/** Where a redirect leads, and what goes along. */
import { isLoopback } from "../config/check/address.ts";
import type { WebRequest } from "../ports/web.ts";

/** One request on a way of redirects. */
export interface Hop {
  readonly method: WebRequest["method"];
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: Uint8Array;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What another server may be told: everything else may be a secret of the first one's. */
const HARMLESS = [
  "accept",
  "accept-encoding",
  "content-type",
  "if-match",
  "if-none-match",
  "if-range",
  "range",
];

/** The request that follows; `undefined`: the answer is the last one. Throws where a redirect leads astray. */
export function nextHop(hop: Hop, answer: Response): Hop | undefined {
  const location = answer.headers.get("location");
  if (!REDIRECTS.has(answer.status) || location === null) return undefined;
  const from = hop.url;
  const astray = (why: string) =>
    new Error(`Cannot follow the redirect of ${from.origin}${from.pathname}: ${why}.`);
  if (!URL.canParse(location, from)) throw astray("it leads to no web address");
  const url = new URL(location, from);
  const where = `${url.protocol}//${url.host}`;
  const near = isLoopback(url.host);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && near)) {
    throw astray(`it leads to ${where}, and only https:// is followed`);
  }
  if (near && !isLoopback(from.host)) throw astray(`it leads to ${where}, which is this machine`);
  url.username = "";
  url.password = "";
  const headers = new Headers(hop.headers);
  if (url.origin !== from.origin) {
    for (const name of [...headers.keys()]) if (!HARMLESS.includes(name)) headers.delete(name);
  }
  // "See other": what was written is not written a second time.
  if (answer.status === 303 && hop.method === "PUT") return { method: "GET", url, headers };
  return { ...hop, url, headers };
}
