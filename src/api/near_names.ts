/** Names for somebody who asked for one that is not there. */

/** Most names in a message. */
const MAX_NAMES = 8;

/** `There is: a, b.`: all names where they are few, else those that have most in common with `asked`. */
export function nearNames(asked: string, names: readonly string[]): string {
  if (names.length === 0) return "There is none.";
  if (names.length <= MAX_NAMES) return `There is: ${names.join(", ")}.`;
  const wanted = pairs(asked);
  const shared = (name: string) => [...pairs(name)].filter((pair) => wanted.has(pair)).length;
  const near = names.toSorted((a, b) => shared(b) - shared(a)).slice(0, MAX_NAMES);
  return `Near it: ${near.join(", ")}. There are ${names.length}.`;
}

/** Every two neighbouring letters, whatever their case; the first counts as one of them. */
function pairs(name: string): Set<string> {
  const text = ` ${name.toLowerCase()}`;
  return new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)));
}
