/** What every route with a body holds to: at most so much, and JSON. */
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { problem } from "./problem.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** Refuses bodies that are too large. */
export const smallBody: MiddlewareHandler = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => problem("body_too_large", `The body may have at most ${MAX_BODY_BYTES} bytes.`),
});

/**
 * Refuses bodies of another type: they would not be looked at, and what they ask for lost without a word. An empty one is
 * none, whatever type it is said to have: many clients send the header with every request.
 */
export const jsonBody: MiddlewareHandler = async (c, next) => {
  if (c.req.method !== "POST") return await next();
  const isJson = /^application\/json\b/i.test(c.req.header("content-type") ?? "");
  if ((await c.req.text()) === "") withoutBody(c);
  else if (!isJson) {
    return problem("unsupported_media_type", "Send the body as `Content-Type: application/json`.");
  }
  return await next();
};

/** Has the routes see a request that says nothing of a body. */
function withoutBody({ req }: Context): void {
  const { raw: { url, method, signal } } = req;
  const headers = new Headers(req.raw.headers);
  headers.delete("content-type");
  req.raw = new Request(url, { method, headers, signal });
}
