/** Asks host and GitHub for everything that a plan is made from. Nothing is changed. */
import {
  liesIn,
  numberIn,
  OLD_POOL_PROGRAM,
  oldPoolPlaces,
  pathKey,
} from "../../controller/old_pool/judge.ts";
import { chainOf, lookAtVms, type SeenMachine, type VmRow } from "../../controller/old_pool/look.ts";
import type { ScopeKey } from "../../model/ids.ts";
import type { Settings } from "../../model/settings.ts";
import type { ForgePort, ForgeResult, RunnerRow } from "../../ports/forge.ts";
import type { HostPort } from "../../ports/host.ts";
import type { LooseDisk, MigrationFacts, Place } from "./facts.ts";

/** A list that Hyper-V calls incomplete is asked for again so often. */
const LIST_TRIES = 5;

/** Whom to ask, and for what. */
export interface GatherOptions {
  readonly host: HostPort;
  readonly forge: ForgePort;
  readonly settings: Settings;
  /** Disks of a migration that was cut off. */
  readonly recorded: readonly string[];
}

/** The facts, or why there are none: without a list of the VMs nothing can be said. */
export async function gatherMigration(
  { host, forge, settings, recorded }: GatherOptions,
): Promise<MigrationFacts | { readonly problem: string }> {
  // Agent pools have no runners, and the old pool had none of their kind.
  const scopes = new Map(
    settings.pools.flatMap(({ name, scope }) => scope === "" ? [] : [[name, scope] as const]),
  );
  const places = oldPoolPlaces(settings).flatMap((place): Place[] => {
    const scope = scopes.get(place.pool);
    return scope === undefined ? [] : [{ ...place, scope }];
  });
  const [service, rows, runners] = await Promise.all([
    host.call("service.info", { name: OLD_POOL_PROGRAM }),
    listVms(host),
    listRunners(forge, new Set(scopes.values())),
  ]);
  if ("problem" in rows) return rows;
  const machines = await lookAtVms(host, rows.vms);
  return {
    places,
    service,
    machines,
    runners,
    looseDisks: await looseDisks(host, { places, machines, recorded }),
  };
}

async function listVms(
  host: HostPort,
): Promise<{ readonly vms: readonly VmRow[] } | { readonly problem: string }> {
  for (let i = 0; i < LIST_TRIES; i++) {
    const list = await host.call("vm.list", {});
    if (list.outcome !== "ok") return { problem: `Cannot list the VMs of this host: ${list.message}` };
    if (list.value.complete) return { vms: list.value.vms };
  }
  return {
    problem: "Cannot list the VMs of this host: Hyper-V's list is not complete. Try again in a minute.",
  };
}

async function listRunners(
  forge: ForgePort,
  scopes: ReadonlySet<ScopeKey>,
): Promise<Map<ScopeKey, ForgeResult<readonly RunnerRow[]>>> {
  const lists = new Map<ScopeKey, ForgeResult<readonly RunnerRow[]>>();
  for (const scope of scopes) lists.set(scope, await forge.list(scope));
  return lists;
}

/** Disks called as the old pool's, and those that were to be deleted, as far as no VM has them as its own. */
async function looseDisks(
  host: HostPort,
  { places, machines, recorded }: {
    places: readonly Place[];
    machines: readonly SeenMachine[];
    recorded: readonly string[];
  },
): Promise<LooseDisk[]> {
  const used = new Set(machines.flatMap(({ chains = [] }) => chains.flat().map(({ path }) => pathKey(path))));
  const asked = new Map<string, { path: string; place: Place }>();
  for (const place of places) {
    const { prefix, storage, size } = place;
    const folder = storage.replace(/[\\/]+$/, "");
    const listed = await host.call("dir.list", { path: storage, files: true });
    const files = listed.outcome === "ok" ? listed.value.files : undefined;
    // Where the folder cannot be listed, each is asked for up to the highest number that is known.
    const highest = Math.max(size, ...machines.map(({ name }) => numberIn(name, prefix) ?? 0));
    const names = files?.filter((name) => isDiskName(name, prefix)) ??
      Array.from({ length: highest }, (_, i) => `${prefix}${i + 1}.vhdx`);
    const paths = names.map((name) => `${folder}\\${name}`);
    for (const path of [...paths, ...recorded.filter((one) => liesIn(one, storage))]) {
      const key = pathKey(path);
      if (!used.has(key) && !asked.has(key)) asked.set(key, { path, place });
    }
  }
  const found: LooseDisk[] = [];
  for (const { path, place } of asked.values()) {
    const answer = await host.call("disk.info", { path });
    if (answer.outcome === "failed" && answer.code === "not_found") continue;
    found.push({ path, place, chain: await chainOf(host, path) });
  }
  return found;
}

/** Whether the old pool, or Hyper-V for a checkpoint of its machine, calls a disk so. */
function isDiskName(name: string, prefix: string): boolean {
  const stem = /^(.*?)(?:_[0-9a-f-]+)?\.a?vhdx$/i.exec(name)?.[1];
  return stem !== undefined && numberIn(stem.toLowerCase(), prefix.toLowerCase()) !== undefined;
}
