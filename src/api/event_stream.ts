/**
 * Events as they happen (server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * A stream keeps only its position. It reads the next page when the client has taken the last one, so a slow
 * client costs one page of memory and holds nobody up; one that falls behind what is kept gets a `reset`.
 */
import type { EventFilter, EventRow, Operations } from "../ports/operations.ts";

/** What a stream needs. */
export interface EventStreamOptions {
  readonly operations: Operations;
  readonly filter: EventFilter;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** A comment is sent after this long without an event, so that both sides notice a dead connection. */
  readonly heartbeatMs: number;
  /** Called once when the stream has ended, for whatever reason. */
  readonly onEnd: () => void;
}

const PAGE = 200;
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000;

/** The body of an event stream: `id` is the event's seq, `data` its JSON; `event: reset` tells of a gap. */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { operations, signal, heartbeatMs } = options;
  const encoder = new TextEncoder();
  let after = options.filter.after;
  let begun = false;
  let ended = false;
  let wake: (() => void) | undefined;
  const nudge = () => wake?.();
  const unsubscribe = operations.onCommit(nudge);
  signal.addEventListener("abort", nudge);

  function end(): void {
    if (ended) return;
    ended = true;
    unsubscribe();
    signal.removeEventListener("abort", nudge);
    nudge();
    options.onEnd();
  }

  /** Text of the next page; empty when there is nothing new. */
  function next(): string {
    const asked = after;
    const filter: EventFilter = asked === undefined ? options.filter : { ...options.filter, after: asked };
    const page = operations.events(filter, PAGE);
    const behind = asked !== undefined && page.upTo !== undefined && page.upTo < asked;
    if (behind) {
      // The journal never came so far: it is another one than the client knew. It starts from its beginning.
      after = 0;
      return resetMessage(asked, undefined);
    }
    after = page.upTo ?? page.events.at(-1)?.seq ?? asked;
    const reset = page.reset && asked !== undefined ? resetMessage(asked, page.events[0]) : "";
    return reset + page.events.map(eventMessage).join("");
  }

  /** Waits for a commit, the end or the next heartbeat; says whether the heartbeat is due. */
  function pause(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(true), heartbeatMs);
      const done = (due: boolean) => {
        clearTimeout(timer);
        wake = undefined;
        resolve(due);
      };
      wake = () => done(false);
    });
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      if (!begun) {
        begun = true;
        return send(`retry: ${RETRY_MS}\n\n`);
      }
      while (!ended && !signal.aborted) {
        const text = next();
        if (text !== "") return send(text);
        if (await pause()) return send(": still here\n\n");
      }
      if (!ended) controller.close();
      end();
    },
    cancel: end,
  }, { highWaterMark: 0 });
}

function eventMessage(row: EventRow): string {
  return `id: ${row.seq}\ndata: ${JSON.stringify(row)}\n\n`;
}

function resetMessage(asked: number, first: EventRow | undefined): string {
  return `event: reset\ndata: ${JSON.stringify({ after: asked, first: first?.seq ?? null })}\n\n`;
}
