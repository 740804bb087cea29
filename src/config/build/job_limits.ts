/** How long a pool's jobs may run, and how long machines are kept whose job failed. */
import type { PoolSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import { formatPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";

/** GitHub ends a job on a self-hosted runner after 5 days. Source: GitHub's documentation of usage limits. */
const GITHUB_LIMIT_MINUTES = 5 * 24 * 60;

/** Chooses `job_timeout_minutes` and `hold_on_failure_hours`; with 0 a pool takes back what it inherits. */
export function buildJobLimits(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
): Pick<PoolSettings, "jobTimeoutMs" | "holdOnFailureMs"> {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const choose = (key: "job_timeout_minutes" | "hold_on_failure_hours") =>
    recorder.choose(
      [[[...at, key], item[key]], [["runners", key], runners[key]]],
      undefined,
      { as: [...at, key], note: "off" },
    );
  const timeout = choose("job_timeout_minutes");
  const hold = choose("hold_on_failure_hours");
  const minutes = timeout.value ?? 0;
  const where = formatPath(timeout.path);
  // What several pools inherit is said once.
  if (minutes > GITHUB_LIMIT_MINUTES && !findings.warnings.some(({ path }) => path === where)) {
    findings.warn(timeout.path, `${minutes} minutes are more than the 5 days after which GitHub ends a job`, {
      remedy: `Write at most ${GITHUB_LIMIT_MINUTES}, or remove the key`,
    });
  }
  return {
    ...(minutes === 0 ? {} : { jobTimeoutMs: minutes * 60_000 }),
    ...(hold.value === undefined || hold.value === 0 ? {} : { holdOnFailureMs: hold.value * 3_600_000 }),
  };
}
