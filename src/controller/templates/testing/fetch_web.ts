/** Web servers through `fetch`. */
import type { WebPort } from "../../../ports/web.ts";

async function* partsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body;
}

/** Reaches the servers of tests. */
export const fetchWeb: WebPort = {
  async request({ method, url, headers, body, signal }) {
    const response = await fetch(url, {
      method,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const { status } = response;
    return { status, headers: Object.fromEntries(response.headers), body: partsOf(response.body) };
  },
};
