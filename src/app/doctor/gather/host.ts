/** Reads the host. The one thing that it changes: a small folder below the storage folder comes and goes. */
import { win32 } from "node:path";
import { parseNotes } from "../../../model/ids.ts";
import type { PoolSettings, Settings } from "../../../model/settings.ts";
import type { HostPort, HostResult, HostValue } from "../../../ports/host.ts";
import { PING_ECHO } from "../checks/hyperv.ts";
import { findLeftovers } from "./leftovers.ts";
import type { DiskChain, HostFacts, VmFact } from "../facts.ts";
import { MARKER_FILE, markerText } from "../marker.ts";
import { randomName } from "../random_name.ts";

/** Parents of a golden disk that are looked at: deeper chains are slow and nobody's intent. */
const MOST_PARENTS = 10;
/** Running machines whose addresses are read, for each pool. */
const MOST_ADDRESSES = 3;

/** Reads it. `controllerId`: whose machines are ours; absent: nobody's. */
export async function gatherHost(
  host: HostPort,
  { settings, controllerId }: { settings: Settings | undefined; controllerId: string | undefined },
): Promise<HostFacts> {
  // The first call starts the engine, whose start others need not wait for at once.
  const ping = await host.call("bridge.ping", { echo: PING_ECHO });
  const pools = settings?.pools ?? [];
  const [info, vms, disks, write] = await Promise.all([
    host.call("host.info", {}),
    listed(host, controllerId),
    chains(host, pools),
    settings === undefined || settings.storage === "" ? undefined : tryWriting(host, settings.storage),
  ]);
  const networks = info.outcome === "ok" ? await networksOf(host, pools, info.value.switches) : undefined;
  const addresses = vms.outcome === "ok" ? await addressesOf(host, vms.value) : [];
  const leftovers = vms.outcome !== "ok" || settings === undefined || settings.storage === ""
    ? undefined
    : await findLeftovers(host, { vms: vms.value, storage: settings.storage });
  return {
    ping,
    info,
    vms,
    disks,
    addresses,
    ...(networks === undefined ? {} : { networks }),
    ...(leftovers === undefined ? {} : { leftovers }),
    ...(write === undefined ? {} : { write }),
  };
}

/** Of internal switches alone: what stands around others is not this host's. */
async function networksOf(
  host: HostPort,
  pools: readonly PoolSettings[],
  switches: HostValue<"host.info">["switches"],
): Promise<NonNullable<HostFacts["networks"]>> {
  const internal = switches.filter(({ name, type, isDefault }) =>
    type === "internal" && !isDefault && pools.some(({ switchName }) => switchName === name)
  );
  const asked = internal.map(async ({ name }) => [name, await host.call("switch.info", { name })] as const);
  return new Map(await Promise.all(asked));
}

async function listed(host: HostPort, controllerId: string | undefined): Promise<HostFacts["vms"]> {
  const answer = await host.call("vm.list", {});
  if (answer.outcome !== "ok") return answer;
  const value = answer.value.vms.map((vm): VmFact => {
    const notes = parseNotes(vm.notes);
    return notes?.controller !== undefined && notes.controller === controllerId
      ? { ...vm, pool: notes.cycle.pool }
      : vm;
  });
  return { outcome: "ok", value };
}

async function chains(host: HostPort, pools: readonly PoolSettings[]): Promise<Map<string, DiskChain>> {
  const found = await Promise.all(pools.map(async ({ name, template }) => {
    const chain: HostResult<HostValue<"disk.info">>[] = [];
    let path: string | null = template.path === "" ? null : template.path;
    while (path !== null && chain.length <= MOST_PARENTS) {
      const disk: HostResult<HostValue<"disk.info">> = await host.call("disk.info", { path });
      chain.push(disk);
      path = disk.outcome === "ok" ? disk.value.parent : null;
    }
    return [name, chain] as const;
  }));
  return new Map(found.filter(([, chain]) => chain.length > 0));
}

async function tryWriting(host: HostPort, storage: string): Promise<HostResult<unknown>> {
  const name = randomName();
  const folder = win32.join(storage, name);
  const written = await host.call("file.write", {
    path: win32.join(folder, MARKER_FILE),
    offset: 0,
    data: new TextEncoder().encode(markerText(name)).toBase64(),
  });
  // Also after an answer that never came: the file may be there.
  const removed = await host.call("dir.remove", { path: folder });
  return written.outcome === "ok" ? removed : written;
}

async function addressesOf(host: HostPort, vms: readonly VmFact[]): Promise<HostFacts["addresses"]> {
  const asked = new Map<string, number>();
  const some = vms.flatMap(({ id, name, pool, power }) => {
    const before = asked.get(pool ?? "") ?? 0;
    if (pool === undefined || power !== "running" || before >= MOST_ADDRESSES) return [];
    asked.set(pool, before + 1);
    return [{ id, name, pool }];
  });
  const told = await Promise.all(some.map(async ({ id, name, pool }) => {
    const seen = await host.call("vm.inspect", { vmId: id });
    return seen.outcome === "ok" ? [{ pool, vm: name, addresses: seen.value.addresses }] : [];
  }));
  return told.flat();
}
