/** What GitHub's headers say about rates, and until when an account has to be quiet. */
import type { Ms } from "../model/ids.ts";
import type { ForgeRate } from "../ports/forge.ts";
import type { Answer, AnswerHeaders } from "./exchange.ts";

/** Where neither header says how long: GitHub asks for at least a minute. */
const FALLBACK_MS = 60_000;
/** GitHub's windows last an hour; a header that says more is wrong, and must not silence a pool for days. */
const LONGEST_MS = 3_900_000;

/** Bucket of registrations, 10,000 an hour, apart from all other calls. */
export const REGISTRATION_RESOURCE = "actions_runner_registration";

function numberIn(headers: AnswerHeaders, name: string): number | undefined {
  const value = headers[name];
  if (value === undefined || String(value).trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Time of GitHub's clock in an answer, from its `Date` header (whole seconds). */
export function serverTime(headers: AnswerHeaders): Ms | undefined {
  const time = Date.parse(String(headers["date"] ?? ""));
  return Number.isNaN(time) ? undefined : time;
}

/** Whether an answer is a primary or a secondary rate limit. */
export function isRateLimit(status: number, headers: AnswerHeaders, message: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return headers["retry-after"] !== undefined || numberIn(headers, "x-ratelimit-remaining") === 0 ||
    /rate limit/i.test(message);
}

/** Until when to be quiet after a rate limit: `retry-after`, else the reset of an empty bucket, else a minute. */
export function retryAtOf(headers: AnswerHeaders, now: Ms): Ms {
  const seconds = numberIn(headers, "retry-after");
  const date = Date.parse(String(headers["retry-after"] ?? ""));
  const reset = numberIn(headers, "x-ratelimit-reset");
  // The reset and dates are by GitHub's clock; only how far they lie ahead of its own time counts.
  const github = serverTime(headers) ?? now;
  let waitMs = FALLBACK_MS;
  if (seconds !== undefined) waitMs = seconds * 1000;
  else if (!Number.isNaN(date)) waitMs = date - github;
  else if (numberIn(headers, "x-ratelimit-remaining") === 0 && reset !== undefined) {
    waitMs = reset * 1000 - github;
  }
  return now + Math.min(Math.max(waitMs, 1000), LONGEST_MS);
}

/** Rate and quiet times of one account. */
export class RateMemory {
  #rate: ForgeRate | undefined;
  #quietUntil = 0;
  #registerQuietUntil = 0;

  /** Rate of the account's general bucket after the last answer. */
  get rate(): ForgeRate | undefined {
    return this.#rate;
  }

  /** Remembers what an answer's headers say of the general bucket. */
  note(answer: Answer): void {
    if (answer.type !== "answer") return;
    const { headers } = answer;
    const limit = numberIn(headers, "x-ratelimit-limit");
    const remaining = numberIn(headers, "x-ratelimit-remaining");
    const reset = numberIn(headers, "x-ratelimit-reset");
    const general = (headers["x-ratelimit-resource"] ?? "core") === "core";
    if (!general || limit === undefined || remaining === undefined || reset === undefined) return;
    this.#rate = { limit, remaining, resetAt: reset * 1000 };
  }

  /** Remembers a rate limit: nothing is asked before `retryAt`, since asking prolongs it. */
  hold(retryAt: Ms, headers: AnswerHeaders): void {
    const onlyRegistrations = headers["x-ratelimit-resource"] === REGISTRATION_RESOURCE &&
      numberIn(headers, "x-ratelimit-remaining") === 0;
    if (onlyRegistrations) this.#registerQuietUntil = retryAt;
    else this.#quietUntil = retryAt;
  }

  /** Until when a call would be useless; `undefined` when it may go. */
  quietUntil(registers: boolean, now: Ms): Ms | undefined {
    const until = registers ? Math.max(this.#quietUntil, this.#registerQuietUntil) : this.#quietUntil;
    // A clock that was set back must not silence the account for the difference.
    return until > now && until - now <= LONGEST_MS ? until : undefined;
  }
}
