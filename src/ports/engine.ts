/**
 * What every engine behind the call list shares: limits, checked answers, classified errors. PowerShell workers
 * and the simulated host differ only in how a call is sent.
 */
import type { Ms } from "../model/ids.ts";
import { classifyError } from "./errors.ts";
import {
  type Envelope,
  type ErrorRecord,
  HOST_CALLS,
  type HostArgs,
  type HostCall,
  type HostHint,
  type HostPort,
  type HostResult,
  type HostValue,
} from "./host.ts";

/** An {@linkcode Envelope} without the number that pairs it with its question. */
export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly ms: number }
  | { readonly ok: false; readonly error: ErrorRecord; readonly ms?: number };

/** There will be no answer; the effect may still land. `reason` is for people. */
export interface Lost {
  readonly lost: string;
}

/** How calls reach an engine. */
export interface EngineDoor {
  /**
   * Sends one call. `answer` is called at most once. The function that comes back gives the call up after its
   * limit has passed: a worker that hangs is ended there, other doors forget the call.
   */
  send(call: HostCall, args: unknown, answer: (answer: Answer | Lost) => void): () => void;
  /** Hears hints until the returned function is called. */
  watch(listener: (hint: HostHint) => void): () => void;
  /** Ends workers or connections, and answers what is under way as lost. */
  close(): Promise<void>;
}

/** Removes the number from an envelope. */
export function answerOf(envelope: Envelope): Answer {
  if (envelope.ok) return { ok: true, value: envelope.value, ms: envelope.ms };
  return envelope.ms === undefined
    ? { ok: false, error: envelope.error }
    : { ok: false, error: envelope.error, ms: envelope.ms };
}

/** A {@linkcode HostPort} over any engine. No call rejects. */
export function hostPort(door: EngineDoor): HostPort {
  const open = new Set<(reason: string) => void>();
  let closed = false;
  return {
    call(name, args, options = {}) {
      if (closed) {
        return Promise.resolve({
          outcome: "unknown",
          message: `${name} was not sent: the host port is closed.`,
        });
      }
      const bad = HOST_CALLS[name].args.safeParse(args);
      if (!bad.success) {
        const message = `${name} was not sent: ${
          bad.error.issues.map((issue) => issueText(issue)).join("; ")
        }`;
        return Promise.resolve({ outcome: "failed", code: "invalid", message });
      }
      const limitMs = options.limitMs ?? HOST_CALLS[name].limitMs;
      return new Promise((resolve) => {
        const settle = (result: HostResult<HostValue<typeof name>>) => {
          clearTimeout(timer);
          if (open.delete(give)) resolve(result);
        };
        const give = (reason: string) =>
          settle({ outcome: "unknown", message: `${name} was not answered: ${reason}` });
        open.add(give);
        const timer = setTimeout(() => {
          give(`no answer within ${limitMs} ms.`);
          giveUp();
        }, limitMs);
        const giveUp = door.send(name, args, (answer) => {
          settle(
            "lost" in answer ? { outcome: "unknown", message: answer.lost } : readAnswer(name, args, answer),
          );
        });
      });
    },
    watch: (listener) => door.watch(listener),
    async close() {
      closed = true;
      for (const give of [...open]) give("the host port was closed.");
      await door.close();
    },
  };
}

/** Checks a value by the call's schema, or classifies an error. */
export function readAnswer<C extends HostCall>(
  name: C,
  args: HostArgs<C>,
  answer: Answer,
): HostResult<HostValue<C>> {
  if (!answer.ok) {
    return {
      outcome: "failed",
      code: classifyError(answer.error),
      message: failureText(name, args, answer.error),
    };
  }
  const value = HOST_CALLS[name].result.safeParse(answer.value);
  if (value.success) return { outcome: "ok", value: value.data as HostValue<C> };
  return {
    outcome: "unknown",
    message: `${name} was answered in a form that cannot be read: ${
      value.error.issues.map(issueText).join("; ")
    }`,
  };
}

function issueText(issue: { path: PropertyKey[]; message: string }): string {
  return `${issue.path.join(".") || "value"}: ${issue.message}`;
}

/** What was tried, on what, and why it failed; the raw text of the record is kept to one line of bounded length. */
function failureText(name: HostCall, args: unknown, error: ErrorRecord): string {
  const about = args as { name?: string; vmId?: string; path?: string };
  const subject = about.name ?? about.path ?? about.vmId ?? "";
  const words = error.message.replace(/\s+/g, " ").trim().slice(0, 400);
  return `${name}${subject === "" ? "" : ` on ${subject}`} failed: ${words}${
    error.fqid === "" ? "" : ` [${error.fqid}]`
  }`;
}

/** How often an engine may be asked again after its connection was lost: 0.1 s, doubled up to 5 s. */
export function reconnectDelayMs(attempt: number): Ms {
  return Math.min(100 * 2 ** Math.min(attempt, 10), 5_000);
}
