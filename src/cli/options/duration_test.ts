import assert from "node:assert/strict";
import { formatAge, parseDuration, parseSince } from "./duration.ts";

Deno.test("parseDuration() reads a number and a unit", () => {
  const cases: [string, number | undefined][] = [
    ["250ms", 250],
    ["60s", 60_000],
    ["0s", 0],
    ["1.5m", 90_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    [" 5s ", 5_000],
    ["", undefined],
    ["60", undefined],
    ["s", undefined],
    ["-1s", undefined],
    ["1 s", undefined],
    ["1M", undefined],
    ["1e3s", undefined],
    ["constructor", undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

Deno.test("parseSince() takes a duration before now, or a time", () => {
  const now = Date.UTC(2026, 2, 1, 10);
  const cases: [string, string | undefined][] = [
    ["10m", "2026-03-01T09:50:00.000Z"],
    ["0s", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01", "2026-03-01T00:00:00.000Z"],
    ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000Z"],
    ["2026-03-01 08:00:00.5+01:00", "2026-03-01T07:00:00.500Z"],
    ["2026-13-01", undefined],
    ["yesterday", undefined],
    ["1", undefined],
    ["1 March 2026", undefined],
  ];
  for (const [text, since] of cases) assert.equal(parseSince(text, now), since, text);
});

Deno.test("formatAge() uses the largest unit that says enough", () => {
  const cases: [number, string][] = [[-5, "0s"], [59_999, "59s"], [60_000, "1m"], [7_199_999, "119m"], [
    7_200_000,
    "2h",
  ], [
    172_800_000,
    "2d",
  ]];
  for (const [ms, text] of cases) assert.equal(formatAge(ms), text);
});
