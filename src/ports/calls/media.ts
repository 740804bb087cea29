/** Calls about the DVD drive, and the config drive that goes into it. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import { guid, nothing, path, textFile, vmOnly } from "./shapes.ts";
import { call } from "./spec.ts";

/** `dvd.*` and `media.*`. The latter are composed by the adapter: it writes the file, then uses the former. */
export const MEDIA = {
  "dvd.set": call({
    args: z.strictObject({ vmId: guid, path: path.regex(/\.iso$/i, "must end with .iso") }),
    result: z.strictObject({ path }),
    lane: "vm",
    unknown: "repeat",
    uses: true,
    limitMs: 60_000,
    about: "Sets an image that lies on the host into the VM's DVD drive, in place of what is there.",
  }),
  "dvd.eject": call({
    args: vmOnly,
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Empties the DVD drive and leaves the image where it lies; an empty drive is no error.",
  }),
  "media.put": call({
    args: z.strictObject({
      vmId: guid,
      directory: path,
      use: z.int().min(1),
      files: z.array(textFile).describe("Small text files of the config drive. Secret."),
    }),
    result: z.strictObject({ path }),
    ...OPERATIONS["media.put"],
    about: "Writes the config drive into the cycle's directory and sets it into the VM's DVD drive.",
  }),
  "media.take": call({
    args: z.strictObject({ vmId: guid, directory: path }),
    result: nothing,
    ...OPERATIONS["media.take"],
    about: "Ejects the config drive and deletes its file; nothing to take is no error.",
  }),
} as const;
