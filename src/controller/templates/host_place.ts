/** A folder of the host, or a share that the host reaches. */
import { askHost, giveName, needHost, sizeOf, valueOf } from "./ask_host.ts";
import type { TemplateContext } from "./context.ts";
import type { Moved, Moving, Place } from "./places.ts";
import { Refused } from "./refused.ts";
import { MANIFEST_AT_MOST } from "./transfer_manifest.ts";

/** The host copies by itself: no byte of a disk comes to the controller. */
export class HostPlace implements Place {
  readonly origin: string;
  readonly steps = { send: "copying", fetch: "copying" };
  readonly partBytes = 268_435_456;
  readonly #context: TemplateContext;

  /** @param folder an absolute path, without a separator at its end. */
  constructor(context: TemplateContext, folder: string) {
    this.#context = context;
    this.origin = folder;
  }

  #path(file: string): string {
    return this.origin.endsWith("\\") ? `${this.origin}${file}` : `${this.origin}\\${file}`;
  }

  async read(file: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const path = this.#path(file);
    const answer = await askHost(
      this.#context,
      "file.read",
      { path, offset: 0, maxBytes: MANIFEST_AT_MOST },
      signal,
    );
    if (answer.outcome === "failed" && answer.code === "not_found") return undefined;
    const { data, size } = valueOf(answer, `Cannot read ${path}`);
    if (size > MANIFEST_AT_MOST) throw tooLong(path);
    return Uint8Array.fromBase64(data);
  }

  async write(file: string, text: string, signal?: AbortSignal): Promise<void> {
    const path = this.#path(file);
    const tried = `Cannot write ${path}`;
    const part = `${path}.part`;
    const data = new TextEncoder().encode(text).toBase64();
    await needHost(this.#context, "file.write", { path: part, offset: 0, data }, { tried, signal });
    await this.remove(file, signal);
    await giveName(this.#context, part, path, signal);
  }

  async remove(file: string, signal?: AbortSignal): Promise<void> {
    const path = this.#path(file);
    await needHost(this.#context, "file.remove", { path }, { tried: `Cannot remove ${path}`, signal });
  }

  async sizeOf(file: string, signal?: AbortSignal): Promise<number | undefined> {
    return await sizeOf(this.#context, this.#path(file), signal);
  }

  async send(
    file: string,
    { path, offset, bytes }: { path: string; offset: number; bytes: number },
    { moved, signal }: Moving,
  ): Promise<Moved> {
    const target = this.#path(file);
    const { copied, sha256 } = await needHost(
      this.#context,
      "file.copy",
      { path, offset, bytes, target, targetOffset: 0 },
      { tried: `Cannot export to ${target}`, signal },
    );
    moved(copied);
    return { bytes: copied, sha256 };
  }

  async fetch(
    { file, bytes }: { file: string; bytes: number },
    target: { path: string; offset: number },
    { moved, signal }: Moving,
  ): Promise<Moved> {
    const path = this.#path(file);
    const answer = await askHost(
      this.#context,
      "file.copy",
      { path, offset: 0, bytes, target: target.path, targetOffset: target.offset },
      signal,
    );
    if (answer.outcome === "failed" && answer.code === "not_found") {
      throw new Refused(
        "failed",
        `${path} is missing: the export is not complete. Export the template again.`,
      );
    }
    const { copied, size, sha256 } = valueOf(answer, `Cannot import ${path}`);
    moved(copied);
    // A file that goes on after the part is another one.
    return { bytes: Math.max(copied, size), sha256 };
  }
}

/** A file that must be small is not. */
export function tooLong(place: string): Refused {
  return new Refused(
    "invalid",
    `${place} is longer than ${MANIFEST_AT_MOST} bytes: it is no file of an exported template.`,
  );
}
