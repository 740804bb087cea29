/** A host port over workers that misbehave on demand. */
import { type EngineDoor, hostPort } from "../../ports/engine.ts";
import type { HostPort } from "../../ports/host.ts";
import { HyperVEngine, type HyperVOptions } from "../engine.ts";
import { makeStandIn } from "./stand_in.ts";

/** An engine with what it is reached through. */
export interface OddHost extends AsyncDisposable {
  readonly engine: HyperVEngine & EngineDoor;
  readonly host: HostPort;
  readonly folder: string;
}

const TEXTS = { bootstrap: "# bootstrap", callWorker: "call", watchWorker: "watch" };

/** Opens one; `birth` is how every worker behaves from its start on. */
export async function oddHost(
  birth = "",
  options: Partial<HyperVOptions> & { files?: boolean } = {},
): Promise<OddHost> {
  const folder = await Deno.makeTempDir({ prefix: "hvpool-workers-" });
  const program = await makeStandIn(folder, new URL("odd_engine.ts", import.meta.url), { ODD_ENGINE: birth });
  const { files, ...given } = options;
  const engine = new HyperVEngine({
    scripts: TEXTS,
    powershell: program,
    ...(files === true ? { scriptFolder: `${folder}/scripts` } : {}),
    ...given,
  });
  const host = hostPort(engine);
  return {
    engine,
    host,
    folder,
    async [Symbol.asyncDispose]() {
      await host.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
