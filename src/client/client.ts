/** Talks to a running hvpool through its API. */
import type { z } from "zod";
import {
  type EventAnswer,
  eventSchema,
  type EventsPage,
  eventsPageSchema,
  type EventsQuery,
  problemSchema,
  type RolloutActionName,
  type RolloutAnswer,
  rolloutAnswerSchema,
  type StatusAnswer,
  statusSchema,
  stopAnswerSchema,
} from "../api/schemas.ts";
import { type Endpoint, findEndpoint } from "./endpoint.ts";
import { ApiError, NotRunning, Unauthorized } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, send } from "./http.ts";
import { sseMessages } from "./sse.ts";

/** How to reach hvpool. */
export interface ClientOptions {
  /** Finds the endpoint; asked before every request, since a restart may move it. */
  readonly locate: () => Promise<Endpoint>;
  /** Sent as the `User-Agent`; appears in hvpool's journal as who asked. */
  readonly name?: string;
  /**
   * How long an answer may take.
   * @default 15 000
   */
  readonly timeoutMs?: number;
}

/** What a follower hears. */
export type Followed =
  | { readonly type: "event"; readonly event: EventAnswer }
  /** Events were asked for that are no longer kept, or that another journal had. */
  | { readonly type: "reset" }
  /** The connection was lost; it is tried again. */
  | { readonly type: "lost"; readonly reason: string };

/** How to follow. */
export interface FollowOptions {
  readonly signal?: AbortSignal;
  /**
   * Ends with NotRunning when nobody could be reached for so long.
   * @default 60 000
   */
  readonly giveUpAfterMs?: number;
  /**
   * First wait before a connection is tried again; it doubles up to 20 times as much.
   * @default 250
   */
  readonly retryMs?: number;
}

/** A stream that is silent for longer has died: three heartbeats were missed. */
const STREAM_SILENCE_MS = 45_000;
const MAX_ANSWER_BYTES = 64_000_000;

/** A client of one hvpool. It holds no connection between calls. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** A client of the hvpool that runs with a data directory. */
  static forDataDir(dataDir: string, options: Omit<ClientOptions, "locate"> = {}): Client {
    return new Client({ ...options, locate: () => findEndpoint(dataDir) });
  }

  /**
   * The present status.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  status(signal?: AbortSignal): Promise<StatusAnswer> {
    return this.#read(statusSchema, "GET", "/v1/status", withSignal(signal));
  }

  /**
   * One page of events, oldest first; `next` is the `after` of the next page.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  events(query: EventsQuery = {}, signal?: AbortSignal): Promise<EventsPage> {
    return this.#read(eventsPageSchema, "GET", `/v1/events${queryText(query)}`, withSignal(signal));
  }

  /**
   * Asks hvpool to stop. The answer says that it was recorded, not that it has ended.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async stop(request: { drain: boolean }): Promise<void> {
    await this.#read(stopAnswerSchema, "POST", "/v1/stop", { body: JSON.stringify(request) });
  }

  /**
   * Pauses, goes on with or takes back a pool's new generation; answers how that leaves it.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown pool, `nothing_rolled_out` where there is no rollout
   */
  rollout({ pool, action }: { pool: string; action: RolloutActionName }): Promise<RolloutAnswer> {
    const path = `/v1/pools/${encodeURIComponent(pool)}/rollout`;
    return this.#read(rolloutAnswerSchema, "POST", path, { body: JSON.stringify({ action }) });
  }

  /**
   * Events as they happen, from the query's `after` or `since` on, across restarts of hvpool.
   *
   * @throws NotRunning when nobody could be reached for `giveUpAfterMs`, or at the first try
   * @throws Unauthorized, ApiError
   */
  async *follow(
    query: Omit<EventsQuery, "limit"> = {},
    options: FollowOptions = {},
  ): AsyncGenerator<Followed> {
    const { signal, giveUpAfterMs = 60_000, retryMs = 250 } = options;
    let last: string | undefined;
    let reached = false;
    let lostAt = 0;
    let waitMs = retryMs;
    const ended = () => signal?.aborted === true;
    while (!ended()) {
      let reason = "the connection ended";
      try {
        const answer = await this.#send("GET", `/v1/events${queryText(query)}`, {
          ...withSignal(signal),
          accept: "text/event-stream",
          silenceMs: STREAM_SILENCE_MS,
          ...(last === undefined ? {} : { lastEventId: last }),
        });
        reached = true;
        lostAt = 0;
        waitMs = retryMs;
        for await (const message of sseMessages(answer.body)) {
          if (message.event === "message") {
            last = message.id ?? last;
            yield { type: "event", event: parse(eventSchema, message.data) };
          } else if (message.event === "reset") {
            last = undefined;
            yield { type: "reset" };
          }
        }
      } catch (error) {
        if (ended()) return;
        if (error instanceof Unauthorized || error instanceof ApiError) throw error;
        if (
          error instanceof NotRunning && (!reached || (lostAt > 0 && Date.now() - lostAt > giveUpAfterMs))
        ) throw error;
        reason = error instanceof Error ? error.message : String(error);
      }
      if (ended()) return;
      if (lostAt === 0) {
        lostAt = Date.now();
        yield { type: "lost", reason };
      }
      await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, retryMs * 20);
    }
  }

  async #read<S extends z.ZodType>(
    schema: S,
    method: HttpRequest["method"],
    path: string,
    options: SendOptions,
  ): Promise<z.infer<S>> {
    const answer = await this.#send(method, path, options);
    return parse(schema, await textOf(answer));
  }

  async #send(method: HttpRequest["method"], path: string, options: SendOptions): Promise<HttpAnswer> {
    const endpoint = await this.#options.locate();
    let answer: HttpAnswer;
    try {
      answer = await send(endpoint.address + path, {
        method,
        headers: {
          authorization: `Bearer ${endpoint.token}`,
          accept: options.accept ?? "application/json",
          "user-agent": this.#options.name ?? "hvpool client",
          ...(options.body === undefined ? {} : { "content-type": "application/json" }),
          ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
        },
        silenceMs: options.silenceMs ?? this.#options.timeoutMs ?? 15_000,
        ...(options.body === undefined ? {} : { body: options.body }),
        ...withSignal(options.signal),
      });
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      throw notReached(endpoint.address, error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(endpoint.address, answer);
  }
}

interface SendOptions {
  readonly accept?: string;
  readonly body?: string;
  readonly lastEventId?: string;
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function queryText(query: EventsQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}

function notReached(address: string, cause: unknown): NotRunning {
  const code = (cause as { code?: unknown }).code;
  const reason = code === "ECONNREFUSED"
    ? "the connection is refused, so it has ended without cleaning up"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new NotRunning(`hvpool does not answer at ${address}: ${reason}. Start it with \`hvpool run\`.`, {
    cause,
  });
}

async function refusal(address: string, answer: HttpAnswer): Promise<Error> {
  const { status } = answer;
  const problem = problemSchema.safeParse(jsonOrUndefined(await textOf(answer)));
  if (status === 401) {
    return new Unauthorized(
      `hvpool at ${address} does not accept the token. It may belong to another data directory: check --data-dir.`,
    );
  }
  if (problem.success) {
    return new ApiError(`hvpool refused: ${problem.data.detail}`, { status, code: problem.data.code });
  }
  return new ApiError(`Something that is not hvpool answers at ${address} (HTTP ${status}).`, {
    status,
    code: "unknown",
  });
}

async function textOf(answer: HttpAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) break;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}

function parse<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  const parsed = schema.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  throw new ApiError(
    "hvpool's answer is not what this version expects. Use the same version of hvpool for both.",
    { status: 200, code: "unknown", cause: parsed.error },
  );
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
