/** Moves the disk of a prepared image into the store of golden disks. The same again goes on where it was cut off. */
import type { Result } from "../model/conclude.ts";
import type { ImageManifest } from "../model/templates.ts";
import type { HostPort, HostResult } from "../ports/host.ts";
import { IMAGE_MANIFEST_FILE, parseImageManifest } from "../ports/image_manifest.ts";

/** What to publish. */
export interface PublishRequest {
  /** The disk of the machine on which the image was prepared; the machine is off. */
  readonly path: string;
  /** In the store. */
  readonly target: string;
  /** Version of the runner that was installed; absent: the image kept what it had. */
  readonly runner?: string;
}

type Failed = Exclude<HostResult<unknown>, { outcome: "ok" }>;

/** Where the disk is: at `target`, when an earlier try has moved it. */
async function whereIsIt(host: HostPort, { path, target }: PublishRequest): Promise<HostResult<string>> {
  const there = await host.call("file.read", { path, offset: 0, maxBytes: 0 });
  if (there.outcome === "ok") return { outcome: "ok", value: path };
  return there.outcome === "failed" && there.code === "not_found" ? { outcome: "ok", value: target } : there;
}

/** What the image says of itself; nothing on a host that may not mount disks. */
async function readManifest(
  host: HostPort,
  disk: string,
  runner: string | undefined,
): Promise<Failed | { outcome: "ok"; image: ImageManifest | undefined }> {
  const read = await host.call("disk.readFiles", { path: disk, files: [IMAGE_MANIFEST_FILE] });
  if (read.outcome === "failed" && read.code === "access_denied") return { outcome: "ok", image: undefined };
  if (read.outcome !== "ok") return read;
  const says = (why: string): Failed => ({
    outcome: "failed",
    code: "invalid",
    message: `The image does not say what was installed: ${why}`,
  });
  const text = read.value.files[0]?.text ?? null;
  if (text === null) return says(`it has no ${IMAGE_MANIFEST_FILE}`);
  const parsed = parseImageManifest(text);
  if ("problem" in parsed) return says(`${IMAGE_MANIFEST_FILE} is no manifest: ${parsed.problem}`);
  if (runner !== undefined && parsed.manifest.runner !== runner) {
    return says(`its runner is ${parsed.manifest.runner ?? "missing"}, not ${runner}`);
  }
  return { outcome: "ok", image: parsed.manifest };
}

/**
 * Checks what a prepared image says of itself, moves it to `target`, makes it read-only, and learns its identity.
 * An image that says something else than was installed never gets there (`invalid`).
 */
export async function publishTemplate(host: HostPort, request: PublishRequest): Promise<Result> {
  const { path, target, runner } = request;
  const at = await whereIsIt(host, request);
  if (at.outcome !== "ok") return at;
  const manifest = await readManifest(host, at.value, runner);
  if (manifest.outcome !== "ok") return manifest;
  if (at.value === path) {
    const moved = await host.call("file.rename", { path, target });
    if (moved.outcome !== "ok") return moved;
  }
  const kept = await host.call("disk.protect", { path: target });
  if (kept.outcome !== "ok") return kept;
  const info = await host.call("disk.info", { path: target });
  if (info.outcome !== "ok") return info;
  const { image } = manifest;
  const disk = { identity: info.value.identity, path: target, ...(image === undefined ? {} : { image }) };
  return { outcome: "ok", value: { disk } };
}
