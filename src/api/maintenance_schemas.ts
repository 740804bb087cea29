/** The shapes of what operators ask of pools and machines. `schemas.ts` hands them on. */
import { z } from "zod";
import { readableText } from "./readable_text.ts";

/** Largest pool, as in the configuration. */
export const MAX_POOL_SIZE = 1_000;
/** A machine is kept for a month at the longest. */
export const MAX_HOLD_SECONDS = 31 * 86_400;

const name = z.string().min(1).max(200);

/** Why something is asked for. */
export const reason = readableText(500, z.string().trim()).min(1).optional().meta({
  description: "Why, for whoever reads it later. Goes into the journal: no secrets.",
});

const force = z.boolean().optional().meta({
  description: "Does not wait for its job: whatever runs on it is lost. false when absent.",
});

/** Parameters in the path of what is asked of a pool. */
export const poolPathSchema = z.object({ pool: name.meta({ description: "Name of a pool." }) });

/** Parameters in the path of what is asked of a machine. */
export const vmPathSchema = z.object({
  vm: name.meta({
    description: "Name of a VM, which means the one that fills the slot now, or a cycle id, whose slash is " +
      "percent-encoded: linux%2F1.7.",
  }),
});

/** Body of what takes a reason at most. Unknown fields are refused, here and below: a misspelt one must not be lost. */
export const reasonSchema = z.strictObject({ reason }).meta({ id: "ReasonRequest" });
/** See {@linkcode reasonSchema}. */
export type ReasonRequest = z.infer<typeof reasonSchema>;

/** Query of what is deleted. */
export const reasonQuerySchema = z.object({ reason });

/** Body of `POST /v1/pools/{pool}/resize`. */
export const resizeSchema = z.strictObject({
  size: z.int().min(0).max(MAX_POOL_SIZE).optional().meta({
    description:
      "Machines, until the configuration says another number. Absent: what the configuration says.",
  }),
  reason,
}).meta({ id: "ResizeRequest" });
/** See {@linkcode resizeSchema}. */
export type ResizeRequest = z.infer<typeof resizeSchema>;

/** Body of `POST /v1/vms/{vm}/recreate` and `/destroy`. */
export const retireSchema = z.strictObject({ force, reason }).meta({ id: "RetireRequest" });
/** See {@linkcode retireSchema}. */
export type RetireRequest = z.infer<typeof retireSchema>;

/** Body of `POST /v1/vms/{vm}/stop`. */
export const stopVmSchema = z.strictObject({
  force: z.boolean().optional().meta({
    description:
      "Also one that somebody has, or that waits for somebody: what is in it is lost. false when absent.",
  }),
  reason,
}).meta({ id: "StopVmRequest" });
/** See {@linkcode stopVmSchema}. */
export type StopVmRequest = z.infer<typeof stopVmSchema>;

/** Body of `POST /v1/vms/{vm}/hold`. */
export const holdSchema = z.strictObject({
  seconds: z.int().min(1).max(MAX_HOLD_SECONDS).meta({
    description: "How long it is kept, from now on; 31 days at most.",
  }),
  reason,
}).meta({ id: "HoldRequest" });
/** See {@linkcode holdSchema}. */
export type HoldRequest = z.infer<typeof holdSchema>;

/** Answer to what is asked of pools and machines. */
export const maintenanceSchema = z.object({
  message: z.string().meta({ description: "For people: what happens now." }),
  changed: z.boolean().meta({ description: "Whether anything changed." }),
  cycle: z.string().optional().meta({ description: "The cycle of the machine that it is about." }),
}).meta({ id: "Maintenance" });
/** See {@linkcode maintenanceSchema}. */
export type MaintenanceAnswer = z.infer<typeof maintenanceSchema>;

/** Body of `POST /v1/reload`. `apply` has no default: looking and changing must not be mistaken for each other. */
export const reloadRequestSchema = z.strictObject({
  apply: z.boolean().meta({ description: "false: only tell what would change." }),
  reason,
}).meta({ id: "ReloadRequest" });

/** See {@linkcode reloadRequestSchema}. */
export type ReloadRequest = z.infer<typeof reloadRequestSchema>;

/** Answer of `POST /v1/reload`. */
export const reloadSchema = z.object({
  applied: z.boolean().meta({ description: "Whether it was more than a look." }),
  changes: z.array(z.string()).meta({
    description: "One line for each thing that changes for pools and machines.",
  }),
  restart: z.array(z.string()).meta({ description: "What changed in the file and counts after a restart." }),
}).meta({ id: "Reload" });
/** See {@linkcode reloadSchema}. */
export type ReloadAnswer = z.infer<typeof reloadSchema>;
