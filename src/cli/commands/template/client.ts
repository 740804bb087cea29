/** The client of a command about templates. */
import type { Client } from "../../../client/mod.ts";
import type { Invocation } from "../../invocation.ts";
import { runningClient } from "../../options/running_client.ts";

/** Talks to the running hvpool in the name of `hvpool template <what>`. */
export function templateClient(invocation: Invocation, what: string): Promise<Client> {
  return runningClient(invocation, `hvpool template ${what}`);
}
