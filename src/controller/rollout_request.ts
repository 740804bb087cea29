/** Whether a request about a pool's new generation can be taken, and how it leaves the rollout. */
import { type Command, decide } from "../model/decide.ts";
import { fold } from "../model/fold.ts";
import type { Ms } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { RolloutAnswer } from "../ports/operations.ts";
import { describeRollout } from "./describe_rollout.ts";

/** Answers a request without changing the state: that is for the turn which takes the command. */
export function answerRollout(
  s: State,
  command: Extract<Command, { type: "rollout" }>,
  now: Ms,
): RolloutAnswer {
  const { pool: name, action } = command;
  const pool = s.pools.get(name);
  if (pool === undefined) {
    const names = [...s.pools.keys()].join(", ");
    return { ok: false, code: "not_found", message: `There is no pool "${name}". There is: ${names}.` };
  }
  // Events of a rollout change their pool alone.
  const after = structuredClone(pool);
  const draft: State = { ...s, pools: new Map([[name, after]]) };
  for (const event of decide(draft, command)) fold(draft, { ...event, seq: draft.seq + 1, at: now });
  const rollout = describeRollout(draft, after);
  if (rollout !== null) return { ok: true, rollout };
  return {
    ok: false,
    code: "nothing_rolled_out",
    message: `Cannot ${action} a rollout in pool "${name}": its machines have no new generation. ` +
      "One begins when hvpool is started with a changed configuration, or finds another disk at the template's path.",
  };
}
