/** The HTTP API on a port of this machine. */
import type { Log } from "../ports/log.ts";
import type { MetricsPage } from "../ports/metrics.ts";
import type { Operations } from "../ports/operations.ts";
import { createApi } from "./app.ts";
import { formatListen, type ListenAddress, listenError } from "./listen.ts";

/** How to serve the API. */
export interface ServeOptions {
  readonly operations: Operations;
  /** What `GET /metrics` answers. */
  readonly metrics: MetricsPage;
  /** Bearer token; secret. */
  readonly token: string;
  /** What the tokens of leases are made from: the data directory's key; secret. Absent: leases are refused. */
  readonly leaseKey?: Uint8Array;
  /** Where; port 0 takes a free one. */
  readonly listen: ListenAddress;
  /** Version of hvpool. */
  readonly version: string;
  readonly log: Log;
  /**
   * Between two comments on a silent event stream.
   * @default 15 000
   */
  readonly heartbeatMs?: number;
  /**
   * Between two lines of an answer that takes long and has nothing to say.
   * @default 10 000
   */
  readonly slowHeartbeatMs?: number;
  /**
   * How long {@linkcode ApiServer.close} waits for answers that are still on their way.
   * @default 2 000
   */
  readonly closeWithinMs?: number;
}

/** A running API. */
export interface ApiServer {
  /** `http://127.0.0.1:<port>`, with the port that was really taken. */
  readonly address: string;
  /** Ends streams, lets answers on their way end, and closes the port. Never rejects. */
  close(): Promise<void>;
}

/**
 * Serves the API.
 *
 * @throws ListenError when the address is taken or unknown here
 */
export function serveApi(options: ServeOptions): ApiServer {
  const { heartbeatMs = 15_000, slowHeartbeatMs = 10_000, closeWithinMs = 2_000, log, listen } = options;
  const streams = new AbortController();
  const rest = new AbortController();
  const app = createApi({
    ...options,
    hostname: listen.host,
    signal: streams.signal,
    heartbeatMs,
    slowHeartbeatMs,
  });
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: listen.host,
      port: listen.port,
      signal: rest.signal,
      onListen() {},
      onError(error) {
        log.error("The API failed outside of a request", { error });
        return new Response(null, { status: 500 });
      },
    }, (request) => app.fetch(request));
  } catch (error) {
    throw listenError(listen, error);
  }
  const address = `http://${formatListen({ host: listen.host, port: server.addr.port })}`;

  return {
    address,
    async close() {
      streams.abort(); // an open stream would keep the server from ending
      const deadline = setTimeout(() => rest.abort(), closeWithinMs);
      try {
        await server.shutdown();
        await server.finished;
      } catch (error) {
        log.debug("Answers were cut off when the API closed", { error });
      } finally {
        clearTimeout(deadline);
      }
    },
  };
}
