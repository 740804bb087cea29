/** Copies a golden disk into the store piece by piece, on from where an earlier try stopped. */
import type { Following } from "../../ports/operations.ts";
import { giveName, needHost, sizeOf } from "./ask_host.ts";
import type { TemplateContext } from "./context.ts";
import { partOf } from "../template_store.ts";
import { Refused } from "./refused.ts";

/** Bytes that are copied by one call: so often is progress told, and so much is lost when it is cut off. */
export const PIECE_BYTES = 67_108_864;

/**
 * Copies a file to `target`, which appears when it is complete.
 * @throws Refused `cancelled` between two pieces: what was copied stays.
 */
export async function copyDisk(
  context: TemplateContext,
  { path, target, pieceBytes = PIECE_BYTES }: { path: string; target: string; pieceBytes?: number },
  { progress, signal }: Following,
): Promise<void> {
  const tried = `Cannot copy ${path} into the store`;
  const size = await sizeOf(context, path, signal);
  if (size === undefined) throw new Refused("not_found", `${tried}: the disk is not there any more.`);
  const part = partOf(target);
  const there = await sizeOf(context, part, signal) ?? 0;
  // Of the piece that was cut off, nobody knows how much was written.
  let done = there > size ? 0 : Math.floor(there / pieceBytes) * pieceBytes;
  progress({ step: "copying", done, of: size });
  while (done < size) {
    const piece = await needHost(
      context,
      "file.copy",
      { path, offset: done, bytes: pieceBytes, target: part, targetOffset: done },
      { tried, signal },
    );
    if (piece.size !== size || piece.copied !== Math.min(pieceBytes, size - done)) {
      throw new Refused(
        "failed",
        `${tried}: it was written to while it was copied. Shut down what uses it, and ask again.`,
      );
    }
    done += piece.copied;
    progress({ step: "copying", done, of: size });
  }
  await giveName(context, part, target, signal);
}
