/** What stands in the place of GitHub where all pools are agent pools: it is never asked, and if it is, says why. */
import type { ForgePort, ForgeResult } from "../ports/forge.ts";

const MESSAGE =
  "No GitHub App is configured, because no pool was one of runners when hvpool started. Write github: " +
  "in the configuration and start hvpool again.";

function refused(): Promise<ForgeResult<never>> {
  return Promise.resolve({ outcome: "failed", code: "unauthorized", message: MESSAGE });
}

/** A forge that refuses everything. */
export function noForge(): ForgePort {
  return {
    register: refused,
    registrationToken: refused,
    list: refused,
    remove: refused,
    check: refused,
    access: refused,
    job: refused,
    downloads: refused,
    rate: () => undefined,
    clockSkewMs: () => undefined,
    close: () => Promise.resolve(),
  };
}
