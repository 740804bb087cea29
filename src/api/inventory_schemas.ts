/** The shapes of what is there beside the machines of pools. `schemas.ts` hands them on. */
import { z } from "zod";
import { reason } from "./maintenance_schemas.ts";

const itemSchema = z.object({
  kind: z.enum(["vm", "directory", "runner"]),
  name: z.string().meta({ description: "Display name, name of the directory, or name of the runner." }),
  id: z.string().optional().meta({ description: "VMId, or GitHub's number of the runner." }),
  place: z.string().optional().meta({ description: "Storage folder, or account of a runner." }),
  belongs: z.enum(["orphan", "retiring", "lost", "foreign"]).meta({
    description:
      "orphan: ours, and nothing wants it · retiring: ours, and on its way out · lost: of a journal that " +
      "was lost · foreign: somebody else's.",
  }),
  plan: z.enum(["removed", "left alone"]),
  why: z.string(),
}).meta({ id: "InventoryItem" });

/** Answer of `GET /v1/inventory`. */
export const inventorySchema = z.object({
  items: z.array(itemSchema),
  listedAt: z.iso.datetime().nullable().meta({ description: "When the last list of VMs began." }),
  lostUpTo: z.int().min(0).meta({
    description: "Numbers up to here are of a journal that was lost; 0: none was.",
  }),
}).meta({ id: "Inventory" });
/** See {@linkcode inventorySchema}. */
export type Inventory = z.infer<typeof inventorySchema>;

/** Body of `POST /v1/reconcile`. */
export const reconcileSchema = z.strictObject({
  adopt: z.boolean().meta({
    description:
      "Machines of a lost journal that serve go on; everything else of it is retired in either case.",
  }),
  reason,
}).meta({ id: "ReconcileRequest" });
