/** Hardware and more of a template, as requests and exports give it. */
import { z } from "zod";
import { outOfOrder, VRAM_SIZES } from "../../model/gpu_partition.ts";
import type { GpuPartition, TemplateSettings } from "../../model/settings.ts";
import type { TemplateHardware } from "../../ports/operations.ts";
import { Refused } from "./refused.ts";

/** A line of text that can be shown. */
const line = (max: number) =>
  // deno-lint-ignore no-control-regex -- control characters are what is meant
  z.string().min(1).max(max).regex(/^[^\u0000-\u001f\u007f]*$/, "must be one line");

/** Whole numbers in the host's own units. */
const vram = z.int().min(1).exactOptional();
const gpuPartition = z.strictObject({
  gpu: line(400).exactOptional(),
  minVram: z.int().min(0).exactOptional(),
  optimalVram: vram,
  maxVram: vram,
}).refine((sizes) => outOfOrder(sizes) === undefined, "minVram, optimalVram and maxVram are out of order");

/** Keys as in {@linkcode TemplateHardware}; what is not known is ignored. */
export const hardwareSchema = z.object({
  memoryMb: z.int().min(32).max(16_777_216).multipleOf(2).optional(),
  processors: z.int().min(1).max(2_048).optional(),
  secureBoot: z.enum(["off", "MicrosoftWindows", "MicrosoftUEFICertificateAuthority"]).optional(),
  tpm: z.boolean().optional(),
  nested: z.boolean().optional(),
  gpu: z.boolean().optional(),
  gpuPartition: gpuPartition.optional(),
  software: z.record(line(100), z.string().max(100))
    .refine((all) => Object.keys(all).length <= 500, "at most 500 entries").optional(),
  credentials: line(100).optional(),
  probe: z.union([
    z.strictObject({ tcp: z.int().min(1).max(65_535) }),
    z.strictObject({ http: line(500) }),
  ]).optional(),
});

/** What is given of it. */
type Given = z.infer<typeof hardwareSchema>;

/** Reads the hardware of a request. */
export function checkHardware(request: TemplateHardware): Given {
  const parsed = hardwareSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Refused("invalid", `The template's hardware makes no sense: ${problems.join("; ")}.`);
}

/**
 * Settings of a template: what is given, else what another template has, else the defaults of the configuration.
 * @throws Refused `invalid` when the two do not go together.
 */
export function settingsFrom(
  { name, path }: { name: string; path: string },
  given: Given,
  other: Given = {},
): TemplateSettings {
  const software = given.software ?? other.software;
  const credentials = given.credentials ?? other.credentials;
  const probe = given.probe ?? other.probe;
  const gpu = given.gpu ?? other.gpu ?? false;
  const partition = partitionFrom(gpu, given, other);
  return {
    name,
    path,
    memoryMb: given.memoryMb ?? other.memoryMb ?? 4096,
    processors: given.processors ?? other.processors ?? 2,
    secureBoot: given.secureBoot ?? other.secureBoot ?? "MicrosoftWindows",
    tpm: given.tpm ?? other.tpm ?? false,
    nested: given.nested ?? other.nested ?? false,
    ...(gpu ? { gpu } : {}),
    ...(partition === undefined ? {} : { gpuPartition: partition }),
    ...(software === undefined ? {} : { software }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(probe === undefined ? {} : { probe }),
  };
}

function partitionFrom(gpu: boolean, given: Given, other: Given): GpuPartition | undefined {
  if (!gpu) {
    if (given.gpuPartition === undefined) return undefined;
    throw new Refused(
      "invalid",
      "The template's hardware makes no sense: a GPU or video memory is named, and its machines get no GPU partition. " +
        "Ask for one (gpu), or leave them out.",
    );
  }
  const both = { ...other.gpuPartition, ...given.gpuPartition };
  const wrong = outOfOrder(both);
  if (wrong !== undefined) {
    const [above, below] = wrong;
    throw new Refused(
      "invalid",
      `The template's hardware makes no sense: ${above} (${both[above]}) is above ` +
        `${below} (${both[below]}). Lower ${above}, or raise ${below}.`,
    );
  }
  const sizes = VRAM_SIZES.flatMap((size) => both[size] === undefined ? [] : [[size, both[size]]]);
  const partition: GpuPartition = {
    ...(both.gpu === undefined ? {} : { gpu: both.gpu }),
    ...Object.fromEntries(sizes),
  };
  return Object.keys(partition).length === 0 ? undefined : partition;
}

/** Whether two templates differ in nothing but their names and disks. */
export function sameHardware(a: TemplateSettings, b: TemplateSettings): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint({ software, ...rest }: TemplateSettings): string {
  const listed = Object.entries(software ?? {}).sort(([a], [b]) => a < b ? -1 : 1);
  const { memoryMb, processors, secureBoot, tpm, nested, gpu = false, credentials = null, probe = null } =
    rest;
  const { gpu: card, minVram, optimalVram, maxVram } = rest.gpuPartition ?? {};
  const partition = [card ?? null, minVram ?? null, optimalVram ?? null, maxVram ?? null];
  const more = [gpu, partition, credentials, probe, listed];
  return JSON.stringify([memoryMb, processors, secureBoot, tpm, nested, ...more]);
}
