/** Keys that only agent pools have. */
import { z } from "zod";
import { count, key } from "./schema_key.ts";

/** What pools are for. */
export const POOL_KINDS = ["runner", "agent"] as const;

/** A day, as the longest that leases last elsewhere, too. */
const MAX_LEASE_MINUTES = 24 * 60;

const minutes = count(1, MAX_LEASE_MINUTES);

/** They stand among the other keys of an entry of `pools:`. */
export const leaseKeys = {
  "idle_minutes": key(
    minutes,
    "Agent pools: a lease ends when its holder says nothing for so long; whoever asks may ask for less.",
    { default: 30 },
  ),
  "max_lease_minutes": key(
    minutes,
    "Agent pools: a lease ends so long after it began, whatever its holder does; whoever asks may ask for less.",
    { default: 90 },
  ),
  desktop: key(
    z.boolean(),
    "Agent pools: whether a machine is ready only once its desktop is up and unlocked, as the image's desktop beacon " +
      "says (`docs/guest-protocol.md`).",
    { default: true },
  ),
};
