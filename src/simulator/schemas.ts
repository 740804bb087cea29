/** Shapes of the simulator's own HTTP interface. Times are milliseconds since the epoch. */
import { z } from "zod";
import { HOST_ERROR_CLASSES } from "../model/calls.ts";
import { HOST_CALLS } from "../ports/host.ts";
import { isKnownRoute, plainRoute } from "./fault_routes.ts";
import { LATENCY_NAMES } from "./latencies.ts";
import { NETWORK_TROUBLES } from "./network_troubles.ts";
import { SAVED_STATE_FAULTS } from "./saved_state.ts";

const ms = z.number().min(0);

const SHORT_NAMES = [
  "*",
  "host",
  "github",
  "runner.register",
  "runner.token",
  "runner.list",
  "runner.remove",
  "runner.downloads",
  "runner.job",
  "forge.check",
];

/** `POST /jobs`. Durations are real time: no speed applies. */
export const jobsRequest = z.strictObject({
  count: z.int().min(1).max(100_000).default(1),
  labels: z.array(z.string().min(1)).max(100).default([]),
  durationMs: ms.max(432_000_000).default(2_000),
  /** `lost`: the machine dies in the middle of the job. */
  outcome: z.enum(["done", "failed", "lost", "success", "failure"]).default("done")
    .transform((outcome) => outcome === "success" ? "done" : outcome === "failure" ? "failed" : outcome),
  /** Only runners of this scope: `orgs/<org>` or `repos/<owner>/<repo>`; any when absent. */
  scope: z.string().regex(/^(orgs\/[^/]+|repos\/[^/]+\/[^/]+)$/).optional(),
  /** `failure`: the job fails, and GitHub says so; its runner ends with 0 all the same. */
  conclusion: z.literal("failure").optional(),
}).transform(({ conclusion, outcome, ...rest }) => ({
  ...rest,
  outcome: conclusion === "failure" && outcome === "done" ? "failed" as const : outcome,
}));

/** Answer to `POST /jobs`. */
export const jobsAnswer = z.strictObject({ ids: z.array(z.int()) });

/** `POST /faults`. */
export const faultRequest = z.strictObject({
  call: z.string().transform(plainRoute).refine(
    (call) => Object.hasOwn(HOST_CALLS, call) || SHORT_NAMES.includes(call) || isKnownRoute(call),
    {
      error: `expected a host call (${Object.keys(HOST_CALLS).join(", ")}), a GitHub route such as ` +
        `"GET /orgs/{org}/installation", or one of ${SHORT_NAMES.join(", ")}`,
    },
  ),
  kind: z.enum(["error", "hang", "slow", "lost_answer"]),
  /** A class of host errors, or an HTTP status for GitHub. */
  code: z.union([
    z.enum(HOST_ERROR_CLASSES),
    z.int().min(400).max(599),
    z.string().regex(/^[45]\d\d$/).transform(Number),
  ]).optional(),
  /** Only with `saved_state_corrupt`: the number in the record; left out: 0xC0370027. */
  hresult: z.enum(SAVED_STATE_FAULTS).optional(),
  probability: z.number().min(0).max(1).optional(),
  times: z.int().min(1).optional(),
  forMs: ms.optional(),
  vmPrefix: z.string().optional(),
});

/** Answer to `POST /faults`. */
export const faultAnswer = z.strictObject({ id: z.int() });

/** `POST /host`: something that happens to the host, or that somebody else does to a VM. */
export const hostRequest = z.discriminatedUnion("do", [
  z.strictObject({ do: z.enum(["reboot", "cutPower"]), downMs: ms.optional() }),
  /** The hypervisor is updated: nothing saved so far can be resumed. With `vm` only this one's files are damaged. */
  z.strictObject({
    do: z.literal("breakSavedStates"),
    vm: z.string().optional(),
    hresult: z.enum(SAVED_STATE_FAULTS).optional(),
  }),
  z.strictObject({ do: z.enum(["addSwitch", "removeSwitch"]), name: z.string().min(1) }),
  /** Somebody puts another disk in the place of one, or deletes or moves it: links to the old one stay what they are. */
  z.strictObject({ do: z.enum(["replaceDisk", "removeDisk"]), path: z.string().min(1) }),
  /** A byte in the middle of a disk or another file is changed, and nothing but its digest tells. */
  z.strictObject({ do: z.literal("corruptFile"), path: z.string().min(1) }),
  z.strictObject({ do: z.enum(["turnOff", "remove", "pause", "save", "rename"]), vm: z.string() }),
  /** Whoever has a VM writes a file of this name into its guest; answered with the marks that were `seen` before. */
  z.strictObject({ do: z.literal("mark"), vm: z.string(), name: z.string().regex(/^[\w-]{1,100}$/) }),
  /** Somebody else makes a VM; answered with its id. */
  z.strictObject({
    do: z.literal("addVm"),
    name: z.string().min(1),
    memoryMb: z.int().min(32).default(1_024),
    power: z.enum(["off", "running", "saved"]).default("running"),
    notes: z.string().default(""),
  }),
  /** Something is wrong with guests' network; `mendNetwork` ends all of that. */
  z.strictObject({
    do: z.literal("troubleNetwork"),
    what: z.enum(NETWORK_TROUBLES),
    vmPrefix: z.string().optional(),
    forMs: ms.optional(),
    /** With `old_address`: for how long the old one is reported. */
    lateMs: ms.optional(),
  }),
  z.strictObject({ do: z.literal("mendNetwork") }),
  /** Somebody installs, starts, stops or removes a Windows service. */
  z.strictObject({
    do: z.literal("setService"),
    name: z.string().min(1),
    state: z.enum(["running", "stopped", "missing"]),
  }),
  /**
   * The host is as hyperv-runner-pool leaves it in the middle of its life; answered with the ids of its VMs and jobs.
   * See `seed_pool.ts` for what each word means.
   */
  z.strictObject({
    do: z.literal("addSeedPool"),
    prefix: z.string().min(1).max(40).default("runner-"),
    vms: z.array(z.enum(["busy", "idle", "off", "unregistered", "silent"])).min(1).max(1_000)
      .default(["busy", "idle", "idle"]),
    /** Of the simulator's own account when absent. */
    scope: z.string().regex(/^(orgs\/[^/]+|repos\/[^/]+\/[^/]+)$/).optional(),
    template: z.string().min(3).default("C:\\hvpool\\vms\\templates\\runner-template.vhdx"),
    storage: z.string().min(3).default("C:\\hvpool\\vms\\storage"),
    jobMs: ms.max(432_000_000).default(30_000),
    service: z.enum(["running", "stopped", "missing"]).default("running"),
    similar: z.boolean().default(true),
    strayDisks: z.array(z.int().min(1).max(9_999)).default([]),
  }),
]);

/** `POST /github`: something that happens at GitHub. What is absent stays as it is. */
export const gitHubRequest = z.strictObject({
  /** The app's installation on one account. */
  account: z.strictObject({
    login: z.string().min(1),
    installed: z.boolean().optional(),
    suspended: z.boolean().optional(),
    /** Replaces all permissions. */
    permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
  }).optional(),
  /** A runner group of every organization; made where there is none of this name. */
  group: z.strictObject({
    name: z.string().min(1),
    visibility: z.enum(["all", "selected", "private"]).optional(),
    /** With `selected`: names without the owner. */
    repositories: z.array(z.string().min(1)).optional(),
    allowsPublicRepositories: z.boolean().optional(),
  }).optional(),
  /** GitHub's clock is ahead of this machine's by so much; negative: behind. */
  clockSkewMs: z.number().optional(),
  /** Nothing is answered well for so long, and no job is handed out. */
  awayMs: ms.optional(),
});

/** `POST /runner-release`: a version of the runner program comes out. */
export const releaseRequest = z.strictObject({ version: z.string().regex(/^\d{1,4}\.\d{1,6}\.\d{1,6}$/) });

/** `GET /app`: what a controller needs to use the simulated GitHub. */
export const appAnswer = z.strictObject({
  appId: z.int(),
  clientId: z.string(),
  /** PEM, PKCS#8. */
  privateKey: z.string(),
  org: z.string(),
  /** GitHub's address. */
  github: z.string(),
  /** The host's address. */
  host: z.string(),
});

const operation = z.strictObject({
  seq: z.int(),
  at: ms,
  call: z.string(),
  /** Id of the VM. */
  vm: z.string().nullable(),
  args: z.unknown(),
  /** `null` while it is under way, and for ever when it hangs. `answered`: whether the one who asked was told. */
  result: z.union([
    z.strictObject({ ok: z.literal(true), value: z.unknown().optional(), answered: z.boolean() }),
    z.strictObject({ ok: z.literal(false), error: z.unknown(), answered: z.boolean() }),
  ]).nullable(),
});

/** `GET /truth`: everything that is or was, raw. `?after=<seq>` leaves out older operations. */
export const truthAnswer = z.strictObject({
  now: ms,
  operations: z.array(operation),
  vms: z.array(z.strictObject({
    id: z.string(),
    name: z.string(),
    power: z.enum([
      "off",
      "starting",
      "running",
      "saving",
      "saved",
      "paused",
      "stopping",
      "critical",
      "absent",
    ]),
    foreign: z.boolean(),
    /** What `net.isolate` set last; `null`: nothing. */
    isolation: HOST_CALLS["net.isolate"].args.omit({ vmId: true }).nullable(),
    /** Names of its checkpoints. */
    checkpoints: z.array(z.string()),
    /** GPU partitions that it has. */
    gpus: z.int(),
    /** What `gpu.add` asked for; `null`: it has none. */
    gpuPartition: HOST_CALLS["gpu.add"].args.omit({ vmId: true, lowMmioMb: true, highMmioMb: true })
      .nullable(),
    /** The VLAN of its adapter; `null`: none. */
    vlan: z.int().nullable(),
    /** Where its guest really is on the network; `null`: no guest is up. */
    address: z.string().nullable(),
    /** How far its guest's clock is behind the host's; `null`: no guest runs. */
    clockBehindMs: ms.nullable(),
    /** Files that those who had it left in its guest, by `POST /host`; empty when its disk is clean. */
    marks: z.array(z.string()),
    createdAt: ms,
    removedAt: ms.nullable(),
  })),
  disks: z.array(z.strictObject({
    path: z.string(),
    parent: z.string().nullable(),
    createdAt: ms,
    removedAt: ms.nullable(),
  })),
  runners: z.array(z.strictObject({
    id: z.int(),
    name: z.string(),
    status: z.enum(["online", "offline"]),
    busy: z.boolean(),
    createdAt: ms,
    removedAt: ms.nullable(),
  })),
  jobs: z.array(z.strictObject({
    id: z.int(),
    state: z.enum(["queued", "running", "done", "failed", "lost"]),
    /** Id of the runner. */
    runner: z.int().nullable(),
    /** Id of the VM. */
    vm: z.string().nullable(),
    queuedAt: ms,
    startedAt: ms.nullable(),
    endedAt: ms.nullable(),
    /** Files of other jobs that it saw on its machine's disk when it began; empty when that was clean. */
    sawOthers: z.array(z.string()),
  })),
});

/** What is and was. */
export type Truth = z.infer<typeof truthAnswer>;

/** Latencies set by hand, in milliseconds: `{"vm.create": 500, "guest.boot": 0}`. */
export const latencyOverrides = z.partialRecord(
  z.string().refine((name) => LATENCY_NAMES.includes(name), {
    error: `expected one of ${LATENCY_NAMES.join(", ")}`,
  }),
  ms,
);
