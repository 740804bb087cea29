/** Requests to the API and how their answers are read; `client.ts` says what is asked. */
import { z } from "zod";
import {
  ACTOR_HEADER,
  actorHeader,
  type Problem,
  problemSchema,
  type ProgressAnswer,
  progressSchema,
} from "../api/schemas.ts";
import type { ApiAddress } from "./endpoint.ts";
import { ApiError, ConnectionLost, NotRunning, TimedOut, Unauthorized } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, send, SilentError } from "./http.ts";
import { lines } from "./lines.ts";
import { Patience } from "./patience.ts";

/** How to reach hvpool. */
export interface TransportOptions {
  /** Finds where it answers; asked before every request, since a restart may move it. */
  readonly locate: () => Promise<ApiAddress>;
  /** Sent as the `User-Agent`; appears in hvpool's journal as who asked. */
  readonly name?: string;
  /** Who asks, for the journal: a claim, which a lease's own token stands above. @default hvpool says administrator */
  readonly actor?: string;
  /**
   * How long an answer may take.
   * @default 15 000
   */
  readonly timeoutMs?: number;
}

/** One request. */
export interface SendOptions {
  readonly accept?: string;
  /** JSON. */
  readonly body?: string;
  readonly lastEventId?: string;
  /** The same request under the same key is done once. */
  readonly idempotencyKey?: string;
  /** The answer, or its next part, must come within this time. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
}

/** How something slow is followed, and given up. */
export interface SlowOptions {
  /** Hears how far it is. */
  readonly onProgress?: (progress: ProgressAnswer) => void;
  /** Gives it up: what was copied stays, and the same request goes on from there. */
  readonly signal?: AbortSignal;
}

/** An answer that goes on and is silent for longer has died: several heartbeats were missed. */
export const STREAM_SILENCE_MS = 45_000;
const MAX_ANSWER_BYTES = 64_000_000;

/** A line of an answer that may take minutes. */
const lineSchema = z.union([
  z.object({ progress: progressSchema }),
  z.object({ result: z.unknown() }).refine((line) => line.result !== undefined),
  z.object({ problem: problemSchema }),
]);

/** Sends requests to one hvpool. It holds no connection between them. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #patience: Patience;

  constructor(options: TransportOptions, patience: Patience = new Patience()) {
    this.#options = options;
    this.#patience = patience;
  }

  /** The same, for requests that wait no longer than so long from now on: then they throw TimedOut. */
  within(ms: number): Transport {
    return new Transport(this.#options, new Patience(ms));
  }

  /** Asks, and reads an answer that is one JSON value. */
  async read<S extends z.ZodType>(
    schema: S,
    method: HttpRequest["method"],
    path: string,
    options: SendOptions = {},
  ): Promise<z.infer<S>> {
    return parseAnswer(schema, await this.#text(method, path, options));
  }

  /**
   * Asks for many values, and hands on each as it comes in.
   *
   * @throws ConnectionLost when the answer is cut off
   */
  async *each<S extends z.ZodType>(
    schema: S,
    path: string,
    options: SendOptions = {},
  ): AsyncGenerator<z.infer<S>> {
    const answer = await this.send("GET", path, { ...options, accept: "application/x-ndjson" });
    try {
      for await (const line of lines(answer.body)) yield parseAnswer(schema, line);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConnectionLost(`The connection to hvpool was lost before the answer ended: ${reason}.`);
    }
  }

  /**
   * Asks for bytes.
   *
   * @throws ConnectionLost when the answer is cut off
   */
  async bytes(path: string, options: SendOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.send("GET", path, { ...options, accept: "*/*" });
    const parts: Uint8Array<ArrayBuffer>[] = [];
    try {
      for await (const part of answer.body) parts.push(new Uint8Array(part));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConnectionLost(`The connection to hvpool was lost before the answer ended: ${reason}.`);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  /** Asks for what has no answer but that it was done. */
  async discard(method: HttpRequest["method"], path: string, options: SendOptions = {}): Promise<void> {
    await this.#text(method, path, options);
  }

  /** The whole text of an answer, whose silence in the middle is the same as before its beginning. */
  async #text(method: HttpRequest["method"], path: string, options: SendOptions): Promise<string> {
    const answer = await this.send(method, path, options);
    try {
      return await textOf(answer);
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      if (error instanceof SilentError) throw this.#patience.ended("hvpool", mayTakeEffect(method), error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConnectionLost(
        `The connection to hvpool was lost before the answer ended: ${reason}.${mayTakeEffect(method)}`,
      );
    }
  }

  /**
   * Asks for what may take minutes, tells of its progress, and answers with the result.
   *
   * @throws ConnectionLost when the answer ends before it said what came of it
   */
  async slow<S extends z.ZodType>(
    schema: S,
    path: string,
    { body, onProgress, signal }: SlowOptions & { readonly body?: string },
  ): Promise<z.infer<S>> {
    const answer = await this.send("POST", path, {
      accept: "application/x-ndjson",
      silenceMs: STREAM_SILENCE_MS,
      ...(body === undefined ? {} : { body }),
      ...withSignal(signal),
    });
    let reason = "it ended without a result";
    try {
      for await (const text of lines(answer.body)) {
        const line = parseAnswer(lineSchema, text);
        if ("problem" in line) throw refusedBy(line.problem);
        if ("result" in line) return parse(schema, line.result);
        if (line.progress.step !== undefined) onProgress?.(line.progress);
      }
    } catch (error) {
      if (error instanceof ApiError) throw error;
      signal?.throwIfAborted();
      if (error instanceof SilentError) {
        const silent = this.#patience.ended("hvpool", mayTakeEffect("POST"), error);
        if (silent instanceof TimedOut) throw silent;
      }
      reason = error instanceof Error ? error.message : String(error);
    }
    throw new ConnectionLost(
      `The connection to hvpool was lost before it was done: ${reason}. ` +
        "The same command goes on where it was.",
    );
  }

  /** Asks; a refusal is an error. */
  async send(method: HttpRequest["method"], path: string, options: SendOptions = {}): Promise<HttpAnswer> {
    const endpoint = await this.#options.locate();
    const actor = actorHeader(this.#options.actor ?? "");
    let answer: HttpAnswer;
    try {
      answer = await send(endpoint.address + path, {
        method,
        headers: {
          authorization: `Bearer ${endpoint.token}`,
          accept: options.accept ?? "application/json",
          "user-agent": this.#options.name ?? "hvpool client",
          ...(actor === "" ? {} : { [ACTOR_HEADER]: actor }),
          ...(options.body === undefined ? {} : { "content-type": "application/json" }),
          ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
          ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
        },
        silenceMs: this.#patience.silenceMs(options.silenceMs ?? this.#options.timeoutMs ?? 15_000),
        ...(options.body === undefined ? {} : { body: options.body }),
        ...withSignal(options.signal),
      });
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      if (error instanceof SilentError) {
        throw this.#patience.ended(`hvpool at ${endpoint.address}`, mayTakeEffect(method), error);
      }
      throw notReached(endpoint, error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(endpoint, answer);
  }
}

/** For options where an absent field and `undefined` differ. */
export function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Reads a JSON value that came from hvpool. */
export function parseAnswer<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  return parse(schema, jsonOrUndefined(text));
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    "hvpool's answer is not what this version expects. Use the same version of hvpool for both.",
    { status: 200, code: "unknown", cause: parsed.error },
  );
}

/** What was asked and not answered may have been taken all the same. */
function mayTakeEffect(method: HttpRequest["method"]): string {
  return method === "GET"
    ? ""
    : " What was asked may still take effect: look at `hvpool status` before you ask again.";
}

/** Codes of node:tls and OpenSSL for a certificate that nobody here vouches for, or for another name. */
const CERTIFICATE = /certificate|UnknownIssuer|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT/i;

function notReached({ address, named }: ApiAddress, cause: unknown): NotRunning {
  const code = (cause as { code?: unknown }).code;
  if (named === true) {
    const reason = cause instanceof Error && cause.message !== "" ? cause.message : String(code ?? cause);
    const remedy = CERTIFICATE.test(`${reason} ${code}`)
      ? "Name the file of its authority in the environment variable NODE_EXTRA_CA_CERTS."
      : "Check --server, and that hvpool runs there and lets this machine reach it.";
    return new NotRunning(`No hvpool answers at ${address}: ${reason}. ${remedy}`, { cause });
  }
  const reason = code === "ECONNREFUSED"
    ? "the connection is refused, so it has ended without cleaning up"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new NotRunning(`hvpool does not answer at ${address}: ${reason}. Start it with \`hvpool run\`.`, {
    cause,
  });
}

async function refusal({ address, named }: ApiAddress, answer: HttpAnswer): Promise<Error> {
  const { status } = answer;
  const problem = problemSchema.safeParse(jsonOrUndefined(await textOf(answer)));
  if (status === 401) {
    return new Unauthorized(
      `hvpool at ${address} does not accept the token. ` +
        (named === true
          ? "Check --server-token: it is the text of the file `token` in the data directory of that hvpool, or a lease's own."
          : "It may belong to another data directory: check --data-dir."),
    );
  }
  if (problem.success) return refusedBy(problem.data);
  if (named === true && status >= 502 && status <= 504) {
    // What stands before a hvpool, and cannot reach it.
    return new NotRunning(
      `What answers at ${address} does not reach hvpool (HTTP ${status}). Check that hvpool runs there.`,
    );
  }
  return new ApiError(`Something that is not hvpool answers at ${address} (HTTP ${status}).`, {
    status,
    code: "unknown",
  });
}

/** What was tried and did not succeed is no refusal: the text says it alone. */
const TRIED = new Set(["failed", "cancelled"]);

function refusedBy({ detail, status, code, problems }: Problem): ApiError {
  return new ApiError(TRIED.has(code) ? detail : `hvpool refused: ${detail}`, { status, code, problems });
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
