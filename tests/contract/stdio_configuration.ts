/** Writes a configuration as for a real host and GitHub Enterprise; only addresses and the engine are others. */
import { makeStandIn } from "../../src/hyperv/testing/stand_in.ts";
import { SHORT_TIMES } from "../e2e/support/configuration.ts";
import type { Scratch } from "../e2e/support/scratch.ts";
import type { SimulatorProcess } from "../e2e/support/simulator_process.ts";
import { FAKE_ENGINE } from "./doors.ts";

/** Answers the file's path. */
export async function writeStdioConfiguration(
  scratch: Scratch,
  simulator: SimulatorProcess,
  size: number,
): Promise<string> {
  const { appId, privateKey, org, github, host } = await simulator.app();
  const config = {
    github: {
      app_id: appId,
      app_private_key_path: await scratch.write("app.pem", privateKey),
      org,
      api_url: github,
    },
    runners: { pool_size: size, name_prefix: "r-" },
    hyperv: { powershell: await makeStandIn(scratch.path, FAKE_ENGINE, { HVPOOL_FAKE_HOST: host }) },
    api: { listen: "127.0.0.1:0" },
    deadlines: SHORT_TIMES,
  };
  return await scratch.write("config.yaml", JSON.stringify(config));
}
