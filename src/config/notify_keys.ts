/** Keys of `notify:`: who is told, and of what. */
import { z } from "zod";
import { count, key, text } from "./schema_key.ts";

/** Ways to tell somebody. */
export const NOTIFY_TYPES = ["webhook", "slack", "teams", "eventlog"] as const;
/** One of {@linkcode NOTIFY_TYPES}. */
export type NotifyType = typeof NOTIFY_TYPES[number];

/** What somebody can be told of. */
export const NOTIFY_CONDITIONS = [
  "capacity",
  "quarantine",
  "rollout",
  "age",
  "licence",
  "github",
  "host",
  "memory",
  "disk",
] as const;
/** One of {@linkcode NOTIFY_CONDITIONS}. */
export type NotifyCondition = typeof NOTIFY_CONDITIONS[number];

/** How long a pool may lack machines before somebody is told. */
export const DEFAULT_NOTIFY_AFTER_MINUTES = 15;

/** One entry of `notify:`. */
export const notifyItem = z.strictObject({
  type: key(
    z.enum(NOTIFY_TYPES),
    "Where it goes: JSON by POST to an address of yours (`webhook`), a channel of Slack or Teams, or the Windows event log.",
  ),
  url: key(
    text,
    "The address, which is a secret: `env:NAME`, `file:PATH`, or the address itself. Not for `eventlog`.",
    { examples: ["env:HVPOOL_SLACK_URL"] },
  ),
  on: key(
    z.array(z.enum(NOTIFY_CONDITIONS)),
    "What is told, of `" + NOTIFY_CONDITIONS.join("`, `") + "`. Else all.",
    {
      examples: [["capacity", "github"]],
    },
  ),
  after_minutes: key(
    count(0, 7 * 24 * 60),
    "How long a pool has fewer machines than its size before `capacity` is told.",
    { default: DEFAULT_NOTIFY_AFTER_MINUTES },
  ),
});
