/** What the app does under its own signature: say who it is, find its installations, and get their tokens. */
import { createAppAuth } from "@octokit/auth-app";
import type { Octokit } from "@octokit/rest";
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { z } from "zod";
import { appAnswer, installationAnswer, tokenAnswer } from "./answers.ts";
import { type Answer, type AnswerHeaders, type ClientOptions, exchange, openReader } from "./exchange.ts";
import type { Http, TimeLimit } from "./http.ts";
import { readPrivateKey } from "./key.ts";
import { type CallName, Refusal, refusedBy } from "./refusal.ts";
import { serverTime } from "./rate.ts";
import { withoutSecrets } from "./secrets.ts";

/** An installation of the app on an account. */
export interface Found {
  readonly id: number;
  readonly suspended: boolean;
  readonly permissions: Readonly<Record<string, string>>;
}

/** A token, and how long it is good for. */
export interface Token {
  readonly value: string;
  readonly madeAt: Ms;
  /** By this machine's clock. */
  readonly expiresAt: Ms;
}

/** The app. Every method rejects with {@linkcode Refusal} when GitHub does not give what is asked. */
export class App {
  readonly #sign: () => Promise<string>;
  readonly #client: Octokit;
  readonly #http: Http;

  constructor(options: ClientOptions & { appId: string | number; privateKey: string }, http: Http) {
    this.#http = http;
    this.#client = openReader(options);
    this.#sign = signer(options);
  }

  /** `GET /app`: whether the id and the key belong together. Answers the headers, which hold GitHub's time. */
  async identity(scope: ScopeKey, limit: TimeLimit): Promise<AnswerHeaders> {
    const answer = await this.#ask("GET /app", limit);
    expect(answer, 200, appAnswer, { call: "app", scope });
    return answer.type === "answer" ? answer.headers : {};
  }

  /** The installation that covers a scope. */
  async installation(scope: ScopeKey, limit: TimeLimit): Promise<Found> {
    const answer = await this.#ask(`GET /${pathOf(scope)}/installation`, limit);
    const found = expect(answer, 200, installationAnswer, { call: "installation", scope });
    return {
      id: found.id,
      suspended: typeof found.suspended_at === "string",
      permissions: found.permissions,
    };
  }

  /** A new token of an installation. GitHub's live for an hour. */
  async token(installationId: number, scope: ScopeKey, limit: TimeLimit): Promise<Token> {
    const answer = await this.#ask(`POST /app/installations/${installationId}/access_tokens`, limit);
    const { token, expires_at } = expect(answer, 201, tokenAnswer, { call: "token", scope });
    const now = Date.now();
    const github = (answer.type === "answer" ? serverTime(answer.headers) : undefined) ?? now;
    return { value: token, madeAt: now, expiresAt: now + (Date.parse(expires_at) - github) };
  }

  async #ask(route: string, limit: TimeLimit): Promise<Answer> {
    return await exchange(this.#client, this.#http, {
      route,
      authorization: `Bearer ${await this.#sign()}`,
      limit,
    });
  }
}

/**
 * Makes signatures (JWT). auth-app's own cache of tokens is not used: it shares requests under way by the
 * installation's number between all apps and servers of a process, sends them without a time limit, and
 * keeps a token for 59 minutes whatever GitHub said of it.
 */
function signer(options: { appId: string | number; privateKey: string }): () => Promise<string> {
  const read = readPrivateKey(options.privateKey);
  if ("problem" in read) {
    const { message, remedy } = read.problem;
    return () => Promise.reject(new Refusal({ code: "unauthorized", reason: `${message}. ${remedy}` }));
  }
  const auth = createAppAuth({ appId: options.appId, privateKey: read.pkcs8 });
  return async () => {
    try {
      return (await auth({ type: "app" })).token;
    } catch (error) {
      const why = withoutSecrets(error instanceof Error ? error.message : String(error));
      throw new Refusal({
        code: "unauthorized",
        reason: `signing with the app's private key failed: ${why}.`,
      });
    }
  };
}

/** Reads the wished answer, or throws why it is another. */
export function expect<T extends z.ZodType>(
  answer: Answer,
  status: number,
  schema: T,
  about: { call: CallName; scope: ScopeKey },
): z.infer<T> {
  if (answer.type !== "answer" || answer.status !== status) {
    throw new Refusal(refusedBy(answer, { ...about, now: Date.now() }));
  }
  const parsed = schema.safeParse(answer.data);
  if (parsed.success) return parsed.data;
  // The runner of a registration that cannot be read exists all the same.
  const code = about.call === "register" ? undefined : "unavailable";
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new Refusal({
    code,
    reason:
      `the answer with status ${status} is not what GitHub's API gives${
        where === "" ? "" : ` (at ${where})`
      }. ` +
      "Check github.api_url: for GitHub Enterprise Server it is https://HOST/api/v3.",
  });
}

/** A scope as a path, with every part escaped. */
export function pathOf(scope: ScopeKey): string {
  return scope.split("/").map(encodeURIComponent).join("/");
}
