/** The shapes of templates that go over the API. `schemas.ts` hands them on. */
import { outOfOrder } from "../model/gpu_partition.ts";
import { reason } from "./maintenance_schemas.ts";
import { z } from "zod";

const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC." });
const count = z.int().min(0);
const software = z.record(z.string().min(1).max(100), z.string().max(100)).meta({
  description: "Declared software: names to versions.",
});
const secureBoot = z.enum(["off", "MicrosoftWindows", "MicrosoftUEFICertificateAuthority"]);
const probe = z.union([
  z.strictObject({ tcp: z.int().min(1).max(65_535).meta({ description: "A port that takes connections." }) }),
  z.strictObject({ http: z.url().max(2_000).meta({ description: "An address that answers with success." }) }),
]).meta({ description: "When a machine made from it counts as ready." });

const vram = z.int().min(1).exactOptional();
const gpuPartition = z.strictObject({
  gpu: z.string().min(1).max(400).exactOptional().meta({
    description: "Instance path of the GPU; Windows chooses when absent.",
  }),
  minVram: z.int().min(0).exactOptional().meta({
    description:
      "The least video memory, in the units of the host's TotalVRAM: a share of the card and no bytes; " +
      "mostly the whole card is 1000000000. The host's own when absent, as the others.",
  }),
  optimalVram: vram.meta({ description: "What it is to have; not below minVram." }),
  maxVram: vram.meta({ description: "The most; not below optimalVram." }),
}).meta({ description: "What of a GPU partition the host does not choose." });

/** Age of a pool's image. The same as `ImageStatus` in `model/status.ts`. */
export const imageStatusSchema = z.object({
  template: z.string().meta({ description: "Name of the template." }),
  builtAt: time.nullable().meta({ description: "When the image was made, by its own manifest." }),
  runner: z.string().nullable().meta({ description: "Version of its runner." }),
  runnerLatest: z.string().nullable().meta({ description: "The newest version that GitHub offers." }),
  outdatedSince: time.nullable().meta({ description: "Since when a newer runner is known." }),
  expiresAt: time.nullable().meta({ description: "When its Windows licence ends." }),
  level: z.enum(["ok", "warn", "error"]).meta({
    description: "warn: 20 days outdated, or 30 days before the licence ends. " +
      "error: 30 days outdated, or after the licence's end.",
  }),
  why: z.string().nullable().meta({ description: "Why it is not ok, and the remedy; null when it is." }),
}).meta({ id: "ImageStatus" });

const preparationStatus = z.object({
  cycle: z.string(),
  step: z.enum(["fetching", "copying", "starting", "installing", "stopping", "keeping"]),
  copied: count.meta({ description: "Bytes of the disk copied." }),
  size: count.nullable().meta({ description: "Bytes of the whole disk; null before that is known." }),
  since: time,
  runner: z.string().nullable().meta({ description: "Version of the runner that is installed." }),
  why: z.string().nullable().meta({ description: "What it waits for." }),
}).meta({ id: "PreparationStatus" });

/** One template. The same as `TemplateStatus` in `model/status.ts`. */
export const templateStatusSchema = z.object({
  name: z.string(),
  origin: z.enum(["configuration", "registered"]).meta({
    description: "configuration: it stands in the file. registered: while hvpool ran.",
  }),
  source: z.string().nullable().meta({ description: "Where its disk came from: a path or an address." }),
  path: z.string().nullable().meta({ description: "Where machines find its disk." }),
  version: count.nullable().meta({ description: "Counts the disks registered under this name." }),
  registeredAt: time.nullable(),
  memoryMb: count,
  processors: count,
  secureBoot,
  tpm: z.boolean(),
  nested: z.boolean(),
  gpu: z.boolean(),
  gpuPartition: gpuPartition.nullable(),
  software,
  credentials: z.string().nullable().meta({ description: "Name of an entry of guest_accounts." }),
  probe: probe.nullable(),
  runner: z.string().nullable().meta({ description: "Version of the runner in its image." }),
  builtAt: time.nullable(),
  expiresAt: time.nullable(),
  users: z.array(z.string()).meta({ description: "Who keeps it from being deleted." }),
  preparing: preparationStatus.nullable().meta({ description: "An image of this name that is being made." }),
  failed: z.string().nullable().meta({ description: "Why the last preparation came to nothing." }),
}).meta({ id: "TemplateStatus" });
/** See {@linkcode templateStatusSchema}. */
export type TemplateAnswer = z.infer<typeof templateStatusSchema>;

/** Answer of `GET /v1/templates`. */
export const templatesSchema = z.object({
  templates: z.array(templateStatusSchema).meta({
    description: "Those of the configuration first, then the registered ones, each by name.",
  }),
}).meta({ id: "Templates" });

/** Result of `POST /v1/templates/{name}/verify`. */
export const templateChecksSchema = z.object({
  checks: z.array(z.object({
    id: z.string().meta({
      description: "Such as file, read-only, chain, identity, manifest, runner, expiry.",
    }),
    status: z.enum(["ok", "warn", "fail"]),
    message: z.string(),
    remedy: z.string().meta({ description: "What to do; empty when it is ok." }),
  })),
}).meta({ id: "TemplateChecks" });
/** See {@linkcode templateChecksSchema}. */
export type TemplateChecks = z.infer<typeof templateChecksSchema>;

/** Parameters in the path of routes of one template. */
export const templatePathSchema = z.object({
  name: z.string().min(1).max(200).meta({ description: "Name of a template." }),
});

const hardware = {
  memoryMb: z.int().min(512).max(12_582_912).multipleOf(2).optional().meta({
    description: "A multiple of 2; 4096 when absent.",
  }),
  processors: z.int().min(1).max(2_048).optional().meta({ description: "2 when absent." }),
  secureBoot: secureBoot.optional().meta({ description: "MicrosoftWindows when absent." }),
  tpm: z.boolean().optional(),
  nested: z.boolean().optional(),
  gpu: z.boolean().optional().meta({
    description: "A GPU partition: machines with one can be neither saved nor checkpointed.",
  }),
  gpuPartition: gpuPartition.refine(
    (sizes) => outOfOrder(sizes) === undefined,
    "minVram, optimalVram and maxVram are out of order",
  ).optional().meta({ description: "What of the GPU partition the host does not choose; only with gpu." }),
  software: software.refine((all) => Object.keys(all).length <= 500, "at most 500 entries").optional(),
  credentials: z.string().min(1).max(200).optional().meta({
    description: "Name of an entry of guest_accounts.",
  }),
  probe: probe.optional(),
};

const hostPath = z.string().min(1).max(1_000);
const replace = z.boolean().optional().meta({
  description: "A registered template of this name gets a new version.",
});

/** Body of `POST /v1/templates`. */
export const registerTemplateSchema = z.strictObject({
  name: z.string().min(1).max(200),
  path: hostPath.meta({ description: "The golden disk on the host (.vhdx)." }),
  replace,
  ...hardware,
  reason,
}).meta({ id: "RegisterTemplate" });
/** See {@linkcode registerTemplateSchema}. */
export type RegisterTemplateRequest = z.infer<typeof registerTemplateSchema>;

/** Body of `POST /v1/templates/{name}/prepare`. */
export const prepareTemplateSchema = z.strictObject({
  from: hostPath.meta({ description: "A template, or a disk on the host (.vhdx)." }),
  runner: z.string().regex(
    /^(latest|\d{1,4}\.\d{1,6}\.\d{1,6})$/,
    "must be latest or three numbers with dots",
  )
    .optional().meta({
      description: "Version of the runner to install; absent: the image keeps what it has.",
    }),
  switchName: z.string().min(1).max(200).optional().meta({ description: "The Default Switch when absent." }),
  replace,
  ...hardware,
  reason,
}).meta({ id: "PrepareTemplate" });
/** See {@linkcode prepareTemplateSchema}. */
export type PrepareTemplateRequest = z.infer<typeof prepareTemplateSchema>;

const MAX_HEADERS = 32;

/** Messages name no header and no value: both may be secret. */
const headers = z.record(z.string(), z.unknown())
  .refine((all) => Object.keys(all).length <= MAX_HEADERS, `at most ${MAX_HEADERS} headers`)
  .refine(
    (all) => Object.keys(all).every((name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)),
    "a header's name has letters, digits and dashes only",
  )
  .refine(
    (all) =>
      Object.values(all).every((value) => typeof value === "string" && /^\P{Cc}{0,8192}$/u.test(value)),
    "a header's value is one line of text with at most 8192 characters",
  )
  .transform((all) => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)])));

const place = z.string().min(1).max(4_000).meta({
  description: "A folder on the host, a share, or a web address.",
});
const sentHeaders = headers.optional().meta({
  description: "Sent with every request to a web server. Neither logged nor kept.",
});

/** Body of `POST /v1/templates/{name}/export`. */
export const exportTemplateSchema = z.strictObject({
  place,
  headers: sentHeaders,
  replace: z.boolean().optional().meta({ description: "Another export at that place is replaced." }),
}).meta({ id: "ExportTemplate" });
/** See {@linkcode exportTemplateSchema}. */
export type ExportTemplateRequest = z.infer<typeof exportTemplateSchema>;

/** Body of `POST /v1/templates/{name}/import`. */
export const importTemplateSchema = z.strictObject({
  place,
  headers: sentHeaders,
  replace,
  ...hardware,
  reason,
})
  .meta({ id: "ImportTemplate" });
/** See {@linkcode importTemplateSchema}. */
export type ImportTemplateRequest = z.infer<typeof importTemplateSchema>;
