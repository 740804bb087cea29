/** Takes one reading through the ports, and gives it the journal's position and the time of its beginning. */
import type { Ms, Seq, VmId } from "../model/ids.ts";
import type { Reading } from "../model/observe.ts";
import type { Read } from "../model/readings.ts";
import type { TemplateDisk } from "../model/rollout.ts";
import type { PoolSettings, Settings } from "../model/settings.ts";
import type { GuestSeen, VmSeen } from "../model/view.ts";
import { parseGuestItems } from "../ports/guest.ts";
import type { HostPort } from "../ports/host.ts";
import { checkPool } from "./check.ts";
import type { Ports } from "./executor.ts";
import { keepDisk, sweepDisks } from "./template_store.ts";

/** Where a reading begins, and what it is about. */
export interface ReadContext {
  readonly asOf: Seq;
  readonly at: Ms;
  /** Below this directory of a storage folder lie the directories of our cycles. */
  readonly storeOf: (storage: string) => string;
  readonly settings: Settings;
  /** Golden disks that something is made from; where that is not known, none is removed. */
  readonly disksInUse: ReadonlySet<string> | undefined;
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
  for (const { id, power, notes, directory } of answer.value.vms) {
    rows.set(id as VmId, { power, notes, directory });
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
  const reports = new Map<VmId, Omit<GuestSeen, "asOf" | "at" | "base">>();
  for (const { vmId, items } of answer.value.vms) {
    const report = parseGuestItems(items);
    if (report !== undefined) reports.set(vmId as VmId, report);
  }
  return { reading: { read: "guests", ...begin, reports } };
}

/** Checks a pool, and keeps the golden disk that it is to be made from. */
async function checkAndKeep(
  pool: PoolSettings,
  ports: Ports,
  { storeOf, settings, disksInUse }: ReadContext,
): Promise<{ ok: boolean; message: string; disk?: TemplateDisk }> {
  const { ok, message, identity } = await checkPool(pool, ports);
  if (!ok || identity === undefined) return { ok, message };
  const store = storeOf(settings.storage);
  const { template } = pool;
  const kept = await keepDisk(ports.host, store, template, identity);
  if (kept.outcome !== "ok") {
    const tried = `Cannot keep the template "${template.name}" at ${template.path} in ${store}`;
    return { ok: false, message: `${tried}: ${kept.message}` };
  }
  if (disksInUse !== undefined) {
    await sweepDisks(ports.host, store, template, new Set([...disksInUse, kept.value.path]));
  }
  return { ok, message, disk: kept.value };
}

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
      const pool = context.settings.pools.find(({ name }) => name === read.pool);
      if (pool === undefined) return { message: `Pool ${read.pool} is not configured` };
      return {
        reading: { read: "check", ...begin, pool: pool.name, ...await checkAndKeep(pool, ports, context) },
      };
    }
    default:
      return read satisfies never;
  }
}
