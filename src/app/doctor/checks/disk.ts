/** Whether the volume of the storage folder has room for the machines, and can be written to. */
import type { PoolSettings, Settings } from "../../../model/settings.ts";
import { type Check, fail, gigabytes, notKnown, ok, sentence, warn } from "../check.ts";
import type { HostFacts, VmFact } from "../facts.ts";

/** What a machine's disk is reckoned to grow by. */
export const GROWTH_MB = 10_240;

/** The volume that a path lies on: the one with the longest root that begins it. */
export function volumeOf<V extends { readonly root: string }>(
  volumes: readonly V[],
  path: string,
): V | undefined {
  const lower = path.toLowerCase();
  return volumes.filter(({ root }) => root !== "" && lower.startsWith(root.toLowerCase()))
    .toSorted((a, b) => b.root.length - a.root.length)[0];
}

/** What one machine of a pool needs: its disk's growth; with a checkpoint also that one's memory and a saved state's. */
export function machineDiskMb({ recycle, template }: PoolSettings): number {
  return GROWTH_MB + (recycle === "restore" ? 2 * template.memoryMb : 0);
}

/** `disk` */
export function checkDisk(
  { info, vms }: Pick<HostFacts, "info" | "vms">,
  { storage, pools }: Settings,
): Check {
  if (info.outcome !== "ok") return notKnown("disk", "the host was not read", "hyperv");
  const volume = volumeOf(info.value.volumes, storage);
  if (volume === undefined) {
    if (storage.startsWith("\\\\")) return ok("disk", `not known: ${storage} is a network share.`);
    const roots = info.value.volumes.map(({ root }) => root).join(", ") || "none";
    return fail(
      "disk",
      `No volume of the host holds the storage folder ${storage} (its volumes: ${roots}).`,
      "Correct hyperv.storage_path.",
    );
  }
  const there = vms.outcome === "ok" ? vms.value : [];
  let newMb = 0;
  let growthMb = 0;
  for (const pool of pools) {
    const present = Math.min(pool.size, machinesOf(there, pool.name));
    newMb += (pool.size - present) * machineDiskMb(pool);
    growthMb += present * GROWTH_MB;
  }
  const { root, freeMb } = volume;
  const message =
    `${root} has ${gigabytes(freeMb)} free; machines that are still to be made need ${gigabytes(newMb)}` +
    (growthMb === 0 ? "." : `, those that are there may grow by ${gigabytes(growthMb)}.`);
  const remedy =
    `Free space on ${root}, lower the pools' size, or set hyperv.storage_path to a larger volume.`;
  if (freeMb < newMb) return fail("disk", message, remedy);
  if (freeMb < newMb + growthMb) return warn("disk", message, remedy);
  return ok("disk", message);
}

function machinesOf(vms: readonly VmFact[], pool: string): number {
  return vms.filter((vm) => vm.pool === pool).length;
}

/** `storage` */
export function checkStorage({ write }: Pick<HostFacts, "write">, storage: string): Check {
  if (write === undefined || write.outcome === "unknown") {
    return warn(
      "storage",
      `not known whether ${storage} can be written to${
        write === undefined ? "." : `: ${sentence(write.message)}`
      }`,
      "Try hvpool doctor --live, which makes a machine there.",
    );
  }
  if (write.outcome === "ok") {
    return ok(
      "storage",
      `${storage} can be written to. Whether it is compressed or encrypted is not known; Hyper-V refuses disks that are.`,
    );
  }
  const refused = write.code === "access_denied" || write.code === "no_space" || write.code === "not_found";
  const message = `Cannot write to ${storage}: ${sentence(write.message)}`;
  const remedy =
    "Give the account that runs hvpool the right to write there, or correct hyperv.storage_path.";
  return refused ? fail("storage", message, remedy) : warn("storage", message, remedy);
}
