/** Lengths and points of time as people type them. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What a duration looks like, for messages. */
export const DURATION_FORM = "a number and a unit (ms, s, m, h or d), such as 250ms, 60s, 10m or 2h";

/** Milliseconds of `250ms`, `60s`, `1.5m`, `2h`, `7d`; `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}

/** A point in time as ISO 8601 in UTC: a duration means so long before `now`. `undefined` when it is neither. */
export function parseSince(text: string, now: number): string | undefined {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return new Date(Math.max(0, now - agoMs)).toISOString();
  // Only dates with a year first: Date.parse takes much more, and differently on every system.
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/i.test(text.trim())) {
    return undefined;
  }
  const at = Date.parse(text.trim().replace(" ", "T"));
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The largest fitting unit: `4s`, `12m`, `3h`, `9d`. */
export function formatAge(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1000))}s`;
  if (ms < 2 * 3_600_000) return `${Math.floor(ms / 60_000)}m`;
  if (ms < 2 * 86_400_000) return `${Math.floor(ms / 3_600_000)}h`;
  return `${Math.floor(ms / 86_400_000)}d`;
}

/** Local time without its zone: `2026-03-01 11:00:01`. */
export function formatLocalTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
