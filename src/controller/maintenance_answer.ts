/** What is answered to what an operator asks for. */
import { type Command, decide } from "../model/decide.ts";
import type { Cycle, State } from "../model/state.ts";
import type { MaintenanceAnswer } from "../ports/operations.ts";

/** See {@linkcode MaintenanceAnswer}. */
export type Refused = Extract<MaintenanceAnswer, { ok: false }>;

/** An answer, with the command to take when there is something to change. */
export interface Prepared {
  readonly answer: MaintenanceAnswer;
  readonly command?: Command;
}

/** A refusal of one of the kinds that there are. */
export function refused(code: Refused["code"], message: string): Refused {
  return { ok: false, code, message };
}

/** Takes a command that changes something; asking for what already is, is no error. */
export function taken(s: State, command: Command, message: string, cycle?: Cycle): Prepared {
  const changed = decide(s, command).length > 0;
  const answer: MaintenanceAnswer = {
    ok: true,
    changed,
    message: changed ? message : `Nothing changes: ${message}`,
    ...(cycle === undefined ? {} : { cycle: cycle.id }),
  };
  return changed ? { answer, command } : { answer };
}
