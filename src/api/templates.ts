/** Answers what is asked about templates. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Log } from "../ports/log.ts";
import type { Following, TemplateOperations, TemplateRefusal } from "../ports/operations.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import type { Mutable } from "./mutable.ts";
import { nearNames } from "./near_names.ts";
import { PROBLEM_TYPE, problemBody, type ProblemCode, PROBLEMS } from "./problem.ts";
import { type Outcome, slowAnswer } from "./slow_answer.ts";
import { byOf } from "./source.ts";
import {
  deleteTemplateRoute,
  exportTemplateRoute,
  importTemplateRoute,
  prepareTemplateRoute,
  registerTemplateRoute,
  templateRoute,
  templatesRoute,
  verifyTemplateRoute,
} from "./template_routes.ts";

/** What the routes need. */
export interface TemplateRoutesOptions {
  readonly templates: TemplateOperations;
  readonly log: Log;
  /** hvpool stops. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
}

/** The problem of each refusal. */
const REFUSED = {
  not_found: "not_found",
  conflict: "conflict",
  invalid: "invalid_request",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<TemplateRefusal["code"], ProblemCode>;

/** Adds the routes of templates. */
export function addTemplateRoutes(app: OpenAPIHono, options: TemplateRoutesOptions): void {
  const { templates, log, signal, heartbeatMs } = options;

  for (
    const route of [
      registerTemplateRoute,
      verifyTemplateRoute,
      prepareTemplateRoute,
      exportTemplateRoute,
      importTemplateRoute,
    ]
  ) app.use(route.getRoutingPath(), smallBody, jsonBody);

  app.openapi(templatesRoute, (c) => {
    const all = templates.list() as Mutable<ReturnType<TemplateOperations["list"]>>;
    return c.json({ templates: all }, 200);
  });

  app.openapi(templateRoute, (c) => {
    const { name } = c.req.valid("param");
    const all = templates.list();
    // Case does not count in names of templates.
    const template = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (template !== undefined) return c.json(template as Mutable<typeof template>, 200);
    const near = nearNames(name, all.map((one) => one.name));
    return c.json(problemBody("not_found", `There is no template "${name}". ${near}`), 404, PROBLEM_TYPE);
  });

  app.openapi(registerTemplateRoute, (c) => {
    const asked = c.req.valid("json");
    const request = { ...asked, ...byOf(c, asked.reason) };
    return slowly(c, (following) => templates.register(defined(request), following));
  });

  app.openapi(verifyTemplateRoute, (c) => {
    const { name } = c.req.valid("param");
    return slowly(c, (following) => templates.verify(name, following));
  });

  app.openapi(prepareTemplateRoute, (c) => {
    const asked = c.req.valid("json");
    const request = { ...asked, ...c.req.valid("param"), ...byOf(c, asked.reason) };
    return slowly(c, (following) => templates.prepare(defined(request), following));
  });

  app.openapi(exportTemplateRoute, (c) => {
    const asked = c.req.valid("json");
    const request = { ...asked, ...c.req.valid("param"), ...byOf(c) };
    return slowly(c, (following) => templates.export(defined(request), following));
  });

  app.openapi(importTemplateRoute, (c) => {
    const asked = c.req.valid("json");
    const request = { ...asked, ...c.req.valid("param"), ...byOf(c, asked.reason) };
    return slowly(c, (following) => templates.import(defined(request), following));
  });

  app.openapi(deleteTemplateRoute, async (c) => {
    const { reason } = c.req.valid("query");
    const answer = await templates.delete(c.req.valid("param").name, byOf(c, reason));
    if (answer.ok) return c.body(null, 204);
    const code = REFUSED[answer.code];
    return c.json(problemBody(code, answer.message), PROBLEMS[code].status, PROBLEM_TYPE);
  });

  function slowly(c: Context, ask: (following: Following) => Promise<Answer>): Promise<Response> {
    return slowAnswer({
      work: async (following) => outcomeOf(await ask(following)),
      stopping: signal,
      heartbeatMs,
      onError: (error) => log.error("A request failed", { method: c.req.method, path: c.req.path, error }),
    });
  }
}

type Answer = Awaited<ReturnType<TemplateOperations["register" | "verify"]>>;

function outcomeOf(answer: Answer): Outcome {
  if (!answer.ok) return { problem: REFUSED[answer.code], detail: answer.message };
  return { result: "template" in answer ? answer.template : { checks: answer.checks } };
}

/** Without fields that are `undefined`, which zod's types allow: it gives none, since JSON has none. */
function defined<T extends object>(request: T): Defined<T> {
  return request as Defined<T>;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
