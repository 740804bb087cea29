/** The shapes of leases. `schemas.ts` hands them on. */
import { z } from "zod";

/** A lease may wait for a machine for so long at the most. */
export const MAX_LEASE_WAIT_SECONDS = 86_400;
/** No pool allows more, as in the configuration; most allow less. */
export const MAX_LEASE_SECONDS = 86_400;
/** A request for a lease may be held for so long. */
export const MAX_ANSWER_WITHIN_SECONDS = 60;
/** How long it is held unless it says so. */
export const ANSWER_WITHIN_SECONDS = 30;
/** Most labels of a lease. */
const MAX_LABELS = 20;
const MAX_TEXT = 200;

const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC." });

const text = z.string().max(MAX_TEXT).regex(/^\P{Cc}*$/u, "Expected a text without control characters");
const name = text.min(1);

const release = z.enum(["reset", "destroy"]).meta({
  description:
    "What becomes of the machine. reset: back to its clean checkpoint. destroy: it is made anew. reset when absent.",
});

const seconds = z.int().min(1).max(MAX_LEASE_SECONDS);

/** One lease that has not ended. The same as `LeaseStatus` in `model/status.ts`. */
export const leaseStatusSchema = z.object({
  id: z.string().meta({ description: "l- and 26 letters and digits." }),
  pool: z.string(),
  holder: z.string().meta({ description: "Machines of one holder count together." }),
  state: z.enum(["queued", "starting", "active"]).meta({
    description: "queued: it waits for a machine. starting: one is being resumed. active: its holder has it.",
  }),
  priority: z.int().meta({ description: "The higher is served first." }),
  labels: z.record(z.string(), z.string()),
  purpose: z.string().nullable(),
  requestedAt: time,
  assignedAt: time.nullable().meta({ description: "When a machine was chosen." }),
  grantedAt: time.nullable().meta({ description: "When its holder had the machine." }),
  expiresAt: time.meta({
    description:
      "When it ends by itself, if its holder says nothing more; of one that waits: until when it may.",
  }),
  idleSeconds: z.number().meta({ description: "It ends when its holder says nothing for so long." }),
  totalSeconds: z.number().meta({ description: "It ends so long after it began, whatever its holder does." }),
  position: z.int().min(1).nullable().meta({
    description: "Place in the queue; null once a machine is chosen.",
  }),
  origin: z.enum(["hot", "standby", "cold"]).nullable().meta({
    description:
      "hot: the machine was running. standby: it was resumed. cold: it was made, or put back, first.",
  }),
  vm: z.object({
    name: z.string(),
    id: z.string().nullable().meta({ description: "Hyper-V's VMId." }),
    cycle: z.string().meta({ description: "<pool>/<slot>.<n>" }),
    address: z.string().nullable().meta({ description: "IPv4, as its guest says." }),
  }).nullable().meta({ description: "Its machine; null before one is chosen." }),
  release,
  why: z.string().nullable().meta({ description: "What it waits for." }),
}).meta({ id: "LeaseStatus" });
/** See {@linkcode leaseStatusSchema}. */
export type LeaseAnswer = z.infer<typeof leaseStatusSchema>;

/** Answer of `GET /v1/leases`. */
export const leasesSchema = z.object({
  leases: z.array(leaseStatusSchema).meta({ description: "Those that have not ended, oldest first." }),
}).meta({ id: "Leases" });

/** Body of `POST /v1/leases`. Unknown fields are refused, here and below: a misspelt one must not be lost. */
export const acquireSchema = z.strictObject({
  pool: name.meta({ description: "Name of an agent pool." }),
  holder: name.optional().meta({
    description:
      "For whom: machines of one holder count together. The token's owner when absent, which is admin.",
  }),
  priority: z.int().min(-100).max(100).optional().meta({
    description: "The higher is served first. 0 when absent.",
  }),
  labels: z.record(name, text)
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `Expected at most ${MAX_LABELS} labels`)
    .optional().meta({
      description: "For whoever reads them, at most 20. They go into the journal: no secrets.",
    }),
  purpose: text.optional().meta({ description: "What it is for. Goes into the journal: no secrets." }),
  wait_seconds: z.int().min(0).max(MAX_LEASE_WAIT_SECONDS).optional().meta({
    description: "How long it may wait for a machine; then it ends. An hour when absent.",
  }),
  idle_seconds: seconds.optional().meta({
    description: "It ends when its holder says nothing for so long; at most the pool's own, as when absent.",
  }),
  total_seconds: seconds.optional().meta({
    description: "It ends so long after it began; at most the pool's own, as when absent.",
  }),
  release: release.optional(),
}).meta({ id: "AcquireRequest" });
/** See {@linkcode acquireSchema}. */
export type AcquireLeaseRequest = z.infer<typeof acquireSchema>;

/** Query of `POST /v1/leases`. */
export const acquireQuerySchema = z.object({
  answer_within: z.coerce.number().min(0).max(MAX_ANSWER_WITHIN_SECONDS).optional().meta({
    description:
      `Seconds that the request is held until the lease is active; ${ANSWER_WITHIN_SECONDS} when absent.`,
  }),
});

/** Headers of `POST /v1/leases`. */
export const acquireHeadersSchema = z.object({
  "idempotency-key": z.string()
    .regex(/^[\x21-\x7e]{1,200}$/, "Expected 1 to 200 printable ASCII characters without spaces")
    .optional().meta({
      description:
        "The same request under the same key brings the same lease and token, for a day; another request is refused.",
    }),
});

/** Answer of `POST /v1/leases`. */
export const acquiredSchema = z.object({
  lease: leaseStatusSchema,
  token: z.string().meta({
    description:
      "Opens this lease and nothing else; every call with it is a heartbeat. Secret, and never shown again.",
  }),
}).meta({ id: "AcquiredLease" });
/** See {@linkcode acquiredSchema}. */
export type AcquiredLease = z.infer<typeof acquiredSchema>;

/** Parameters in the path of what is asked of a lease. */
export const leasePathSchema = z.object({ lease: z.string().min(1).max(MAX_TEXT) });

/** Body of `POST /v1/leases/{lease}/extend`. */
export const extendLeaseSchema = z.strictObject({
  total_seconds: seconds.meta({
    description: "How long it lasts, counted from its beginning; at most the pool's own.",
  }),
}).meta({ id: "ExtendLeaseRequest" });

/** Body of `POST /v1/leases/{lease}/release`. */
export const releaseLeaseSchema = z.strictObject({ release: release.optional() })
  .meta({ id: "ReleaseLeaseRequest" });

/** Body of `POST /v1/leases/{lease}/force-release`. */
export const forceReleaseSchema = z.strictObject({
  reason: z.string().trim().min(1).max(500).optional().meta({
    description: "Why, for whoever reads it later. Goes into the journal: no secrets.",
  }),
}).meta({ id: "ForceReleaseRequest" });
