/** Refusals as `application/problem+json` (RFC 9457), each with a stable code. */
import type { Problem } from "./schemas.ts";

/** Every code that the API answers with, and its HTTP status and title. Codes are never renamed. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "Bad Request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  host_not_allowed: { status: 403, title: "Forbidden" },
  administrator_only: { status: 403, title: "Forbidden" },
  not_your_lease: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  conflict: { status: 409, title: "Conflict" },
  invalid_configuration: { status: 409, title: "Conflict" },
  nothing_rolled_out: { status: 409, title: "Conflict" },
  gone: { status: 410, title: "Gone" },
  body_too_large: { status: 413, title: "Content Too Large" },
  unsupported_media_type: { status: 415, title: "Unsupported Media Type" },
  internal: { status: 500, title: "Internal Server Error" },
  failed: { status: 502, title: "Bad Gateway" },
  cancelled: { status: 503, title: "Service Unavailable" },
  leases_unavailable: { status: 503, title: "Service Unavailable" },
  too_many_streams: { status: 503, title: "Service Unavailable" },
} as const satisfies Record<string, { status: number; title: string }>;

/** One of the codes of {@linkcode PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Header of every refusal. */
export const PROBLEM_TYPE = { "content-type": "application/problem+json" } as const;

/** What a refusal says. `detail` is for people and says what to do; it never holds a secret. */
export function problemBody(
  code: ProblemCode,
  detail: string,
): { type: string; title: string; status: number; detail: string; code: ProblemCode } {
  const { status, title } = PROBLEMS[code];
  return { type: "about:blank", title, status, detail, code } satisfies Problem;
}

/** A refusal. */
export function problem(code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const body = problemBody(code, detail);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...PROBLEM_TYPE, ...headers },
  });
}
