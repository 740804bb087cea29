/** The folder for machines on the Hyper-V host, and whether every path below it can be made. */
import { MAX_PATH, roomBelowStorage } from "../../model/pool_room.ts";
import type { PoolSettings } from "../../model/settings.ts";
import { resolveHostPath } from "../check/paths.ts";
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
