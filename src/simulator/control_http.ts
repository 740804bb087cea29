/** The simulator's own HTTP interface: the app to use, jobs, faults, mishaps, and the truth. */
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { ScopeKey } from "../model/ids.ts";
import type { Fault, Faults } from "./faults.ts";
import type { SimulatedForge } from "./forge.ts";
import type { Accounts } from "./accounts.ts";
import type { GitHubApp } from "./github_app.ts";
import type { SimulatedHost } from "./host.ts";
import type { OperationLog } from "./operation_log.ts";
import type { RealTime } from "./real_time.ts";
import { faultRequest, gitHubRequest, hostRequest, jobsRequest, releaseRequest } from "./schemas.ts";
import type { Timeline } from "./timeline.ts";
import { readTruth } from "./truth.ts";

/** What the interface works on. */
export interface ControlOptions {
  readonly timeline: Timeline;
  readonly time: RealTime;
  readonly host: SimulatedHost;
  readonly forge: SimulatedForge;
  readonly faults: Faults;
  readonly log: OperationLog;
  readonly app: GitHubApp;
  readonly org: string;
  readonly accounts: Accounts;
  /** Sets how far GitHub's clock is ahead. */
  readonly setClockSkew: (skewMs: number) => void;
  /** Addresses of the other doors, known once they are open. */
  readonly addresses: () => { github: string; host: string };
}

/** Builds the interface. */
export function controlApi(o: ControlOptions): Hono {
  const api = new Hono();
  const faults = new Map<number, () => void>();
  let nextFault = 1;

  api.get("/healthz", (c) => c.json({ ok: true }));
  api.get("/app", (c) =>
    c.json({
      appId: o.app.id,
      clientId: o.app.clientId,
      privateKey: o.app.privateKey,
      org: o.org,
      ...o.addresses(),
    }));
  api.post("/jobs", async (c) => {
    const jobs = await read(c, jobsRequest);
    if (jobs instanceof Response) return jobs;
    const { scope, ...rest } = jobs;
    o.time.sync();
    const ids = o.forge.addJobs(scope === undefined ? rest : { ...rest, scope: scope as ScopeKey });
    return c.json({ ids }, 201);
  });
  api.post("/faults", async (c) => {
    const fault = await read(c, faultRequest);
    if (fault instanceof Response) return fault;
    o.time.sync();
    const id = nextFault++;
    faults.set(id, o.faults.add(withoutUndefined(fault)));
    return c.json({ id }, 201);
  });
  api.delete("/faults", (c) => {
    o.faults.clear();
    faults.clear();
    return c.body(null, 204);
  });
  api.delete("/faults/:id", (c) => {
    const id = Number(c.req.param("id"));
    faults.get(id)?.();
    return faults.delete(id) ? c.body(null, 204) : problem(404, "There is no such fault.");
  });
  api.post("/host", async (c) => {
    const event = await read(c, hostRequest);
    if (event instanceof Response) return event;
    o.time.sync();
    const { host } = o;
    const answer = (done: boolean) =>
      done
        ? c.json({ done })
        : problem(409, "There is no such thing on the host, or it does not allow this now.");
    switch (event.do) {
      case "addVm": {
        const { do: _, ...vm } = event;
        return c.json({ done: true, id: host.addForeign(vm) });
      }
      case "addSeedPool": {
        const { do: _, scope, ...pool } = event;
        const made = host.addSeedPool({ ...pool, scope: (scope ?? `orgs/${o.org}`) as ScopeKey });
        return c.json({ done: true, ...made });
      }
      case "mark": {
        const seen = host.mark(event.vm, event.name);
        return seen === undefined ? answer(false) : c.json({ done: true, seen });
      }
      case "troubleNetwork": {
        const { what, vmPrefix, forMs, lateMs } = event;
        host.trouble({
          what,
          ...vmPrefix === undefined ? {} : { vmPrefix },
          ...forMs === undefined ? {} : { forMs },
          ...lateMs === undefined ? {} : { lateMs },
        });
        return answer(true);
      }
      case "mendNetwork":
        host.mendNetwork();
        return answer(true);
      case "setService":
        host.setService(event.name, event.state);
        return answer(true);
      case "breakSavedStates": {
        const { vm, hresult } = event;
        if (vm !== undefined && host.find(vm) === undefined) return answer(false);
        host.breakSavedStates({
          ...vm === undefined ? {} : { vmId: vm },
          ...hresult === undefined ? {} : { hresult },
        });
        return answer(true);
      }
      case "addSwitch":
        host.addSwitch(event.name);
        return answer(true);
      case "removeSwitch":
        return answer(host.removeSwitch(event.name));
      case "replaceDisk":
      case "removeDisk":
      case "corruptFile":
        return answer(host[event.do](event.path));
      case "reboot":
      case "cutPower":
        host[event.do](event.downMs);
        return answer(true);
      default:
        return answer(host.meddle(event.do, event.vm));
    }
  });
  api.post("/github", async (c) => {
    const event = await read(c, gitHubRequest);
    if (event instanceof Response) return event;
    const { account, group, clockSkewMs, awayMs } = event;
    o.time.sync();
    if (account !== undefined) changeAccount(o.accounts, account);
    if (group !== undefined) changeGroup(o.forge, group);
    if (clockSkewMs !== undefined) o.setClockSkew(clockSkewMs);
    if (awayMs !== undefined) o.forge.outage(awayMs);
    return c.json({ done: true });
  });
  api.post("/runner-release", async (c) => {
    const event = await read(c, releaseRequest);
    if (event instanceof Response) return event;
    o.forge.releases.release(event.version);
    return c.json({ done: true });
  });
  api.get("/truth", (c) => {
    const after = Number(c.req.query("after") ?? 0);
    if (!Number.isInteger(after)) return problem(400, "after: expected the number of an operation.");
    o.time.sync();
    return c.json(readTruth({ now: o.timeline.now, host: o.host, forge: o.forge, log: o.log }, after));
  });
  api.notFound((c) => problem(404, `${c.req.method} ${c.req.path} is nothing that the simulator answers.`));
  return api;
}

function changeAccount(
  accounts: Accounts,
  change: NonNullable<z.output<typeof gitHubRequest>["account"]>,
): void {
  const { login, installed, suspended, permissions } = change;
  accounts.change(login, {
    ...(installed === undefined ? {} : { installed }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(permissions === undefined ? {} : { permissions }),
  });
}

function changeGroup(
  { runnerGroups }: SimulatedForge,
  change: NonNullable<z.output<typeof gitHubRequest>["group"]>,
): void {
  const { name, visibility, repositories, allowsPublicRepositories } = change;
  runnerGroups.change({
    name,
    ...(visibility === undefined ? {} : { visibility }),
    ...(repositories === undefined ? {} : { repositories }),
    ...(allowsPublicRepositories === undefined ? {} : { allowsPublicRepositories }),
  });
}

/** RFC 9457. */
function problem(status: number, detail: string): Response {
  return new Response(JSON.stringify({ type: "about:blank", title: detail.split(".")[0], status, detail }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}

/** The body by its schema, or the answer that says what is wrong with it. */
async function read<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S> | Response> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    return problem(400, "The body is no JSON.");
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  return problem(
    400,
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
  );
}

function withoutUndefined(fault: z.output<typeof faultRequest>): Fault {
  const { call, kind, code, hresult, probability, times, forMs, vmPrefix } = fault;
  return {
    call,
    kind,
    ...(code === undefined ? {} : { code }),
    ...(hresult === undefined ? {} : { hresult }),
    ...(probability === undefined ? {} : { probability }),
    ...(times === undefined ? {} : { times }),
    ...(forMs === undefined ? {} : { forMs }),
    ...(vmPrefix === undefined ? {} : { vmPrefix }),
  };
}
