/** What somebody may ask who has the token of a lease instead of the administrator's. */
import { bearerOf } from "./access.ts";
import { isLeaseToken, opensLease } from "./lease_token.ts";
import { problem } from "./problem.ts";

/** A lease's id is taken as it stands: no escape in the path could mean another lease than the one that is checked. */
const HOLDERS_PATH =
  /^\/v1\/leases\/(l-[0-9a-z]{26})(?:\/(?:heartbeat|extend|release|pause|resume|reset|checkpoints(?:\/[^/]+\/restore)?))?$/;
const LEASES_PATH = /^\/v1\/leases(?:\/|$)/;

/** The token of a request, when it is one of a lease. */
export function leaseTokenOf(authorization: string | undefined): string | undefined {
  const token = bearerOf(authorization);
  return token !== undefined && isLeaseToken(token) ? token : undefined;
}

/** Why a path is closed to a lease's token; `undefined` when it is open. `key` is that of the data directory. */
export function closedToHolder(
  token: string,
  path: string,
  key: Uint8Array | undefined,
): Response | undefined {
  if (key === undefined && LEASES_PATH.test(path)) return problem("leases_unavailable", NO_LEASES);
  const lease = HOLDERS_PATH.exec(path)?.[1];
  if (key === undefined || lease === undefined) {
    return problem(
      "administrator_only",
      "A lease's token opens only its own lease: GET /v1/leases/{id}, and below it POST heartbeat, extend, release, " +
        "pause, resume, reset, checkpoints and checkpoints/{name}/restore. " +
        "Everything else needs the administrator's token.",
    );
  }
  if (opensLease(key, lease, token)) return undefined;
  return problem(
    "not_your_lease",
    `This token does not open the lease ${lease}. Send the token that came with it.`,
  );
}

/** Why a hvpool that has no key to make tokens from hands out no leases, for people. */
export const NO_LEASES =
  "This hvpool has no key to make lease tokens from, so it hands out no leases. Its log says why; start it again.";
