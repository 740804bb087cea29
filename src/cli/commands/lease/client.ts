/** The client of a command about leases: the administrator's, or a holder's with the lease's token. */
import type { LeaseClient } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { runningClient } from "../../options/running_client.ts";

/** What `--token` takes, for help. */
export const TOKEN_HELP =
  "the lease's own token, or env:NAME for that of an environment variable (default: the administrator's)";

/** Talks to the running hvpool in the name of `hvpool lease <what>`; `token` is as it was given. */
export async function leaseClient(
  invocation: Invocation,
  what: string,
  token?: string,
): Promise<LeaseClient> {
  const read = token === undefined ? undefined : readToken(token, invocation.env);
  return (await runningClient(invocation, `hvpool lease ${what}`, read)).leases;
}

/** The token is a secret: no message has any of it. */
function readToken(given: string, env: (name: string) => string | undefined): string {
  const variable = /^env:(.*)$/.exec(given)?.[1];
  const text = variable === undefined ? given : env(variable)?.trim();
  if (text === undefined || text === "") {
    const where = variable === undefined
      ? "it is empty"
      : `the environment variable ${variable} is ${text === undefined ? "not set" : "empty"} here`;
    throw new CliError(`Cannot use --token: ${where}.`, EXIT.usage);
  }
  if (/^hvl_[A-Za-z0-9_-]{43}$/.test(text)) return text;
  throw new CliError(
    "Cannot use --token: it is not the token of a lease, which is hvl_ and 43 more characters, or env:NAME.",
    EXIT.usage,
  );
}
