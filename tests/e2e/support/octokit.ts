/** Octokit as somebody else at the same account would use it. */
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { SimulatorProcess } from "./simulator_process.ts";

/** A client with the rights of the app's installation. */
export async function installation(simulator: SimulatorProcess): Promise<{ octokit: Octokit; org: string }> {
  const { appId, privateKey, org } = await simulator.app();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const shared = { baseUrl: simulator.github, authStrategy: createAppAuth, log };
  const app = new Octokit({ ...shared, auth: { appId, privateKey } });
  const { data } = await app.rest.apps.getOrgInstallation({ org });
  return { octokit: new Octokit({ ...shared, auth: { appId, privateKey, installationId: data.id } }), org };
}
