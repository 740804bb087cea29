/** Addresses of proxies, which may hold a password. */
import { parseWebAddress } from "./address.ts";
import type { NameFault } from "./names.ts";

/** An address of a proxy. */
export interface ProxyAddress {
  /** Without user name and password, as it was written. */
  readonly bare: string;
  /** Whether it has a user name or a password. */
  readonly secret: boolean;
}

/** Reads an address, or says what is wrong with it. Neither answer holds the password. */
export function parseProxyAddress(text: string): ProxyAddress | NameFault {
  // Up to the last @: a password may hold signs that end an address.
  const bare = text.replace(/^((?:[a-z][a-z0-9+.-]*:)?\/\/)?.*@/is, "$1");
  const parsed = parseWebAddress(bare);
  if ("message" in parsed) {
    return { ...parsed, expected: "an address such as http://proxy.example.com:3128" };
  }
  if (bare === text) return { bare, secret: false };
  if (!URL.canParse(text) || new URL(text).host !== parsed.url.host) {
    return {
      message: "the user name or the password holds a sign that ends it",
      remedy: "Write %40 for @, %2F for /, %3A for :, %23 for #, %3F for ? and %25 for %",
    };
  }
  return { bare, secret: true };
}

/** The password of an address, and the words in which it is sent; nothing without one. */
export function proxySecrets(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { username, password } = new URL(address);
  if (password === "") return [];
  try {
    const [user, word] = [decodeURIComponent(username), decodeURIComponent(password)];
    const bytes = new TextEncoder().encode(`${user}:${word}`);
    return [...new Set([password, word, bytes.toBase64()])];
  } catch {
    return [password]; // a % that begins no character stands for itself
  }
}
