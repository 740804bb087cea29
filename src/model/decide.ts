/** `decide`: what a command changes. It is refused or recorded at once; waiting is journal state. */
import type { NewEvent } from "./events.ts";
import type { State } from "./state.ts";

/** What a person or a program may ask for. */
export type Command = { readonly type: "stop"; readonly drain: boolean; readonly source: string };

/** The events of a command. Asking for what already is brings none. */
export function decide(s: State, command: Command): NewEvent[] {
  switch (command.type) {
    case "stop": {
      // A drain may be cut short by a plain stop; a stop does not turn into a drain.
      const already = s.stopping !== undefined && (!s.stopping.drain || command.drain);
      if (already) return [];
      return [{ type: "controller.stopping", data: { drain: command.drain, source: command.source } }];
    }
    default:
      return command.type satisfies never;
  }
}
