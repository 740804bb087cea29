/** What a template says of its machines' GPU partition beside that they have one. */
import { KEYS, outOfOrder, VRAM_SIZES } from "../../model/gpu_partition.ts";
import type { GpuPartition, TemplateSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { TemplateValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** Builds `gpu_name` and `gpu_vram_min`, `gpu_vram_optimal`, `gpu_vram_max`. */
export function templateGpu(
  context: BuildContext,
  at: KeyPath,
  item: TemplateValues,
): Pick<TemplateSettings, "gpuPartition"> {
  const { document: { findings }, recorder } = context;
  const partition = partitionOf(item);
  const written = [
    ...(partition.gpu === undefined ? [] : ["gpu_name"]),
    ...VRAM_SIZES.flatMap((size) => partition[size] === undefined ? [] : [KEYS[size]]),
  ];
  if (written.length === 0) return {};
  if (item.gpu !== true) {
    if (findings.wrong([...at, "gpu"])) return {};
    for (const key of written) {
      findings.keyError([...at, key], "has no effect without gpu: true", {
        remedy: "Write gpu: true, or remove it",
      });
    }
    return {};
  }
  if (partition.gpu !== undefined && !isInstancePath(partition.gpu)) {
    findings.error([...at, "gpu_name"], `${JSON.stringify(partition.gpu)} is no instance path of a GPU`, {
      expected:
        "the Name that Get-VMHostPartitionableGpu shows, in single quotes: '\\\\?\\PCI#...\\GPUPARAV'",
    });
  }
  const wrong = outOfOrder(partition);
  if (wrong !== undefined) {
    const [above, below] = wrong;
    findings.error(
      [...at, KEYS[above]],
      `${partition[above]} is above ${KEYS[below]}, which is ${partition[below]}`,
      {
        remedy: `Lower it to ${partition[below]} or less, or raise ${KEYS[below]}`,
      },
    );
  }
  for (const key of ["gpu_name", "gpu_vram_min", "gpu_vram_optimal", "gpu_vram_max"] as const) {
    if (written.includes(key)) recorder.choose([[[...at, key], item[key]]], undefined);
  }
  return { gpuPartition: partition };
}

function partitionOf(item: TemplateValues): GpuPartition {
  const gpu = given(item.gpu_name);
  const { gpu_vram_min: minVram, gpu_vram_optimal: optimalVram, gpu_vram_max: maxVram } = item;
  return {
    ...(gpu === undefined ? {} : { gpu }),
    ...(minVram === undefined ? {} : { minVram }),
    ...(optimalVram === undefined ? {} : { optimalVram }),
    ...(maxVram === undefined ? {} : { maxVram }),
  };
}

/** As `gpu.add` takes it. */
function isInstancePath(name: string): boolean {
  // deno-lint-ignore no-control-regex -- control characters are what is meant
  return /^\\\\\?\\[^\u0000-\u001f\u007f]{1,396}$/.test(name);
}
