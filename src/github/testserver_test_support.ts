/** A small GitHub of the tests: a real server whose routes each test answers as it needs. */
import { createPublicKey, createVerify, generateKeyPairSync } from "node:crypto";
import type { ScopeKey } from "../model/ids.ts";
import type { ForgePort } from "../ports/forge.ts";
import type { Fields, Log } from "../ports/log.ts";
import { type ForgeOptions, openForge } from "./forge.ts";

/** The organization and the repository that the app is installed on. */
export const ORG = "orgs/acme" as ScopeKey;
export const REPO = "repos/acme/shop" as ScopeKey;

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** An app key made for this run. */
export const PRIVATE_KEY = String(pair.privateKey.export({ type: "pkcs1", format: "pem" }));
const PUBLIC_KEY = createPublicKey(pair.privateKey);

/** A request as it came. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Answers a route; `undefined` leaves it to the next one. */
export type Route = (seen: Seen) => Response | undefined | Promise<Response | undefined>;

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "x-github-request-id": "AB12:34", ...headers } });
}

/** A log that keeps every line. */
export class MemoryLog implements Log {
  readonly lines: string[] = [];
  #add(message: string, fields?: Fields): void {
    this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  }
  debug(message: string, fields?: Fields): void {
    this.#add(message, fields);
  }
  info(message: string, fields?: Fields): void {
    this.#add(message, fields);
  }
  warn(message: string, fields?: Fields): void {
    this.#add(message, fields);
  }
  error(message: string, fields?: Fields): void {
    this.#add(message, fields);
  }
}

/** Whether a request carries a signature of {@linkcode PRIVATE_KEY}. */
export function signedByApp(seen: Seen): boolean {
  const jwt = (seen.headers.get("authorization") ?? "").replace(/^bearer /i, "").split(".");
  const [head = "", payload = "", signature = ""] = jwt;
  if (signature === "") return false;
  return createVerify("RSA-SHA256").update(`${head}.${payload}`).verify(PUBLIC_KEY, signature, "base64url");
}

/** What the tests get. */
export interface TestGitHub {
  readonly url: string;
  readonly seen: Seen[];
  readonly log: MemoryLog;
  readonly forge: ForgePort;
  /** Requests whose method and path begin so. */
  count(begin: string): number;
}

/** The routes that every test needs; a test's own come before them. */
export function standardRoutes(): Route {
  let tokens = 0;
  let runners = 100;
  const permissions = { "organization_self_hosted_runners": "write", administration: "write" };
  return ({ method, path }) => {
    const route = `${method} ${path.split("?")[0]}`;
    if (route === "GET /app") return json(200, { id: 1, slug: "hvpool-test" });
    if (/^GET \/(orgs\/acme|repos\/acme\/shop)\/installation$/.test(route)) {
      return json(200, { id: 7, "suspended_at": null, permissions });
    }
    if (route === "POST /app/installations/7/access_tokens") {
      const token = `ghs_testtoken${++tokens}abcdefgh`;
      return json(201, { token, "expires_at": new Date(Date.now() + 3_600_000).toISOString() });
    }
    if (route === "GET /orgs/acme/actions/runner-groups") {
      const groups = [{ id: 3, name: "Default", default: true }, { id: 9, name: "windows", default: false }];
      return json(200, { "total_count": 2, "runner_groups": groups });
    }
    if (route.endsWith("/actions/runners/generate-jitconfig")) {
      return json(201, { runner: { id: ++runners }, "encoded_jit_config": `SECRETJIT${runners}` });
    }
    if (route.endsWith("/actions/runners/registration-token")) {
      return json(201, { token: `AREGISTRATION${++tokens}`, "expires_at": "2026-11-25T13:00:00.000Z" });
    }
    if (method === "DELETE") return new Response(null, { status: 204 });
    if (route.endsWith("/actions/runners")) return json(200, { "total_count": 0, runners: [] });
    return undefined;
  };
}

/** Runs a test against a server of its own, and closes everything after it. */
export async function withGitHub(
  own: Route,
  test: (github: TestGitHub) => Promise<void>,
  options: Partial<ForgeOptions> = {},
): Promise<void> {
  const seen: Seen[] = [];
  const standard = standardRoutes();
  const stop = new AbortController();
  const listen = { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(listen, async (request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const { method, headers } = request;
    const one = {
      method,
      path: url.pathname + url.search,
      headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    seen.push(one);
    return await own(one) ?? await standard(one) ?? json(404, { message: "Not Found" });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const log = new MemoryLog();
  const forge = openForge({
    apiUrl: url,
    appId: 1,
    privateKey: PRIVATE_KEY,
    log,
    userAgent: "hvpool/0.0.0-test",
    retryUnitMs: 1,
    ...options,
  });
  try {
    const count = (begin: string) =>
      seen.filter((each) => `${each.method} ${each.path}`.startsWith(begin)).length;
    await test({ url, seen, log, forge, count });
  } finally {
    await forge.close();
    stop.abort(); // and not shutdown(), which would wait for answers that a test never gives
    await server.finished;
  }
}

/** A registration as the controller asks for it. */
export function registration(scope: ScopeKey = ORG, group = "default") {
  return {
    scope,
    group,
    name: "runner-1-0123abcd-1.1",
    labels: ["self-hosted", "windows"],
    workFolder: "_work",
  };
}

/** Takes the value out of a result, or fails with the result's message. */
export function valueOf<V>(result: { outcome: string; value?: V; message?: string }): V {
  if (result.outcome !== "ok" || result.value === undefined) {
    throw new Error(result.message ?? result.outcome);
  }
  return result.value;
}
