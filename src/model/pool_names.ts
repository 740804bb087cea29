/** What pools and their machines may be called. */

/** Names of pools, as in cycle ids and directories. */
export const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** {@linkcode POOL_NAME} in words. */
export const POOL_NAME_RULE =
  "at most 40 lower-case letters, digits and dashes, beginning with a letter or digit";

/** Prefix and slot must be found again in a runner's name of at most 64 characters (`ids.ts`). */
export const MAX_PREFIX_AND_SLOT = 40;

const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Whether Windows keeps a file name for a device, such as `CON` or `NUL.txt`. */
export function isReservedName(name: string): boolean {
  return RESERVED.test(name.trim());
}

/** Whether two pools could call machines by the same name: equal but for case, or equal up to digits. */
export function prefixesOverlap(a: string, b: string): boolean {
  const [short, long] = [a.toLowerCase(), b.toLowerCase()].sort((x, y) => x.length - y.length) as [
    string,
    string,
  ];
  return long.startsWith(short) && /^\d*$/.test(long.slice(short.length));
}
