/** Starts the whole simulator in real time: host over TCP, GitHub and the simulator's own interface over HTTP. */
import type { Ms } from "../model/ids.ts";
import { systemClock } from "../ports/clock.ts";
import { Accounts } from "./accounts.ts";
import { controlApi } from "./control_http.ts";
import { Faults } from "./faults.ts";
import { SimulatedForge } from "./forge.ts";
import { GitHubApp } from "./github_app.ts";
import { GitHubHttp } from "./github_http.ts";
import { SimulatedHost } from "./host.ts";
import type { HostOptions } from "./host_options.ts";
import { inUrl, listenTcp } from "./line_server.ts";
import { OperationLog } from "./operation_log.ts";
import { Random } from "./random.ts";
import { type RateLimits, Rates } from "./rates.ts";
import { RealTime } from "./real_time.ts";
import type { Truth } from "./schemas.ts";
import { Timeline } from "./timeline.ts";
import { readTruth } from "./truth.ts";

/** How the simulator is to be. */
export interface SimulatorOptions {
  /** Where its HTTP interface listens. Port 0 takes a free one. @default 127.0.0.1, port 0 */
  readonly listen?: { readonly hostname: string; readonly port: number };
  /** The same seed plays the same guests, latencies and faults. @default 1 */
  readonly seed?: number;
  /** Divides host and guest latencies; jobs and GitHub keep their time. @default 1 */
  readonly speed?: number;
  /** How the host is: latencies, sizes, templates, switches, VMs of other people, misbehaviour. */
  readonly host?: Omit<HostOptions, "timeline" | "random" | "forge" | "faults" | "log" | "speed">;
  /** Account that `GET /app` names. @default "simulated" */
  readonly org?: string;
  /** Accounts that have the app. @default any */
  readonly accounts?: readonly string[];
  /** Runner groups beside `Default`. */
  readonly groups?: readonly string[];
  readonly rates?: RateLimits;
  /** How late clients see the truth, at most. @default 1500 */
  readonly lagMs?: Ms;
  /** Middle of a request's time at GitHub. @default 60 */
  readonly gitHubLatencyMs?: Ms;
  /** How long an installation token lives. @default an hour */
  readonly tokenMs?: Ms;
  /** GitHub's clock is ahead by so much. @default 0 */
  readonly clockSkewMs?: Ms;
}

/** A simulator that runs. */
export interface Simulator {
  /** `http://…`: its own interface; what `debug.simulator` takes. */
  readonly listen: string;
  /** `tcp://…`: the host, as JSON lines. */
  readonly host: string;
  /** `http://…/github`: what Octokit takes as `baseUrl`. */
  readonly github: string;
  readonly app: GitHubApp;
  readonly org: string;
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly forge: SimulatedForge;
  readonly machine: SimulatedHost;
  /** Drives the above; call `sync()` before touching them. */
  readonly time: RealTime;
  /** Everything that is or was. */
  truth(): Truth;
  close(): Promise<void>;
}

/** Starts it. Throws `Deno.errors.AddrInUse` when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { hostname, port } = options.listen ?? { hostname: "127.0.0.1", port: 0 };
  const random = new Random(options.seed ?? 1);
  const timeline = new Timeline(Date.now());
  const faults = new Faults({ timeline, random: random.fork("faults") });
  const log = new OperationLog();
  const forge = new SimulatedForge({
    timeline,
    random: random.fork("forge"),
    lagMs: options.lagMs ?? 1_500,
    groups: options.groups ?? [],
    jitLength: 4_100,
  });
  const machine = new SimulatedHost({
    templates: "any",
    switches: ["External", "Internal"],
    ...options.host,
    timeline,
    random: random.fork("host"),
    forge,
    faults,
    log,
    speed: options.speed ?? 1,
  });
  const app = await GitHubApp.create(random.fork("app"), options.tokenMs);
  const accounts = new Accounts(options.accounts);
  let skewMs = options.clockSkewMs ?? 0;
  const org = options.org ?? "simulated";
  const time = new RealTime(timeline);
  const gitHub = new GitHubHttp({
    world: { app, accounts, forge, now: () => systemClock.now() + skewMs },
    timeline,
    time,
    random: random.fork("github"),
    faults,
    rates: new Rates(timeline, options.rates),
    log,
    latencyMs: options.gitHubLatencyMs ?? 60,
    basePath: "/github",
  });
  const addresses = { github: "", host: "" };
  const control = controlApi({
    timeline,
    time,
    host: machine,
    forge,
    faults,
    log,
    app,
    org,
    accounts,
    setClockSkew: (toMs) => skewMs = toMs,
    addresses: () => addresses,
  });
  const server = Deno.serve({ hostname, port, onListen: () => {} }, (request) => {
    const isGitHub = new URL(request.url).pathname.startsWith("/github/");
    return isGitHub ? gitHub.app.fetch(request) : control.fetch(request);
  });
  const listen = `http://${inUrl(hostname)}:${server.addr.port}`;
  const tcp = listenTcp(machine, time, { hostname, port: 0 });
  addresses.github = `${listen}/github`;
  addresses.host = tcp.address;
  return {
    listen,
    ...addresses,
    app,
    org,
    accounts,
    faults,
    forge,
    machine,
    time,
    truth: () => {
      time.sync();
      return readTruth({ now: timeline.now, host: machine, forge, log });
    },
    async close() {
      gitHub.close();
      await tcp.close();
      await server.shutdown();
      time.close();
    },
  };
}
