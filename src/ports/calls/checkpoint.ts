/** Calls about checkpoints and saved states. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import { guid, nothing, power, powerAnswer, text, vmOnly } from "./shapes.ts";
import { call, READS } from "./spec.ts";

/** `checkpoint.*` and `savedState.*`. */
export const CHECKPOINT = {
  "checkpoint.create": call({
    args: z.strictObject({ vmId: guid, name: text.min(1).max(100) }),
    result: z.strictObject({ checkpointId: guid }),
    ...OPERATIONS["checkpoint.create"],
    about:
      "Makes a Standard checkpoint, of a running VM with its memory; GPU partitions are refused. Never repeated: there would be two.",
  }),
  "checkpoint.list": call({
    args: vmOnly,
    result: z.strictObject({
      checkpoints: z.array(z.strictObject({
        id: guid,
        name: z.string(),
        parentId: guid.nullable(),
        createdAt: z.number().describe("Milliseconds since the Unix epoch."),
        restoresTo: power.describe("The power state that a restore gives: `saved` with memory, else `off`."),
        automatic: z.boolean().describe("Made by Hyper-V itself at a start."),
      })),
    }),
    ...READS,
    about: "The VM's checkpoints, oldest first.",
  }),
  "checkpoint.restore": call({
    args: z.strictObject({ vmId: guid, checkpointId: guid }),
    result: powerAnswer,
    ...OPERATIONS["checkpoint.restore"],
    about:
      "Puts the VM back to a checkpoint with all its settings of that time, Notes and DVD media among them; what ran is lost. " +
      "A checkpoint with memory leaves it saved: the next start resumes it.",
  }),
  "checkpoint.remove": call({
    args: z.strictObject({ vmId: guid, checkpointId: guid }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 120_000,
    about:
      "Removes one checkpoint; missing is no error. Its disk is merged afterwards: `vm.inspect` says for how long.",
  }),
  "savedState.remove": call({
    args: z.strictObject({
      vmId: guid,
      checkpointId: guid.optional().describe("Of this checkpoint instead of the VM itself."),
    }),
    result: powerAnswer,
    ...OPERATIONS["savedState.remove"],
    about:
      "Throws a saved state away, so that a VM that cannot be resumed is off; disks stay. Without a saved state nothing happens.",
  }),
} as const;
