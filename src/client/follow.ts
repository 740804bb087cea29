/** Follows events as they happen, across lost connections. */
import { type EventAnswer, eventSchema, type EventsQuery } from "../api/schemas.ts";
import { ApiError, NotRunning, Unauthorized } from "./errors.ts";
import { queryText } from "./path.ts";
import { sseMessages } from "./sse.ts";
import { parseAnswer, STREAM_SILENCE_MS, type Transport, withSignal } from "./transport.ts";

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

/** See `Client.follow`. */
export async function* followEvents(
  transport: Transport,
  query: Omit<EventsQuery, "limit">,
  options: FollowOptions,
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
      const answer = await transport.send("GET", `/v1/events${queryText(query)}`, {
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
          yield { type: "event", event: parseAnswer(eventSchema, message.data) };
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
