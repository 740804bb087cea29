/** The shapes of leases. `schemas.ts` hands them on. */
import { reason } from "./maintenance_schemas.ts";
import { readableText } from "./readable_text.ts";
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
/** Longest name of a checkpoint. */
const MAX_CHECKPOINT_NAME = 40;
/** No pool allows more, as in the configuration. */
export const MAX_KEEP_SECONDS = 604_800;

const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC." });

const text = readableText(MAX_TEXT);
/** Nothing that cannot be seen, so that two that look alike are one. */
const visible = text.regex(
  /^[^\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u,
  "Expected a text without invisible characters",
);
const name = visible.min(1).regex(/[^\p{Z}\u2800]/u, "Expected more than spaces");

const release = z.enum(["reset", "destroy", "save", "keep"]).meta({
  description:
    "What becomes of the machine. reset: back to its clean checkpoint. destroy: it is made anew. save: it is saved as " +
    "it is for its holder's next lease of the pool, and reset when that does not come in time. keep: as save, but it " +
    "runs on. reset when absent.",
});

const onIdle = z.enum(["release", "save"]).meta({
  description: "What happens when its holder is silent for too long. release: it ends. save: it is paused.",
});

const keepSeconds = z.int().min(1).max(MAX_KEEP_SECONDS);

const checkpointName = z.string()
  .regex(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${MAX_CHECKPOINT_NAME - 1}}$`),
    `Expected 1 to ${MAX_CHECKPOINT_NAME} letters, digits, dots, dashes and underscores, a letter or digit first`,
  ).meta({ description: "Unique within the lease." });

const seconds = z.int().min(1).max(MAX_LEASE_SECONDS);

/** One lease that has not ended. The same as `LeaseStatus` in `model/status.ts`. */
export const leaseStatusSchema = z.object({
  id: z.string().meta({ description: "l- and 26 letters and digits." }),
  pool: z.string(),
  holder: z.string().meta({ description: "Machines of one holder count together." }),
  state: z.enum(["queued", "starting", "active", "changing", "paused"]).meta({
    description:
      "queued: it waits for a machine. starting: one is being resumed. active: its holder has it. changing: something " +
      "is done with it, see change. paused: it is saved, and holds no memory.",
  }),
  change: z.object({
    kind: z.enum(["pause", "resume", "reset", "checkpoint", "restore"]),
    name: z.string().nullable().meta({ description: "Of the checkpoint." }),
  }).nullable().meta({ description: "What is done with its machine now; null while nothing is." }),
  pausedAt: time.nullable().meta({
    description: "Since when it is paused, or waits to be started after that.",
  }),
  onIdle,
  checkpoints: z.array(z.object({ name: z.string(), at: time })).meta({
    description: "Checkpoints that its holder made, oldest first.",
  }),
  steps: z.object({
    queuedMs: z.number().nullable().meta({ description: "It waited for a machine." }),
    madeMs: z.number().nullable().meta({
      description: "So much of that the machine was made, booted or put back; cold ones only.",
    }),
    startingMs: z.number().nullable().meta({
      description: "Until that machine was ready; the sum of the next three.",
    }),
    startMs: z.number().nullable().meta({
      description: "Until Hyper-V had started it, with what it waited for before.",
    }),
    networkMs: z.number().nullable().meta({ description: "Until its network was renewed." }),
    readyMs: z.number().nullable().meta({ description: "Until its guest was ready." }),
  }).meta({
    description: "How long its steps took, in milliseconds; null of one that is not over, or was not needed.",
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
  origin: z.enum(["hot", "standby", "restored", "cold"]).nullable().meta({
    description:
      "hot: the machine was running. standby: it was resumed. restored: it was kept from an earlier lease of the same " +
      "holder, as that left it. cold: it was made, or put back, first.",
  }),
  vm: z.object({
    name: z.string(),
    id: z.string().nullable().meta({ description: "Hyper-V's VMId." }),
    cycle: z.string().meta({ description: "<pool>/<slot>.<n>" }),
    address: z.string().nullable().meta({ description: "IPv4, as its guest says." }),
  }).nullable().meta({ description: "Its machine; null before one is chosen." }),
  endpoints: z.array(z.object({
    name: z.enum(["http", "tcp"]),
    url: z.string().meta({ description: "http://172.20.1.5:8080/mcp, or tcp://172.20.1.5:3389." }),
  })).meta({
    description: "While it is active: what its machine offers at its address, by the probe of its template.",
  }),
  release,
  lacks: z.string().optional().meta({
    description:
      "It was not ready in time when its holder had it again, and this is what it lacked then; until the next change.",
  }),
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
  labels: z.record(z.string(), visible)
    .refine(
      (labels) => Object.keys(labels).every((label) => name.safeParse(label).success),
      `Expected names of 1 to ${MAX_TEXT} characters, more than spaces, without invisible characters`,
    )
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
  on_idle: onIdle.optional().meta({
    description:
      "What happens when its holder is silent for too long. release: it ends. save: it is paused. The pool's own when absent.",
  }),
  keep_seconds: keepSeconds.optional().meta({
    description: "How long the machine waits after save and keep; at most the pool's own, as when absent.",
  }),
}).meta({ id: "AcquireRequest" });
/** See {@linkcode acquireSchema}. */
export type AcquireLeaseRequest = z.infer<typeof acquireSchema>;

/** Query of `POST /v1/leases` and of what is done with the machine of a lease. */
export const answerWithinSchema = z.object({
  answer_within: z.coerce.number().min(0).max(MAX_ANSWER_WITHIN_SECONDS).optional().meta({
    description:
      `Seconds that the request is held until the lease is active, or the change done; ${ANSWER_WITHIN_SECONDS} when absent.`,
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

/** Parameters in the path of what is asked of a checkpoint. */
export const checkpointPathSchema = leasePathSchema.extend({ name: checkpointName });

/** Body of `POST /v1/leases/{lease}/checkpoints`. */
export const checkpointLeaseSchema = z.strictObject({ name: checkpointName, reason })
  .meta({ id: "CheckpointLeaseRequest" });

/** Body of `POST /v1/leases/{lease}/extend`. */
export const extendLeaseSchema = z.strictObject({
  total_seconds: seconds.meta({
    description: "How long it lasts, counted from its beginning; at most the pool's own.",
  }),
  reason,
}).meta({ id: "ExtendLeaseRequest" });

/** Body of `POST /v1/leases/{lease}/release`. */
export const releaseLeaseSchema = z.strictObject({
  release: release.optional().meta({
    description: "What becomes of the machine. What was said when it was acquired when absent.",
  }),
  keep_seconds: keepSeconds.optional().meta({
    description:
      "How long the machine waits after save and keep; at most the pool's own. What was said when it was acquired when absent.",
  }),
  reason,
}).meta({ id: "ReleaseLeaseRequest" });
/** See {@linkcode releaseLeaseSchema}. */
export type ReleaseLeaseRequest = z.infer<typeof releaseLeaseSchema>;

/** Body of `POST /v1/leases/{lease}/force-release`. */
export const forceReleaseSchema = z.strictObject({ reason }).meta({ id: "ForceReleaseRequest" });
