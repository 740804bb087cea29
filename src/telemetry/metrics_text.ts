/**
 * Prometheus' text format 0.0.4: the registry that one page is written from.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Durations } from "../ports/metrics.ts";
import { FAMILIES, type FamilyLabels, type FamilyName } from "./metrics_table.ts";

type Histograms = {
  [N in FamilyName]: (typeof FAMILIES)[N]["type"] extends "histogram" ? N : never;
}[FamilyName];

/** Collects samples and writes them, a family at a time. */
export class MetricsText {
  readonly #lines = new Map<FamilyName, string[]>();

  /** Adds one sample. A family without a sample is left out. */
  add<N extends Exclude<FamilyName, Histograms>>(name: N, value: number, labels: FamilyLabels<N>): void {
    this.#push(name, `${name}${labelsText(labels)} ${numberText(value)}`);
  }

  /** Adds one histogram. */
  addDurations<N extends Histograms>(name: N, durations: Durations, labels: FamilyLabels<N>): void {
    const { boundsSeconds, counts, sumSeconds } = durations;
    let upTo = 0;
    counts.forEach((count, i) => {
      upTo += count;
      const le = numberText(boundsSeconds[i] ?? Infinity);
      this.#push(name, `${name}_bucket${labelsText({ ...labels, le })} ${upTo}`);
    });
    this.#push(name, `${name}_sum${labelsText(labels)} ${numberText(sumSeconds)}`);
    this.#push(name, `${name}_count${labelsText(labels)} ${upTo}`);
  }

  /** The page. */
  toString(): string {
    let page = "";
    for (const [name, { type, help }] of Object.entries(FAMILIES)) {
      const lines = this.#lines.get(name as FamilyName);
      if (lines === undefined) continue;
      page += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
    }
    return page;
  }

  #push(name: FamilyName, line: string): void {
    const lines = this.#lines.get(name);
    if (lines === undefined) this.#lines.set(name, [line]);
    else lines.push(line);
  }
}

/** The value of a label between its quotes. */
export function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** Text behind `# HELP`. */
export function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** A number as Prometheus reads it. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
