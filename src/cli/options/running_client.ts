/** The client of a command that asks a running hvpool. */
import { Client } from "../../client/mod.ts";
import type { Invocation } from "../invocation.ts";
import { locateDataDir } from "./locate.ts";

/** Talks to the running hvpool in the name of a command, such as `hvpool drain`: its journal says who asked. */
export async function runningClient(invocation: Invocation, name: string): Promise<Client> {
  return Client.forDataDir(await locateDataDir(invocation), { name });
}
