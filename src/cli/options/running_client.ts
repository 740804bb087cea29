/** The client of a command that asks a running hvpool: the one place where it is found. */
import { type ApiAddress, Client, findEndpoint } from "../../client/mod.ts";
import type { Invocation } from "../invocation.ts";
import { locateDataDir } from "./locate.ts";
import { namedServer } from "./server.ts";

/** Which hvpool is asked. */
export type Target =
  /** One that `--server` names. */
  | { readonly server: ApiAddress }
  /** The one that runs with a data directory of this machine. */
  | { readonly dataDir: string };

/** The hvpool that `--server` or its variable names, else that of the data directory. */
export async function locateTarget(
  invocation: Pick<Invocation, "env" | "shared">,
  otherToken?: string,
): Promise<Target> {
  const server = await namedServer(invocation, otherToken);
  return server === undefined ? { dataDir: await locateDataDir(invocation) } : { server };
}

/** A client of it, in the name of a command and of who calls it. `otherToken` is sent instead of the administrator's. */
export function clientOf(
  target: Target,
  { name, actor }: { readonly name: string } & Pick<Invocation, "actor">,
  otherToken?: string,
): Client {
  const locate = "server" in target
    ? () => Promise.resolve(target.server)
    : () => findEndpoint(target.dataDir, otherToken);
  return new Client({ locate, name, ...(actor === undefined ? {} : { actor }) });
}

/**
 * Talks to the running hvpool in the name of a command, such as `hvpool drain`: its journal says who asked.
 *
 * @param otherToken is sent instead of the administrator's
 */
export async function runningClient(
  invocation: Invocation,
  name: string,
  otherToken?: string,
): Promise<Client> {
  return clientOf(await locateTarget(invocation, otherToken), { ...invocation, name }, otherToken);
}
