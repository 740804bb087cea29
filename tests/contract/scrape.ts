/** Reads `GET /metrics` of the hvpool that runs with a data directory. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { endpointSchema } from "../../src/api/schemas.ts";
import { type Family, parseMetrics } from "../../src/telemetry/testing/parse_metrics.ts";

/** The families of a page by name. */
export type Page = ReadonlyMap<string, Family>;

/** One page. */
export async function scrape(dataDir: string): Promise<Page> {
  const endpoint = endpointSchema.parse(JSON.parse(await readFile(join(dataDir, "endpoint.json"), "utf8")));
  const token = (await readFile(join(dataDir, "token"), "utf8")).trim();
  const response = await fetch(`${endpoint.address}/metrics`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  return parseMetrics(await response.text());
}
