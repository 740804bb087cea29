/** The keys of `deadlines:`: one for each length of time that the core counts with. */
import { z } from "zod";
import { DEFAULT_TIMES, type Times } from "../model/settings.ts";
import { key, seconds } from "./schema_key.ts";

/** Text for each length of time of {@linkcode Times}; the key is its name in snake case, in seconds. */
const DEADLINE_TEXT: Readonly<Record<keyof Times, string>> = {
  retryForMs: "How long failures that may pass are retried within one cycle.",
  bootMs: "From a start's answer to a guest that waits for its introduction.",
  joinMs: "From the introduction to a runner that is online.",
  offlineMs: "A runner offline, or missing in every list, for this long is retired.",
  slotBackoffMinMs: "Shortest wait of a slot after a failed cycle.",
  slotBackoffMaxMs: "Longest wait of a slot after failed cycles.",
  retryMinMs: "Shortest wait before the same call is tried again.",
  retryMaxMs: "Longest wait before the same call is tried again.",
  quarantineMs: "How long a quarantined machine is kept for inspection.",
  youngMs: "A registration younger than this is not gone because GitHub does not find it.",
  graceMs: "After GitHub does not find a runner, how long its machine may still end by itself.",
  noTraceMs: "A machine whose creation was not answered is absent after this long without a trace.",
  readingMaxAgeMs: "A reading older than this says nothing.",
  pollVmsMs: "Between two lists of machines.",
  pollGuestsMs: "Between two readings of guests that boot, wait or join.",
  pollClaimedMs:
    "Between two readings of guests with a job: how soon a runner's end and exit code are noticed.",
  pollRunnersMs: "Between two lists of runners, for each 100 runners of an account.",
  pollDirectoriesMs: "Between two lists of directories.",
  pollChecksMs:
    "Between two looks at a pool's account, switch and golden disk: how soon another disk is noticed.",
  pollReleasesMs: "Between two questions for the newest runner.",
  prepareMs: "From the first start of a machine whose image is prepared until it is off again.",
  canaryMs:
    "A machine that tries a new generation and is online for this long without a job lets the others follow.",
  prepareAgainMs: "After a preparation that came to nothing, until the next one that nobody asked for.",
};

/** Every length of time with its key below `deadlines:`, in the order of {@linkcode Times}. */
export const DEADLINE_KEYS: readonly { readonly field: keyof Times; readonly key: string }[] =
  (Object.keys(DEADLINE_TEXT) as (keyof Times)[]).map((field) => ({
    field,
    key: field.replace(/Ms$/, "Seconds").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  }));

/** The section `deadlines:`. */
export const deadlinesSection: z.ZodObject<Record<string, z.ZodOptional<z.ZodNumber>>, z.core.$strict> = z
  .strictObject(
    Object.fromEntries(DEADLINE_KEYS.map(({ field, key: name }) => [
      name,
      key(seconds(0.05), `${DEADLINE_TEXT[field]} In seconds.`, { default: DEFAULT_TIMES[field] / 1000 }),
    ])),
  );
