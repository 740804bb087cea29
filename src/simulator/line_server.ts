/**
 * The simulated host behind a pair of byte streams. A line in is `{"id","call","args"}`; a line out is an
 * envelope, or a hint `{"type":"vm.power","vmId"}`. Other lines in are noise.
 */
import type { Envelope } from "../ports/host.ts";
import type { SimulatedHost } from "./host.ts";
import { LineWriter, parseLine, readLines } from "./lines.ts";
import { badArguments } from "./records.ts";
import type { RealTime } from "./real_time.ts";

/** Two directions of one connection. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Answers one client until its stream ends. Never rejects: a broken connection is an ended one. */
export async function serveLines(host: SimulatedHost, time: RealTime, streams: ByteStreams): Promise<void> {
  let over = false;
  const writer = new LineWriter(streams.writable, () => over = true);
  const unwatch = host.watch((hint) => writer.send(hint));
  try {
    for await (const line of readLines(streams.readable)) {
      if (over) break;
      const request = parseLine(line);
      const id = request?.id;
      if (request === undefined || typeof id !== "number") continue;
      const send = (envelope: Envelope) => writer.send(envelope);
      if (typeof request.call !== "string") {
        send({ id, ok: false, error: badArguments("", "call: a name is missing") });
        continue;
      }
      time.sync();
      host.handle(request.call, request.args ?? {}, (answer) => {
        send(
          answer.ok
            ? { id, ok: true, value: answer.value, ms: answer.ms }
            : { id, ok: false, error: answer.error },
        );
      });
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error; // a connection that breaks ends like one that is closed
  } finally {
    unwatch();
    await writer.close();
  }
}

/** Answers one client on standard input and output: what a stand-in for a PowerShell worker does. */
export async function serveStdio(host: SimulatedHost, time: RealTime): Promise<void> {
  await serveLines(host, time, { readable: Deno.stdin.readable, writable: Deno.stdout.writable });
}

/** A TCP door that is open. */
export interface TcpDoor {
  /** `tcp://127.0.0.1:<port>`. */
  readonly address: string;
  /** Drops every connection, and takes none for as long as the door stays shut; for tests. */
  dropAll(): void;
  /** Ends it with every connection. */
  close(): Promise<void>;
}

/** Answers any number of clients over TCP. `port` 0 takes a free one. */
export function listenTcp(
  host: SimulatedHost,
  time: RealTime,
  at: { hostname: string; port: number },
): TcpDoor {
  const listener = Deno.listen({ hostname: at.hostname, port: at.port, transport: "tcp" });
  const connections = new Set<Deno.TcpConn>();
  const served = new Set<Promise<void>>();
  const dropAll = () => {
    for (const connection of connections) {
      connections.delete(connection);
      closeQuietly(connection);
    }
  };
  const accept = async () => {
    for await (const connection of listener) {
      connection.setNoDelay(true);
      connections.add(connection);
      const done: Promise<void> = serveLines(host, time, connection).finally(() => {
        served.delete(done);
        if (connections.delete(connection)) closeQuietly(connection);
      });
      served.add(done);
    }
  };
  const accepting = accept();
  return {
    address: `tcp://${inUrl(at.hostname)}:${listener.addr.port}`,
    dropAll,
    async close() {
      listener.close();
      await accepting;
      dropAll();
      await Promise.all(served);
    },
  };
}

/** A host name or address as a URL has it: IPv6 in brackets. */
export function inUrl(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** Closing a connection that has closed itself is no error. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
