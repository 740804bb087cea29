import assert from "node:assert/strict";
import { type ImageFacts, imageStatus } from "./image_age.ts";
import type { ImageStatus } from "./status.ts";
import type { SeenRelease } from "./templates.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00.000Z");
const OLD = "2.336.0";

const day = (n: number) => START + n * DAY;
const iso = (n: number) => new Date(day(n)).toISOString();
const facts = (over: Partial<ImageFacts> = {}): ImageFacts => ({ template: "base", releases: [], ...over });

/** 2.338.1 was seen on day 10, and 2.340.0 on day 40, in the order of neither. */
const RELEASES: readonly SeenRelease[] = [
  { version: "2.340.0", at: day(40) },
  { version: OLD, at: day(-100) },
  { version: "2.338.1", at: day(10) },
];

/** Days of the boundaries with a moment before and at each of them. */
const moments = (...days: number[]) => days.flatMap((n) => [day(n) - 1, day(n)]);

/** What the age of a runner alone amounts to. */
function byAge(behindMs: number): ImageStatus["level"] {
  if (behindMs >= 30 * DAY) return "error";
  return behindMs >= 20 * DAY ? "warn" : "ok";
}

/** What the licence alone amounts to. */
function byLicence(leftMs: number): ImageStatus["level"] {
  if (leftMs <= 0) return "error";
  return leftMs <= 30 * DAY ? "warn" : "ok";
}

const worse = (a: ImageStatus["level"], b: ImageStatus["level"]) =>
  [a, b].includes("error") ? "error" : [a, b].includes("warn") ? "warn" : "ok";

Deno.test("imageStatus() is right for every runner, release, build time, licence and moment", () => {
  const runners = [
    { says: {}, is: null, newerSeen: null },
    { says: { seenRunner: OLD }, is: OLD, newerSeen: 10 },
    { says: { image: { runner: OLD } }, is: OLD, newerSeen: 10 },
    { says: { image: { runner: OLD }, seenRunner: OLD }, is: OLD, newerSeen: 10 },
    { says: { image: { runner: "2.340.0" } }, is: "2.340.0", newerSeen: null },
    { says: { image: { runner: "2.1000.0" } }, is: "2.1000.0", newerSeen: null },
  ];
  let cases = 0;
  for (const { says, is, newerSeen } of runners) {
    for (const releases of [[], RELEASES]) {
      for (const built of [null, -5, 25, 1_000]) {
        for (const expires of [null, 65]) {
          for (const now of moments(10, 30, 35, 40, 45, 55, 60, 65, 70, 75)) {
            const image = {
              ...says.image,
              ...(built === null ? {} : { builtAt: iso(built) }),
              ...(expires === null ? {} : { expiresAt: iso(expires) }),
            };
            const status = imageStatus(facts({ ...says, image, releases }), now);
            const seen = releases.length === 0 ? null : newerSeen;
            const since = seen === null
              ? null
              : built === 25 && now >= day(25)
              ? Math.max(seen, built)
              : seen;
            const old = since === null ? "ok" : byAge(now - day(since));
            const licence = expires === null ? "ok" : byLicence(day(expires) - now);
            const { why, ...rest } = status;
            assert.deepEqual(rest, {
              template: "base",
              builtAt: built === null ? null : iso(built),
              runner: is,
              runnerLatest: releases.length === 0 ? null : "2.340.0",
              outdatedSince: since === null ? null : iso(since),
              expiresAt: expires === null ? null : iso(expires),
              level: worse(old, licence),
            }, JSON.stringify({ says, image, releases, now }));
            assert.equal(/The runner/.test(why ?? ""), old !== "ok");
            assert.equal(/Windows licence/.test(why ?? ""), licence !== "ok");
            if (licence !== old && licence === "error") assert.match(why ?? "", /^The Windows licence/);
            cases++;
          }
        }
      }
    }
  }
  assert.equal(cases, 6 * 2 * 4 * 2 * 20);
});

Deno.test("imageStatus() names the remedy in a sentence", () => {
  const at = (n: number, over: Partial<ImageFacts> = {}) =>
    imageStatus(facts({ image: { runner: OLD }, releases: RELEASES, ...over }), day(n)).why;
  assert.equal(
    at(33),
    'The runner 2.336.0 in template "base" has been outdated for 23 days, since 2.340.0 is the newest, and GitHub gives no jobs to it from 30 days on: ' +
      "set runners.version: auto, or run hvpool template prepare base --from DISK --runner latest.",
  );
  assert.match(
    at(41) ?? "",
    /has been outdated for 31 days, .* and GitHub gives no jobs to it any more: set/,
  );
  const licence = (n: number) => at(n, { image: { expiresAt: iso(65) } });
  assert.equal(
    licence(53),
    'The Windows licence in template "base" ends on 2026-03-07, in 12 days: build the image anew, or enter a licence in it.',
  );
  assert.match(licence(64) ?? "", /in 1 day:/);
  assert.match(licence(64.5) ?? "", /in less than a day:/);
  assert.match(licence(68) ?? "", /ended on 2026-03-07, 3 days ago:/);
});

Deno.test("imageStatus() counts what came out, whatever the image and the releases say of themselves", () => {
  const both = imageStatus(
    facts({ image: { runner: OLD, expiresAt: iso(30) }, releases: RELEASES }),
    day(35),
  );
  assert.equal(both.level, "error");
  assert.match(both.why ?? "", /^The Windows licence.* The runner 2\.336\.0/);
  const never = imageStatus(facts({ image: { expiresAt: "never" } }), day(0));
  assert.deepEqual([never.level, never.why], ["ok", null]);
});

Deno.test("imageStatus() believes guests more than the manifest, and says that it lies", () => {
  const says = facts({ image: { runner: "2.340.0" }, seenRunner: OLD, releases: RELEASES });
  const { runner, level, why } = imageStatus(says, day(12));
  assert.deepEqual([runner, level], [OLD, "warn"]);
  assert.match(why ?? "", /have the runner 2\.336\.0, but its manifest says 2\.340\.0: prepare it anew/);
});
