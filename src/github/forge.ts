/** GitHub behind the forge port: registers, lists and removes runners, tells of their jobs, and checks that the app may. */
import type { ScopeKey } from "../model/ids.ts";
import type { JobResult } from "../model/job_result.ts";
import type {
  ForgePort,
  ForgeRate,
  ForgeResult,
  GroupAccess,
  Registration,
  RegistrationToken,
  RunnerRow,
} from "../ports/forge.ts";
import { refusesJobRequest } from "../ports/job_request.ts";
import type { Log } from "../ports/log.ts";
import type { RunnerRelease } from "../ports/runner_packages.ts";
import { downloadsAnswer, jitAnswer, jobsAnswer, runnersAnswer, tokenAnswer } from "./answers.ts";
import { expect, pathOf } from "./app.ts";
import { windowsReleases } from "./downloads.ts";
import type { Answer } from "./exchange.ts";
import { groupAccess } from "./group_access.ts";
import { type AskGroups, Groups } from "./groups.ts";
import type { HttpOptions } from "./http.ts";
import { jobOn } from "./jobs.ts";
import { DEFAULT_WRITE_LIMITS, type WriteLimits } from "./limiter.ts";
import {
  clockRemedy,
  clockSkewMs,
  managing,
  MAX_SKEW_MS,
  nameOf,
  Refusal,
  refusedBy,
  refusedResult,
} from "./refusal.ts";
import { withoutSecrets } from "./secrets.ts";
import { Session } from "./session.ts";

/** How {@linkcode openForge} reaches GitHub. */
export interface ForgeOptions extends HttpOptions {
  /**
   * Address of the REST API: `https://HOST/api/v3` of a GitHub Enterprise Server, `https://api.SUB.ghe.com` with
   * data residency. Slashes at its end do not count.
   * @default "https://api.github.com"
   */
  readonly apiUrl?: string;
  /** App id, or the app's client id. */
  readonly appId: string | number;
  /** The app's private key in PEM; `key.ts` says what is accepted. */
  readonly privateKey: string;
  readonly log: Log;
  /** Sent before Octokit's own, such as `hvpool/1.2.3`. */
  readonly userAgent: string;
  /** @default {@linkcode DEFAULT_WRITE_LIMITS} */
  readonly writeLimits?: WriteLimits;
  /** Of each attempt to read. @default 30000 */
  readonly readTimeoutMs?: number;
  /** Of a whole registration or removal with all that it asks before; below the operation's 60 s. @default 45000 */
  readonly writeTimeoutMs?: number;
  /** Unit of the waits before something is asked again; smaller in tests. @default 1000 */
  readonly retryUnitMs?: number;
}

const PAGE = 100;
/** A group has at most 10,000 runners; five full groups are still a list. */
const MAX_PAGES = 500;
/** A guest chooses the run that is asked for: one with more than 3,000 jobs is not searched to its end. */
const MAX_JOB_PAGES = 30;

/** Opens GitHub. Nothing is asked before the first call. */
export function openForge(options: ForgeOptions): ForgePort {
  return new GitHub(options);
}

class GitHub implements ForgePort {
  readonly #session: Session;
  readonly #groups = new Groups();
  readonly #log: Log;
  readonly #writeTimeoutMs: number;

  constructor(options: ForgeOptions) {
    this.#log = options.log;
    this.#writeTimeoutMs = options.writeTimeoutMs ?? 45_000;
    this.#session = new Session({
      ...options,
      apiUrl: (options.apiUrl ?? "https://api.github.com").trim().replace(/\/+$/, ""),
      writeLimits: options.writeLimits ?? DEFAULT_WRITE_LIMITS,
      readTimeoutMs: options.readTimeoutMs ?? 30_000,
      writeTimeoutMs: this.#writeTimeoutMs,
      retryUnitMs: options.retryUnitMs ?? 1_000,
    });
  }

  register(request: Parameters<ForgePort["register"]>[0]): Promise<ForgeResult<Registration>> {
    const { scope, name, group, labels, workFolder } = request;
    return this.#answer(`register runner "${name}" in ${nameOf(scope)}`, async () => {
      const deadlineAt = Date.now() + this.#writeTimeoutMs;
      const route = `POST /${pathOf(scope)}/actions/runners/generate-jitconfig`;
      const send = (groupId: number) => {
        const parameters = { name, labels, "runner_group_id": groupId, "work_folder": workFolder };
        return this.#session.ask({ call: "register", scope, route, parameters, deadlineAt });
      };
      const known = this.#groups.known(scope, group);
      let answer = await send(known ?? await this.#group(scope, group, deadlineAt));
      if (
        known !== undefined && answer.type === "answer" && (answer.status === 404 || answer.status === 422)
      ) {
        // The group may have been made anew under another number.
        this.#groups.forget(scope, group);
        const now = await this.#group(scope, group, deadlineAt);
        if (now !== known) answer = await send(now);
      }
      const { runner, encoded_jit_config } = expect(answer, 201, jitAnswer, { call: "register", scope });
      return { runnerId: runner.id, jitConfig: encoded_jit_config };
    });
  }

  registrationToken(scope: ScopeKey): Promise<ForgeResult<RegistrationToken>> {
    return this.#answer(`get a registration token for ${nameOf(scope)}`, async () => {
      const deadlineAt = Date.now() + this.#writeTimeoutMs;
      const route = `POST /${pathOf(scope)}/actions/runners/registration-token`;
      const answer = await this.#session.ask({ call: "registrationToken", scope, route, deadlineAt });
      const { token, expires_at } = expect(answer, 201, tokenAnswer, { call: "registrationToken", scope });
      return { token, expiresAt: Date.parse(expires_at) };
    });
  }

  list(scope: ScopeKey): Promise<ForgeResult<readonly RunnerRow[]>> {
    return this.#answer(`list the runners of ${nameOf(scope)}`, async () => {
      const route = `GET /${pathOf(scope)}/actions/runners`;
      // By id: a runner added while the pages are walked pushes another one onto the next page.
      const rows = new Map<number, RunnerRow>();
      for (let page = 1; page <= MAX_PAGES; page++) {
        const parameters = { "per_page": PAGE, page };
        const answer = await this.#session.ask({
          call: "list",
          scope,
          route,
          parameters,
          deadlineAt: Infinity,
        });
        const { runners } = expect(answer, 200, runnersAnswer, { call: "list", scope });
        for (const { id, name, status, busy, labels, version } of runners) {
          rows.set(id, {
            id,
            name,
            status: status === "online" ? "online" : "offline",
            busy,
            labels: labels.map((label) => label.name),
            ...(version === null || version === undefined ? {} : { version }),
          });
        }
        if (!hasNext(answer, runners.length)) return [...rows.values()];
      }
      throw new Refusal({ code: "unavailable", reason: `the list does not end after ${MAX_PAGES} pages.` });
    });
  }

  remove(scope: ScopeKey, runnerId: number): Promise<ForgeResult<Record<never, never>>> {
    return this.#answer(`remove runner ${runnerId} from ${nameOf(scope)}`, async () => {
      const route = `DELETE /${pathOf(scope)}/actions/runners/${runnerId}`;
      const deadlineAt = Date.now() + this.#writeTimeoutMs;
      const answer = await this.#session.ask({ call: "remove", scope, route, deadlineAt });
      if (answer.type === "answer" && answer.status === 204) return {};
      throw new Refusal(refusedBy(answer, { call: "remove", scope, now: Date.now() }));
    });
  }

  check(
    scope: ScopeKey,
    group: string,
  ): Promise<ForgeResult<{ installationId: number; clockSkewMs: number }>> {
    return this.#answer(`use ${nameOf(scope)}`, async () => {
      const limit = this.#session.readLimit(Infinity);
      const headers = await this.#session.app.identity(scope, limit);
      const skewMs = clockSkewMs(headers, Date.now()) ?? 0;
      if (Math.abs(skewMs) > MAX_SKEW_MS) {
        throw new Refusal({ code: "unauthorized", reason: clockRemedy(skewMs) });
      }
      const { account, found } = await this.#session.accounts.lookUp(scope, limit);
      const needed = managing(scope);
      if (found.permissions[needed.key] !== "write") {
        throw new Refusal({
          code: "forbidden",
          reason: `the app's installation on ${nameOf(scope)} lacks the permission "${needed.shown}". ` +
            "Give it in the app's settings at GitHub, and accept it in the installation.",
        });
      }
      await this.#group(scope, group, Infinity);
      return { installationId: account.id, clockSkewMs: skewMs };
    });
  }

  access(scope: ScopeKey, group: string): Promise<ForgeResult<GroupAccess>> {
    return this.#answer(
      `ask who may use the runner group "${group}" of ${nameOf(scope)}`,
      () => groupAccess(scope, group, this.#asking(scope, Infinity)),
    );
  }

  job(request: Parameters<ForgePort["job"]>[0]): Promise<ForgeResult<JobResult | undefined>> {
    const { scope, repository, runId, attempt, runner } = request;
    return this.#answer(`ask how the job of runner "${runner}" ended`, async () => {
      const why = refusesJobRequest(request);
      if (why !== undefined) throw new Refusal({ code: "invalid", reason: `${why}. GitHub was not asked.` });
      const route = `GET /repos/${repository}/actions/runs/${runId}/attempts/${attempt}/jobs`;
      for (let page = 1; page <= MAX_JOB_PAGES; page++) {
        const parameters = { "per_page": PAGE, page };
        const answer = await this.#session.ask({
          call: "job",
          scope,
          route,
          parameters,
          deadlineAt: Infinity,
        });
        const { jobs } = expect(answer, 200, jobsAnswer, { call: "job", scope });
        const found = jobOn(jobs, runner);
        if (found !== undefined || !hasNext(answer, jobs.length)) return found;
      }
      const reason = `it is not among the first ${
        MAX_JOB_PAGES * PAGE
      } jobs of run ${runId} of ${repository}.`;
      throw new Refusal({ code: "invalid", reason });
    });
  }

  downloads(scope: ScopeKey): Promise<ForgeResult<readonly RunnerRelease[]>> {
    return this.#answer(`ask ${nameOf(scope)} for the newest runner program`, async () => {
      const route = `GET /${pathOf(scope)}/actions/runners/downloads`;
      const answer = await this.#session.ask({ call: "downloads", scope, route, deadlineAt: Infinity });
      return windowsReleases(expect(answer, 200, downloadsAnswer, { call: "downloads", scope }));
    });
  }

  rate(scope: ScopeKey): ForgeRate | undefined {
    return this.#session.accounts.known(scope)?.rates.rate;
  }

  clockSkewMs(): number | undefined {
    return this.#session.clockSkewMs;
  }

  close(): Promise<void> {
    this.#session.close();
    return Promise.resolve();
  }

  #group(scope: ScopeKey, group: string, deadlineAt: number): Promise<number> {
    return this.#groups.lookUp(scope, group, this.#asking(scope, deadlineAt));
  }

  #asking(scope: ScopeKey, deadlineAt: number): AskGroups {
    return (route, parameters) => this.#session.ask({ call: "groups", scope, route, parameters, deadlineAt });
  }

  /** Turns what is thrown into a result, so that the port never rejects. */
  async #answer<V>(tried: string, attempt: () => Promise<V>): Promise<ForgeResult<V>> {
    try {
      return { outcome: "ok", value: await attempt() };
    } catch (error) {
      if (error instanceof Refusal) return refusedResult(tried, error.refused);
      // A mistake of ours. What was sent is not known here, so nothing may be concluded from it.
      const why = withoutSecrets(error instanceof Error ? error.message : String(error));
      this.#log.error("A request to GitHub ended in an error of hvpool itself", { tried, why });
      return { outcome: "unknown", message: `Cannot ${tried}: ${why}` };
    }
  }
}

/** Whether another page follows: by the `Link` header, or without one by a full page. */
function hasNext(answer: Answer, rows: number): boolean {
  if (rows === 0) return false;
  const link = answer.type === "answer" ? answer.headers["link"] : undefined;
  return link === undefined ? rows >= PAGE : /rel="next"/.test(String(link));
}
