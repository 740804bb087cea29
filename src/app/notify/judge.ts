/** When something is told, and when it is over: once for each cause. Decides; does nothing. */
import type { NotifyCondition } from "../../config/notify_keys.ts";
import type { Ms } from "../../model/ids.ts";
import type { Cause, Seen, Severity } from "./conditions.ts";

/** What one of those who are told knows of a cause, or will. */
export interface Known {
  readonly condition: NotifyCondition;
  readonly since: Ms;
  readonly seenAt: Ms;
  /** As it was told, or as it was seen last. */
  readonly text: string;
  /** The worst that was told; absent: nothing was told yet. */
  readonly told?: Severity;
}

/** What is told. */
export interface Notice {
  readonly event: "raised" | "cleared";
  readonly key: string;
  readonly condition: NotifyCondition;
  readonly severity: Severity;
  readonly text: string;
  /** When the cause was first seen. */
  readonly since: Ms;
}

/** What somebody wants to be told. */
export interface Wishes {
  readonly on: readonly NotifyCondition[];
  /** How long a pool may lack machines. */
  readonly afterMs: Ms;
}

const MINUTE_MS = 60_000;

/** How long each may last before it is told, and how long it must be gone before it is over. */
const PATIENCE: Readonly<Record<NotifyCondition, { readonly raiseMs: Ms | "wished"; readonly clearMs: Ms }>> =
  {
    capacity: { raiseMs: "wished", clearMs: 0 },
    quarantine: { raiseMs: 0, clearMs: 0 },
    rollout: { raiseMs: 0, clearMs: 0 },
    age: { raiseMs: 0, clearMs: 0 },
    licence: { raiseMs: 0, clearMs: 0 },
    github: { raiseMs: 5 * MINUTE_MS, clearMs: 0 },
    host: { raiseMs: 5 * MINUTE_MS, clearMs: 0 },
    // Between two tries to start a machine nothing is seen of it.
    memory: { raiseMs: 5 * MINUTE_MS, clearMs: 5 * MINUTE_MS },
    disk: { raiseMs: 5 * MINUTE_MS, clearMs: 5 * MINUTE_MS },
  };

/** So long unseen, a cause that was not told yet begins anew: the machine slept, or hvpool did not run. */
const GAP_MS = 2 * MINUTE_MS;

/** What is known after a look, and what is to be told. */
export function judge(
  before: ReadonlyMap<string, Known>,
  seen: Seen,
  wishes: Wishes,
  now: Ms,
): { known: Map<string, Known>; notices: Notice[] } {
  const known = new Map<string, Known>();
  const notices: Notice[] = [];
  const present = new Map(
    seen.causes.filter(({ condition }) => wishes.on.includes(condition)).map((cause) => [cause.key, cause]),
  );
  for (const [key, entry] of before) {
    if (present.has(key) || !wishes.on.includes(entry.condition)) continue;
    const cannotTell = seen.unknown.has(key) || seen.unknown.has(entry.condition);
    if (cannotTell || now - entry.seenAt < PATIENCE[entry.condition].clearMs) {
      known.set(key, entry);
    } else if (entry.told !== undefined) {
      const { condition, text, since, told } = entry;
      notices.push({ event: "cleared", key, condition, severity: told, text, since });
    }
  }
  for (const [key, cause] of present) {
    const entry = follow(before.get(key), cause, now);
    if (isDue(entry, cause, wishes, now)) {
      const { condition, severity, text } = cause;
      notices.push({ event: "raised", key, condition, severity, text, since: entry.since });
      known.set(key, { ...entry, text, told: severity });
    } else known.set(key, entry);
  }
  return { known, notices };
}

function follow(before: Known | undefined, { condition, text }: Cause, now: Ms): Known {
  if (before === undefined) return { condition, since: now, seenAt: now, text };
  if (before.told !== undefined) return { ...before, seenAt: now };
  const gapMs = Math.max(GAP_MS, PATIENCE[condition].clearMs);
  return { condition, since: now - before.seenAt > gapMs ? now : before.since, seenAt: now, text };
}

function isDue(entry: Known, { condition, severity, atOnce }: Cause, { afterMs }: Wishes, now: Ms): boolean {
  if (entry.told !== undefined) return entry.told === "warn" && severity === "error";
  const { raiseMs } = PATIENCE[condition];
  return atOnce === true || now - entry.since >= (raiseMs === "wished" ? afterMs : raiseMs);
}
