/** Calls about ordinary files on the host: golden disks and the folders that they are exported to. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import { base64, nothing, path, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

/** Bytes that travel in one answer or request. */
const CHUNK_BYTES = 1_048_576;
const BASE64_OF_CHUNK = Math.ceil(CHUNK_BYTES / 3) * 4;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/).describe("SHA-256 of the bytes that were copied.");

/** `file.*` and `disk.readFiles`. */
export const FILE = {
  "file.copy": call({
    args: z.strictObject({
      path,
      offset: z.int().min(0).describe("Where in the source the piece begins."),
      bytes: z.int().min(1).max(1_073_741_824).describe(
        "At most so many are copied; fewer at the end of the file.",
      ),
      target: path,
      targetOffset: z.int().min(0).describe(
        "Where in the target the piece begins: the target ends after it. 0 makes the file and its folders anew.",
      ),
    }),
    result: z.strictObject({
      copied: z.int().min(0).describe("Bytes of this piece."),
      size: z.int().min(0).describe("Bytes of the whole source."),
      sha256,
    }),
    ...OPERATIONS["file.copy"],
    about:
      "Copies a piece of a file to another one on the host, also to a share; the same piece again changes nothing. " +
      "A target that is shorter than `targetOffset` is `invalid`.",
  }),
  "file.read": call({
    args: z.strictObject({ path, offset: z.int().min(0), maxBytes: z.int().min(0).max(CHUNK_BYTES) }),
    result: z.strictObject({
      data: base64.describe("Empty at the end of the file."),
      size: z.int().min(0).describe("Bytes of the whole file."),
    }),
    ...READS,
    about: "Reads a piece of a file on the host; with `maxBytes` 0 only its size.",
  }),
  "file.write": call({
    args: z.strictObject({
      path,
      offset: z.int().min(0).describe(
        "Where the piece begins: the file ends after it. 0 makes the file and its folders anew.",
      ),
      data: base64.max(BASE64_OF_CHUNK).describe("At most 1 MiB of bytes."),
    }),
    result: z.strictObject({ size: z.int().min(0).describe("Bytes that the file has now.") }),
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Writes a piece of a file on the host; the same piece again changes nothing.",
  }),
  "file.rename": call({
    args: z.strictObject({ path, target: path }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about:
      "Gives a file another path on the same volume, and makes the folder that it lies in. Something at `target` is " +
      "`invalid`; a missing file is `not_found`.",
  }),
  "file.remove": call({
    args: z.strictObject({ path }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Deletes a file; missing is no error, one that is in use is `busy`.",
  }),
  "disk.readFiles": call({
    args: z.strictObject({
      path,
      files: z.array(
        text.min(1).max(200).regex(
          /^(?![\\/])(?!.*(?:^|[\\/])\.\.(?:[\\/]|$))[^:*?"<>|]+$/u,
          "a path below the root of the volume",
        ),
      ).min(1).max(20),
    }),
    result: z.strictObject({
      files: z.array(z.strictObject({
        path: z.string(),
        text: z.string().max(65_536).nullable().describe(
          "Its text (UTF-8); null when there is no such file, or a longer one.",
        ),
      })),
    }),
    lane: "mount",
    unknown: "repeat",
    uses: false,
    limitMs: 180_000,
    about:
      "Mounts a disk read-only, without a drive letter, reads small text files of its Windows volume, and always " +
      "dismounts it; one at a time on a host. Only for disks that no job has written to.",
  }),
} as const;
