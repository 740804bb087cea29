/** `decide`: what a command changes. It is refused or recorded at once; waiting is journal state. */
import type { NewEvent } from "./events.ts";
import type { State } from "./state.ts";

/** What a person or a program may ask for. */
export type Command =
  | { readonly type: "stop"; readonly drain: boolean; readonly source: string }
  /** What is done with a pool's new generation. */
  | {
    readonly type: "rollout";
    readonly pool: string;
    readonly action: RolloutAction;
    readonly source: string;
  };

/** `pause` stops it where it is, `resume` goes on or tries again, `revert` goes back to the last good one. */
export type RolloutAction = "pause" | "resume" | "revert";

/** Asking for what already is brings none. */
function decideRollout(
  s: State,
  { pool, action, source }: Extract<Command, { type: "rollout" }>,
): NewEvent[] {
  const rollout = s.pools.get(pool)?.rollout;
  if (rollout === undefined) return [];
  const { to, paused, phase } = rollout;
  switch (action) {
    case "pause":
      return paused ? [] : [{ type: "rollout.paused", data: { pool, to, source } }];
    case "resume":
      return paused || phase === "reverted" ? [{ type: "rollout.resumed", data: { pool, to, source } }] : [];
    case "revert":
      if (phase === "reverted") return [];
      return [{ type: "rollout.reverted", data: { pool, to, cause: `asked for by ${source}` } }];
    default:
      return action satisfies never;
  }
}

/** The events of a command. Asking for what already is brings none. */
export function decide(s: State, command: Command): NewEvent[] {
  switch (command.type) {
    case "stop": {
      // A drain may be cut short by a plain stop; a stop does not turn into a drain.
      const already = s.stopping !== undefined && (!s.stopping.drain || command.drain);
      if (already) return [];
      return [{ type: "controller.stopping", data: { drain: command.drain, source: command.source } }];
    }
    case "rollout":
      return decideRollout(s, command);
    default:
      return command satisfies never;
  }
}
