/** Folders on this machine. */
import { resolveLocalPath } from "../check/paths.ts";
import { platformDefault } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";

/** Resolves a folder that may be written at a path; `undefined` when it is not, or is wrong, which is then said. */
export function localFolder(
  context: BuildContext,
  path: KeyPath,
  written: string | undefined,
  note = "",
): string | undefined {
  const { document: { findings }, recorder, folder, platform } = context;
  if (written === undefined) {
    recorder.choose([[path, undefined]], platformDefault(path.join("."), platform) || undefined, { note });
    return undefined;
  }
  const resolved = resolveLocalPath(written, folder, platform);
  if ("message" in resolved) {
    findings.error(path, resolved.message, resolved);
    return undefined;
  }
  return recorder.choose([[path, resolved.path]], resolved.path).value;
}
