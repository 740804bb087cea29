/** A real API on a free port for the length of a test. */
import { silentLog } from "../../ports/log.ts";
import { type ApiServer, serveApi, type ServeOptions } from "../server.ts";
import { FakeOperations } from "./fake_operations.ts";

/** Token of the served API. */
export const TOKEN = "test-token-0123456789";

/** What its lease tokens are made from. */
export const LEASE_KEY: Uint8Array = new Uint8Array(32).fill(7);

/** What its `/metrics` answers. */
export const SAMPLE_METRICS = "# HELP up Whether it is.\n# TYPE up gauge\nup 1\n";

/** Serves a {@linkcode FakeOperations} while `run` runs. */
export async function served(
  run: (api: { operations: FakeOperations; server: ApiServer; address: string }) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const operations = new FakeOperations();
  const server = serveApi({
    operations,
    metrics: { text: () => SAMPLE_METRICS },
    token: TOKEN,
    leaseKey: LEASE_KEY,
    listen: { host: "127.0.0.1", port: 0 },
    version: "0.1.0",
    log: silentLog,
    ...options,
  });
  try {
    await run({ operations, server, address: server.address });
  } finally {
    await server.close();
  }
}
