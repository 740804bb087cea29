/**
 * Reads Prometheus' text format 0.0.4 for tests, and takes nothing that the format does not allow.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import assert from "node:assert/strict";

/** One line with a value. */
export interface Sample {
  /** With `_bucket`, `_sum` or `_count` behind it in a histogram. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One family. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const NUMBER = /^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\[\\"n])*)"(?:,|$)/y;

/** Every family of a page, in its order. */
export function parseMetrics(text: string): Map<string, Family> {
  assert.match(text, /\n$/, "the last line must end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let family: Family | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line) ??
      [];
    if (keyword === "HELP") {
      assert.match(rest, /^(?:[^\\]|\\[\\n])*$/, line);
      help = { name, text: unescape(rest) };
    } else if (keyword === "TYPE") {
      assert.equal(help?.name, name, `${name} has no HELP right before its TYPE`);
      assert.match(rest, /^(counter|gauge|histogram)$/);
      assert.ok(!families.has(name), `${name} comes twice`);
      family = { name, help: help?.text ?? "", type: rest, samples: [] };
      families.set(name, family);
    } else {
      const sample = parseSample(line);
      assert.ok(family !== undefined && belongs(sample.name, family), `${line} is not below its TYPE`);
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      assert.ok(!seen.has(series), `${line} comes twice`);
      seen.add(series);
      family.samples.push(sample);
    }
  }
  for (const each of families.values()) checkFamily(each);
  return families;
}

/** The value of one sample; `undefined` where there is none with these labels. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  const wanted = Object.entries(labels);
  return family?.samples.find((sample) =>
    sample.name === name && Object.keys(sample.labels).length === wanted.length &&
    wanted.every(([label, value]) => sample.labels[label] === value)
  )?.value;
}

/** The values of a family's samples with these labels among theirs, added up. */
export function sumOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const samples = families.get(name)?.samples ?? [];
  return samples.filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  ).reduce((sum, { value }) => sum + value, 0);
}

function parseSample(line: string): Sample {
  const [, name = "", braces, number = ""] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line) ??
    [];
  assert.match(number, NUMBER, line);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (braces !== undefined && LABEL.lastIndex < braces.length) {
    const [whole, label = "", value = ""] = LABEL.exec(braces) ?? [];
    assert.ok(whole !== undefined, `the labels of ${line} cannot be read`);
    assert.ok(!Object.hasOwn(labels, label), `${label} comes twice in ${line}`);
    labels[label] = unescape(value);
  }
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function unescape(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, sign: string) => sign === "n" ? "\n" : sign);
}

function belongs(sample: string, { name, type }: Family): boolean {
  return type === "histogram" ? new RegExp(`^${name}_(bucket|sum|count)$`).test(sample) : sample === name;
}

function checkFamily({ name, type, samples }: Family): void {
  assert.ok(samples.length > 0, `${name} has no sample`);
  if (type === "counter") {
    assert.match(name, /_total$/);
    for (const { value } of samples) assert.ok(value >= 0, name);
  } else assert.doesNotMatch(name, /_total$/);
  if (type !== "histogram") return;
  const bySeries = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const series of bySeries.values()) {
    const buckets = series.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = "" } }) => Number(le.replace("Inf", "Infinity")));
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b), `${name}: bounds rise`);
    assert.equal(bounds.at(-1), Infinity, `${name}: the last bucket takes all`);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b), `${name}: buckets add up`);
    const count = series.find((sample) => sample.name === `${name}_count`)?.value;
    assert.equal(count, counts.at(-1), `${name}: the count is the last bucket`);
    assert.ok(series.some((sample) => sample.name === `${name}_sum`), `${name}: a sum`);
  }
}
