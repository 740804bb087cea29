/** What the doctor found, as people read it: one line a check. */
import type { Check, CheckStatus } from "../../app/doctor/check.ts";
import { milliseconds } from "../../app/doctor/live/report.ts";
import type { StepResult } from "../../app/doctor/live/stopwatch.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";

const STYLE: Readonly<Record<CheckStatus, Style>> = { ok: "green", warn: "yellow", fail: "red" };

/** One line a check, and one with the sum. Lines are not cut: the remedy is at their end. */
export function doctorLines(
  checks: readonly Check[],
  { colors }: { colors: boolean; width: number },
): string[] {
  const widest = Math.max(0, ...checks.map(({ id }) => id.length));
  const lines = checks.map(({ id, status, message, remedy }) => {
    const label = paint(status, STYLE[status], colors) + " ".repeat(4 - status.length);
    return printable(`${id.padEnd(widest)}  ${[message, remedy].filter((part) => part !== "").join(" ")}`)
      .replace(/^/, `${label}  `).trimEnd();
  });
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  return [...lines, "", `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed.`];
}

const STEP_COLUMNS: readonly Column[] = [
  { title: "STEP" },
  { title: "OK", align: "right" },
  { title: "FAILED", align: "right" },
  { title: "P50 MS", align: "right" },
  { title: "P95 MS", align: "right" },
  { title: "MESSAGE" },
];

/** A table of the steps of a live run. */
export function liveLines(
  steps: readonly StepResult[],
  view: { readonly colors: boolean; readonly width: number },
): string[] {
  const rows = steps.map(({ step, runs, failed, p50Ms, p95Ms, message }): Cell[] => [
    step,
    String(runs),
    failed === 0 ? "0" : { text: String(failed), style: "red" },
    milliseconds(p50Ms),
    milliseconds(p95Ms),
    message,
  ]);
  return table(STEP_COLUMNS, rows, view);
}
