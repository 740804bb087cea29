/** A controller for tests of the API and its clients: a list of events and a status, kept in memory. */
import type {
  CordonStatus,
  ImageStatus,
  PoolStatus,
  RolloutStatus,
  Status,
  VmJobStatus,
  VmStatus,
} from "../../model/status.ts";
import type {
  By,
  EventFilter,
  EventRow,
  InventoryAnswer,
  JobFilter,
  JobRow,
  MaintenanceAnswer,
  MaintenanceRequest,
  Operations,
  ReloadAnswer,
  RolloutAnswer,
  RolloutRequest,
} from "../../ports/operations.ts";
import { FakeEvidence } from "./fake_evidence.ts";
import { FakeLeases } from "./fake_leases.ts";
import { FakePools } from "./fake_pools.ts";
import { FakeTemplates } from "./fake_templates.ts";

/** An image with which all is well. */
export const SAMPLE_IMAGE: ImageStatus = {
  template: "win11",
  builtAt: "2026-02-20T10:00:00.000Z",
  runner: "2.330.0",
  runnerLatest: "2.330.0",
  outdatedSince: null,
  expiresAt: null,
  level: "ok",
  why: null,
};

/** A status with one pool of one VM. */
export const SAMPLE_STATUS: Status = {
  controller: { id: "0".repeat(32), version: "0.1.0", state: "running", since: "2026-03-01T10:00:00.000Z" },
  pools: [{
    name: "linux",
    kind: "runner",
    size: 2,
    configuredSize: 2,
    cordon: null,
    ready: 1,
    claimed: 0,
    standby: 0,
    parked: 0,
    off: 0,
    queued: 0,
    created: false,
    cold: null,
    starting: 1,
    failed: 0,
    why: null,
    rollout: null,
    image: SAMPLE_IMAGE,
  }],
  vms: [{
    id: "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    name: "linux-1",
    pool: "linux",
    slot: 1,
    cycle: "linux/1.7",
    phase: "online",
    power: "running",
    since: "2026-03-01T10:00:00.000Z",
    runner: "linux-1-00000000-7.1",
    failures: 0,
    generation: "1a2b3c4d",
    job: null,
    lease: null,
    parked: null,
    memoryMb: 4096,
    uptimeSeconds: 60,
    savedStateMb: null,
    resumedAt: "2026-03-01T09:59:00.000Z",
    address: "172.20.0.7",
    heldUntil: null,
    why: null,
  }],
  github: { state: "ok", rate: { limit: 5000, remaining: 4990, reset: "2026-03-01T11:00:00.000Z" } },
};

/** A new generation that one machine tries. */
export const SAMPLE_ROLLOUT: RolloutStatus = {
  to: "e5f6a7b8",
  from: "1a2b3c4d",
  phase: "canary",
  paused: false,
  failures: 1,
  served: 0,
  since: "2026-03-01T10:00:00.000Z",
  why: "its first machine has no job yet",
};

/** A pool that somebody drains. */
export const SAMPLE_CORDON: CordonStatus = {
  drain: true,
  source: "api (hvpool drain)",
  actor: "ann@desk",
  reason: "a new disk",
  since: "2026-03-01T10:00:00.000Z",
};

/** A job of which its guest told. */
export const SAMPLE_VM_JOB: VmJobStatus = {
  name: "linux-1-00000000-7.1",
  since: "2026-03-01T10:00:00.000Z",
  repository: "acme/app",
  run: "900.1",
  job: "build",
};

/** A job that GitHub told the result of. */
export const SAMPLE_JOB: JobRow = {
  name: "linux-1-00000000-7.1",
  pool: "linux",
  vm: "linux-1",
  cycle: "linux/1.7",
  generation: "1a2b3c4d",
  scope: "orgs/acme",
  repository: "acme/app",
  runId: "900",
  attempt: 1,
  key: "build",
  startedAt: "2026-03-01T10:00:00.000Z",
  startedEarlier: false,
  endedAt: "2026-03-01T10:04:10.000Z",
  cause: "its job ended",
  exit: 0,
  result: {
    id: 77,
    name: "Build (x64)",
    workflow: "CI",
    conclusion: "success",
    queuedAt: "2026-03-01T09:59:50Z",
    startedAt: "2026-03-01T10:00:02Z",
    completedAt: "2026-03-01T10:04:05Z",
    url: "https://github.example/acme/app/actions/runs/900/job/77",
  },
  why: null,
};

/** {@linkcode Operations} over memory. */
export class FakeOperations implements Operations {
  /** What is there beside the machines of pools. */
  found: InventoryAnswer = { items: [], listedAt: "2026-03-01T10:00:00.000Z", lostUpTo: 0 };
  /** What `reconcile` was asked. */
  readonly reconciles: (By & { adopt: boolean })[] = [];

  inventory(): InventoryAnswer {
    return this.found;
  }

  reconcile(request: By & { adopt: boolean }): { message: string; changed: boolean } {
    this.reconciles.push(request);
    return { message: "Taken.", changed: true };
  }

  /** Kept events, oldest first. */
  rows: EventRow[] = [];
  /** What `stop` was asked. */
  readonly stops: (By & { drain: boolean })[] = [];
  /** What `rollout` was asked. */
  readonly rollouts: RolloutRequest[] = [];
  /** What `maintain` was asked. */
  readonly requests: MaintenanceRequest[] = [];
  /** What `reload` was asked. */
  readonly reloads: (By & { apply: boolean })[] = [];
  /** What `reload` answers. */
  reloadAnswer: ReloadAnswer = { ok: true, changes: [], restart: [] };
  /** Newest first. */
  jobRows: JobRow[] = [];
  /** What `jobs` was asked. */
  readonly jobQueries: { filter: JobFilter; limit: number }[] = [];
  current: Status = SAMPLE_STATUS;
  readonly templates: FakeTemplates = new FakeTemplates();
  readonly evidence: FakeEvidence = new FakeEvidence();
  readonly leases: FakeLeases = new FakeLeases();
  readonly pools: FakePools = new FakePools(
    () => this.current.pools,
    (pools) => this.current = { ...this.current, pools },
  );
  /** How often `events` was asked. */
  reads = 0;
  readonly #listeners = new Set<() => void>();
  #seq = 0;

  status(): Status {
    return this.current;
  }

  events(filter: EventFilter, limit: number): ReturnType<Operations["events"]> {
    this.reads++;
    const { after = 0, since = 0, pool, type, vm } = filter;
    const matching = this.rows.filter((row) =>
      row.seq > after && Date.parse(row.at) >= since &&
      (pool === undefined || row.stream === `pool/${pool}` || row.stream.startsWith(`cycle/${pool}/`)) &&
      (type === undefined || row.type.startsWith(type)) &&
      (vm === undefined || row.stream === `cycle/${vm}`)
    );
    const events = matching.slice(0, limit);
    const upTo = matching.length > limit ? events.at(-1)?.seq ?? this.#seq : this.#seq;
    return { events, reset: after + 1 < (this.rows[0]?.seq ?? 1), upTo };
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many streams listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  stop(request: By & { drain: boolean }): void {
    this.stops.push(request);
  }

  /** Gives the one pool a rollout. */
  rollOut(rollout: Partial<RolloutStatus> = {}): void {
    const pools = SAMPLE_STATUS.pools.map((pool) => ({
      ...pool,
      rollout: { ...SAMPLE_ROLLOUT, ...rollout },
    }));
    this.current = { ...SAMPLE_STATUS, pools };
  }

  /** Gives the one pool an image with which something is wrong. */
  age(image: Partial<ImageStatus>): void {
    const pools = SAMPLE_STATUS.pools.map((pool) => ({ ...pool, image: { ...SAMPLE_IMAGE, ...image } }));
    this.current = { ...SAMPLE_STATUS, pools };
  }

  /** Changes the one pool. */
  changePool(pool: Partial<PoolStatus>): void {
    this.current = { ...this.current, pools: this.current.pools.map((one) => ({ ...one, ...pool })) };
  }

  /** One more pool, whose machines are leased. */
  addAgentPool(name: string, pool: Partial<PoolStatus> = {}): void {
    const agents = SAMPLE_STATUS.pools.map((one) => ({ ...one, name, kind: "agent" as const, ...pool }));
    this.current = { ...this.current, pools: [...this.current.pools, ...agents] };
  }

  /** Makes these the VMs; each is the sample's but for what is said of it. */
  setVms(...vms: readonly Partial<VmStatus>[]): void {
    const sample = SAMPLE_STATUS.vms[0];
    if (sample === undefined) throw new Error("the sample has no VM");
    this.current = { ...this.current, vms: vms.map((vm) => ({ ...sample, ...vm })) };
  }

  /** A machine is not found by a name that no VM has, and not released unless it is kept. */
  maintain(request: MaintenanceRequest): MaintenanceAnswer {
    const refused = (code: "not_found" | "conflict", message: string) =>
      ({ ok: false, code, message }) as const;
    const { pools, vms } = this.current;
    if ("pool" in request && request.pool !== undefined && !pools.some(({ name }) => name === request.pool)) {
      return refused("not_found", "There is no such pool.");
    }
    if (!("vm" in request)) {
      this.requests.push(request);
      return { ok: true, changed: true, message: `Done: ${request.action}.` };
    }
    const vm = vms.find(({ name, cycle }) => name === request.vm || cycle === request.vm);
    if (vm === undefined) return refused("not_found", "There is no such VM.");
    if (request.action === "release" && vm.phase !== "quarantined") {
      return refused("conflict", "It is not kept.");
    }
    this.requests.push(request);
    return { ok: true, changed: true, message: `Done: ${request.action}.`, cycle: vm.cycle };
  }

  jobs(filter: JobFilter, limit: number): readonly JobRow[] {
    this.jobQueries.push({ filter, limit });
    return this.jobRows.slice(0, limit);
  }

  reload(request: By & { apply: boolean }): Promise<ReloadAnswer> {
    this.reloads.push(request);
    return Promise.resolve(this.reloadAnswer);
  }

  rollout(request: RolloutRequest): RolloutAnswer {
    const pool = this.current.pools.find(({ name }) => name === request.pool);
    if (pool === undefined) return { ok: false, code: "not_found", message: "There is no such pool." };
    if (pool.rollout === null) {
      return { ok: false, code: "nothing_rolled_out", message: "Nothing is rolled out." };
    }
    this.rollouts.push(request);
    const { action } = request;
    const phase = action === "revert" ? "reverted" : pool.rollout.phase;
    return { ok: true, rollout: { ...pool.rollout, phase, paused: action === "pause" } };
  }

  /** Commits an event. */
  commit(event: Partial<Omit<EventRow, "seq">> = {}): EventRow {
    const row: EventRow = {
      seq: ++this.#seq,
      at: new Date(Date.UTC(2026, 2, 1, 10) + this.#seq * 1000).toISOString(),
      stream: "cycle/linux/1.7",
      type: "op.opened",
      data: { call: "vm.start" },
      ...event,
    };
    this.rows.push(row);
    for (const listener of this.#listeners) listener();
    return row;
  }

  /** Forgets all but the newest events, as compaction does. */
  keep(count: number): void {
    this.rows = this.rows.slice(-count);
  }
}
