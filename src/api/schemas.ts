/**
 * The shapes that go over the API, once: the server documents and answers with them, the client reads with them.
 *
 * A reader takes fields that it does not know without complaint: the contract only grows.
 */
import { z } from "zod";
import { PHASES, POWERS } from "../model/phases.ts";
import { reason } from "./maintenance_schemas.ts";
import { imageStatusSchema, templateChecksSchema, templateStatusSchema } from "./template_schemas.ts";

export * from "./actor_schema.ts";
export * from "./evidence_schemas.ts";
export * from "./job_schemas.ts";
export * from "./inventory_schemas.ts";
export * from "./lease_schemas.ts";
export * from "./maintenance_schemas.ts";
export * from "./pool_schemas.ts";
export * from "./template_schemas.ts";

const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC." });
const count = z.int().min(0);

const generation = z.string().regex(/^[0-9a-f]{8}$/);

const rolloutStatus = z.object({
  to: generation.meta({ description: "The new generation." }),
  from: generation.meta({ description: "The last good one: what the pool goes back to." }),
  phase: z.enum(["canary", "rolling", "reverted"]).meta({
    description: "canary: one machine tries it. rolling: the others follow. reverted: it was taken back.",
  }),
  paused: z.boolean(),
  failures: count.meta({ description: "Machines of it that came to nothing." }),
  served: count.meta({ description: "Jobs that ran on it." }),
  since: time,
  why: z.string().meta({ description: "Why it was taken back, or what it waits for." }),
}).meta({ id: "RolloutStatus" });

const cordonStatus = z.object({
  drain: z.boolean().meta({ description: "Idle machines are removed, too." }),
  source: z.string().meta({ description: "Through what it was asked for." }),
  actor: z.string().nullable().meta({
    description: "Who asked for it; null in what an earlier version recorded.",
  }),
  reason: z.string().nullable(),
  since: time,
}).meta({ id: "CordonStatus" });

const poolStatus = z.object({
  name: z.string(),
  kind: z.enum(["runner", "agent"]).meta({ description: "One-job runners, or machines for leases." }),
  size: count.meta({ description: "Slots to keep filled." }),
  configuredSize: count.meta({
    description: "What the configuration says; another number than size after a resize.",
  }),
  cordon: cordonStatus.nullable().meta({
    description: "Somebody paused or drained it, or the whole host; null while it makes machines.",
  }),
  ready: count.meta({ description: "VMs whose runner is online and idle." }),
  claimed: count.meta({ description: "VMs that run a job." }),
  standby: count.meta({ description: "VMs in saved state, ready to be resumed." }),
  parked: count.meta({ description: "VMs that wait for the next lease of their last holder." }),
  off: count.meta({ description: "VMs of an agent pool that are made and off." }),
  queued: count.meta({ description: "Agent pools: leases that wait for a machine." }),
  created: z.boolean().meta({ description: "It was made at run time, and is in no configuration." }),
  cold: z.string().nullable().meta({
    description:
      "Agent pools: why its machines can be neither saved nor put back, and are made anew after each lease; " +
      "null: they can.",
  }),
  starting: count.meta({ description: "VMs on their way to ready or standby." }),
  failed: count.meta({ description: "Cycles in quarantine, and slots that wait after a failure." }),
  why: z.string().nullable().meta({ description: "What the pool waits for or fails at." }),
  rollout: rolloutStatus.nullable().meta({
    description: "A new generation of its machines; null while none is on its way and none was taken back.",
  }),
  image: imageStatusSchema.meta({ description: "What its machines are made from, and how old that is." }),
}).meta({ id: "PoolStatus" });

const vmJob = z.object({
  name: z.string().meta({ description: "Name of its runner: no two jobs have the same." }),
  since: time,
  repository: z.string().nullable().meta({
    description: "What its guest says: a hint. null before it does.",
  }),
  run: z.string().nullable().meta({ description: "<run id>.<attempt>" }),
  job: z.string().nullable().meta({ description: "The job's key in its workflow." }),
}).meta({ id: "VmJobStatus" });

const vmStatus = z.object({
  id: z.string().nullable().meta({ description: "Hyper-V's VMId; null before the VM exists." }),
  name: z.string(),
  pool: z.string(),
  slot: z.int().min(1),
  cycle: z.string().meta({ description: "<pool>/<slot>.<n>" }),
  phase: z.enum(PHASES),
  power: z.enum(POWERS),
  since: time,
  runner: z.string().nullable().meta({ description: "Name of its registration; null before it has one." }),
  failures: count.meta({ description: "Failures in a row of its slot." }),
  generation: z.string().regex(/^([0-9a-f]{8})?$/).meta({
    description: "What it is made from; empty for something that was found.",
  }),
  job: vmJob.nullable().meta({ description: "Its job; null without one." }),
  lease: z.object({ id: z.string(), holder: z.string() }).nullable().meta({
    description: "Its lease, and who has it.",
  }),
  parked: z.object({ holder: z.string(), until: time }).nullable().meta({
    description: "Who is to have it next, and until when it waits for them.",
  }),
  memoryMb: count.nullable().meta({
    description:
      "Memory that it is assigned, in MiB; 0 while it is off or saved; null when that is not known.",
  }),
  uptimeSeconds: count.nullable().meta({
    description: "For how long it has been running, by the host; null while it does not.",
  }),
  savedStateMb: count.nullable().meta({
    description:
      "Size of its saved state on disk, in MiB; null while it has none, or where the host does not tell.",
  }),
  resumedAt: time.nullable().meta({ description: "When it was resumed last, or started." }),
  address: z.string().nullable().meta({ description: "IPv4, as its guest says." }),
  heldUntil: time.nullable().meta({ description: "Until when it is kept for somebody to look at." }),
  why: z.string().nullable().meta({
    description: "What it waits for, why it is retired, or who holds it and why.",
  }),
}).meta({ id: "VmStatus" });

/** Answer of `GET /v1/status`, output of `hvpool status --json`. The same as `Status` in `model/status.ts`. */
export const statusSchema = z.object({
  controller: z.object({
    id: z.string(),
    version: z.string(),
    state: z.enum(["starting", "running", "stopping", "draining"]),
    since: time,
  }),
  pools: z.array(poolStatus),
  vms: z.array(vmStatus),
  github: z.object({
    state: z.enum(["unknown", "ok", "failing"]),
    why: z.string().optional().meta({ description: "Why it fails; absent while it does not." }),
    rate: z.object({ limit: count, remaining: count, reset: time }).nullable(),
  }),
}).meta({ id: "Status" });
/** See {@linkcode statusSchema}. */
export type StatusAnswer = DeepReadonly<z.infer<typeof statusSchema>>;

/** Answer of `GET /v1/pools/{pool}` and `POST /v1/pools`. */
export const poolStatusSchema = poolStatus;
/** See {@linkcode poolStatusSchema}. */
export type PoolStatusAnswer = DeepReadonly<z.infer<typeof poolStatusSchema>>;

/** Answer of `GET /v1/pools`. */
export const poolsSchema = z.object({ pools: z.array(poolStatus) }).meta({ id: "Pools" });

/** The same value, not to be written to, all the way down. */
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** One event; the data of an SSE message and a line of `hvpool events --json`. */
export const eventSchema = z.object({
  seq: z.int().min(0).meta({ description: "Position in the journal; grows with each event." }),
  at: time,
  stream: z.string().meta({ description: "host, pool/<name>, cycle/<pool>/<slot>.<n> or job/<name>" }),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
}).meta({ id: "Event" });
/** See {@linkcode eventSchema}. */
export type EventAnswer = z.infer<typeof eventSchema>;

/** Most events in one page. */
export const MAX_EVENTS_PER_PAGE = 1000;

/** Query of `GET /v1/events`. */
export const eventsQuerySchema = z.object({
  after: z.coerce.number().int().min(0).optional().meta({ description: "Only events after this seq." }),
  since: z.iso.datetime({ offset: true }).optional().meta({
    description: "Only events at or after this time.",
  }),
  vm: z.string().min(1).max(200).optional().meta({ description: "Name of a VM, or a cycle id." }),
  pool: z.string().min(1).max(200).optional(),
  type: z.string().min(1).max(200).optional().meta({ description: "Event type, or its beginning." }),
  limit: z.coerce.number().int().min(1).max(MAX_EVENTS_PER_PAGE).optional().meta({
    description: "Most events in the answer, 100 when absent. Not for a stream.",
  }),
}).meta({ id: "EventsQuery" });
/** See {@linkcode eventsQuerySchema}. */
export type EventsQuery = z.infer<typeof eventsQuerySchema>;

/** Answer of `GET /v1/events` as JSON, oldest first. */
export const eventsPageSchema = z.object({
  events: z.array(eventSchema),
  reset: z.boolean().meta({ description: "Older events were asked for that are no longer kept." }),
  next: z.int().min(0).meta({ description: "Value of `after` for the next page." }),
}).meta({ id: "EventsPage" });
/** See {@linkcode eventsPageSchema}. */
export type EventsPage = z.infer<typeof eventsPageSchema>;

/** Body of `POST /v1/stop`. An unknown field is refused: a misspelt `drain` must not stop without draining. */
export const stopRequestSchema = z.strictObject({
  drain: z.boolean().default(false).meta({ description: "Remove idle machines first." }),
  reason,
}).meta({ id: "StopRequest" });

/** Answer of `POST /v1/stop`. */
export const stopAnswerSchema = z.object({
  state: z.enum(["stopping", "draining"]),
}).meta({ id: "StopAnswer" });

/** Body of `POST /v1/pools/{pool}/rollout`. */
export const rolloutRequestSchema = z.strictObject({
  action: z.enum(["pause", "resume", "revert", "promote"]).meta({
    description: "pause: stop where it is. resume: go on, or try again what was taken back. " +
      "revert: go back to the last good generation. " +
      "promote: the others follow before the first machine had a job.",
  }),
  reason,
}).meta({ id: "RolloutRequest" });
/** See {@linkcode rolloutRequestSchema}. */
export type RolloutActionName = z.infer<typeof rolloutRequestSchema>["action"];

/** Answer of `POST /v1/pools/{pool}/rollout`. */
export const rolloutAnswerSchema = z.object({
  pool: z.string(),
  rollout: rolloutStatus.meta({ description: "As the request leaves it." }),
}).meta({ id: "RolloutAnswer" });
/** See {@linkcode rolloutAnswerSchema}. */
export type RolloutAnswer = DeepReadonly<z.infer<typeof rolloutAnswerSchema>>;

/** RFC 9457, with a stable `code`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: "For people: what was asked, why it is refused, what to do." }),
  code: z.string().meta({ description: "For programs. Stable." }),
  problems: z.array(z.string()).optional().meta({
    description: "Of a configuration that cannot be used: each with its place in the file.",
  }),
}).meta({ id: "Problem" });
/** See {@linkcode problemSchema}. */
export type Problem = z.infer<typeof problemSchema>;

/** How far something slow is. All fields are absent in a heartbeat. */
export const progressSchema = z.object({
  step: z.string().optional().meta({ description: "What is being done, for people." }),
  done: count.optional().meta({ description: "Bytes done." }),
  of: count.optional().meta({ description: "Of how many bytes." }),
}).meta({ id: "Progress" });
/** See {@linkcode progressSchema}. */
export type ProgressAnswer = z.infer<typeof progressSchema>;

const progressLine = z.object({ progress: progressSchema });
const problemLine = z.object({ problem: problemSchema });

/** A line of an answer that may take minutes: progress again and again, at last a template or a refusal. */
export const templateLineSchema = z.union([
  progressLine,
  z.object({ result: templateStatusSchema }),
  problemLine,
]).meta({ id: "TemplateLine" });

/** A line of the answer to `POST /v1/templates/{name}/verify`. */
export const checksLineSchema = z.union([
  progressLine,
  z.object({ result: templateChecksSchema }),
  problemLine,
]).meta({ id: "TemplateChecksLine" });

/** `<data>/endpoint.json`, written by a running hvpool for those who want to talk to it. */
export const endpointSchema = z.object({
  address: z.url().meta({ description: "http://127.0.0.1:<port>" }),
  tokenFile: z.string().min(1).meta({
    description: "File with the bearer token; relative to the data directory.",
  }),
  pid: z.int().min(1),
  startedAt: time,
});
