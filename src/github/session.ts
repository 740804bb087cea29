/**
 * Requests of a scope under its installation's token. A refused token and a replaced installation are renewed
 * once, rate limits are kept, writes wait for leave, and a write with all that it needs keeps one deadline.
 */
import type { Octokit } from "@octokit/rest";
import type { ScopeKey } from "../model/ids.ts";
import type { Log } from "../ports/log.ts";
import { Account, Accounts } from "./accounts.ts";
import { App } from "./app.ts";
import { type Answer, type ClientOptions, exchange, openReader, openWriter } from "./exchange.ts";
import { Http, type HttpOptions, type TimeLimit } from "./http.ts";
import { WriteLimiter, type WriteLimits } from "./limiter.ts";
import { type CallName, Refusal, refusedBy } from "./refusal.ts";

/** What a session is made from. */
export interface SessionOptions extends ClientOptions, HttpOptions {
  readonly appId: string | number;
  readonly privateKey: string;
  readonly writeLimits: WriteLimits;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** One request. */
export interface ScopeRequest {
  readonly call: CallName;
  readonly scope: ScopeKey;
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Wall time after which nothing of it may be under way. */
  readonly deadlineAt: number;
}

/** A token is not known to all of GitHub's servers in its first seconds. */
const FRESH_TOKEN_MS = 5_000;

/** Everything that is kept between requests. */
export class Session {
  readonly app: App;
  readonly accounts: Accounts;
  readonly #http: Http;
  readonly #writer: Octokit;
  readonly #log: Log;
  readonly #options: SessionOptions;
  /** Waits that `close` ends early. */
  readonly #sleepers = new Set<() => void>();
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#http = new Http(options);
    this.#writer = openWriter(options);
    const app = new App(options, this.#http);
    this.app = app;
    this.accounts = new Accounts(
      app,
      (id) =>
        new Account(id, { app, limiter: new WriteLimiter(options.writeLimits), reader: openReader(options) }),
    );
  }

  /** How long a read may take. */
  readLimit(deadlineAt: number): TimeLimit {
    return { timeoutMs: this.#options.readTimeoutMs, deadlineAt };
  }

  /** Sends one request and answers what GitHub said. Rejects with a refusal when it could not be sent. */
  async ask(request: ScopeRequest): Promise<Answer> {
    const { call, scope } = request;
    for (let again = true;; again = false) {
      const limit = this.readLimit(request.deadlineAt);
      const account = await this.#accountOf(call, scope, limit);
      const quietUntil = account.rates.quietUntil(
        call === "register" || call === "registrationToken",
        Date.now(),
      );
      if (quietUntil !== undefined) {
        throw tooSoon(quietUntil, "GitHub's rate limit of the account is used up");
      }
      let token;
      try {
        token = await account.token(scope, limit);
      } catch (error) {
        if (!(error instanceof Refusal) || error.refused.code !== "not_found") throw error;
        this.accounts.forget(scope); // the app may have been installed anew, under another number
        if (again) continue;
        throw inRemoval(call, error);
      }
      const answer = await this.#send(account, request, token.value);
      account.rates.note(answer);
      if (answer.type === "none" || answer.status < 400) return answer;
      const refused = refusedBy(answer, { call, scope, now: Date.now() });
      if (refused.retryAt !== undefined) account.rates.hold(refused.retryAt, answer.headers);
      if (answer.status !== 401) return answer;
      // GitHub did nothing for this request, so a write may be sent again as well.
      const fresh = Date.now() - token.madeAt < FRESH_TOKEN_MS;
      if (!fresh || !again) account.dropToken(token);
      if (!again || this.#closed) return answer;
      if (fresh) await this.#sleep(this.#options.retryUnitMs);
    }
  }

  /** How far this machine's clock is ahead of GitHub's, by its last answer. */
  get clockSkewMs(): number | undefined {
    return this.#http.clockSkewMs;
  }

  /** Ends everything that waits or is under way. */
  close(): void {
    this.#closed = true;
    this.accounts.close();
    for (const wake of this.#sleepers) wake();
    this.#http.close();
  }

  async #accountOf(call: CallName, scope: ScopeKey, limit: TimeLimit): Promise<Account> {
    try {
      return await this.accounts.of(scope, limit);
    } catch (error) {
      throw inRemoval(call, error);
    }
  }

  async #send(account: Account, request: ScopeRequest, token: string): Promise<Answer> {
    const { call, route, parameters = {}, deadlineAt } = request;
    const started = Date.now();
    const writes = call === "register" || call === "registrationToken" || call === "remove";
    // At most a third of the time goes into waiting for leave, so that what is sent has time to be answered.
    const leave = writes ? await account.limiter.acquire(Math.max(0, (deadlineAt - started) / 3)) : () => {};
    if (leave === undefined) {
      if (this.#closed) throw new Refusal({ code: "unavailable", reason: "hvpool is ending." });
      const freeAt = Date.now() + Math.max(1000, account.limiter.delayMs());
      throw tooSoon(freeAt, "too many registrations and removals wait");
    }
    try {
      const timeoutMs = writes ? this.#options.writeTimeoutMs : this.#options.readTimeoutMs;
      const answer = await exchange(writes ? this.#writer : account.reader, this.#http, {
        route,
        authorization: `Bearer ${token}`,
        parameters,
        limit: { timeoutMs, deadlineAt },
      });
      this.#log.debug("GitHub was asked", {
        route,
        status: answer.type === "answer" ? answer.status : answer.why,
        elapsedMs: Date.now() - started,
      });
      return answer;
    } finally {
      leave();
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }
}

function tooSoon(retryAt: number, why: string): Refusal {
  return new Refusal({
    code: "rate_limited",
    reason: `${why}; asking again is useless before ${new Date(retryAt).toISOString()}.`,
    retryAt,
  });
}

/** For a removal, `not_found` says that the runner is gone. A missing installation says no such thing. */
function inRemoval(call: CallName, error: unknown): unknown {
  if (call !== "remove" || !(error instanceof Refusal) || error.refused.code !== "not_found") return error;
  return new Refusal({ ...error.refused, code: "forbidden" });
}
