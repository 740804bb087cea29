/**
 * The simulated GitHub's HTTP door: authentication, limits, faults, outages and latency around the routes, with
 * GitHub's headers and words, so that a real client finds nothing odd.
 */
import { Hono } from "hono";
import type { Ms } from "../model/ids.ts";
import type { FaultDecision, Faults } from "./faults.ts";
import type { InstallationToken } from "./github_app.ts";
import {
  type GitHubWorld,
  refusalAnswer,
  type Route,
  type RouteAnswer,
  type RouteRequest,
  ROUTES,
  scopeOf,
} from "./github_routes.ts";
import type { OperationLog } from "./operation_log.ts";
import type { Random } from "./random.ts";
import type { Rates } from "./rates.ts";
import type { RealTime } from "./real_time.ts";
import type { Timeline } from "./timeline.ts";

/** What the door needs beside the world. */
export interface GitHubHttpOptions {
  readonly world: GitHubWorld;
  readonly timeline: Timeline;
  readonly time: RealTime;
  readonly random: Random;
  readonly faults: Faults;
  readonly rates: Rates;
  readonly log: OperationLog;
  /** Middle of a request's time. */
  readonly latencyMs: Ms;
  /** What stands before every route. */
  readonly basePath: string;
}

const WORDS: Readonly<Record<number, string>> = {
  401: "Bad credentials",
  403: "Resource not accessible by integration",
  404: "Not Found",
  409: "Already exists",
  422: "Validation Failed",
  429: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
};
/** JWT requests are counted apart from every installation. */
const APP_ITSELF = 0;

/** The door. */
export class GitHubHttp {
  /** Answers requests. */
  readonly app: Hono;
  readonly #o: GitHubHttpOptions;
  /** Requests that wait or hang: the end of the simulator ends them. */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: GitHubHttpOptions) {
    this.#o = options;
    this.app = new Hono();
    for (const route of ROUTES) {
      this.app.on(route.method, `${options.basePath}${route.path}`, async (c) => {
        const url = new URL(c.req.url);
        const text = await c.req.text();
        const request = {
          params: c.req.param() as Record<string, string>,
          query: url.searchParams,
          body: text === "" ? undefined : parseBody(text),
          url,
          token: undefined,
          range: c.req.header("range"),
        };
        return await this.#answer(route, request, c.req.header("authorization") ?? "", c.req.raw);
      });
    }
    this.app.notFound(() => respond(refusalAnswer({ status: 404, message: "Not Found" }), {}));
  }

  /** Ends every request that waits. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#waiting]) end();
  }

  async #answer(route: Route, request: RouteRequest, authorization: string, raw: Request): Promise<Response> {
    const { time, timeline, faults, log, random, world } = this.#o;
    time.sync();
    const name = route.short ?? `${route.method} ${route.path.replace(/:(\w+)/g, "{$1}")}`;
    const entry = log.enabled
      ? log.open(timeline.now, name, null, { ...request.params, ...bodyForLog(request.body) })
      : undefined;
    const path = `${route.method} ${
      route.path.replace(/:(\w+)/g, (_, key: string) => request.params[key] ?? "")
    }`;
    const latencyMs = random.jitter(this.#o.latencyMs, 0.5);
    const settle = (answer: RouteAnswer, told: boolean) => {
      if (entry === undefined) return;
      entry.result = answer.status < 400 ? { ok: true, value: { status: answer.status }, answered: told } : {
        ok: false,
        error: { status: answer.status, ...(answer.body as Record<string, unknown>) },
        answered: told,
      };
    };
    const unanswered = async () => {
      await this.#wait(undefined, raw.signal);
      return respond({ status: 503 }, {});
    };
    if (world.forge.away) {
      if (!random.chance(0.8)) return await unanswered();
      await this.#wait(latencyMs, raw.signal);
      const away = refusalAnswer({ status: 503, message: "Service Unavailable" });
      settle(away, true);
      return respond(away, this.#headers(undefined));
    }
    const names = [name, "github", path];
    const fault: FaultDecision | undefined = faults.any
      ? faults.decide(names, [this.#subject(request)])
      : undefined;
    await this.#wait(
      fault?.kind === "slow" || fault?.kind === "hang" ? (fault.lateMs ?? 0) / 2 : latencyMs,
      raw.signal,
    );
    if (fault?.kind === "error") {
      const failed = faultAnswer(fault);
      settle(failed, true);
      return respond(failed, this.#headers(undefined));
    }
    if (fault?.kind === "hang" && fault.lateMs === undefined) return await unanswered();
    time.sync();
    const { answer, headers } = await this.#run(route, request, authorization, name);
    const told = fault === undefined || fault.kind === "slow";
    settle(answer, told);
    if (!told) return await unanswered();
    if (fault?.kind === "slow") await this.#wait((fault.lateMs ?? 0) / 2, raw.signal);
    return respond(answer, headers);
  }

  async #run(
    route: Route,
    request: RouteRequest,
    authorization: string,
    name: string,
  ): Promise<{ answer: RouteAnswer; headers: Record<string, string> }> {
    const { world, rates } = this.#o;
    const [, scheme = "", credential = ""] = /^(\w+)\s+(\S+)$/.exec(authorization) ?? [];
    let token: InstallationToken | undefined;
    const refuse = (status: number, message: string) => ({
      answer: refusalAnswer({ status, message }),
      headers: this.#headers(undefined),
    });
    if (route.auth === "app") {
      if (scheme.toLowerCase() !== "bearer") return refuse(401, "A JSON web token could not be decoded");
      const refusal = await world.app.refusesJwt(credential, world.now());
      if (refusal !== undefined) return refuse(refusal.status, refusal.message);
    } else if (credential !== "") {
      if (!/^(token|bearer)$/i.test(scheme)) return refuse(401, "Bad credentials");
      const found = world.app.checkToken(credential, world.now());
      if ("status" in found) return refuse(found.status, found.message);
      token = found;
    } else if (route.auth === "token") {
      return refuse(401, "Requires authentication");
    }
    if (route.auth === "none" && route.path !== "/rate_limit") {
      return { answer: route.run(world, { ...request, token }), headers: this.#headers(undefined) };
    }
    const payer = token?.installation.id ?? APP_ITSELF;
    const resource = route.resource ?? "core";
    if (route.path === "/rate_limit") {
      const { limit, remaining, resetAt } = rates.rate(payer);
      const core = { limit, remaining, used: limit - remaining, reset: Math.ceil(resetAt / 1_000) };
      return {
        answer: { status: 200, body: { resources: { core }, rate: core } },
        headers: this.#headers(payer),
      };
    }
    const charged = rates.charge(payer, route.method === "GET" ? "read" : "write", name, resource);
    const headers = this.#headers(payer, resource);
    if (charged.passes) return { answer: route.run(world, { ...request, token }), headers };
    const message = charged.secondary
      ? WORDS[429] ?? ""
      : `API rate limit exceeded for installation ID ${payer}.`;
    const waitS = Math.max(1, Math.ceil((charged.retryAt - this.#o.timeline.now) / 1_000));
    return {
      answer: { ...refusalAnswer({ status: charged.secondary ? 429 : 403, message }) },
      headers: charged.secondary ? { ...headers, "retry-after": String(waitS) } : headers,
    };
  }

  #headers(
    payer: number | undefined,
    resource: "core" | "actions_runner_registration" = "core",
  ): Record<string, string> {
    const { random, rates, world } = this.#o;
    const headers: Record<string, string> = {
      date: new Date(world.now()).toUTCString(),
      "x-github-request-id": random.hex(20).toUpperCase(),
      "x-github-media-type": "github.v3; format=json",
    };
    if (payer === undefined) return headers;
    const { limit, remaining, resetAt } = rates.rate(payer, resource);
    return {
      ...headers,
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-used": String(limit - remaining),
      "x-ratelimit-reset": String(Math.ceil(resetAt / 1_000)),
      "x-ratelimit-resource": resource,
    };
  }

  /** The runner's name, which a fault's prefix is compared with. */
  #subject({ params, body }: RouteRequest): string {
    const named = (body as { name?: unknown } | null | undefined)?.name;
    if (typeof named === "string") return named;
    if (params.run !== undefined) {
      return this.#o.world.forge.run(`${params.owner}/${params.repo}`, Number(params.run))?.runner?.name ??
        "";
    }
    if (params.id === undefined || (params.org === undefined && params.repo === undefined)) return "";
    return this.#o.world.forge.get(scopeOf(params), Number(params.id))?.name ?? "";
  }

  /** Waits so long, or for ever; a client that goes away and the simulator's end cut it short. */
  async #wait(ms: Ms | undefined, signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted || ms === 0) return;
    await new Promise<void>((resolve) => {
      let cancel = () => {};
      const end = () => {
        cancel();
        this.#waiting.delete(end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#waiting.add(end);
      signal.addEventListener("abort", end);
      if (ms !== undefined) cancel = this.#o.timeline.at(this.#o.timeline.now + ms, end);
    });
  }
}

function faultAnswer(fault: FaultDecision): RouteAnswer {
  const status = typeof fault.code === "number" ? fault.code : 503;
  const refusal = refusalAnswer({ status, message: WORDS[status] ?? "Service Unavailable" });
  return status === 429 ? { ...refusal, headers: { "retry-after": "10" } } : refusal;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a route that wants an object refuses it
  }
}

function bodyForLog(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}

function respond(answer: RouteAnswer, headers: Record<string, string>): Response {
  const all = { ...headers, ...answer.headers };
  if (answer.bytes !== undefined) return new Response(answer.bytes, { status: answer.status, headers: all });
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers: all });
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { ...all, "content-type": "application/json; charset=utf-8" },
  });
}
