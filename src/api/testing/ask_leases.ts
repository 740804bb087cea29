/** Asks about leases as programs do. */
import assert from "node:assert/strict";
import { ask, problemOf } from "./ask.ts";

/** Asks for a machine at once, with headers. */
export function acquire(
  address: string,
  body: unknown = { pool: "desktops" },
  { query = "?answer_within=0", ...headers }: Record<string, string> = {},
): Promise<Response> {
  return ask(address, `/v1/leases${query}`, {
    method: "POST",
    headers: { "user-agent": "test", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Asks with another token than the administrator's. */
export function askWith(token: string, address: string, path: string, body?: unknown): Promise<Response> {
  return ask(address, path, {
    method: path.split("/").length > 4 ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${token}`,
      "user-agent": "test",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Until something is so. */
export async function until(so: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !so(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(so());
}

/** Status and code of a refusal. */
export async function refusalOf(response: Promise<Response>): Promise<[status: number, code: string]> {
  const { status, code } = await problemOf(await response);
  return [status, code];
}
