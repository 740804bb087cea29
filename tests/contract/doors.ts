/** The ways to one simulated host that the same cases are played through. */
import { HyperVEngine } from "../../src/hyperv/engine.ts";
import { makeStandIn } from "../../src/hyperv/testing/stand_in.ts";
import { type EngineDoor, hostPort } from "../../src/ports/engine.ts";
import type { HostPort } from "../../src/ports/host.ts";
import { connectHost } from "../../src/simulator/connect.ts";
import { directHost } from "../../src/simulator/direct.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/start.ts";

/** One way. */
export type DoorName = "direct" | "tcp" | "stdio";

/** A host that answers, with what stands behind it. */
export interface Opened extends AsyncDisposable {
  readonly host: HostPort;
  readonly simulator: Simulator;
  /** Only through the stdio door. */
  readonly engine?: HyperVEngine;
}

/** Scripts that the stand-in does not look at. */
const NO_SCRIPTS = {
  bootstrap: "# none",
  callWorker: "# none, but not empty: ‘é’ 👩‍🔬\n",
  watchWorker: "# none",
};

/** Where the fake engine lies. */
export const FAKE_ENGINE: URL = new URL("fake_engine.ts", import.meta.url);

/** An engine over a fake PowerShell that forwards to this address. */
export async function fakeEngine(
  address: string,
): Promise<{ engine: HyperVEngine & EngineDoor; close(): Promise<void> }> {
  const folder = await Deno.makeTempDir({ prefix: "hvpool-contract-" });
  const powershell = await makeStandIn(folder, FAKE_ENGINE, { HVPOOL_FAKE_HOST: address });
  const engine = new HyperVEngine({ scripts: NO_SCRIPTS, powershell });
  return {
    engine,
    async close() {
      await engine.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts a simulated host and opens one way to it. */
export async function openDoor(name: DoorName, options: SimulatorOptions): Promise<Opened> {
  const simulator = await startSimulator(options);
  const closing: (() => Promise<void>)[] = [() => simulator.close()];
  let host: HostPort;
  let engine: HyperVEngine | undefined;
  switch (name) {
    case "direct":
      host = directHost(simulator.machine, simulator.time);
      break;
    case "tcp":
      host = connectHost(simulator.host);
      break;
    case "stdio": {
      const fake = await fakeEngine(simulator.host);
      engine = fake.engine;
      host = hostPort(fake.engine);
      closing.unshift(() => fake.close());
    }
  }
  closing.unshift(() => host.close());
  return {
    host,
    simulator,
    ...(engine === undefined ? {} : { engine }),
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}
