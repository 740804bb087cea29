/** Findings about a template. */
import type { TemplateCheck } from "../../ports/operations.ts";

/** A good finding. */
export function ok(id: string, message: string): TemplateCheck {
  return { id, status: "ok", message, remedy: "" };
}

/** A bad one. */
export function fail(id: string, message: string, remedy: string): TemplateCheck {
  return { id, status: "fail", message, remedy };
}

/** One that somebody ought to look at. */
export function warn(id: string, message: string, remedy: string): TemplateCheck {
  return { id, status: "warn", message, remedy };
}
