/** The report of a live run, fit for an issue: versions, host, times; nothing that says whose host it is. */
import { HOST_CALLS, type HostResult, type HostValue } from "../../../ports/host.ts";
import { createRedactor } from "../../../telemetry/redact.ts";
import { gigabytes } from "../check.ts";
import type { StepResult } from "./stopwatch.ts";

/** What is in it. */
export interface LiveReport {
  readonly version: string;
  readonly at: Date;
  /** What the machines ran on. */
  readonly kind: "Hyper-V" | "simulated";
  readonly rounds: number;
  /** Memory of the machine that was made. */
  readonly memoryMb: number;
  readonly withGuest: boolean;
  readonly ping: HostResult<HostValue<"bridge.ping">>;
  readonly info: HostResult<HostValue<"host.info">>;
  readonly steps: readonly StepResult[];
  /** What could not be removed. */
  readonly left: readonly string[];
  readonly interrupted: boolean;
}

/** What must not be in it. */
export interface Private {
  /** Secrets, and names of accounts, users and machines. */
  readonly words: readonly string[];
  /** Folders and files, and what stands for them. */
  readonly paths: readonly (readonly [path: string, shown: string])[];
}

/** Takes private things out of a text: paths first, since names stand in them. */
export function privately({ words, paths }: Private): (text: string) => string {
  const redactor = createRedactor();
  const byLength = paths.filter(([path]) => path !== "").toSorted(([a], [b]) => b.length - a.length);
  const names = words.filter((word) => word.length >= 2).toSorted((a, b) => b.length - a.length);
  return (text) => {
    let shown = text;
    for (const [path, stand] of byLength) shown = shown.replace(anyCase(path), () => stand);
    shown = shown.replace(/([\\/](?:Users|home)[\\/])[^\\/\s"']+/gi, "$1[redacted]");
    for (const name of names) {
      shown = shown.replace(wholeWord(name), (_, call: string | undefined) => call ?? "[redacted]");
    }
    return redactor.text(shown);
  };
}

function anyCase(text: string): RegExp {
  return new RegExp(escaped(text), "gi");
}

const CALLS = Object.keys(HOST_CALLS).map(escaped).join("|");

/** The word by itself, or, in group 1, the name of a call: a host may be called `vm`. */
function wholeWord(text: string): RegExp {
  return new RegExp(`\\b(${CALLS})\\b|(?<![\\p{L}\\p{N}])${escaped(text)}(?![\\p{L}\\p{N}])`, "giu");
}

function escaped(text: string): string {
  // Under the flag `u` a hyphen must not be escaped.
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** Writes it as Markdown. */
export function reportText(report: LiveReport, hide: (text: string) => string): string {
  const { version, at, kind, rounds, memoryMb, withGuest, ping, info, steps, left, interrupted } = report;
  const facts: [string, string][] = [
    ["hvpool", version],
    ["when", at.toISOString()],
    ["host", hostText(kind, info)],
    ["engine", engineText(ping)],
    ["machine", `${memoryMb} MB, ${withGuest ? "with a template's guest" : "without a system"}`],
    ["rounds", `${rounds}${interrupted ? ", interrupted" : ""}`],
    ["left behind", left.length === 0 ? "nothing" : left.map((one) => hide(cell(one))).join("; ")],
  ];
  const rows = steps.map(({ step, runs, failed, p50Ms, p95Ms, message }) => [
    step,
    String(runs),
    String(failed),
    milliseconds(p50Ms),
    milliseconds(p95Ms),
    hide(cell(message)),
  ]);
  return [
    "# hvpool doctor --live",
    "",
    ...markdown(["", ""], facts.map(([name, value]) => [name, value])),
    "",
    ...markdown(["step", "ok", "failed", "p50 ms", "p95 ms", "message"], rows),
    "",
  ].join("\n");
}

/** Milliseconds as tables show them. */
export function milliseconds(ms: number | null): string {
  return ms === null ? "" : ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

function hostText(kind: LiveReport["kind"], info: LiveReport["info"]): string {
  if (info.outcome !== "ok") return `${kind}, did not say how it is`;
  const { osBuild, product, memoryMb, processors, rights } = info.value;
  return `${kind}, Windows ${product} ${osBuild}, ${
    gigabytes(memoryMb)
  }, ${processors} processors, ${rights}`;
}

function engineText(ping: LiveReport["ping"]): string {
  if (ping.outcome !== "ok") return "did not answer";
  const { engine, edition, languageMode } = ping.value;
  return `PowerShell ${engine} ${edition}, ${languageMode}`;
}

function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
