/** The shapes of evidence. `schemas.ts` hands them on. */
import { z } from "zod";

/** One item. The same as `EvidenceItem` in `ports/operations.ts`. */
export const evidenceItemSchema = z.object({
  cycle: z.string().meta({ description: "<pool>/<slot>.<n>; it may have ended long ago." }),
  vm: z.string(),
  cause: z.string().meta({ description: "Short, such as boot-timeout." }),
  message: z.string(),
  at: z.iso.datetime().meta({ description: "When it was kept: ISO 8601 in UTC." }),
  files: z.array(z.object({ name: z.string(), bytes: z.int().min(0) })).meta({
    description: "events.jsonl, and screen.png and diag.zip where there are such.",
  }),
  omitted: z.array(z.string()).default([]).meta({
    description: "What was too large to be kept, for people.",
  }),
}).meta({ id: "EvidenceItem" });

/** Answer of `GET /v1/vms/{vm}/evidence`. */
export const evidenceSchema = z.object({
  evidence: z.array(evidenceItemSchema).meta({ description: "Newest first; empty for an unknown VM." }),
}).meta({ id: "Evidence" });
/** See {@linkcode evidenceSchema}. */
export type EvidenceAnswer = z.infer<typeof evidenceSchema>;

/** Parameters in the path of `GET /v1/vms/{vm}/evidence`. */
export const evidencePathSchema = z.object({
  vm: z.string().min(1).max(200).meta({
    description: "Name of a VM, which means every cycle that had it, or a cycle id, whose slash is " +
      "percent-encoded: linux%2F1.7.",
  }),
});

/** Parameters in the path of `GET /v1/evidence/{cycle}/{file}`. */
export const evidenceFilePathSchema = z.object({
  cycle: z.string().min(1).max(200).meta({ description: "<pool>/<slot>.<n>, with %2F for the slash." }),
  file: z.string().min(1).max(200).meta({ description: "One of the item's files." }),
});
