/**
 * What an answer of GitHub means when it is not the wished one: its class, and the words for the person who
 * must act. One table by status, with the exceptions that GitHub's answers need before it.
 */
import type { ForgeErrorClass } from "../model/calls.ts";
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { ForgeResult } from "../ports/forge.ts";
import type { Answer, AnswerHeaders } from "./exchange.ts";
import { isRateLimit, retryAtOf, serverTime } from "./rate.ts";
import { withoutSecrets } from "./secrets.ts";

/** A request by its purpose. The first three are signed by the app, the others use an installation's token. */
export type CallName =
  | "app"
  | "installation"
  | "token"
  | "groups"
  | "register"
  | "registrationToken"
  | "list"
  | "job"
  | "downloads"
  | "remove";

/** A clock that is further off than this fails the check: GitHub rejects signatures, guests reject sessions. */
export const MAX_SKEW_MS = 60_000;

/** `undefined` as the class: there was no answer, and the effect may still land. */
export interface Refused {
  readonly code: ForgeErrorClass | undefined;
  readonly reason: string;
  readonly retryAt?: Ms;
}

/** Carries a refusal from where it is found to the port, which turns it into a result. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly refused: Refused;

  constructor(refused: Refused) {
    super(refused.reason);
    this.refused = refused;
  }
}

/** The result of a refused call. `tried` reads on after "Cannot". */
export function refusedResult(tried: string, { code, reason, retryAt }: Refused): ForgeResult<never> {
  const message = `Cannot ${tried}: ${reason}`;
  if (code === undefined) return { outcome: "unknown", message };
  return { outcome: "failed", code, message, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** Name of the permission that managing a scope's runners needs, as GitHub's settings show it, and as its API calls it. */
export function managing(scope: ScopeKey): { readonly shown: string; readonly key: string } {
  return scope.startsWith("orgs/")
    ? { shown: "Self-hosted runners: write", key: "organization_self_hosted_runners" }
    : { shown: "Administration: write", key: "administration" };
}

/** A permission on repositories, for how jobs ended. */
const READING_JOBS = "Actions: read";

const WRITES: ReadonlySet<CallName> = new Set(["register", "registrationToken", "remove"]);
const BY_APP: ReadonlySet<CallName> = new Set(["app", "installation", "token"]);

/**
 * What a server error means for a write. 503 is GitHub's front saying that no server took the request, so nothing
 * was changed. 500, 502 and 504 come from behind it: the runner may have been saved before the error.
 */
const NOT_TAKEN = 503;

const BY_STATUS: Readonly<Record<number, ForgeErrorClass>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  422: "invalid",
};

/** Explains an answer that is not the wished one. */
export function refusedBy(
  answer: Answer,
  about: { call: CallName; scope: ScopeKey; now: Ms },
): Refused {
  const { call, scope, now } = about;
  if (answer.type === "none") return unanswered(answer, call);
  const { status, headers, said } = answer;
  const code = classOf(status, headers, said, call);
  const retryAt = code === "rate_limited" ? retryAtOf(headers, now) : undefined;
  const remedy = remedyFor(code, { call, scope, said, skewMs: clockSkewMs(headers, now), retryAt });
  const requestId = headers["x-github-request-id"];
  const id = requestId === undefined
    ? ""
    : ` (GitHub's request id: ${withoutSecrets(String(requestId)).slice(0, 80)})`;
  const reason = `GitHub answered ${status}${said === "" ? "" : ` "${said}"`}. ${remedy}${id}`;
  return { code, reason, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** How far this machine's clock is ahead of GitHub's (negative: behind), when the answer tells. */
export function clockSkewMs(headers: AnswerHeaders, now: Ms): Ms | undefined {
  const github = serverTime(headers);
  return github === undefined ? undefined : now - (github + 500); // the header has whole seconds
}

/** What to do about a clock that is off. */
export function clockRemedy(skewMs: Ms): string {
  const direction = skewMs > 0 ? "ahead of" : "behind";
  return `This machine's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${direction} GitHub's. ` +
    "Set the clock (on Windows: w32tm /resync) and keep it synchronised.";
}

function unanswered(answer: Extract<Answer, { type: "none" }>, call: CallName): Refused {
  const why = withoutSecrets(answer.why);
  if (WRITES.has(call) && answer.sent) {
    return { code: undefined, reason: `${why}. GitHub may have done it all the same; the next list shows.` };
  }
  const certificate = /certificate/i.test(why);
  const remedy = certificate
    ? "If a proxy or a server of your own stands there, trust its certificate authority."
    : "Check the network, the proxy and github.api_url; hvpool tries again by itself.";
  return { code: "unavailable", reason: `GitHub could not be reached: ${why}. ${remedy}` };
}

function classOf(
  status: number,
  headers: AnswerHeaders,
  said: string,
  call: CallName,
): ForgeErrorClass | undefined {
  if (isRateLimit(status, headers, said)) return "rate_limited";
  if (status === 403 && /suspended/i.test(said)) return "suspended";
  if (status === 422 && call === "remove") return "busy";
  // GitHub knows no app by the id that the signature names.
  if (status === 404 && (call === "app" || (call === "installation" && /integration/i.test(said)))) {
    return "unauthorized";
  }
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 400 && status < 500) return "invalid";
  return WRITES.has(call) && status !== NOT_TAKEN ? undefined : "unavailable";
}

function remedyFor(
  code: ForgeErrorClass | undefined,
  about: { call: CallName; scope: ScopeKey; said: string; skewMs: Ms | undefined; retryAt: Ms | undefined },
): string {
  const { call, scope, skewMs, retryAt } = about;
  switch (code) {
    case undefined:
      return "It may have done it all the same; the next list shows.";
    case "unauthorized":
      return unauthorizedRemedy(about);
    case "forbidden":
      return `Give the app the permission "${
        call === "job" ? READING_JOBS : managing(scope).shown
      }" in its settings at GitHub, ` +
        `and accept it in the installation on ${nameOf(scope)}.`;
    case "suspended":
      return `The app's installation on ${
        nameOf(scope)
      } is suspended: unsuspend it in the account's settings.`;
    case "not_found":
      return notFoundRemedy(call, scope);
    case "conflict":
      return "The name is taken by a runner that is registered already.";
    case "busy":
      return "The runner is running a job, and can be removed when the job has ended.";
    case "invalid":
      return call === "job"
        ? "What the guest says of its job may name no run."
        : "Check the pool's labels, group and work folder.";
    case "rate_limited":
      return `The account's rate limit is used up; asking again is useless before ${
        new Date(retryAt ?? 0).toISOString()
      }.`;
    case "unavailable":
      return skewMs !== undefined && Math.abs(skewMs) > MAX_SKEW_MS
        ? clockRemedy(skewMs)
        : "GitHub has a problem of its own (https://www.githubstatus.com); hvpool tries again by itself.";
    default:
      return code satisfies never;
  }
}

function unauthorizedRemedy(about: { call: CallName; said: string; skewMs: Ms | undefined }): string {
  const { call, said, skewMs } = about;
  if (skewMs !== undefined && Math.abs(skewMs) > MAX_SKEW_MS) return clockRemedy(skewMs);
  if (/'(iat|exp)'|expiration time|issued at/i.test(said)) {
    return "This machine's clock differs from GitHub's. Set it (on Windows: w32tm /resync).";
  }
  if (!BY_APP.has(call)) return "GitHub refused the installation's token; hvpool asks for a new one.";
  return "The app id or the private key is wrong: check that github.app_id is the id of the app " +
    "that the private key was generated for, that the key was not deleted there, " +
    "and that github.api_url is the server that the app belongs to.";
}

function notFoundRemedy(call: CallName, scope: ScopeKey): string {
  if (call === "remove") return "The runner is not registered there any more.";
  if (call === "installation" || call === "token") return notInstalled(scope);
  if (call === "job") {
    return "GitHub has no such run or attempt there, or the app's installation does not cover the repository.";
  }
  if (call === "downloads") {
    return "This GitHub may be an Enterprise Server that offers no runner programs: put " +
      "actions-runner-win-x64-VERSION.zip with its SHA-256 into a folder, and name that with runners.packages. " +
      `Otherwise check that ${nameOf(scope)} exists and that the app's installation covers it.`;
  }
  const group = call === "register" && scope.startsWith("orgs/") ? ", and that its runner group exists" : "";
  return `Check that ${nameOf(scope)} exists and that the app's installation covers it${group}.`;
}

function notInstalled(scope: ScopeKey): string {
  const install = `Install the app on ${nameOf(scope)}, or correct the name in the configuration.`;
  return scope.startsWith("orgs/")
    ? `${install} A user's account is no organization: it needs the name of a repository.`
    : `${install} The installation must cover this repository.`;
}

/** The scope as people call it. */
export function nameOf(scope: ScopeKey): string {
  return scope.startsWith("orgs/") ? `organization ${scope.slice(5)}` : `repository ${scope.slice(6)}`;
}
