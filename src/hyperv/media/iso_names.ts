/** Names of files on the two sides of a volume: ISO 9660's own, short and in capitals, and Joliet's. */

/** Most UTF-16 units of a name that Joliet takes. */
export const MAX_NAME_UNITS = 64;

// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\0-\x1f*/:;?\\"<>|\x7f]/;

/** Why a name cannot be written, or `undefined`. Joliet's rules and, for the guest's sake, Windows'. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > MAX_NAME_UNITS) return `it is longer than ${MAX_NAME_UNITS} UTF-16 units`;
  if (FORBIDDEN.test(name)) return "it holds a character that names cannot have";
  if (!name.isWellFormed()) return "it holds half of a surrogate pair";
  if (/[. ]$/.test(name)) return "Windows drops a dot or a space at the end of a name";
  return undefined;
}

/**
 * ISO 9660 names of level 1 (`CONFIGUR.PS1;1`), one for each name, all different. Only systems without Joliet
 * see them.
 */
export function shortNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    const base = plain(dot > 0 ? name.slice(0, dot) : name, 8) || "_";
    const extension = dot > 0 ? plain(name.slice(dot + 1), 3) : "";
    for (let n = 0;; n++) {
      const digits = n === 0 ? "" : String(n);
      const short = `${base.slice(0, 8 - digits.length)}${digits}.${extension};1`;
      if (taken.has(short)) continue;
      taken.add(short);
      return short;
    }
  });
}

function plain(text: string, length: number): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_").slice(0, length);
}

/** Order of records with ISO 9660 names: by name, then extension, as if both were filled up with blanks (9.3). */
export function compareShort(a: string, b: string): number {
  return compareUnits(filled(a), filled(b));
}

function filled(short: string): string {
  const [, base = "", extension = ""] = /^([^.]*)\.([^;]*)/.exec(short) ?? [];
  return base.padEnd(8) + extension.padEnd(3);
}

/** Order of records with Joliet names: by UTF-16 units. */
export function compareUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
