/** Asks a served API as a program would, and reads its refusals. */
import assert from "node:assert/strict";
import { TOKEN } from "./served.ts";

/** Asks with the token unless headers say otherwise. */
export function ask(address: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${address}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...init.headers as Record<string, string> },
  });
}

/** Posts JSON, or nothing, as the client `test`. */
export function post(address: string, path: string, body?: unknown): Promise<Response> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  return ask(address, path, {
    method: "POST",
    headers: { "user-agent": "test", ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A refusal, which must be one. */
export async function problemOf(
  response: Response,
): Promise<{ status: number; code: string; detail: string; problems?: string[] }> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { status, code, detail, problems } = await response.json();
  assert.equal(status, response.status);
  return { status, code, detail, ...(problems === undefined ? {} : { problems }) };
}
