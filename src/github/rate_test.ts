import { deepEqual, equal } from "node:assert/strict";
import type { Answer, AnswerHeaders } from "./exchange.ts";
import { isRateLimit, RateMemory, retryAtOf } from "./rate.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const RESET = String((NOW + 900_000) / 1000);

const answer = (headers: AnswerHeaders): Answer => ({
  type: "answer",
  status: 200,
  headers,
  data: {},
  said: "",
});

Deno.test("retryAtOf() trusts retry-after first, then the reset of an empty bucket, then waits a minute", () => {
  const empty = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET };
  equal(retryAtOf({ "retry-after": "17", ...empty }, NOW), NOW + 17_000);
  equal(retryAtOf(empty, NOW), NOW + 900_000);
  equal(retryAtOf({ "x-ratelimit-remaining": "5", "x-ratelimit-reset": RESET }, NOW), NOW + 60_000);
  equal(retryAtOf({}, NOW), NOW + 60_000);
});

Deno.test("retryAtOf() measures a reset by GitHub's clock, not by this machine's", () => {
  const date = new Date(NOW + 600_000).toUTCString(); // this machine is ten minutes behind
  equal(
    retryAtOf({ date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET }, NOW),
    NOW + 300_000,
  );
});

Deno.test("retryAtOf() is at least a second and little more than an hour away", () => {
  equal(retryAtOf({ "retry-after": "0" }, NOW), NOW + 1_000);
  equal(
    retryAtOf({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999" }, NOW),
    NOW + 3_900_000,
  );
});

Deno.test("isRateLimit() tells a limit from a missing permission", () => {
  equal(isRateLimit(429, {}, ""), true);
  equal(isRateLimit(403, { "retry-after": "5" }, ""), true);
  equal(isRateLimit(403, { "x-ratelimit-remaining": "0" }, ""), true);
  equal(isRateLimit(403, {}, "You have exceeded a secondary rate limit"), true);
  equal(
    isRateLimit(403, { "x-ratelimit-remaining": "4000" }, "Resource not accessible by integration"),
    false,
  );
  equal(isRateLimit(422, { "x-ratelimit-remaining": "0" }, ""), false);
});

Deno.test("note() keeps the general bucket and leaves out others", () => {
  const memory = new RateMemory();
  const headers = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4990",
    "x-ratelimit-reset": RESET,
  };
  memory.note(answer(headers));
  deepEqual(memory.rate, { limit: 5000, remaining: 4990, resetAt: NOW + 900_000 });
  memory.note(
    answer({
      ...headers,
      "x-ratelimit-limit": "10000",
      "x-ratelimit-resource": "actions_runner_registration",
    }),
  );
  memory.note(answer({}));
  equal(memory.rate?.limit, 5000);
});

Deno.test("hold() of the registrations' own bucket silences registrations alone", () => {
  const memory = new RateMemory();
  memory.hold(NOW + 5_000, {
    "x-ratelimit-resource": "actions_runner_registration",
    "x-ratelimit-remaining": "0",
  });
  equal(memory.quietUntil(true, NOW), NOW + 5_000);
  equal(memory.quietUntil(false, NOW), undefined);
  memory.hold(NOW + 9_000, {});
  equal(memory.quietUntil(false, NOW), NOW + 9_000);
  equal(memory.quietUntil(true, NOW), NOW + 9_000);
  equal(memory.quietUntil(true, NOW + 9_000), undefined);
});
