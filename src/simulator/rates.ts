/** GitHub's limits: a primary one an hour, and a secondary one a minute for each endpoint. */
import type { Ms } from "../model/ids.ts";
import type { ForgeRate } from "../ports/forge.ts";
import type { Timeline } from "./timeline.ts";

/** The limits. Sources: GitHub's documentation of rate limits. */
export interface RateLimits {
  /** Requests an hour for each installation. @default 5000 */
  readonly primary?: number;
  /** Registrations of runners an hour for each installation, counted apart. @default 10000 */
  readonly registration?: number;
  /** Points a minute for each endpoint: a read costs 1, a write 5. @default 900 */
  readonly secondaryPoints?: number;
}

/** What a request counts against, as GitHub's `x-ratelimit-resource` names it. */
export type RateResource = "core" | "actions_runner_registration";

/** Whether a request may pass, and what its headers say. */
export type RateAnswer =
  | { readonly passes: true; readonly rate: ForgeRate; readonly used: number }
  | {
    readonly passes: false;
    readonly rate: ForgeRate;
    readonly used: number;
    readonly secondary: boolean;
    readonly retryAt: Ms;
  };

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Count {
  used: number;
  until: Ms;
}

/** Counts requests. */
export class Rates {
  readonly #timeline: Timeline;
  readonly #limits: Readonly<Record<RateResource, number>>;
  readonly #secondary: number;
  readonly #hours = new Map<string, Count>();
  readonly #minutes = new Map<string, Count>();

  constructor(timeline: Timeline, limits: RateLimits = {}) {
    this.#timeline = timeline;
    this.#limits = {
      core: limits.primary ?? 5_000,
      actions_runner_registration: limits.registration ?? 10_000,
    };
    this.#secondary = limits.secondaryPoints ?? 900;
  }

  /** Counts one request of an installation; `endpoint` is what the secondary limit counts by. */
  charge(
    installation: number,
    weight: "read" | "write",
    endpoint: string,
    resource: RateResource = "core",
  ): RateAnswer {
    const now = this.#timeline.now;
    const hour = this.#hour(installation, resource);
    const key = `${installation} ${endpoint}`;
    let minute = this.#minutes.get(key);
    if (minute === undefined || now >= minute.until) {
      minute = { used: 0, until: now + MINUTE_MS };
      this.#minutes.set(key, minute);
    }
    const points = weight === "read" ? 1 : 5;
    const refused = { passes: false, rate: this.rate(installation, resource), used: hour.used } as const;
    if (hour.used >= this.#limits[resource]) return { ...refused, secondary: false, retryAt: hour.until };
    if (minute.used + points > this.#secondary) return { ...refused, secondary: true, retryAt: minute.until };
    hour.used++;
    minute.used += points;
    return { passes: true, rate: this.rate(installation, resource), used: hour.used };
  }

  /** How an installation stands. */
  rate(installation: number, resource: RateResource = "core"): ForgeRate {
    const hour = this.#hour(installation, resource);
    const limit = this.#limits[resource];
    return { limit, remaining: Math.max(0, limit - hour.used), resetAt: hour.until };
  }

  #hour(installation: number, resource: RateResource): Count {
    const key = `${installation} ${resource}`;
    let hour = this.#hours.get(key);
    if (hour === undefined || this.#timeline.now >= hour.until) {
      hour = { used: 0, until: this.#timeline.now + HOUR_MS };
      this.#hours.set(key, hour);
    }
    return hour;
  }
}
