/** An event as people read it. */
import type { EventAnswer } from "../../client/mod.ts";
import { formatLocalTime } from "../options/duration.ts";
import { paint, printable } from "./table.ts";

/** Longer summaries are cut; `--json` has everything. */
const MAX_SUMMARY = 200;

/** `2026-03-01 11:00:01  cycle/linux/1.7  op.closed  call=vm.start outcome=ok`, in local time. */
export function eventLine(event: EventAnswer, colors: boolean): string {
  const time = paint(formatLocalTime(Date.parse(event.at)), "dim", colors);
  const stream = printable(event.stream).padEnd(18);
  const type = paint(printable(event.type).padEnd(16), typeStyle(event), colors);
  return `${time}  ${stream}  ${type}  ${summary(event)}`.trimEnd();
}

function summary({ stream, data }: EventAnswer): string {
  const { actor, source, reason, ...rest } = data;
  // Who and why come first: of what is long, as settings, the rest is cut.
  const parts: string[] = typeof actor === "string"
    ? [`by ${/\s/.test(actor) ? JSON.stringify(actor) : actor}`]
    : [];
  for (const [name, value] of Object.entries({ source, reason, ...rest })) {
    if (value === undefined) continue;
    // The stream says it already.
    if ((name === "cycle" || name === "pool") && stream.includes(String(value))) continue;
    parts.push(
      `${name}=${typeof value === "string" && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value)}`,
    );
  }
  const text = printable(parts.join(" "));
  return text.length > MAX_SUMMARY ? text.slice(0, MAX_SUMMARY - 1) + "…" : text;
}

function typeStyle({ type, data }: EventAnswer): "red" | "green" | "yellow" | undefined {
  if (/failed|quarantined|degraded|reverted|lost$/.test(type) || data.outcome === "failed") return "red";
  if (data.outcome === "unknown") return "yellow";
  return data.phase === "online" ? "green" : undefined;
}
