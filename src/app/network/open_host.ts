/** Opens the Hyper-V host that is meant: the configuration's, or this machine where there is no configuration. */
import type { NetworkOptions } from "../../cli/programs.ts";
import { openForDoctor } from "../doctor/open.ts";
import { openEngine } from "../engine.ts";
import { hostPort } from "../../ports/engine.ts";
import type { HostPort } from "../../ports/host.ts";

/** An open host, or why there is none and the exit code that says so. */
export type OpenedHost =
  | { readonly host: HostPort; close(): Promise<void> }
  | { readonly problems: readonly string[]; readonly code: number };

const BAD_USE = 2;
const NOT_REACHABLE = 3;

/** Opens it. Nothing is asked of it yet. */
export async function openHost(
  { configFile, dataDir, version }: Pick<NetworkOptions, "configFile" | "dataDir" | "version">,
): Promise<OpenedHost> {
  if (configFile === undefined) {
    if (Deno.build.os !== "windows") return { problems: [NOWHERE], code: NOT_REACHABLE };
    const host = hostPort(openEngine({}));
    return { host, close: () => host.close() };
  }
  const opened = await openForDoctor({
    configFile,
    version,
    env: (name) => Deno.env.get(name),
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const { facts, host } = opened;
  // A broken configuration may have meant a simulator: the real host is not touched because of it.
  if (facts.problems.length === 0 && host !== undefined) return { host, close: () => opened.close() };
  await opened.close();
  if (facts.problems.length > 0) return { problems: facts.problems, code: BAD_USE };
  return { problems: [`error: ${facts.worldProblem ?? NOWHERE}`], code: NOT_REACHABLE };
}

const NOWHERE =
  "error: There is no Hyper-V on this machine. Run it on the host, or name a configuration with --config whose " +
  "debug.simulator is running.";
