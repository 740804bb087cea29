/** Which installation serves a scope, and what is remembered of each: token, rate, pace of writes. */
import type { Octokit } from "@octokit/rest";
import type { ScopeKey } from "../model/ids.ts";
import type { App, Found, Token } from "./app.ts";
import type { TimeLimit } from "./http.ts";
import type { WriteLimiter } from "./limiter.ts";
import { Once } from "./once.ts";
import { RateMemory } from "./rate.ts";
import { nameOf, Refusal } from "./refusal.ts";

/** A token is replaced this long before its end, or in the last half of a short life. */
const REPLACE_BEFORE_MS = 120_000;

/** One installation; several repositories of one owner share it. */
export class Account {
  readonly id: number;
  readonly rates = new RateMemory();
  readonly limiter: WriteLimiter;
  readonly reader: Octokit;
  readonly #app: App;
  readonly #once = new Once<"token", Token>();
  #token: Token | undefined;

  constructor(id: number, parts: { app: App; limiter: WriteLimiter; reader: Octokit }) {
    this.id = id;
    this.#app = parts.app;
    this.limiter = parts.limiter;
    this.reader = parts.reader;
  }

  /** The token in use, or a new one when it ends soon. */
  async token(scope: ScopeKey, limit: TimeLimit): Promise<Token> {
    const token = this.#token;
    if (token !== undefined) {
      const margin = Math.min(REPLACE_BEFORE_MS, (token.expiresAt - token.madeAt) / 2);
      // A clock that was set back makes a token look young for longer than it lives; a 401 corrects that.
      if (Date.now() < token.expiresAt - margin) return token;
    }
    this.#token = await this.#once.do("token", () => this.#app.token(this.id, scope, limit));
    return this.#token;
  }

  /** Drops a token that GitHub refused, unless it was replaced already. */
  dropToken(token: Token): void {
    if (this.#token === token) this.#token = undefined;
  }
}

/** All installations of the app that were asked for. */
export class Accounts {
  readonly #app: App;
  readonly #open: (id: number) => Account;
  readonly #byScope = new Map<ScopeKey, Account>();
  readonly #byId = new Map<number, Account>();
  readonly #once = new Once<ScopeKey, Found>();

  constructor(app: App, open: (id: number) => Account) {
    this.#app = app;
    this.#open = open;
  }

  /** The account of a scope that was found before. */
  known(scope: ScopeKey): Account | undefined {
    return this.#byScope.get(scope);
  }

  /** The account of a scope, looked up once. */
  async of(scope: ScopeKey, limit: TimeLimit): Promise<Account> {
    return this.#byScope.get(scope) ?? (await this.lookUp(scope, limit)).account;
  }

  /** Asks GitHub for the installation of a scope, whatever is remembered. */
  async lookUp(scope: ScopeKey, limit: TimeLimit): Promise<{ account: Account; found: Found }> {
    const found = await this.#once.do(scope, () => this.#app.installation(scope, limit));
    if (found.suspended) {
      throw new Refusal({
        code: "suspended",
        reason: `the app's installation on ${nameOf(scope)} is suspended: ` +
          "unsuspend it in the account's settings at GitHub (Installed GitHub Apps).",
      });
    }
    const account = this.#byId.get(found.id) ?? this.#open(found.id);
    this.#byId.set(found.id, account);
    this.#byScope.set(scope, account);
    return { account, found };
  }

  /** Forgets which installation serves a scope: the app was installed anew. */
  forget(scope: ScopeKey): void {
    this.#byScope.delete(scope);
  }

  /** Ends everything that waits. */
  close(): void {
    for (const account of this.#byId.values()) account.limiter.close();
  }
}
