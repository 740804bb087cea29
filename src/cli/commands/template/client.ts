/** The client of a command about templates. */
import { Client } from "../../../client/mod.ts";
import type { Invocation } from "../../invocation.ts";
import { locateDataDir } from "../../options/locate.ts";

/** Talks to the running hvpool in the name of `hvpool template <what>`. */
export async function templateClient(invocation: Invocation, what: string): Promise<Client> {
  return Client.forDataDir(await locateDataDir(invocation), { name: `hvpool template ${what}` });
}
