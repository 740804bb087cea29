/** Refusals as `application/problem+json` (RFC 9457), each with a stable code. */
import type { Problem } from "./schemas.ts";

/** Every code that the API answers with, and its HTTP status and title. Codes are never renamed. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "Bad Request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  host_not_allowed: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  body_too_large: { status: 413, title: "Content Too Large" },
  unsupported_media_type: { status: 415, title: "Unsupported Media Type" },
  internal: { status: 500, title: "Internal Server Error" },
  too_many_streams: { status: 503, title: "Service Unavailable" },
} as const satisfies Record<string, { status: number; title: string }>;

/** One of the codes of {@linkcode PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal. `detail` is for people and says what to do; it never holds a secret. */
export function problem(code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const { status, title } = PROBLEMS[code];
  const body: Problem = { type: "about:blank", title, status, detail, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}
