/**
 * The forge's request door without HTTP: what {@linkcode ForgePort} asks, with latency, faults, outages and
 * limits, answered by callback on the timeline, or never.
 */
import type { ForgeErrorClass } from "../model/calls.ts";
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { JobResult } from "../model/job_result.ts";
import type {
  ForgePort,
  ForgeRate,
  ForgeResult,
  GroupAccess,
  Registration,
  RegistrationToken,
  RunnerRow,
} from "../ports/forge.ts";
import { refusesJobRequest } from "../ports/job_request.ts";
import type { RunnerRelease } from "../ports/runner_packages.ts";
import { accountOf, Accounts } from "./accounts.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedForge } from "./forge.ts";
import { ATTEMPT, jobResult } from "./github_jobs.ts";
import { repositoryOf } from "./jobs.ts";
import { type Refusal, type Runner, versionOf } from "./runner.ts";
import { closeOperation, type OperationLog } from "./operation_log.ts";
import type { Random } from "./random.ts";
import type { Rates } from "./rates.ts";
import type { Timeline } from "./timeline.ts";

/** What is asked of a job. */
export type JobRequest = Parameters<ForgePort["job"]>[0];

/** What is asked to register a runner. */
export type RegisterRequest = Parameters<ForgePort["register"]>[0];

/** What the door needs. */
export interface ForgeDoorOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  readonly accounts?: Accounts;
  readonly faults?: Faults;
  readonly rates?: Rates;
  readonly log?: OperationLog;
  /** Middle of a request's time; no speed applies. @default 250 */
  readonly latencyMs?: Ms;
}

type Reply<V> = (result: ForgeResult<V>) => void;
type ShortName =
  | "runner.register"
  | "runner.token"
  | "runner.list"
  | "runner.remove"
  | "runner.downloads"
  | "runner.job"
  | "forge.check";

/** Requests that change nothing. */
const READS: ReadonlySet<ShortName> = new Set([
  "runner.list",
  "runner.downloads",
  "runner.job",
  "forge.check",
]);

/** Names of one request in faults: the short one and GitHub's route. */
function names(short: ShortName, scope: ScopeKey): string[] {
  switch (short) {
    case "runner.register":
      return [short, "github", `POST /${scope}/actions/runners/generate-jitconfig`];
    case "runner.token":
      return [short, "github", `POST /${scope}/actions/runners/registration-token`];
    case "runner.list":
      return [short, "github", `GET /${scope}/actions/runners`];
    case "runner.remove":
      return [short, "github", `DELETE /${scope}/actions/runners/0`];
    case "runner.downloads":
      return [short, "github", `GET /${scope}/actions/runners/downloads`];
    case "runner.job":
      return [short, "github", `GET /repos/${repositoryOf(scope)}/actions/runs/0/attempts/1/jobs`];
    case "forge.check":
      return [short, "github", `GET /${scope}/installation`];
  }
}

function versionIn(runner: Runner): { version?: string } {
  const version = versionOf(runner);
  return version === undefined ? {} : { version };
}

/** What a status means, as the controller's own client classifies it. */
export function forgeErrorClass(short: ShortName, { status, message }: Refusal): ForgeErrorClass {
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return message.includes("suspended")
        ? "suspended"
        : message.includes("rate limit")
        ? "rate_limited"
        : "forbidden";
    case 404:
      return "not_found";
    case 409:
      return "conflict";
    case 422:
      return short === "runner.remove" ? "busy" : "invalid";
    case 429:
      return "rate_limited";
    default:
      return "unavailable";
  }
}

/** The door. */
export class ForgeDoor {
  readonly #o: ForgeDoorOptions;
  readonly #accounts: Accounts;

  constructor(options: ForgeDoorOptions) {
    this.#o = options;
    this.#accounts = options.accounts ?? new Accounts();
  }

  /** Registers a just-in-time runner. */
  register(request: RegisterRequest, reply: Reply<Registration>): void {
    const { scope, name, group, labels, workFolder } = request;
    this.#request(
      "runner.register",
      scope,
      { subject: name, args: { scope, name, group, labels } },
      reply,
      () => {
        const found = this.#o.forge.groups(scope).find((one) =>
          one.name.toLowerCase() === group.toLowerCase()
        );
        if (found === undefined) {
          return {
            refusal: { status: 404, message: `No runner group is named ${group}` },
          };
        }
        const made = this.#o.forge.register({ scope, name, groupId: found.id, labels, workFolder });
        if ("refusal" in made) return made;
        return { value: { runnerId: made.runner.id, jitConfig: made.runner.jitConfig } };
      },
    );
  }

  /** Gives out a token that guests register their runners with. */
  registrationToken(scope: ScopeKey, reply: Reply<RegistrationToken>): void {
    this.#request(
      "runner.token",
      scope,
      { subject: "", args: { scope } },
      reply,
      () => ({ value: this.#o.forge.registrationToken(scope) }),
    );
  }

  /** Lists the runners of a scope. */
  list(scope: ScopeKey, reply: Reply<readonly RunnerRow[]>): void {
    this.#request("runner.list", scope, { subject: "", args: { scope } }, reply, () => ({
      value: this.#o.forge.list(scope).map(({ runner, status, busy }) => ({
        id: runner.id,
        name: runner.name,
        labels: runner.labels,
        status,
        busy,
        ...versionIn(runner),
      })),
    }));
  }

  /** Deletes one. */
  remove(scope: ScopeKey, runnerId: number, reply: Reply<Record<never, never>>): void {
    const subject = this.#o.forge.get(scope, runnerId)?.name ?? "";
    this.#request("runner.remove", scope, { subject, args: { scope, runnerId } }, reply, () => {
      const refusal = this.#o.forge.remove(scope, runnerId);
      return refusal === undefined ? { value: {} } : { refusal };
    });
  }

  /** Whether the app may work for a scope, and whether the group exists. */
  check(scope: ScopeKey, group: string, reply: Reply<{ installationId: number; clockSkewMs: number }>): void {
    this.#request("forge.check", scope, { subject: "", args: { scope, group } }, reply, () => {
      const known = this.#o.forge.groups(scope).some((one) => one.name.toLowerCase() === group.toLowerCase());
      if (!known) return { refusal: { status: 404, message: `No runner group is named ${group}` } };
      return { value: { installationId: this.#accounts.find(accountOf(scope))?.id ?? 0, clockSkewMs: 0 } };
    });
  }

  /** Which repositories may use a group. */
  access(scope: ScopeKey, group: string, reply: Reply<GroupAccess>): void {
    this.#request("forge.check", scope, { subject: "", args: { scope, group } }, reply, () => {
      const found = this.#o.forge.groups(scope).find((one) => one.name.toLowerCase() === group.toLowerCase());
      if (found === undefined) {
        return { refusal: { status: 404, message: `No runner group is named ${group}` } };
      }
      const { visibility, repositories, allowsPublicRepositories: allowsPublic } = found;
      const names = repositories.map((name) => `${accountOf(scope)}/${name}`);
      const selected = visibility === "selected" ? { selected: { names, count: names.length } } : {};
      return { value: { visibility, allowsPublic, ...selected } };
    });
  }

  /** How the job of a run ended that ran on a runner. */
  job(request: JobRequest, reply: Reply<JobResult | undefined>): void {
    const { scope, repository, runId, attempt, runner } = request;
    const why = refusesJobRequest(request);
    if (why !== undefined) {
      reply({ outcome: "failed", code: "invalid", message: `runner.job for ${scope} failed: ${why}` });
      return;
    }
    this.#request("runner.job", scope, { subject: runner, args: request }, reply, () => {
      const found = attempt === ATTEMPT ? this.#o.forge.run(repository, Number(runId)) : undefined;
      if (found === undefined) return { refusal: { status: 404, message: "Not Found" } };
      return { value: found.runner?.name === runner ? jobResult(found.job) : undefined };
    });
  }

  /** Offers the newest runner program; without an address, since nothing serves it here. */
  downloads(scope: ScopeKey, reply: Reply<readonly RunnerRelease[]>): void {
    this.#request("runner.downloads", scope, { subject: "", args: { scope } }, reply, () => {
      const { releases } = this.#o.forge;
      const { version, file, sha256 } = releases.packageOf(releases.latest);
      return { value: [{ version, file, sha256 }] };
    });
  }

  /** Rate of a scope's account. */
  rate(scope: ScopeKey): ForgeRate | undefined {
    const installation = this.#accounts.find(accountOf(scope));
    return installation === undefined ? undefined : this.#o.rates?.rate(installation.id);
  }

  #request<V>(
    short: ShortName,
    scope: ScopeKey,
    about: { subject: string; args: unknown },
    reply: Reply<V>,
    effect: () => { value: V } | { refusal: Refusal },
  ): void {
    const { timeline, random, forge, faults, log } = this.#o;
    const entry = log?.enabled === true ? log.open(timeline.now, short, null, about.args) : undefined;
    const latencyMs = random.jitter(this.#o.latencyMs ?? 250, 0.5);
    const answer = (result: ForgeResult<V>, told: boolean) => {
      if (entry !== undefined && result.outcome !== "unknown") {
        const raw = result.outcome === "ok" ? { ok: true, value: {}, ms: 0 } as const : undefined;
        if (raw !== undefined) closeOperation(entry, raw, told, false);
        else entry.result = { ok: false, error: result, answered: told };
      }
      if (told) reply(result);
    };
    const refuse = (refusal: Refusal, retryAt?: Ms): ForgeResult<V> => ({
      outcome: "failed",
      code: forgeErrorClass(short, refusal),
      message: `${short} for ${scope} failed: ${refusal.status} ${refusal.message}`,
      ...(retryAt === undefined ? {} : { retryAt }),
    });
    const outcome = (): ForgeResult<V> => {
      const limited = this.#limited(short, scope);
      if (limited !== undefined) return refuse(limited.refusal, limited.retryAt);
      const refusal = this.#accounts.refuses(scope, short === "runner.job" ? "read-jobs" : "manage");
      if (refusal !== undefined) return refuse(refusal);
      const result = effect();
      return "value" in result ? { outcome: "ok", value: result.value } : refuse(result.refusal);
    };
    const run = (told: boolean) => answer(outcome(), told);
    const after = (ms: Ms, fn: () => void) => timeline.at(timeline.now + ms, fn);
    const unavailable = { status: 503, message: "Service Unavailable" };
    if (forge.away) {
      if (random.chance(0.8)) after(latencyMs, () => answer(refuse(unavailable), true));
      return;
    }
    const fault = faults?.any === true ? faults.decide(names(short, scope), [about.subject]) : undefined;
    switch (fault?.kind) {
      case undefined:
        after(latencyMs, () => run(true));
        return;
      case "lost_answer":
        after(latencyMs, () => run(false));
        return;
      case "slow": {
        const lateMs = fault.lateMs ?? 0;
        after(lateMs / 2, () => {
          const result = outcome();
          after(lateMs / 2, () => answer(result, true));
        });
        return;
      }
      case "hang":
        if (fault.lateMs !== undefined) after(fault.lateMs, () => run(false));
        return;
      case "error": {
        const status = typeof fault.code === "number" ? fault.code : 503;
        const retryAt = status === 429 ? timeline.now + 60_000 : undefined;
        after(latencyMs, () => answer(refuse({ status, message: "on demand" }, retryAt), true));
      }
    }
  }

  #limited(short: ShortName, scope: ScopeKey): { refusal: Refusal; retryAt: Ms } | undefined {
    const installation = this.#accounts.find(accountOf(scope));
    if (installation === undefined || this.#o.rates === undefined) return undefined;
    const charged = this.#o.rates.charge(
      installation.id,
      READS.has(short) ? "read" : "write",
      short,
      short === "runner.register" || short === "runner.token" ? "actions_runner_registration" : "core",
    );
    if (charged.passes) return undefined;
    return { refusal: { status: 403, message: "API rate limit exceeded" }, retryAt: charged.retryAt };
  }
}
