/**
 * `C:\ProgramData\hvpool\image.json`: what an image says of itself. Whoever made the image wrote it, so it is a hint:
 * bounded, checked, and never a reason to trust anything.
 */
import { z } from "zod";
import type { ImageManifest } from "../model/templates.ts";

/** Below the root of the image's Windows volume. */
export const IMAGE_MANIFEST_FILE = "ProgramData\\hvpool\\image.json";

const time = z.iso.datetime({ offset: true }).transform((at) => new Date(at).toISOString());

const schema = z.object({
  format: z.literal(1),
  builtAt: time.optional(),
  runner: z.string().regex(/^\d{1,4}\.\d{1,6}\.\d{1,6}$/).optional(),
  loader: z.int().min(1).max(999).optional(),
  software: z.record(z.string().min(1).max(100), z.string().max(100))
    .refine((all) => Object.keys(all).length <= 500, "at most 500 entries").optional(),
  expiresAt: time.optional(),
});

/** A manifest, or why the text is none. */
export type ReadManifest = { readonly manifest: ImageManifest } | { readonly problem: string };

/** Reads the text of an image's manifest. Keys that are not known are ignored. */
export function parseImageManifest(text: string): ReadManifest {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error).replaceAll("\n", " ") };
  const { builtAt, runner, loader, software, expiresAt } = parsed.data;
  return {
    manifest: {
      ...(builtAt === undefined ? {} : { builtAt }),
      ...(runner === undefined ? {} : { runner }),
      ...(loader === undefined ? {} : { loader }),
      ...(software === undefined ? {} : { software }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  };
}
