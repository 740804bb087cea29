/** Talks to a running hvpool through its API. */
import {
  type CreatePoolRequest,
  type EventsPage,
  eventsPageSchema,
  type EventsQuery,
  type EvidenceAnswer,
  evidenceSchema,
  type ExportTemplateRequest,
  type HoldRequest,
  type ImportTemplateRequest,
  type Inventory,
  inventorySchema,
  type JobAnswer,
  jobSchema,
  type JobsQuery,
  type MaintenanceAnswer,
  maintenanceSchema,
  poolsSchema,
  type PoolStatusAnswer,
  poolStatusSchema,
  type PrepareTemplateRequest,
  type ReasonRequest,
  type RegisterTemplateRequest,
  type ReloadAnswer,
  type ReloadRequest,
  reloadSchema,
  type ResizeRequest,
  type RetireRequest,
  type RolloutActionName,
  type RolloutAnswer,
  rolloutAnswerSchema,
  type StatusAnswer,
  statusSchema,
  stopAnswerSchema,
  type StopVmRequest,
  type TemplateAnswer,
  type TemplateChecks,
  templateChecksSchema,
  templatesSchema,
  templateStatusSchema,
} from "../api/schemas.ts";
import { findEndpoint } from "./endpoint.ts";
import { type Followed, followEvents, type FollowOptions } from "./follow.ts";
import { LeaseClient } from "./leases.ts";
import { pathOf, queryText } from "./path.ts";
import { type SlowOptions, Transport, type TransportOptions, withSignal } from "./transport.ts";

/** How to reach hvpool. */
export type ClientOptions = TransportOptions;

/** Which template, and what is asked of it. */
type Named<T> = T & { readonly name: string };

/** What is asked of a pool, or of the whole host. */
export type CordonAction = "pause" | "drain" | "resume";

const POOLS = "/v1/pools";
const TEMPLATES = "/v1/templates";
/** A configuration may lie on a share that is slow, and its check asks the host. */
const RELOAD_SILENCE_MS = 120_000;

/** A client of one hvpool. It holds no connection between calls. */
export class Client {
  readonly #transport: Transport;
  /** Leases of the machines of agent pools. */
  readonly leases: LeaseClient;

  constructor(options: ClientOptions | Transport) {
    this.#transport = options instanceof Transport ? options : new Transport(options);
    this.leases = new LeaseClient(this.#transport);
  }

  /** A client of the hvpool that runs with a data directory. */
  static forDataDir(dataDir: string, options: Omit<ClientOptions, "locate"> = {}): Client {
    return new Client({ ...options, locate: () => findEndpoint(dataDir) });
  }

  /** The same, for requests that wait no longer than so long from now on: then they throw TimedOut. */
  within(ms: number): Client {
    return new Client(this.#transport.within(ms));
  }

  /**
   * The present status.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  status(signal?: AbortSignal): Promise<StatusAnswer> {
    return this.#transport.read(statusSchema, "GET", "/v1/status", withSignal(signal));
  }

  /**
   * One page of events, oldest first; `next` is the `after` of the next page.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  events(query: EventsQuery = {}, signal?: AbortSignal): Promise<EventsPage> {
    return this.#transport.read(eventsPageSchema, "GET", `/v1/events${queryText(query)}`, withSignal(signal));
  }

  /**
   * Asks hvpool to stop. The answer says that it was recorded, not that it has ended.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async stop(request: ReasonRequest & { drain: boolean }): Promise<void> {
    await this.#transport.read(stopAnswerSchema, "POST", "/v1/stop", { body: JSON.stringify(request) });
  }

  /**
   * Pauses, goes on with, promotes or takes back a pool's new generation; answers how that leaves it.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown pool, `nothing_rolled_out` where there is no rollout
   */
  rollout(
    { pool, ...request }: ReasonRequest & { pool: string; action: RolloutActionName },
  ): Promise<RolloutAnswer> {
    const path = pathOf("/v1/pools", pool, "rollout");
    return this.#transport.read(rolloutAnswerSchema, "POST", path, { body: JSON.stringify(request) });
  }

  /**
   * Pauses, drains or resumes a pool, or without a name the whole host. The answer says that it was recorded.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown pool
   */
  cordon(
    { action, pool, ...request }: ReasonRequest & { action: CordonAction; pool?: string },
  ): Promise<MaintenanceAnswer> {
    return this.#maintain(pool === undefined ? `/v1/${action}` : pathOf("/v1/pools", pool, action), request);
  }

  /**
   * All pools: those of the configuration first, then those that were made at run time.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async pools(signal?: AbortSignal): Promise<readonly PoolStatusAnswer[]> {
    return (await this.#transport.read(poolsSchema, "GET", POOLS, withSignal(signal))).pools;
  }

  /**
   * One pool.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown one; its message names those that are near
   */
  pool(name: string, signal?: AbortSignal): Promise<PoolStatusAnswer> {
    return this.#transport.read(poolStatusSchema, "GET", pathOf(POOLS, name), withSignal(signal));
  }

  /**
   * Makes an agent pool that is in no configuration; its machines are made by and by. The same again changes nothing.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `not_found` for an unknown template, `invalid_request`, `conflict` for a name that
   * another pool has
   */
  createPool(request: CreatePoolRequest, signal?: AbortSignal): Promise<PoolStatusAnswer> {
    const body = JSON.stringify(request);
    return this.#transport.read(poolStatusSchema, "POST", POOLS, { body, ...withSignal(signal) });
  }

  /**
   * Deletes a pool that was made at run time; with `force` its leases end first.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `not_found`, or `conflict` while machines of it are leased
   */
  async deletePool(
    name: string,
    { force, reason }: ReasonRequest & { readonly force: boolean },
  ): Promise<void> {
    await this.#transport.discard(
      "DELETE",
      pathOf(POOLS, name) + queryText({ ...(force ? { force: "true" } : {}), reason }),
    );
  }

  /** Gives a pool another size, or without one that of the configuration. Throws as {@linkcode cordon}. */
  resize({ pool, ...request }: ResizeRequest & { pool: string }): Promise<MaintenanceAnswer> {
    return this.#maintain(pathOf("/v1/pools", pool, "resize"), request);
  }

  /**
   * Ends a VM, which is named by its name or a cycle id.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown one, `conflict` when its state does not allow it
   */
  retire(
    { action, vm, ...request }: RetireRequest & { action: "recreate" | "destroy"; vm: string },
  ): Promise<MaintenanceAnswer> {
    return this.#maintain(pathOf("/v1/vms", vm, action), request);
  }

  /**
   * Asks for something of a VM of an agent pool: under a lease it is done with the lease. `force` goes with `stop`.
   * Throws as {@linkcode retire}.
   */
  wish(
    { verb, vm, ...request }: StopVmRequest & {
      verb: "resume" | "save" | "reset" | "prepare" | "stop";
      vm: string;
    },
  ): Promise<MaintenanceAnswer> {
    return this.#maintain(pathOf("/v1/vms", vm, verb), request);
  }

  /** Keeps a VM after its job. Throws as {@linkcode retire}. */
  hold({ vm, ...request }: HoldRequest & { vm: string }): Promise<MaintenanceAnswer> {
    return this.#maintain(pathOf("/v1/vms", vm, "hold"), request);
  }

  /** Keeps a VM no longer that is held or in quarantine. Throws as {@linkcode retire}. */
  release({ vm, ...request }: ReasonRequest & { vm: string }): Promise<MaintenanceAnswer> {
    return this.#maintain(pathOf("/v1/vms", vm, "release"), request);
  }

  /** What is there beside the machines of pools. Throws as {@linkcode status}. */
  inventory(): Promise<Inventory> {
    return this.#transport.read(inventorySchema, "GET", "/v1/inventory");
  }

  /** Takes up what a lost journal knew. Throws as {@linkcode status}. */
  reconcile(request: ReasonRequest & { adopt: boolean }): Promise<MaintenanceAnswer> {
    return this.#maintain("/v1/reconcile", request);
  }

  /**
   * Reads the configuration anew, or only tells what that would change. It may take as long as checking it does.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `invalid_configuration` and its `problems` when it cannot be used
   */
  reload(request: ReloadRequest): Promise<ReloadAnswer> {
    const body = JSON.stringify(request);
    return this.#transport.read(reloadSchema, "POST", "/v1/reload", { body, silenceMs: RELOAD_SILENCE_MS });
  }

  /**
   * Jobs that ran, newest first, as they come in.
   *
   * @throws NotRunning, Unauthorized, ApiError
   * @throws ConnectionLost when the answer ends before the last of them
   */
  jobs(query: JobsQuery = {}): AsyncGenerator<JobAnswer> {
    return this.#transport.each(jobSchema, `/v1/jobs${queryText(query)}`);
  }

  /**
   * One job.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` when none of this name is kept
   */
  job(name: string): Promise<JobAnswer> {
    return this.#transport.read(jobSchema, "GET", pathOf("/v1/jobs", name));
  }

  /**
   * What is kept of a VM that failed, newest first: of every cycle that had its name, or of one by its id, also when
   * they have ended.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async evidence(vm: string): Promise<EvidenceAnswer["evidence"]> {
    return (await this.#transport.read(evidenceSchema, "GET", pathOf("/v1/vms", vm, "evidence"))).evidence;
  }

  /**
   * One of the files that `evidence` names.
   *
   * @throws NotRunning, Unauthorized, ConnectionLost
   * @throws ApiError with the code `not_found` when it is not kept, or no longer
   */
  evidenceFile(cycle: string, file: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes(pathOf("/v1/evidence", cycle, encodeURIComponent(file)));
  }

  /**
   * All templates: those of the configuration first, then the registered ones.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async templates(signal?: AbortSignal): Promise<TemplateAnswer[]> {
    return (await this.#transport.read(templatesSchema, "GET", TEMPLATES, withSignal(signal))).templates;
  }

  /**
   * One template.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the code `not_found` for an unknown one; its message names those that are near
   */
  template(name: string, signal?: AbortSignal): Promise<TemplateAnswer> {
    return this.#transport.read(templateStatusSchema, "GET", pathOf(TEMPLATES, name), withSignal(signal));
  }

  /**
   * Registers a golden disk. This, and whatever else takes {@linkcode SlowOptions}, may take minutes.
   *
   * @throws NotRunning, Unauthorized
   * @throws ConnectionLost when hvpool goes away meanwhile: the same request goes on from there
   * @throws ApiError with the codes `not_found`, `conflict`, `invalid_request`, `failed` or `cancelled`
   */
  registerTemplate(request: RegisterTemplateRequest, options: SlowOptions = {}): Promise<TemplateAnswer> {
    const body = JSON.stringify(request);
    return this.#transport.slow(templateStatusSchema, TEMPLATES, { ...options, body });
  }

  /** Checks a template's disk. Throws as {@linkcode registerTemplate}. */
  verifyTemplate(name: string, options: SlowOptions = {}): Promise<TemplateChecks> {
    return this.#transport.slow(templateChecksSchema, pathOf(TEMPLATES, name, "verify"), options);
  }

  /** Begins to prepare a template; `preparing` of the template tells how far it is. Throws as {@linkcode registerTemplate}. */
  prepareTemplate(request: Named<PrepareTemplateRequest>, options?: SlowOptions): Promise<TemplateAnswer> {
    return this.#templateAfter("prepare", request, options);
  }

  /** Copies a template to a folder, a share or a web server. Throws as {@linkcode registerTemplate}. */
  exportTemplate(request: Named<ExportTemplateRequest>, options?: SlowOptions): Promise<TemplateAnswer> {
    return this.#templateAfter("export", request, options);
  }

  /** Registers what was exported. Throws as {@linkcode registerTemplate}. */
  importTemplate(request: Named<ImportTemplateRequest>, options?: SlowOptions): Promise<TemplateAnswer> {
    return this.#templateAfter("import", request, options);
  }

  /**
   * Deletes a registered template, or what an import that was cut off left.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `not_found`, `conflict` when it is in use, or `failed`
   */
  async deleteTemplate(name: string, { reason }: ReasonRequest = {}): Promise<void> {
    await this.#transport.discard("DELETE", pathOf(TEMPLATES, name) + queryText({ reason }));
  }

  /**
   * Events as they happen, from the query's `after` or `since` on, across restarts of hvpool.
   *
   * @throws NotRunning when nobody could be reached for `giveUpAfterMs`, or at the first try
   * @throws Unauthorized, ApiError
   */
  follow(
    query: Omit<EventsQuery, "limit"> = {},
    options: FollowOptions = {},
  ): AsyncGenerator<Followed> {
    return followEvents(this.#transport, query, options);
  }

  #maintain(path: string, request: object): Promise<MaintenanceAnswer> {
    return this.#transport.read(maintenanceSchema, "POST", path, { body: JSON.stringify(request) });
  }

  #templateAfter(
    what: "prepare" | "export" | "import",
    { name, ...request }: Named<PrepareTemplateRequest | ExportTemplateRequest | ImportTemplateRequest>,
    options: SlowOptions = {},
  ): Promise<TemplateAnswer> {
    const body = JSON.stringify(request);
    return this.#transport.slow(templateStatusSchema, pathOf(TEMPLATES, name, what), { ...options, body });
  }
}
