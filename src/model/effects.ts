/** What an operation asks for: its call and its arguments, made from state and view when it is opened. */
import type { OperationName } from "./calls.ts";
import { type CycleId, directoryName, type OpId, runnerName, type ScopeKey, vmNotes } from "./ids.ts";
import { changeOf, checkpointToRestore, CLEAN } from "./leases/change.ts";
import { rulesFor } from "./network.ts";
import { type GuestNetwork, guestNetwork } from "./network_addresses.ts";
import { preparationOf } from "./preparation.ts";
import { poolFor } from "./rollout.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle, State } from "./state.ts";
import type { Credentials, View } from "./view.ts";

/** A machine that is kept for a look reaches nothing, and nothing reaches it. */
const NOTHING_ALLOWED = (["inbound", "outbound"] as const).map((direction) => ({
  direction,
  action: "deny",
  remote: "any",
  protocol: "any",
  localPort: "any",
  remotePort: "any",
  weight: 1,
  stateful: false,
}));

/** An effect to start once the turn is committed. */
export interface Effect {
  readonly op: OpId;
  readonly cycle: CycleId;
  readonly call: OperationName;
  /** Arguments of the call, as `ports` describes them. May hold a secret: never logged. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Below this directory of a storage folder lie the directories of this controller's cycles. */
export function storeDirectory(s: State, storage: string): string {
  return `${storage}\\${s.controller}`;
}

/** Directory of a cycle on the host. */
export function cycleDirectory(s: State, cycle: Cycle): string {
  return `${storeDirectory(s, cycle.storage)}\\${directoryName(cycle)}`;
}

/** Every storage folder in which something of ours may lie. */
export function stores(s: State): Set<string> {
  return new Set([s.settings.storage, ...s.stores.keys()]);
}

function diskOf(s: State, cycle: Cycle): string {
  return `${cycleDirectory(s, cycle)}\\disk.vhdx`;
}

function createVm(s: State, cycle: Cycle, pool: PoolSettings): Record<string, unknown> {
  const { template } = pool;
  return {
    name: `${pool.prefix}${cycle.slot}`,
    notes: vmNotes(s.controller, cycle.id),
    directory: cycleDirectory(s, cycle),
    disk: diskOf(s, cycle),
    memoryMb: template.memoryMb,
    processors: template.processors,
    switchName: pool.switchName,
    secureBoot: template.secureBoot,
    tpm: template.tpm,
    nested: template.nested,
    stopAction: "TurnOff",
    ...(pool.network?.vlan === undefined ? {} : { vlan: pool.network.vlan }),
  };
}

/** Name of a cycle's registration under `use`. */
export function registrationName(s: State, cycle: Cycle, pool: PoolSettings, use: number): string {
  return runnerName({ prefix: pool.prefix, slot: cycle.slot, controller: s.controller, n: cycle.n, use });
}

/** Arguments of `call` for `cycle`, or `undefined` when something that it needs is not there any more. */
export function argumentsOf(
  s: State,
  v: View,
  cycle: Cycle,
  call: OperationName,
): Record<string, unknown> | undefined {
  const made = poolFor(s, cycle);
  const pool = made?.settings;
  const { vmId, runner } = cycle;
  switch (call) {
    case "disk.createChild":
      return pool && { path: diskOf(s, cycle), parent: made.disk?.path ?? pool.template.path };
    case "vm.create":
      return pool && createVm(s, cycle, pool);
    case "vm.start":
    case "vm.save":
    case "vm.turnOff":
    case "vm.remove":
      return vmId && { vmId };
    case "net.isolate": {
      const rules = cycle.hold === undefined ? rulesFor(pool?.network ?? {}) : NOTHING_ALLOWED;
      return vmId && { vmId, guard: true, rules };
    }
    case "guest.prepare":
      return vmId && { vmId, credentials: pool?.template.credentials };
    case "gpu.add":
      return vmId && { vmId, ...pool?.template.gpuPartition };
    case "savedState.remove":
      return vmId && { vmId };
    case "evidence.keep": {
      const { cause = "", message = "" } = cycle.failure ?? {};
      const vm = pool === undefined ? cycle.id : `${pool.prefix}${cycle.slot}`;
      return { cycle: cycle.id, vm, cause, message, ...(vmId === undefined ? {} : { vmId }) };
    }
    case "runner.fetch":
    case "file.copy":
    case "guest.install":
    case "template.publish":
      return prepareArguments(s, cycle, call);
    case "checkpoint.create": {
      const change = changeOf(s, cycle);
      return vmId && { vmId, name: change?.kind === "checkpoint" ? change.name : CLEAN };
    }
    case "checkpoint.restore": {
      const checkpointId = checkpointToRestore(s, cycle);
      return vmId === undefined || checkpointId === undefined ? undefined : { vmId, checkpointId };
    }
    case "nic.reconnect":
      return vmId && pool && { vmId, switchName: pool.switchName };
    case "media.put":
    case "guest.deliver": {
      const delivery = deliveryOf(s, v, cycle, pool);
      return delivery && vmId && { ...delivery, vmId, directory: cycleDirectory(s, cycle) };
    }
    case "disk.inject": {
      const delivery = deliveryOf(s, v, cycle, pool);
      return delivery && { ...delivery, path: diskOf(s, cycle) };
    }
    case "guest.bye":
      return vmId && cycle.exit && { vmId, use: cycle.exit.use };
    case "media.take":
      return vmId && { vmId, directory: cycleDirectory(s, cycle) };
    case "dir.remove":
      return { path: cycleDirectory(s, cycle) };
    case "runner.register": {
      if (pool === undefined || runner === undefined) return undefined;
      const { group, labels, workFolder, registration = "jit" } = pool;
      return { scope: runner.scope, name: runner.name, group, labels, workFolder, registration };
    }
    case "runner.remove": {
      if (runner === undefined) return undefined;
      const id = runner.id ?? runnerIdInList(v, runner.scope, runner.name);
      return id === undefined ? undefined : { scope: runner.scope, runnerId: id };
    }
    default:
      return call satisfies never;
  }
}

/** Bytes of a disk that one call copies while an image is prepared. */
const PIECE_BYTES = 268_435_456;

/** Arguments of the calls that prepare an image. */
function prepareArguments(
  s: State,
  cycle: Cycle,
  call: "runner.fetch" | "file.copy" | "guest.install" | "template.publish",
): Record<string, unknown> | undefined {
  const preparation = preparationOf(s, cycle);
  if (preparation === undefined) return undefined;
  const { template, from, identity, copied, runner } = preparation;
  const version = runner === undefined ? {} : { runner };
  switch (call) {
    case "runner.fetch":
      return { ...version };
    case "file.copy":
      return {
        path: template.path,
        identity,
        offset: copied,
        bytes: PIECE_BYTES,
        target: diskOf(s, cycle),
        targetOffset: copied,
      };
    case "guest.install":
      return cycle.vmId && { vmId: cycle.vmId, credentials: template.credentials, ...version };
    case "template.publish": {
      // Another one each time, so that no image takes the place of one from which machines are made.
      const key = `${from} ${cycle.id}`;
      const store = storeDirectory(s, cycle.storage);
      return { path: diskOf(s, cycle), store, name: template.name, key, ...version };
    }
    default:
      return call satisfies never;
  }
}

/** What a guest is given, whichever way; the executor makes files of it. Holds a secret. */
export interface Delivery {
  readonly use: number;
  readonly cycle: CycleId;
  readonly credentials: Credentials;
  readonly env: Readonly<Record<string, string>>;
  /** The registration, for a guest that makes it by itself. */
  readonly runner: {
    readonly name: string;
    readonly scope: ScopeKey;
    readonly labels: readonly string[];
    readonly group: string;
  };
  /** Name of the account in its guest; absent: the one of `hyperv:`. */
  readonly account?: string;
  /** Its address, where it gets one of its own. */
  readonly network?: GuestNetwork;
}

function deliveryOf(
  s: State,
  v: View,
  cycle: Cycle,
  pool: PoolSettings | undefined,
): Delivery | undefined {
  const secret = v.secrets.get(cycle.id);
  const { runner } = cycle;
  if (runner === undefined || secret?.use !== runner.use) return undefined;
  const { use, ...credentials } = secret;
  const { name, scope } = runner;
  const { env = {}, labels = [], group = "" } = pool ?? {};
  // By the sizes of the configuration: a pool that is resized moves nobody's address.
  const network = guestNetwork(s.settings.pools, cycle.pool, cycle.slot);
  return {
    use,
    cycle: cycle.id,
    credentials,
    env,
    runner: { name, scope, labels, group },
    ...(network === undefined ? {} : { network }),
    ...(pool?.template.credentials === undefined ? {} : { account: pool.template.credentials }),
  };
}

function runnerIdInList(v: View, scope: ScopeKey, name: string): number | undefined {
  return v.forges.get(scope)?.list?.rows.get(name)?.id;
}
