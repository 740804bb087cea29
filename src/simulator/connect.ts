/** A host behind `tcp://…`: the controller's side of the wire, which connects again when it breaks. */
import type { HostCall, HostHint, HostPort } from "../ports/host.ts";
import {
  type Answer,
  answerOf,
  type EngineDoor,
  hostPort,
  type Lost,
  reconnectDelayMs,
} from "../ports/engine.ts";
import { closeQuietly } from "./line_server.ts";
import { LineWriter, parseLine, readLines } from "./lines.ts";

type Answered = (answer: Answer | Lost) => void;

/** What was not sent cannot have had an effect: a failure, not a lost answer. */
function notConnected(call: HostCall, address: string): Answer {
  const message = `No connection to ${address}. Check that the simulator is running there.`;
  return {
    ok: false,
    error: { message, category: "ConnectionError", fqid: "", hresult: "", command: call, target: address },
  };
}

/** The wire itself. */
class TcpEngine implements EngineDoor {
  readonly #address: string;
  readonly #hostname: string;
  readonly #port: number;
  readonly #open = new Map<number, Answered>();
  /** Asked while the connection is being made. */
  #early: { id: number; call: HostCall; args: unknown; answer: Answered }[] = [];
  readonly #listeners = new Set<(hint: HostHint) => void>();
  #nextId = 1;
  #connection: Deno.TcpConn | undefined;
  #writer: LineWriter | undefined;
  #state: "connecting" | "connected" | "waiting" | "closed" = "connecting";
  #attempt = 0;
  #wake: () => void = () => {};
  readonly #life: Promise<void>;

  constructor(address: string) {
    const url = new URL(address);
    if (url.protocol !== "tcp:" || url.port === "") {
      throw new TypeError(`"${address}" is no address of a host. Expected tcp://<name>:<port>.`);
    }
    this.#address = address;
    this.#hostname = url.hostname.replace(/^\[|\]$/g, "");
    this.#port = Number(url.port);
    this.#life = this.#live();
  }

  send(call: HostCall, args: unknown, answer: Answered): () => void {
    const id = this.#nextId++;
    switch (this.#state) {
      case "connected":
        this.#open.set(id, answer);
        this.#writer?.send({ id, call, args });
        break;
      case "connecting":
        this.#early.push({ id, call, args, answer });
        break;
      case "waiting":
      case "closed":
        queueMicrotask(() => answer(notConnected(call, this.#address)));
    }
    return () => {
      this.#open.delete(id);
      this.#early = this.#early.filter((early) => early.id !== id);
    };
  }

  watch(listener: (hint: HostHint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#wake();
    if (this.#connection !== undefined) closeQuietly(this.#connection);
    await this.#life;
  }

  async #live(): Promise<void> {
    while (!this.#closed()) {
      this.#state = "connecting";
      try {
        const connection = await Deno.connect({ hostname: this.#hostname, port: this.#port });
        this.#connection = connection;
        if (this.#closed()) closeQuietly(connection);
        else await this.#serve(connection);
      } catch (error) {
        if (!(error instanceof Error)) throw error; // refused, reset, unreachable: all come to "try again"
      }
      this.#drop();
      if (this.#closed()) return;
      this.#state = "waiting";
      await this.#pause(reconnectDelayMs(this.#attempt++));
    }
  }

  /** A method, so that the compiler does not believe that a state stays what it was across an `await`. */
  #closed(): boolean {
    return this.#state === "closed";
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    connection.setNoDelay(true);
    const writer = new LineWriter(connection.writable, () => closeQuietly(connection));
    this.#writer = writer;
    this.#state = "connected";
    const early = this.#early;
    this.#early = [];
    for (const { id, call, args, answer } of early) {
      this.#open.set(id, answer);
      writer.send({ id, call, args });
    }
    try {
      for await (const line of readLines(connection.readable)) this.#read(line);
    } finally {
      await writer.close();
    }
  }

  #read(line: string): void {
    const message = parseLine(line);
    if (message === undefined) return;
    this.#attempt = 0;
    if (message.type === "vm.power" && typeof message.vmId === "string") {
      for (const listener of this.#listeners) listener({ type: "vm.power", vmId: message.vmId });
      return;
    }
    const { id, ok } = message;
    if (typeof id !== "number" || typeof ok !== "boolean") return;
    const answer = this.#open.get(id);
    this.#open.delete(id);
    answer?.(readEnvelope(id, ok, message));
  }

  /** What was sent may have had its effect; what was only asked has not. */
  #drop(): void {
    if (this.#connection !== undefined) closeQuietly(this.#connection);
    this.#connection = undefined;
    this.#writer = undefined;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const answer of open) {
      answer({ lost: `The connection to ${this.#address} broke before an answer came.` });
    }
    const early = this.#early;
    this.#early = [];
    for (const { call, answer } of early) answer(notConnected(call, this.#address));
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

function readEnvelope(id: number, ok: boolean, message: Record<string, unknown>): Answer {
  if (ok) return answerOf({ id, ok, value: message.value, ms: Number(message.ms ?? 0) });
  const error = typeof message.error === "object" && message.error !== null ? { ...message.error } : {};
  const given = error as Record<string, unknown>;
  const text = (key: string) => typeof given[key] === "string" ? given[key] : "";
  return answerOf({
    id,
    ok,
    error: {
      message: text("message"),
      category: text("category"),
      fqid: text("fqid"),
      hresult: text("hresult"),
      command: text("command"),
      target: text("target"),
    },
  });
}

/** Reaches a host at `tcp://<name>:<port>`. Throws when the address is none; a host that is not there is waited for. */
export function connectHost(address: string): HostPort {
  return hostPort(new TcpEngine(address));
}
