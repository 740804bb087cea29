/** What the image on a disk says of itself. */
import type { ImageManifest } from "../../model/templates.ts";
import { IMAGE_MANIFEST_FILE, parseImageManifest } from "../../ports/image_manifest.ts";
import { askHost } from "./ask_host.ts";
import type { TemplateContext } from "./context.ts";

/** The manifest in an image, or why there is none that can be used. */
export type FoundImage =
  | { readonly found: "manifest"; readonly image: ImageManifest }
  | { readonly found: "nothing" }
  /** The disk could not be mounted, or has no Windows volume. */
  | { readonly found: "unreadable"; readonly why: string }
  /** There is a manifest of another form. */
  | { readonly found: "malformed"; readonly why: string };

/** Reads the manifest in an image. */
export async function findImage(
  context: Pick<TemplateContext, "host" | "clock">,
  path: string,
  signal?: AbortSignal,
): Promise<FoundImage> {
  const answer = await askHost(context, "disk.readFiles", { path, files: [IMAGE_MANIFEST_FILE] }, signal);
  if (answer.outcome !== "ok") return { found: "unreadable", why: answer.message };
  const text = answer.value.files[0]?.text ?? null;
  if (text === null) return { found: "nothing" };
  const read = parseImageManifest(text);
  if ("problem" in read) return { found: "malformed", why: read.problem };
  return { found: "manifest", image: read.manifest };
}
