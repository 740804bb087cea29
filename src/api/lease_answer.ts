/** How what came of a request about a lease is answered. */
import type { Context } from "hono";
import type { LeaseStatus } from "../model/status.ts";
import type { LeaseAnswer, LeaseRefusal } from "../ports/operations.ts";
import type { Mutable } from "./mutable.ts";
import { PROBLEM_TYPE, problemBody, type ProblemCode, PROBLEMS } from "./problem.ts";

/** The problem of each refusal. */
const REFUSED = {
  not_found: "not_found",
  invalid: "invalid_request",
  conflict: "conflict",
  gone: "gone",
} as const satisfies Record<LeaseRefusal["code"], ProblemCode>;

/** The lease, or why not. */
export function answered(c: Context, answer: LeaseAnswer) {
  return answer.ok ? c.json(answer.lease as Mutable<LeaseStatus>, 200) : refuse(c, answer);
}

/** The lease, with 202 while something is still done with its machine, or why not. */
export function changed(c: Context, answer: LeaseAnswer) {
  if (!answer.ok) return refuse(c, answer);
  const goesOn = answer.lease.change !== null || answer.lease.state === "changing";
  return c.json(answer.lease as Mutable<LeaseStatus>, goesOn ? 202 : 200);
}

/** Why not. */
export function refuse(c: Context, { code, message }: Pick<LeaseRefusal, "code" | "message">) {
  const named = REFUSED[code];
  return c.json(problemBody(named, message), PROBLEMS[named].status, PROBLEM_TYPE);
}
