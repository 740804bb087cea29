/** Calls about virtual disks and the folders they lie in. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import { nothing, path, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

/** Relative to the Windows volume; what climbs out, names a drive or a stream is refused. */
const onVolume = text.min(1).max(200).regex(
  /^(?![\\/])(?!.*(?:^|[\\/])\.\.(?:[\\/]|$))[^:*?"<>|]+$/u,
  "a path below the root of the volume",
);

/** `disk.*` and `dir.*`. */
export const DISK = {
  "disk.info": call({
    args: z.strictObject({ path }),
    result: z.strictObject({
      path,
      format: z.enum(["vhd", "vhdx"]),
      type: z.enum(["fixed", "dynamic", "differencing"]),
      sizeMb: z.number(),
      fileMb: z.number(),
      parent: z.string().nullable(),
      readOnly: z.boolean(),
      attached: z.boolean().describe("On the host, or by a VM that runs."),
      // deno-lint-ignore no-control-regex -- ASCII is meant
      identity: z.string().min(1).max(200).regex(/^[\x00-\x7f]+$/).describe(
        "Changes whenever the file at this path is another disk or was written: the virtual disk's identifier, the " +
          "file's size and its last write. Neither a link to it nor making it read-only changes it.",
      ),
    }),
    ...READS,
    about: "A virtual disk: format, sizes, parent, whether it is read-only or attached.",
  }),
  "disk.protect": call({
    args: z.strictObject({ path }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 30_000,
    about: "Makes a parent disk read-only: a write to it would break every child.",
  }),
  "disk.link": call({
    args: z.strictObject({ path, target: path }),
    result: z.strictObject({
      linked: z.boolean().describe(
        "`false`: `target` is on another volume, or its file system has no hard links; nothing is left behind.",
      ),
    }),
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about:
      "Gives a disk a second path, a hard link, and makes the folder that it lies in: children that name it live on " +
      "when the first path is replaced or moved. Linked already is no error, another file at `target` is `invalid`. " +
      "The read-only attribute is the file's, whichever path it is set by.",
  }),
  "disk.createChild": call({
    args: z.strictObject({ path, parent: path }),
    result: z.strictObject({ path }),
    ...OPERATIONS["disk.createChild"],
    about: "Makes a differencing disk below a read-only parent, and the directory that it lies in.",
  }),
  "disk.remove": call({
    args: z.strictObject({ path }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about:
      "Deletes one virtual disk; missing is no error, one that is in use is `busy`, one that is protected is refused.",
  }),
  "disk.inject": call({
    args: z.strictObject({
      path,
      files: z.array(z.strictObject({
        path: onVolume.describe(
          "Below the root of the Windows volume, such as `ProgramData\\hvpool\\inbox\\hvpool.json`.",
        ),
        text: text.describe("Written as UTF-8 without a byte-order mark. Secret."),
      })).min(1).max(100),
    }),
    result: z.strictObject({ files: z.int().min(0) }),
    ...OPERATIONS["disk.inject"],
    about:
      "Mounts a disk that nobody uses, without a drive letter, writes text files to its Windows volume, and always dismounts it; " +
      "one at a time on a host, mounts that a crash has left are cleaned first.",
  }),
  "dir.list": call({
    args: z.strictObject({
      path,
      files: z.boolean().optional().describe("`true`: its files are told, too."),
    }),
    result: z.strictObject({
      names: z.array(z.string()),
      files: z.array(z.string()).optional().describe("Names of its files, where they were asked for."),
    }),
    ...READS,
    about: "Names of the folders in a folder; a folder that is missing has none.",
  }),
  "dir.remove": call({
    args: z.strictObject({ path }),
    result: nothing,
    ...OPERATIONS["dir.remove"],
    about: "Deletes a cycle's directory with its disk; missing is no error, a locked file is `busy`.",
  }),
} as const;
