/** Which items of evidence go: the old ones, and the oldest of too many or too much. */
import type { Ms } from "../../model/ids.ts";

/** How much is kept. */
export interface EvidenceLimits {
  /** Of all items together. @default 1 GiB */
  readonly maxBytes?: number;
  /** @default 14 days */
  readonly maxAgeMs?: Ms;
  /** Most items: a pool that fails without end makes one a minute. @default 1000 */
  readonly maxItems?: number;
  /** Most bytes of one item; what is too large is left out of it. @default 64 MiB */
  readonly maxItemBytes?: number;
}

/** {@linkcode EvidenceLimits} where nothing is said. */
export const EVIDENCE_LIMITS: Required<EvidenceLimits> = {
  maxBytes: 1_073_741_824,
  maxAgeMs: 14 * 86_400_000,
  maxItems: 1_000,
  maxItemBytes: 67_108_864,
};

/** An item as the sweep sees it. */
export interface SweptItem {
  /** Name of its folder. */
  readonly folder: string;
  readonly at: Ms;
  readonly bytes: number;
}

/** Folders that have to go, oldest first. */
export function whatGoes(
  items: readonly SweptItem[],
  limits: Required<EvidenceLimits>,
  now: Ms,
): string[] {
  let bytes = 0;
  const kept = new Set<string>();
  const newestFirst = items.toSorted((a, b) => b.at - a.at);
  for (const { folder, at, bytes: size } of newestFirst) {
    bytes += size;
    // The one that is too much ends it: what is older would be kept in place of what is newer.
    if (bytes > limits.maxBytes || kept.size >= limits.maxItems || now - at > limits.maxAgeMs) break;
    kept.add(folder);
  }
  return newestFirst.reverse().map(({ folder }) => folder).filter((folder) => !kept.has(folder));
}
