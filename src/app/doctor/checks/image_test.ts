import assert from "node:assert/strict";
import type { Check } from "../check.ts";
import { checkImages, checkRunner } from "./image.ts";
import { github, local, running, UNKNOWN } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("runner", [
  [
    "nothing known of images",
    () => checkRunner(github(), undefined),
    "ok",
    /newest runner is 2\.338\.1; what the images have is not known/,
  ],
  ["the newest in the image", () => checkRunner(github(), running({})), "ok", /no image is known/],
  [
    "an older one",
    () => checkRunner(github(), running({ runner: "2.338.0" })),
    "warn",
    /ci has 2\.338\.0.*30 days/,
  ],
  [
    "an older one by number, not by text",
    () => checkRunner(github(), running({ runner: "2.99.0" })),
    "warn",
    /ci has 2\.99\.0/,
  ],
  ["no answer", () => checkRunner(github({ releases: UNKNOWN }), undefined), "ok", /not known/],
]);

const firstImage = (own: object): Check => checkImages(running(own))[0] ?? assert.fail("no line");
table("image:ci", [
  [
    "a fresh image",
    () => firstImage({}),
    "ok",
    /made 2026-10-01, runner 2\.338\.1, its licence's end is not known/,
  ],
  [
    "an old one",
    () => firstImage({ level: "warn", why: "older for 21 days" }),
    "warn",
    /older for 21 days\./,
  ],
  [
    "one past its time",
    () => firstImage({ level: "error", why: "licence ended", expiresAt: "2026-11-01T00:00:00Z" }),
    "fail",
    /ends 2026-11-01.*licence ended/,
  ],
]);

Deno.test("image: says nothing without a controller that runs, or one that does not know images", () => {
  assert.deepEqual(checkImages(undefined), []);
  assert.deepEqual(checkImages(local()), []);
  assert.deepEqual(checkImages(running({}, { pools: [{ name: "ci" }] })), []);
});
