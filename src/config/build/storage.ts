/** The folder for machines on the Hyper-V host, and whether every path below it can be made. */
import type { PoolSettings } from "../../model/settings.ts";
import { MAX_PATH, resolveHostPath } from "../check/paths.ts";
import { DEFAULT_STORAGE } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

const PATH: KeyPath = ["hyperv", "storage_path"];

/** Builds `hyperv.storage_path`; `undefined` when it is wrong, which is then said. */
export function buildStorage(context: BuildContext): string | undefined {
  const { document: { findings }, values: { hyperv = {} }, recorder, folder } = context;
  if (findings.wrong(PATH)) return undefined;
  const written = given(hyperv.storage_path);
  const resolved = resolveHostPath(written ?? DEFAULT_STORAGE, folder);
  if ("message" in resolved) {
    findings.error(PATH, resolved.message, resolved);
    return undefined;
  }
  const note = `${DEFAULT_STORAGE} below the file's folder`;
  return recorder.choose([[PATH, written === undefined ? undefined : resolved.path]], resolved.path, { note })
    .value;
}

/** Digits of a cycle's number that are reckoned with: a cycle a second for three hundred years. */
const CYCLE_DIGITS = 10;
/** What Hyper-V puts into the folder that bears a machine's name. */
const DEEPEST = "\\Virtual Machines\\00000000-0000-0000-0000-000000000000.vmcx".length;

/** Length of the longest path that a pool needs below the storage folder. */
export function roomBelowStorage(pool: { name: string; prefix: string; size: number }): number {
  const slot = String(Math.max(1, pool.size)).length;
  const controller = 1 + 32;
  const cycle = 1 + pool.name.length + 1 + slot + 1 + CYCLE_DIGITS;
  const machine = 1 + pool.prefix.length + slot;
  return controller + cycle + machine + DEEPEST;
}

/** Checks that the deepest file of every pool has a path that Hyper-V takes. */
export function checkRoom(context: BuildContext, storage: string, pools: readonly PoolSettings[]): void {
  const { findings } = context.document;
  let longest: { pool: PoolSettings; length: number } | undefined;
  for (const pool of pools) {
    const length = storage.length + roomBelowStorage(pool);
    if (longest === undefined || length > longest.length) longest = { pool, length };
  }
  if (longest === undefined || longest.length <= MAX_PATH) return;
  const left = MAX_PATH - roomBelowStorage(longest.pool);
  findings.error(
    PATH,
    `has ${storage.length} characters; files of pool ${
      JSON.stringify(longest.pool.name)
    } below it would have paths of up to ` +
      `${longest.length}, and Hyper-V takes at most ${MAX_PATH}`,
    { expected: `a folder whose path has at most ${left} characters` },
  );
}
