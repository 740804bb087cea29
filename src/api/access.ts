/** Who may ask: the holder of the token, through a loopback name. */
import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Makes a check of `Authorization: Bearer <token>`. The time it takes says nothing about the token.
 *
 * @throws TypeError when the token is empty: it would let everybody in
 */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  if (token.trim() === "") throw new TypeError("The API token is empty.");
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const expected = digest(token);
  return (authorization) => {
    const given = bearerOf(authorization);
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

/** The token of `Authorization: Bearer <token>`. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether a `Host` header names this machine's loopback, or the very address that is listened on. A web page
 * whose name was pointed at 127.0.0.1 (DNS rebinding) still sends its own name, and is refused by it.
 */
export function hostAllowed(host: string | undefined, listenHostname: string): boolean {
  const name = /^(\[[^\]]+\]|[^:]+)(:\d+)?$/.exec(host ?? "")?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK.has(name) || name === listenHostname || name === `[${listenHostname}]`;
}
