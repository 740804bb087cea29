/** What every route with a body holds to: at most so much, and JSON. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { problem } from "./problem.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** Refuses bodies that are too large. */
export const smallBody: MiddlewareHandler = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => problem("body_too_large", `The body may have at most ${MAX_BODY_BYTES} bytes.`),
});

/** Refuses bodies of another type: they would not be looked at, and what they ask for lost without a word. */
export const jsonBody: MiddlewareHandler = async (c, next) => {
  const isJson = /^application\/json\b/i.test(c.req.header("content-type") ?? "");
  if (c.req.method === "POST" && !isJson && (await c.req.text()) !== "") {
    return problem("unsupported_media_type", "Send the body as `Content-Type: application/json`.");
  }
  return await next();
};
