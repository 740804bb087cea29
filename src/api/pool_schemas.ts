/** The shapes of what is asked about pools that are made at run time. `schemas.ts` hands them on. */
import { z } from "zod";
import { MAX_POOL_SIZE, reason } from "./maintenance_schemas.ts";

/** A day, as in the configuration. */
const MAX_LEASE_SECONDS = 86_400;

const machines = z.int().min(0).max(MAX_POOL_SIZE);
const seconds = z.int().min(1).max(MAX_LEASE_SECONDS);

/** Body of `POST /v1/pools`. Unknown fields are refused: a misspelt one must not be lost. */
export const createPoolSchema = z.strictObject({
  name: z.string().min(1).max(200).meta({
    description:
      "Lower-case letters, digits and dashes; unique among pools, those of the configuration included.",
  }),
  template: z.string().min(1).max(200).meta({
    description: "Name of a template of the configuration, or of a registered one.",
  }),
  size: machines.meta({ description: "Machines to keep." }),
  hot: machines.optional().meta({ description: "So many of them run and are ready. 0 when absent." }),
  warm: machines.optional().meta({
    description: "Beside those so many are saved and proven; the rest stay off. All the rest when absent.",
  }),
  max: z.int().min(1).max(MAX_POOL_SIZE).optional().meta({ description: "A resize goes no further." }),
  desktop: z.boolean().optional().meta({
    description: "A machine is ready only once its desktop is unlocked. true when absent.",
  }),
  idle_seconds: seconds.optional().meta({
    description: "A lease ends when its holder says nothing for so long. 30 minutes when absent.",
  }),
  total_seconds: seconds.optional().meta({
    description: "A lease ends so long after it began. 90 minutes when absent.",
  }),
  on_idle: z.enum(["release", "save"]).optional().meta({
    description: "What happens to a silent holder's lease. release when absent.",
  }),
  switch: z.string().max(200).optional().meta({
    description: "Virtual switch; empty is the host's Default Switch. That of the configuration when absent.",
  }),
  reason,
}).meta({ id: "CreatePoolRequest" });
/** See {@linkcode createPoolSchema}. */
export type CreatePoolRequest = z.infer<typeof createPoolSchema>;

/** Query of `DELETE /v1/pools/{pool}`. */
export const deletePoolQuerySchema = z.object({
  force: z.enum(["true", "false"]).optional().meta({
    description: "true: leases of its machines end first. Else they keep it from being deleted.",
  }),
  reason,
});
