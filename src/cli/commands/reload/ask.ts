/** Asks the running hvpool to read its configuration, and shows what comes of it: `plan` and `reload`. */
import { ApiError, type ReloadAnswer } from "../../../client/mod.ts";
import { EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { runningClient } from "../../options/running_client.ts";
import { printable } from "../../view/table.ts";

/** What the commands differ in. */
export interface ReloadCommand {
  /** `hvpool plan`, for the journal. */
  readonly name: string;
  readonly apply: boolean;
  readonly json: boolean;
  /** Why, for the journal. */
  readonly reason?: string | undefined;
  /** What to say below changes. */
  readonly after: string;
}

/** Prints what changes, and what counts after a restart; a configuration with problems ends with exit code 2. */
export async function askReload(
  invocation: Invocation,
  { name, apply, json, after, reason }: ReloadCommand,
): Promise<void> {
  const { output } = invocation;
  const client = await runningClient(invocation, name);
  let answer: ReloadAnswer;
  try {
    answer = await client.reload({ apply, reason });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "invalid_configuration") throw error;
    if (json) output.out(JSON.stringify({ problems: error.problems }));
    for (const problem of error.problems) output.err(printable(problem));
    output.err("Nothing was changed: hvpool goes on with the configuration that it has.");
    return invocation.exit(EXIT.usage);
  }
  if (json) return output.out(JSON.stringify(answer));
  const { changes, restart } = answer;
  for (const line of changes) output.out(printable(line));
  for (const line of restart) output.out(printable(`after a restart of hvpool: ${line}`));
  if (changes.length > 0) output.err(after);
  else if (restart.length === 0) output.out("Nothing changes.");
}
