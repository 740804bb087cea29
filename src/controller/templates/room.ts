/** What the services of the template store share. */
import type { State } from "../../model/state.ts";
import type { TemplateStatus } from "../../model/status.ts";
import type { TemplateContext } from "./context.ts";
import type { InWork } from "./in_work.ts";
import { templateStatus } from "./list.ts";
import { Refused } from "./refused.ts";

/** How much is copied at once. */
export interface Sizes {
  /** Of a copy into the store. @default 64 MiB */
  readonly pieceBytes?: number;
  /** Of an exported template, at most. @default 256 MiB; 64 MiB to web servers, since one is held in memory */
  readonly partBytes?: number;
}

/** The context, and what is under way. */
export interface Room {
  readonly context: TemplateContext;
  readonly inWork: InWork;
  readonly sizes: Sizes;
}

/** The state at this moment. */
export function stateOf({ context }: Room): State {
  return context.state();
}

/** What is told of a template that was changed just now. */
export function statusOf({ context }: Room, name: string): TemplateStatus {
  const status = templateStatus(context.state(), name, context.preparing);
  if (status !== undefined) return status;
  throw new Refused(
    "failed",
    `The template ${JSON.stringify(name)} was not recorded: the controller did not take it.`,
  );
}
