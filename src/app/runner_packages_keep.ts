/** The packages that are kept on this machine, and those that go. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { compareVersions } from "../model/templates.ts";
import type { Log } from "../ports/log.ts";
import { versionOf } from "./runner_packages_folder.ts";

/** So many of the newest stay: the one in use, and the one before. */
const KEPT = 2;

/** Deletes all but the newest packages, `current`, and what is being fetched. */
export async function keepNewest(
  { cache, log }: { cache: string; log: Log },
  { current, busy }: { current: string; busy: readonly string[] },
): Promise<void> {
  const names = await readdir(cache);
  const versions = names.flatMap((name) => versionOf(name) ?? []).toSorted((a, b) => compareVersions(b, a));
  const staying = new Set([current, ...busy, ...versions.slice(0, KEPT)]);
  for (const name of names) {
    const version = versionOf(name.replace(/\.(?:part|sha256)$/i, ""));
    if (version === undefined || staying.has(version)) continue;
    try {
      await rm(join(cache, name), { force: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn("An old package of the runner cannot be deleted; it is tried again after the next one", {
        file: join(cache, name),
        why,
      });
    }
  }
}
