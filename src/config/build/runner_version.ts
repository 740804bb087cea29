/** The runner that a pool's image is kept at by preparing it anew. */
import type { PoolSettings } from "../../model/settings.ts";
import { runnerVersionFault } from "../check/runner_version.ts";
import type { KeyPath } from "../file/problem.ts";
import { nearest } from "../file/suggest.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** The newest that GitHub offers. */
const NEWEST = "auto";
/** Whatever the image has. */
const IMAGES = "image";

/** Chooses and checks a pool's `runner_version`. */
export function buildRunnerVersion(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
): Pick<PoolSettings, "runnerVersion"> {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const { path, value } = recorder.choose(
    [
      [[...at, "runner_version"], given(item.runner_version)],
      [["runners", "version"], given(runners.version)],
    ],
    IMAGES,
    { as: [...at, "runner_version"] },
  );
  if (value === IMAGES) return {};
  checkRunnerVersion(context, path, value);
  if (findings.wrong(path)) return {};
  const { version, sha256, url } = runners.program ?? {};
  if ([version, sha256, url].some((text) => given(text) !== undefined)) {
    findings.error(path, "the runner is chosen twice, here and by runners.program", {
      remedy:
        "Remove runners.program to have the runner in the image, or write image here to have guests fetch theirs",
    });
    return {};
  }
  return { runnerVersion: value };
}

/** Checks a version that may be written at a path, once. */
export function checkRunnerVersion(context: BuildContext, path: KeyPath, text: string | undefined): void {
  const { findings } = context.document;
  if (text === undefined || text === NEWEST || text === IMAGES || findings.wrong(path)) return;
  const fault = runnerVersionFault(text);
  if (fault === undefined) return;
  findings.error(path, fault.message, {
    expected: `${NEWEST}, ${IMAGES}, or three numbers such as 2.338.1`,
    suggestion: fault.suggestion ?? (/^latest$/i.test(text) ? NEWEST : nearest(text, [NEWEST, IMAGES])),
  });
}
