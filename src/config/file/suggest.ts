/** Guesses which known word a misspelt one stands for. */

/** Steps of insert, delete, change and swap of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(rows, i - 2, j - 2) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

/** `logLevel`, `log-level` and `log_level` are one word to somebody who misremembers it. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** How far a word is from a known one: 0 is the same but for case and separators; `undefined` is too far. */
export function closeness(word: string, known: string): number | undefined {
  const a = plain(word.slice(0, 60));
  const b = plain(known);
  if (a === "" || b === "") return undefined;
  const distance = editDistance(a, b);
  if (distance <= Math.max(1, Math.floor(Math.min(a.length, b.length) / 3))) return distance;
  const shorter = Math.min(a.length, b.length);
  if (shorter >= 4 && (a.startsWith(b) || b.startsWith(a) || a.endsWith(b) || b.endsWith(a))) return 4;
  return undefined;
}

/** The nearest of some known words, or `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = closeness(word, candidate);
    if (distance !== undefined && (best === undefined || distance < best.distance)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}

/**
 * The nearest key path for an unknown key. Keys beside it come first, then keys anywhere: `pool_size` at the top
 * is `runners.pool_size`. `renamed` maps older paths to the ones to write today.
 */
export function suggestKey(
  section: string,
  key: string,
  keys: readonly string[],
  renamed: Readonly<Record<string, string>>,
): string | undefined {
  const inSection = section === "" ? "" : `${section}.`;
  let best: { path: string; rank: number } | undefined;
  for (const path of keys) {
    const last = path.slice(path.lastIndexOf(".") + 1);
    const beside = path.startsWith(inSection) && path.slice(inSection.length) === last;
    const distance = closeness(key, last);
    if (distance === undefined) continue;
    // Elsewhere only what is nearly the same word: short words like `name` are near to too much.
    if (!beside && distance > 1) continue;
    // `runner_version` beside comes before `version` elsewhere.
    const longer = beside && section !== "" && (last.endsWith(`_${key}`) || key.endsWith(`_${last}`));
    const rank = longer ? 0.5 : distance * 2 + (beside ? 0 : 1);
    if (best === undefined || rank < best.rank) best = { path, rank };
  }
  return best === undefined ? undefined : renamed[best.path] ?? best.path;
}
