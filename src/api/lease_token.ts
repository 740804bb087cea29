/**
 * Tokens of leases. A token is made from the data directory's key and the lease's id, so that none is stored anywhere,
 * the same lease has the same one, and it can be checked after a restart.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** What every token of a lease begins with. */
const PREFIX = "hvl_";
/** HMAC-SHA256 as base64url without padding. */
const FORM = /^hvl_[A-Za-z0-9_-]{43}$/;

/**
 * The token of a lease: `hvl_` and 43 characters of base64url.
 *
 * @param key of the data directory; secret
 * @param id of the lease
 * @throws TypeError when the key is empty: everybody could make tokens
 */
export function leaseToken(key: Uint8Array, id: string): string {
  if (key.length === 0) throw new TypeError("The key of lease tokens is empty.");
  return PREFIX + createHmac("sha256", key).update(id).digest("base64url");
}

/** Whether a token is one of a lease, of whichever. */
export function isLeaseToken(token: string): boolean {
  return FORM.test(token);
}

/** Whether a token is that of a lease. The time it takes says nothing about the token. */
export function opensLease(key: Uint8Array, id: string, token: string): boolean {
  if (!isLeaseToken(token)) return false;
  return timingSafeEqual(new TextEncoder().encode(token), new TextEncoder().encode(leaseToken(key, id)));
}
