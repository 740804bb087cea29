/** Whether each pool's golden disk can be the parent of its machines' disks. */
import { gpuMissing } from "../../../model/gpu_partition.ts";
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, gigabytes, ok, sentence, warn } from "../check.ts";
import type { DiskChain, HostFacts } from "../facts.ts";

/** `gpu:<pool>`, of pools whose machines get a GPU partition. */
export function checkGpu({ name, template }: PoolSettings, { info }: Pick<HostFacts, "info">): Check {
  const id = `gpu:${name}`;
  if (info.outcome !== "ok") return warn(id, "not known: the host was not read.", "Mend `hyperv` first.");
  const missing = gpuMissing(template, info.value.gpu);
  if (missing !== undefined) return fail(id, missing.message, missing.remedy);
  return ok(id, `the host has a GPU whose partitions suffice for the template "${template.name}".`);
}

/** `template:<pool>`. `running`: what a running controller says of a registered template. */
export function checkTemplate(
  pool: PoolSettings,
  chain: DiskChain | undefined,
  running?: string | null,
): Check {
  const id = `template:${pool.name}`;
  const { name, path } = pool.template;
  if (path === "") {
    const message = `"${name}" is a registered template, which the journal knows; `;
    if (running === undefined) {
      return ok(id, `${message}not looked at, since no running controller tells of it.`);
    }
    return running === null ? ok(id, `${message}the running controller has nothing against it.`) : warn(
      id,
      `${message}the running controller says: ${sentence(running)}`,
      "Do what it says, or: hvpool status.",
    );
  }
  const [disk, ...parents] = chain ?? [];
  if (disk === undefined) return warn(id, `not known: ${path} was not read.`, "Mend `hyperv` first.");
  if (disk.outcome !== "ok") {
    const missing = disk.outcome === "failed" && disk.code === "not_found";
    return fail(
      id,
      `The template "${name}" at ${path} cannot be used: ${sentence(disk.message)}`,
      missing
        ? "Put the disk there or correct the path."
        : "Check that the file is a VHDX that this account may read.",
    );
  }
  if (disk.value.format !== "vhdx") {
    return fail(
      id,
      `The template "${name}" at ${path} is a VHD; machines of generation 2 start from VHDX only.`,
      "Convert it: Convert-VHD -Path <old> -DestinationPath <new>.vhdx.",
    );
  }
  const broken = brokenParent(disk.value, parents);
  if (broken !== undefined) {
    return fail(
      id,
      `The template "${name}" at ${path} is a child disk: ${sentence(broken)}`,
      "Restore its parent.",
    );
  }
  const size = `${gigabytes(disk.value.fileMb)} of ${gigabytes(disk.value.sizeMb)}`;
  if (!disk.value.readOnly) {
    return warn(
      id,
      `The template "${name}" at ${path} (${size}) can be written to: one write would break every machine made from it.`,
      "Nothing, if hvpool has not run yet: it makes the disk read-only when it first looks at it.",
    );
  }
  const depth = parents.length === 0
    ? ""
    : `, below ${parents.length === 1 ? "a parent" : `${parents.length} parents`}`;
  return ok(id, `"${name}" is a read-only VHDX, ${size}${depth}.`);
}

function brokenParent(
  disk: Extract<DiskChain[number], { outcome: "ok" }>["value"],
  parents: DiskChain,
): string | undefined {
  if (disk.type === "differencing" && disk.parent === null) return "its parent is missing";
  for (const parent of parents) {
    if (parent.outcome !== "ok") return `its parent cannot be used: ${parent.message}`;
    if (parent.value.type === "differencing" && parent.value.parent === null) {
      return `the parent of ${parent.value.path} is missing`;
    }
  }
  return undefined;
}
