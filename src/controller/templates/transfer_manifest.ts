/** The manifest of an exported template: which files its disk is in, and the hardware of its machines. */
import { z } from "zod";
import { parseImageManifest } from "../../ports/image_manifest.ts";
import type { ImageManifest } from "../../model/templates.ts";
import { hardwareSchema } from "./hardware.ts";
import { TEMPLATE_NAME } from "./names.ts";

/** Name of the manifest; it is written last, so that a place without it holds no complete export. */
export const MANIFEST_FILE = "manifest.json";
/** Names the parts that are complete while an export is under way. */
export const PROGRESS_FILE = "progress.json";
/** Both files are no longer. */
export const MANIFEST_AT_MOST = 1_048_576;
/** A template is in so many parts at most. */
export const PARTS_AT_MOST = 4_096;
/** As much as the host copies at once. */
const PART_BYTES_AT_MOST = 1_073_741_824;

/** Name of a part's file: `disk.vhdx.000` is the first. */
export function partFile(index: number): string {
  return `disk.vhdx.${String(index).padStart(3, "0")}`;
}

const part = z.object({
  file: z.string().max(20),
  bytes: z.int().min(1).max(PART_BYTES_AT_MOST),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "no SHA-256 in lower case"),
});
/** A piece of a template's disk in a file. */
export type Part = z.infer<typeof part>;

const parts = z.array(part).max(PARTS_AT_MOST).refine(
  (all) => all.every(({ file }, i) => file === partFile(i)),
  "the parts are not disk.vhdx.000, disk.vhdx.001 and so on",
);
const name = z.string().regex(TEMPLATE_NAME);
const identity = z.string().min(1).max(200);
const image = z.unknown().transform((value): ImageManifest | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  // It is a hint: one that lies in its form is not used.
  const read = parseImageManifest(JSON.stringify({ ...value, format: 1 }));
  return "manifest" in read ? read.manifest : undefined;
});

const manifest = z.object({
  format: z.literal(1),
  name,
  exportedAt: z.iso.datetime({ offset: true }),
  hardware: hardwareSchema.refine(
    ({ gpu, gpuPartition }) => gpu === true || gpuPartition === undefined,
    "gpuPartition without gpu",
  ),
  image: image.optional(),
  disk: z.object({
    bytes: z.int().min(1),
    identity: identity.optional(),
    parts: parts.min(1),
  }).refine(
    (disk) => disk.parts.reduce((sum, { bytes }) => sum + bytes, 0) === disk.bytes,
    "the lengths of the parts do not make up the length of the disk",
  ),
});
/** What `manifest.json` says. `disk.identity` is that of the disk that was exported, on its host. */
export type TransferManifest = z.infer<typeof manifest>;

const progress = z.object({ format: z.literal(1), name, identity, partBytes: z.int().min(1), parts });
/** What `progress.json` says: the parts that are complete, of this disk, cut like this. */
export type TransferProgress = z.infer<typeof progress>;

/** What a file says, or why it cannot be used. */
export type ReadText<T> = { readonly value: T } | { readonly problem: string };

function read<T>(schema: z.ZodType<T>, text: string): ReadText<T> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`
  );
  return { problem: problems.join("; ") };
}

/** Reads the text of `manifest.json`. */
export function parseManifest(text: string): ReadText<TransferManifest> {
  return read(manifest, text);
}

/** Reads the text of `progress.json`. */
export function parseProgress(text: string): ReadText<TransferProgress> {
  return read(progress, text);
}

/** The text of either file. */
export function textOf(value: TransferManifest | TransferProgress): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
