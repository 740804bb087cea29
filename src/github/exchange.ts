/**
 * One request to GitHub through Octokit, and its answer as a value: nothing is thrown for what GitHub says.
 *
 * There are two kinds of client. A reader repeats what failed for a moment (plugin-retry); a writer does not, since
 * a repeated write could register twice. plugin-throttling is not used: it lets one write a second through, where
 * `limiter.ts` paces writes by what GitHub allows; of reads it would only repeat those that met a rate limit, which
 * is the controller's to plan; and it starts timers that nothing ends.
 */
import { Octokit } from "@octokit/rest";
import { retry } from "@octokit/plugin-retry";
import type { Log } from "../ports/log.ts";
import { type Http, NoAnswer, type TimeLimit } from "./http.ts";
import { saidBy } from "./said.ts";
import { withoutSecrets } from "./secrets.ts";

/** Headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | number | undefined>>;

/** What came of a request. */
export type Answer =
  | {
    readonly type: "answer";
    readonly status: number;
    readonly headers: AnswerHeaders;
    readonly data: unknown;
    /** GitHub's own words in an answer of failure, without secrets; otherwise empty. */
    readonly said: string;
  }
  | { readonly type: "none"; readonly why: string; readonly sent: boolean; readonly timedOut: boolean };

/** What clients are made from. */
export interface ClientOptions {
  /** Address of the REST API, without a slash at the end. */
  readonly apiUrl: string;
  readonly userAgent: string;
  readonly log: Log;
  /** Unit of the waits between repeated reads; 1000 outside of tests. */
  readonly retryUnitMs: number;
}

/** What one request carries. */
export interface Ask {
  readonly route: string;
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly limit: TimeLimit;
}

/** Version of GitHub's REST API whose shapes `answers.ts` reads. */
const API_VERSION = "2022-11-28";

/** Answers that asking again at once does not change. 408 is our own mark for a time limit that ran out. */
const FINAL = [400, 401, 403, 404, 408, 409, 410, 422, 429, 451];

/** A client for requests that change nothing. */
export function openReader(options: ClientOptions): Octokit {
  const Reader = Octokit.plugin(timeoutsAreFinal, retry);
  return new Reader({
    ...baseOptions(options),
    retry: { doNotRetry: FINAL, retries: 2, retryAfterBaseValue: options.retryUnitMs },
  });
}

/** A client for requests that change something: each is sent once, as soon as it is asked. */
export function openWriter(options: ClientOptions): Octokit {
  return new Octokit({ ...baseOptions(options), request: { retries: 0 } });
}

/** Sends one request. Never rejects for what GitHub or the network does. */
export async function exchange(client: Octokit, http: Http, ask: Ask): Promise<Answer> {
  try {
    const response = await client.request(ask.route, {
      ...ask.parameters,
      headers: {
        authorization: ask.authorization,
        accept: "application/vnd.github+json",
        "x-github-api-version": API_VERSION,
      },
      request: { fetch: http.fetch(ask.limit) },
    });
    const { status, headers, data } = response as { status: number; headers: AnswerHeaders; data: unknown };
    return { type: "answer", status, headers, data, said: "" };
  } catch (error) {
    return answerOf(error, ask.authorization);
  }
}

function answerOf(error: unknown, authorization: string): Answer {
  if (error instanceof Error && error.cause instanceof NoAnswer) {
    const { message, sent, timedOut } = error.cause;
    return { type: "none", why: message, sent, timedOut };
  }
  const { status, response } = error as {
    status?: unknown;
    response?: { headers?: unknown; data?: unknown };
  };
  if (typeof status !== "number" || typeof response !== "object" || response === null) throw error;
  const { headers = {}, data } = response as { headers?: AnswerHeaders; data?: unknown };
  return { type: "answer", status, headers, data, said: saidBy(data, authorization.split(" ")) };
}

function baseOptions(options: ClientOptions) {
  const quiet = () => {};
  return {
    baseUrl: options.apiUrl,
    userAgent: options.userAgent,
    // Octokit's debug lines hold whole requests with their tokens; its others repeat what our results say.
    log: {
      debug: quiet,
      info: quiet,
      error: quiet,
      warn: (message: string) => options.log.warn(withoutSecrets(message)),
    },
  };
}

/** Octokit calls a timeout "500", which plugin-retry would repeat until nobody waits for the answer any more. */
function timeoutsAreFinal(octokit: { readonly hook: Octokit["hook"] }): Record<never, never> {
  octokit.hook.error("request", (error) => {
    if (error.cause instanceof NoAnswer && error.cause.timedOut) Object.assign(error, { status: 408 });
    throw error;
  });
  return {};
}
