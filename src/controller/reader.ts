/** Takes one reading through the ports, and gives it the journal's position and the time of its beginning. */
import type { Ms, Seq, VmId } from "../model/ids.ts";
import type { GuestSaid, Reading } from "../model/observe.ts";
import type { Read } from "../model/readings.ts";
import type { TemplateDisk } from "../model/rollout.ts";
import type { Settings } from "../model/settings.ts";
import type { Pool } from "../model/state.ts";
import type { ImageManifest } from "../model/templates.ts";
import type { VmSeen } from "../model/view.ts";
import { parseGuestItems, withAddress } from "../ports/guest.ts";
import type { HostPort } from "../ports/host.ts";
import { IMAGE_MANIFEST_FILE, parseImageManifest } from "../ports/image_manifest.ts";
import { checkPool } from "./check.ts";
import type { Ports } from "./executor.ts";
import { newestRelease } from "./runner_release.ts";
import { type DisksInUse, isInStore } from "./template_store.ts";
import type { StoreKeeper } from "./template_store_keeper.ts";

/** Where a reading begins, and what it is about. */
export interface ReadContext {
  readonly asOf: Seq;
  readonly at: Ms;
  /** Below this directory of a storage folder lie the directories of our cycles. */
  readonly storeOf: (storage: string) => string;
  readonly settings: Settings;
  /** A pool as it is now, with the hardware of a registered template. */
  readonly poolOf: (name: string) => Pool | undefined;
  /** Golden disks that something is made from; where that is not known, none is removed. */
  readonly disksInUse: DisksInUse;
  readonly keeper: StoreKeeper;
}

/** A reading, or that there was none and before when asking again is useless. */
export type ReadResult = { readonly reading: Reading } | {
  readonly message: string;
  readonly notBefore?: Ms;
};

type Begin = Pick<ReadContext, "asOf" | "at">;

async function readVms(host: HostPort, begin: Begin): Promise<ReadResult> {
  const answer = await host.call("vm.list", {});
  if (answer.outcome !== "ok") return answer;
  if (!answer.value.complete) return { message: "The list of VMs was not complete" };
  const rows = new Map<VmId, VmSeen>();
  for (const { id, name, power, notes, directory, memoryMb, uptimeMs, savedMb } of answer.value.vms) {
    const saved = savedMb === undefined ? {} : { savedMb };
    rows.set(id as VmId, { power, name, notes, directory, memoryMb, uptimeMs, ...saved });
  }
  return { reading: { read: "vms", ...begin, bootId: answer.value.bootId, rows } };
}

async function readVm(host: HostPort, vmId: VmId, begin: Begin): Promise<ReadResult> {
  const answer = await host.call("vm.inspect", { vmId });
  if (answer.outcome === "ok") return { reading: { read: "vm", ...begin, vmId, power: answer.value.power } };
  if (answer.outcome === "failed" && answer.code === "not_found") {
    return { reading: { read: "vm", ...begin, vmId, power: "absent" } };
  }
  return answer;
}

async function readGuests(host: HostPort, vmIds: readonly VmId[], begin: Begin): Promise<ReadResult> {
  const answer = await host.call("kvp.read", { vmIds: [...vmIds] });
  if (answer.outcome !== "ok") return answer;
  const reports = new Map<VmId, GuestSaid>();
  for (const { vmId, items, intrinsic } of answer.value.vms) {
    const report = parseGuestItems(items);
    if (report === undefined) continue;
    reports.set(vmId as VmId, withAddress(report, intrinsic?.["NetworkAddressIPv4"]));
  }
  return { reading: { read: "guests", ...begin, reports } };
}

async function readHost(host: HostPort, begin: Begin): Promise<ReadResult> {
  const answer = await host.call("host.info", {});
  if (answer.outcome !== "ok") return answer;
  const { memoryMb, freeMemoryMb, volumes } = answer.value;
  return { reading: { read: "host", ...begin, memoryMb, freeMb: freeMemoryMb, volumes } };
}

async function readProbe(
  host: HostPort,
  { vmId, address, probe }: Extract<Read, { read: "probe" }>,
  begin: Begin,
): Promise<ReadResult> {
  const answer = await host.call("guest.probe", { address, ...probe });
  // Whatever came of it, its machine is not ready, and says why.
  const seen = answer.outcome === "ok" ? answer.value : { ready: false, message: answer.message };
  return { reading: { read: "probe", ...begin, vmId, address, ...seen } };
}

/** What the image on a disk says of itself; nothing where it cannot be asked. Only before machines are made from it. */
async function readImage(host: HostPort, path: string): Promise<ImageManifest | undefined> {
  const answer = await host.call("disk.readFiles", { path, files: [IMAGE_MANIFEST_FILE] });
  const text = answer.outcome === "ok" ? answer.value.files[0]?.text ?? undefined : undefined;
  const read = text === undefined ? undefined : parseImageManifest(text);
  return read !== undefined && "manifest" in read ? read.manifest : undefined;
}

/** Checks a pool, and keeps the golden disk that it is to be made from. */
async function checkAndKeep(
  { settings: pool, disk: before }: Pool,
  ports: Ports,
  { storeOf, settings, disksInUse, keeper, poolOf }: ReadContext,
): Promise<{ ok: boolean; message: string; disk?: TemplateDisk }> {
  const { ok, message, identity, kept: last } = await checkPool(pool, ports, {
    storage: settings.storage,
    before,
  });
  if (!ok) return { ok, message };
  // The file is gone: nothing new is known, and machines are made from what is kept.
  if (last !== undefined) return { ok, message };
  if (identity === undefined) return { ok, message };
  const { template } = pool;
  const store = storeOf(settings.storage);
  // A registered template: its disk is in the store from the beginning.
  if (before !== undefined && isInStore(store, template.path)) {
    await keeper.sweep(store, disksInUse, poolOf);
    if (identity === (before.from ?? before.identity)) return { ok, message };
    return {
      ok: false,
      message:
        `The disk of the template "${template.name}" at ${template.path} was written to since it was ` +
        "registered: machines made from it may be broken. Register a good disk again with --replace.",
    };
  }
  const kept = await keeper.keep(store, pool, identity);
  if (kept.outcome !== "ok") {
    const tried = `Cannot keep the template "${template.name}" at ${template.path} in ${store}`;
    return { ok: false, message: `${tried}: ${kept.message}` };
  }
  await keeper.sweep(store, disksInUse, poolOf);
  const known = identity === (before?.from ?? before?.identity);
  const image = known ? undefined : await readImage(ports.host, kept.value.path);
  return { ok, message, disk: { ...kept.value, ...(image === undefined ? {} : { image }) } };
}

/** Whether the disk of the last good generation is another one now: then there is no way back to it. */
async function spoiltGood(host: HostPort, { good }: Pool): Promise<{ spoilt?: string }> {
  const disk = good?.disk;
  if (disk === undefined) return {};
  const info = await host.call("disk.info", { path: disk.path });
  const other = info.outcome === "ok"
    ? info.value.identity !== disk.identity
    : info.outcome === "failed" && (info.code === "not_found" || info.code === "broken_chain");
  return other ? { spoilt: disk.path } : {};
}

/** Answers after which asking for a job again is useless. */
const NEVER: ReadonlySet<string> = new Set(["forbidden", "not_found", "invalid"]);

/** Takes one reading. Never rejects. */
export async function take(read: Read, ports: Ports, context: ReadContext): Promise<ReadResult> {
  const begin = { asOf: context.asOf, at: context.at };
  switch (read.read) {
    case "vms":
      return await readVms(ports.host, begin);
    case "vm":
      return await readVm(ports.host, read.vmId, begin);
    case "guests":
      return await readGuests(ports.host, read.vmIds, begin);
    case "directories": {
      const answer = await ports.host.call("dir.list", { path: context.storeOf(read.storage) });
      if (answer.outcome !== "ok") return answer;
      return { reading: { read: "directories", ...begin, storage: read.storage, names: answer.value.names } };
    }
    case "runners": {
      const answer = await ports.forge.list(read.scope);
      if (answer.outcome === "ok") {
        const rows = answer.value.map(({ id, name, status, busy }) => ({
          id,
          name,
          online: status === "online",
          busy,
        }));
        return { reading: { read: "runners", ...begin, scope: read.scope, list: { ok: true, rows } } };
      }
      const code = answer.outcome === "failed" ? answer.code : "unknown" as const;
      const list = { ok: false as const, code, message: answer.message };
      return { reading: { read: "runners", ...begin, scope: read.scope, list } };
    }
    case "check": {
      const pool = context.poolOf(read.pool);
      if (pool === undefined) return { message: `Pool ${read.pool} is not configured` };
      return {
        reading: {
          read: "check",
          ...begin,
          pool: read.pool,
          ...await checkAndKeep(pool, ports, context),
          ...await spoiltGood(ports.host, pool),
        },
      };
    }
    case "job": {
      const { job, scope, said: { repository, runId, attempt } } = read;
      const answer = await ports.forge.job({ scope, repository, runId, attempt, runner: job });
      if (answer.outcome === "ok") {
        const result = answer.value === undefined ? {} : { result: answer.value };
        return { reading: { read: "job", ...begin, job, ...result } };
      }
      if (answer.outcome === "failed" && NEVER.has(answer.code)) {
        return { reading: { read: "job", ...begin, job, refused: answer.message } };
      }
      return answer;
    }
    case "probe":
      return await readProbe(ports.host, read, begin);
    case "host":
      return await readHost(ports.host, begin);
    case "releases": {
      const newest = await newestRelease(ports, read.scopes);
      if (newest.outcome !== "ok") return { message: newest.message };
      return { reading: { read: "releases", ...begin, version: newest.value } };
    }
    default:
      return read satisfies never;
  }
}
