/** Every length of time, from `deadlines:` and from the first seed's `monitoring:`. */
import { DEFAULT_TIMES, type Times } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import { DEADLINE_KEYS } from "../deadlines.ts";
import type { BuildContext } from "./context.ts";

/** The first seed's names, what they count in, and what they are today. */
const MONITORING: readonly {
  readonly key: "health_check_interval_seconds" | "creation_timeout_minutes" | "grace_period_minutes";
  readonly field: keyof Times;
  readonly seconds: number;
}[] = [
  { key: "health_check_interval_seconds", field: "pollVmsMs", seconds: 1 },
  { key: "creation_timeout_minutes", field: "bootMs", seconds: 60 },
  { key: "grace_period_minutes", field: "joinMs", seconds: 60 },
];

/** Builds all lengths of time and checks that they go together. */
export function buildTimes(context: BuildContext): Times {
  const { document: { findings }, values: { deadlines = {}, monitoring = {} }, recorder } = context;
  const times: Record<keyof Times, number> = { ...DEFAULT_TIMES };
  const written = new Map<keyof Times, KeyPath>();
  for (const { field, key } of DEADLINE_KEYS) {
    const path = ["deadlines", key];
    const older = MONITORING.find((row) => row.field === field);
    const olderValue = older === undefined ? undefined : monitoring[older.key];
    const olderSeconds = older === undefined || olderValue === undefined
      ? undefined
      : olderValue * older.seconds;
    const own = deadlines[key];
    if (older !== undefined && own !== undefined && olderSeconds !== undefined && own !== olderSeconds) {
      findings.error(
        ["monitoring", older.key],
        `says ${olderSeconds} seconds where deadlines.${key} says ${own}`,
        {
          remedy: "Keep one of the two",
        },
      );
    }
    const chosen = recorder.choose(
      [[path, own], ...(older === undefined ? [] : [[["monitoring", older.key], olderSeconds] as const])],
      DEFAULT_TIMES[field] / 1000,
    );
    times[field] = Math.round(chosen.value * 1000);
    if (chosen.written) written.set(field, chosen.path);
  }
  follow(
    context,
    times,
    written,
    "readingMaxAgeMs",
    2 * times.pollVmsMs,
    "twice the time between two lists of machines",
  );
  follow(
    context,
    times,
    written,
    "noTraceMs",
    3 * times.pollDirectoriesMs,
    "three times between two lists of directories",
  );
  follow(
    context,
    times,
    written,
    "slotBackoffMaxMs",
    times.slotBackoffMinMs,
    "no less than the shortest wait",
  );
  follow(context, times, written, "retryMaxMs", times.retryMinMs, "no less than the shortest wait");
  follow(context, times, written, "prepareMs", times.bootMs, "no less than the time to boot");

  const order = (lower: keyof Times, upper: keyof Times, why: string): void => {
    if (times[lower] <= times[upper]) return;
    const path = written.get(lower) ?? written.get(upper) ?? ["deadlines"];
    findings.error(
      path,
      `${keyOf(lower)} (${times[lower] / 1000} s) is more than ${keyOf(upper)} (${times[upper] / 1000} s)`,
      {
        remedy: why,
      },
    );
  };
  order("slotBackoffMinMs", "slotBackoffMaxMs", "The shortest wait cannot be longer than the longest");
  order("retryMinMs", "retryMaxMs", "The shortest wait cannot be longer than the longest");
  order(
    "pollVmsMs",
    "readingMaxAgeMs",
    "A reading would be too old before the next one comes: nothing could be decided",
  );
  order(
    "pollGuestsMs",
    "readingMaxAgeMs",
    "A reading would be too old before the next one comes: nothing could be decided",
  );
  order("pollGuestsMs", "bootMs", "A guest would be given up before it is asked twice");
  order("pollGuestsMs", "prepareMs", "A guest would be given up before it is asked twice");
  return times;
}

/** Lengthens a default that would not go with a written value. */
function follow(
  context: BuildContext,
  times: Record<keyof Times, number>,
  written: ReadonlyMap<keyof Times, KeyPath>,
  field: keyof Times,
  atLeastMs: number,
  note: string,
): void {
  if (written.has(field) || times[field] >= atLeastMs) return;
  times[field] = atLeastMs;
  const { recorder } = context;
  const path = `deadlines.${keyOf(field)}`;
  const index = recorder.entries.findIndex((entry) => entry.path === path);
  if (index >= 0) {
    recorder.entries[index] = { path, value: atLeastMs / 1000, origin: { kind: "derived", note } };
  }
}

function keyOf(field: keyof Times): string {
  return DEADLINE_KEYS.find((row) => row.field === field)?.key ?? field;
}
