/** The video memory of GPU partitions: whether sizes go together, and what keeps a host from giving them. */
import type { TemplateSettings } from "./settings.ts";

/** Sizes of a partition, each at most the next. */
export const VRAM_SIZES = ["minVram", "optimalVram", "maxVram"] as const;
/** See {@linkcode VRAM_SIZES}. */
export type VramSize = typeof VRAM_SIZES[number];

type Sizes = { readonly [S in VramSize]?: number | undefined };

/** The first two that are the wrong way round: the former is above the latter. */
export function outOfOrder(sizes: Sizes): readonly [above: VramSize, below: VramSize] | undefined {
  let before: VramSize | undefined;
  for (const name of VRAM_SIZES) {
    const size = sizes[name];
    if (size === undefined) continue;
    if (before !== undefined && (sizes[before] ?? 0) > size) return [before, name];
    before = name;
  }
  return undefined;
}

/** What a host tells of its GPUs. The part of `host.info` that counts here. */
export interface GpuOffer {
  readonly partitioning: boolean;
  readonly choose: boolean;
  readonly gpus: readonly {
    readonly name: string;
    readonly vram?: { readonly total: number; readonly max: number } | undefined;
  }[];
}

/** The most that a partition of a GPU can have; infinite where the host does not tell. */
export function mostVram({ vram }: GpuOffer["gpus"][number]): number {
  return [vram?.max, vram?.total].find((size) => size !== undefined && size > 0) ?? Infinity;
}

/** A sentence on why this host cannot give a template's machines their GPU partition, and one on what to do. */
export function gpuMissing(
  { name, gpu, gpuPartition = {} }: Pick<TemplateSettings, "name" | "gpu" | "gpuPartition">,
  offer: GpuOffer,
): { readonly message: string; readonly remedy: string } | undefined {
  if (gpu !== true) return undefined;
  const names = offer.gpus.map((one) => one.name).join(", ");
  if (!offer.partitioning || names === "") {
    return {
      message:
        `Machines of the template "${name}" get a GPU partition, and this host has no GPU that can be divided.`,
      remedy: "Take gpu out of the template, or use a host whose Get-VMHostPartitionableGpu shows one.",
    };
  }
  const wanted = gpuPartition.gpu;
  if (wanted !== undefined && !offer.choose) {
    return {
      message: `The template "${name}" names a GPU, and this version of Windows chooses by itself.`,
      remedy: "Take gpu_name out of the template.",
    };
  }
  const named = offer.gpus.filter((one) => wanted === undefined || isSame(one.name, wanted));
  if (named.length === 0) {
    return {
      message: `This host has no GPU ${wanted}, which the template "${name}" names (it has: ${names}).`,
      remedy: "Correct gpu_name.",
    };
  }
  const most = Math.max(...named.map(mostVram));
  const above = VRAM_SIZES.find((size) => (gpuPartition[size] ?? 0) > most);
  if (above === undefined) return undefined;
  return {
    message:
      `The template "${name}" asks for ${KEYS[above]} ${
        gpuPartition[above]
      } of video memory, and a partition ` +
      `of this host's GPU has at most ${most} (the host's own units, as its Get-VMHostPartitionableGpu shows them).`,
    remedy: `Lower ${KEYS[above]} to ${most} or less.`,
  };
}

/** Their keys in a configuration. */
export const KEYS: Readonly<Record<VramSize, string>> = {
  minVram: "gpu_vram_min",
  optimalVram: "gpu_vram_optimal",
  maxVram: "gpu_vram_max",
};

/** Windows tells paths apart without regard to case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
