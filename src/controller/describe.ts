/** What `status` says: the state and the readings, in the words of the contract. */
import { poolFor, vmName } from "../model/rollout.ts";
import { causesOf, cordonOf } from "../model/maintenance.ts";
import { imageStatus } from "../model/image_age.ts";
import { type Cycle, holds, isLive, type Pool, type State } from "../model/state.ts";
import { coldBecause } from "../model/agent_pool.ts";
import { freshAddress } from "../model/guest_address.ts";
import { isAgentPool } from "../model/leases/lease.ts";
import { isOff } from "../model/off_machines.ts";
import type { Power } from "../model/phases.ts";
import type {
  CordonStatus,
  ImageStatus,
  PoolStatus,
  Status,
  VmJobStatus,
  VmStatus,
} from "../model/status.ts";
import type { ForgeRate } from "../ports/forge.ts";
import type { Ms, ScopeKey } from "../model/ids.ts";
import { slotId } from "../model/ids.ts";
import { leasesKey, powerOf, type View } from "../model/view.ts";
import { describeRollout } from "./describe_rollout.ts";

/** What is told beside state and view. */
export interface Surroundings {
  readonly version: string;
  readonly startedAt: Ms;
  readonly now: Ms;
  readonly rate: (scope: ScopeKey) => ForgeRate | undefined;
}

function iso(at: Ms): string {
  return new Date(at).toISOString();
}

function controllerState(s: State, v: View): Status["controller"]["state"] {
  if (s.stopping !== undefined) return s.stopping.drain ? "draining" : "stopping";
  return v.vms === undefined ? "starting" : "running";
}

function describeVm(s: State, v: View, cycle: Cycle, now: Ms): VmStatus {
  const pool = poolFor(s, cycle);
  const waits = v.why.get(cycle.id);
  const { power } = powerOf(s, v, cycle, now);
  const why = [...causesOf(cycle), ...(waits === undefined ? [] : [waits])].join("; ");
  return {
    id: cycle.vmId ?? null,
    name: vmName(pool, cycle),
    pool: cycle.pool,
    slot: cycle.slot,
    cycle: cycle.id,
    phase: cycle.phase,
    power,
    since: iso(cycle.since),
    runner: cycle.runner?.name ?? null,
    failures: s.slots.get(slotId(cycle.pool, cycle.slot))?.failures ?? 0,
    generation: cycle.generation,
    job: describeJob(cycle),
    ...describeHolder(s, cycle),
    ...describeMachine(v, cycle, power, now),
    heldUntil: cycle.hold === undefined ? null : iso(cycle.until ?? cycle.hold.until),
    why: why === "" ? null : why,
  };
}

/** Powers in which a machine holds no memory. */
const WITHOUT_MEMORY: ReadonlySet<Power> = new Set(["off", "saved", "absent"]);
/** Powers in which a machine has the memory that it was started with. */
const WITH_MEMORY: ReadonlySet<Power> = new Set(["running", "paused", "saving", "stopping"]);

/** Who has a machine, and who is to have it. */
function describeHolder(s: State, { lease, parked }: Cycle): Pick<VmStatus, "lease" | "parked"> {
  const held = lease === undefined ? undefined : s.leases.get(lease);
  return {
    lease: held === undefined ? null : { id: held.id, holder: held.holder },
    parked: parked === undefined || lease !== undefined
      ? null
      : { holder: parked.holder, until: iso(parked.until) },
  };
}

/** What the host says of a machine, as far as that is its power now; the list may be some seconds old. */
function describeMachine(
  v: View,
  cycle: Cycle,
  power: Power,
  now: Ms,
): Pick<VmStatus, "memoryMb" | "uptimeSeconds" | "savedStateMb" | "resumedAt" | "address"> {
  const { vmId, startedAt } = cycle;
  const row = vmId === undefined ? undefined : v.vms?.rows.get(vmId);
  const { power: listed, memoryMb, uptimeMs, savedMb } = row ?? {};
  const runs = power === "running" && listed === "running" && uptimeMs !== undefined;
  const sinceList = Math.max(0, now - (v.vms?.at ?? now));
  return {
    memoryMb: WITHOUT_MEMORY.has(power) ? 0 : WITH_MEMORY.has(power) ? memoryMb ?? null : null,
    uptimeSeconds: runs ? Math.floor((uptimeMs + sinceList) / 1000) : null,
    savedStateMb: power === "saved" && listed === "saved" ? savedMb ?? null : null,
    // A start whose answer did not come has no time; of one that runs the host tells it.
    resumedAt: startedAt !== undefined ? iso(startedAt) : runs ? iso(now - uptimeMs - sinceList) : null,
    address: power === "running" ? freshAddress(v, cycle) ?? null : null,
  };
}

function describeJob({ job }: Cycle): VmJobStatus | null {
  if (job === undefined) return null;
  const { name, startedAt, said } = job;
  return {
    name,
    since: iso(startedAt),
    repository: said?.repository ?? null,
    run: said === undefined ? null : `${said.runId}.${said.attempt}`,
    job: said?.key ?? null,
  };
}

function describeCordon(s: State, pool: string): CordonStatus | null {
  const cordon = cordonOf(s, pool);
  if (cordon === undefined) return null;
  const { drain, source, actor, reason, since } = cordon;
  return { drain, source, actor: actor ?? null, reason: reason ?? null, since: iso(since) };
}

function describeImage(s: State, pool: Pool, now: Ms): ImageStatus {
  const { disk, seenRunner, settings: { template } } = pool;
  return imageStatus({
    template: template.name,
    ...(disk?.image === undefined ? {} : { image: disk.image }),
    ...(seenRunner === undefined ? {} : { seenRunner }),
    releases: s.releases,
  }, now);
}

/** Why no pool can go on: the host has not answered for longer than a reading counts. */
function hostSilence(s: State, v: View, now: Ms): string | undefined {
  const at = v.vms?.at;
  if (at === undefined || now - at <= s.settings.times.readingMaxAgeMs) return undefined;
  return `the Hyper-V host has not answered for ${Math.round((now - at) / 1000)} s`;
}

/** What a machine under no lease is that waits for its last holder. */
function isParked({ parked, lease }: Cycle): boolean {
  return parked !== undefined && lease === undefined;
}

/** Why a pool has no saved machines, for people. */
function cold({ settings: { template } }: Pool): string | null {
  const why = coldBecause(template);
  if (why === undefined) return null;
  return `a machine ${why} can be neither saved nor checkpointed: each is made anew after its lease`;
}

function describePools(s: State, v: View, now: Ms): PoolStatus[] {
  const silence = hostSilence(s, v, now);
  const pools = new Map<string, { -readonly [K in keyof PoolStatus]: PoolStatus[K] }>();
  for (const [name, pool] of s.pools) {
    const checked = v.checks.get(name)?.message;
    const why = silence ?? v.why.get(`pool/${name}`) ?? v.why.get(leasesKey(name)) ??
      (checked === "" ? undefined : checked) ??
      (pool.settings.size === 0 ? "paused: its size is 0" : null);
    const { kind, size } = pool.settings;
    const none = { ready: 0, claimed: 0, standby: 0, parked: 0, off: 0, queued: 0, starting: 0 };
    const rollout = describeRollout(s, pool);
    const image = describeImage(s, pool, now);
    const configuredSize = s.settings.pools.find((written) => written.name === name)?.size ?? size;
    const cordon = describeCordon(s, name);
    pools.set(name, {
      name,
      kind,
      size,
      configuredSize,
      cordon,
      ...none,
      created: s.created.has(name),
      cold: isAgentPool(pool.settings) ? cold(pool) : null,
      failed: pool.quarantined,
      why,
      rollout,
      image,
    });
  }
  for (const cycle of s.cycles.values()) {
    const pool = pools.get(cycle.pool);
    if (pool === undefined || !isLive(cycle)) continue;
    if (isParked(cycle)) pool.parked++;
    else if (isOff(cycle, s.pools.get(cycle.pool))) pool.off++;
    else if (cycle.phase === "claimed") pool.claimed++;
    else if (cycle.phase === "online") pool.ready++;
    else if (cycle.phase === "standby") pool.standby++;
    else {
      pool.starting++;
      // What keeps a machine from starting is what keeps the pool from being full.
      pool.why ??= v.failures.get(cycle.id) ?? null;
    }
  }
  for (const { state, pool: name } of s.leases.values()) {
    const pool = state === "queued" ? pools.get(name) : undefined;
    if (pool !== undefined) pool.queued++;
  }
  for (const slot of s.slots.values()) {
    const pool = slot.live === undefined && slot.failures > 0
      ? pools.get(slot.id.slice(0, slot.id.lastIndexOf("/")))
      : undefined;
    if (pool !== undefined) pool.failed++;
  }
  return [...pools.values()];
}

/** A runner that is offline in the last list is not ready, whatever the journal says. */
function discountOffline(s: State, v: View, pools: PoolStatus[]): PoolStatus[] {
  const offline = new Map<string, number>();
  for (const cycle of s.cycles.values()) {
    if (cycle.phase !== "online" || cycle.runner === undefined) continue;
    const { name, scope } = cycle.runner;
    if (v.forges.get(scope)?.offlineSince.has(name) !== true) continue;
    offline.set(cycle.pool, (offline.get(cycle.pool) ?? 0) + 1);
  }
  return pools.map((pool) => {
    const absent = offline.get(pool.name) ?? 0;
    return { ...pool, ready: pool.ready - absent, starting: pool.starting + absent };
  });
}

function describeGithub(s: State, v: View, around: Surroundings): Status["github"] {
  let scarcest: ForgeRate | undefined;
  let failing: string | undefined;
  let answered = false;
  for (const pool of s.pools.values()) {
    const { scope } = pool.settings;
    const forge = v.forges.get(scope);
    if (forge?.failing !== undefined) failing ??= forge.failing.message;
    if (forge?.list !== undefined) answered = true;
    const rate = around.rate(scope);
    if (rate !== undefined && (scarcest === undefined || rate.remaining < scarcest.remaining)) {
      scarcest = rate;
    }
  }
  const rate = scarcest === undefined
    ? null
    : { limit: scarcest.limit, remaining: scarcest.remaining, reset: iso(scarcest.resetAt) };
  if (failing !== undefined) return { state: "failing", why: failing, rate };
  return { state: answered ? "ok" : "unknown", rate };
}

/** The whole status. */
export function describe(s: State, v: View, around: Surroundings): Status {
  const vms = [...s.cycles.values()]
    .filter((cycle) => isLive(cycle) || holds(cycle))
    .map((cycle) => describeVm(s, v, cycle, around.now))
    .sort((a, b) => a.pool.localeCompare(b.pool) || a.slot - b.slot || a.cycle.localeCompare(b.cycle));
  return {
    controller: {
      id: s.controller,
      version: around.version,
      state: controllerState(s, v),
      since: iso(around.startedAt),
    },
    pools: discountOffline(s, v, describePools(s, v, around.now)),
    vms,
    github: describeGithub(s, v, around),
  };
}
