/**
 * Every key of the configuration file: its type, its bounds and what it does.
 *
 * Loading, the JSON schema for editors and the reference all come from here. All keys are optional for the
 * parser; what a combination needs is said by the checks, which know where to point.
 */
import { z } from "zod";
import { DEFAULT_LANES, DEFAULT_TIMES, type Times } from "../model/settings.ts";
import { LANES } from "../model/calls.ts";

/** Longest text of any single value. */
const MAX_TEXT = 4_000;
/** GitHub's limit for one group, and far more than a host can hold. */
export const MAX_POOL_SIZE = 10_000;
/** Below this no Windows starts. */
export const MIN_MEMORY_MB = 512;
/** 12 TB, the most that Hyper-V gives a generation 2 machine. */
export const MAX_MEMORY_MB = 12_582_912;
/** Names of pools, as in cycle ids and directories. */
export const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** What the reference shows of a key besides its type. */
interface About {
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

function key<S extends z.ZodType>(
  schema: S,
  description: string,
  more: Omit<About, "description"> = {},
): z.ZodOptional<S> {
  return schema.meta({ description, ...more }).optional() as z.ZodOptional<S>;
}

const text = z.string().max(MAX_TEXT);
const count = (min: number, max: number): z.ZodInt => z.int().min(min).max(max);
const seconds = (min: number): z.ZodNumber => z.number().min(min).max(31 * 86_400);

const labels = z.array(text);
const memoryMb = count(MIN_MEMORY_MB, MAX_MEMORY_MB);
const processors = count(1, 2048);
const env = z.record(text, text);

const githubSection = z.strictObject({
  app_id: key(count(1, Number.MAX_SAFE_INTEGER), "The GitHub App's id, from the App's page.", {
    examples: [123456],
  }),
  app_private_key_path: key(text, "The App's private key: the .pem file that GitHub let you download."),
  app_private_key: key(
    text,
    "The key itself as `env:NAME` or `file:PATH`, in place of `app_private_key_path`.",
  ),
  org: key(text, "The organization whose runners these are. Either `org` or `user`.", { examples: ["acme"] }),
  user: key(text, "The personal account whose repository gets the runners; needs `repo`."),
  repo: key(
    text,
    "The repository, without its owner. Without it an organization's runners serve all its repositories.",
  ),
  api_url: key(text, "GitHub's REST address. GitHub Enterprise Server: `https://HOST/api/v3`.", {
    default: "https://api.github.com",
  }),
});

/** How a configuration reaches a guest. */
export const DELIVERY = ["auto", "iso", "direct", "vhdx"] as const;

const delivery = z.enum(DELIVERY);
const LOADER_TEXT =
  "Whether hvpool's loader is in the image (`docs/guest-protocol.md`). Not written: it is found out.";

/** How a guest gets its registration at GitHub. */
export const REGISTRATION = ["jit", "token"] as const;

const registration = z.enum(REGISTRATION);

/** How a machine returns to service after a job. */
export const RECYCLE = ["recreate", "restore"] as const;

const recycle = z.enum(RECYCLE);
const hot = count(1, MAX_POOL_SIZE);

const programSection = z.strictObject({
  version: key(text, "Version of GitHub's runner, fetched by guests whose image has another one.", {
    examples: ["2.338.1"],
  }),
  sha256: key(text, "SHA-256 of its `.zip`, from the release's page; what differs is not run."),
  url: key(text, "Where its `.zip` is. Else the release's address at GitHub."),
});

const runnersSection = z.strictObject({
  pool_size: key(count(0, MAX_POOL_SIZE), "Machines to keep ready; 0 pauses the pool.", { default: 1 }),
  name_prefix: key(text, "Machines are called by this and their number: `runner-1`, `runner-2` …", {
    default: "runner-",
  }),
  labels: key(labels, "Labels beyond the default ones.", { default: [], examples: [["gpu"]] }),
  default_labels: key(z.boolean(), "Whether `self-hosted`, `Windows`, `X64` and `ephemeral` come first.", {
    default: true,
  }),
  runner_group: key(text, "The organization's runner group.", { default: "default" }),
  cache_url: key(
    text,
    "Address of a cache server, ending in `/`; the runner gets it as `CUSTOM_ACTIONS_RESULTS_URL`, which GitHub's own " +
      "runner does not read.",
  ),
  user: key(
    z.enum(["admin", "standard"]),
    "What the local account `runner`, which jobs run under, may do in its machine.",
    { default: "admin" },
  ),
  registration: key(
    registration,
    "What a guest gets of GitHub: a just-in-time configuration for one job (`jit`), or a registration token in the " +
      "`C:\\runner-config.json` of images made for hyperv-runner-pool, which register by themselves (`token`; with " +
      "`delivery: direct` or `vhdx`).",
    { default: "jit" },
  ),
  recycle: key(
    recycle,
    "How a machine returns to service after a job: made anew (`recreate`), or put back to a checkpoint that was made " +
      "while its guest waited and nobody had used it (`restore`): faster, and what is saved holds no memory.",
    { default: "recreate" },
  ),
  hot: key(
    hot,
    "With `recycle: restore`: how many machines are running and online; the others are saved, and one is resumed when a " +
      "job is taken. Else all of them.",
    { examples: [2] },
  ),
  env: key(env, "Environment of all runners in the guests. Not for secrets."),
  program: key(programSection, "The runner program that guests are to have. Else whatever the image has."),
});

const lanesSection = z.strictObject(
  Object.fromEntries(LANES.map((lane) => [
    lane,
    key(count(1, 1000), laneText(lane), { default: DEFAULT_LANES[lane] }),
  ])) as Record<typeof LANES[number], z.ZodOptional<z.ZodInt>>,
);

function laneText(lane: typeof LANES[number]): string {
  switch (lane) {
    case "query":
      return "Calls at once that only read.";
    case "vm":
      return "Calls at once that make, stop or remove machines and disks.";
    case "boot":
      return "Machines that start at once, until their guest reports.";
    case "mount":
      return "Disks mounted on the host at once.";
    case "guest":
      return "Calls at once into guests.";
    case "display":
      return "Calls at once for screens and input.";
    case "forge":
      return "Requests at once that change something at GitHub.";
  }
}

const hypervSection = z.strictObject({
  template_path: key(text, "The golden disk (.vhdx) on the Hyper-V host."),
  storage_path: key(text, "Folder on the Hyper-V host for the machines' disks."),
  vm_username: key(text, "Account in the guests, for PowerShell Direct.", { default: "Administrator" }),
  vm_password: key(
    text,
    "Its password: `env:NAME`, `file:PATH`, or the password itself. Else that of hyperv-runner-pool's images, `password`.",
  ),
  vm_memory_mb: key(memoryMb, "Memory of a machine in MB; a multiple of 2.", { default: 4096 }),
  vm_cpu_count: key(processors, "Virtual processors of a machine.", { default: 2 }),
  switch: key(text, "Virtual switch of the machines; empty is the host's Default Switch.", { default: "" }),
  powershell: key(
    text,
    "The engine that hvpool's scripts run on: a path, or a name in PATH. Else Windows PowerShell 5.1.",
    { examples: ["C:\\Program Files\\PowerShell\\7\\pwsh.exe"] },
  ),
  scripts: key(
    z.enum(["memory", "files"]),
    "How the scripts reach it: over stdin, or as files in an administrators-only folder below `data_dir`, " +
      "which can be signed.",
    { default: "memory" },
  ),
  loader: key(z.boolean(), `${LOADER_TEXT} For the image of \`template_path\`.`),
  delivery: key(
    delivery,
    "How a configuration reaches guests: on a small CD image that hvpool's loader in the guest reads (`iso`). `direct` " +
      "brings the loader by PowerShell Direct first, with `vm_username` and `vm_password`; `auto` does so where the image " +
      "has none, or where a guest says nothing for 90 seconds. `vhdx` writes the configuration onto the machine's disk, " +
      "mounted on the host, before the machine is made.",
    {
      default: "auto",
    },
  ),
  lanes: key(lanesSection, "How much may happen on the host at once."),
});

const monitoringSection = z.strictObject({
  health_check_interval_seconds: key(
    count(1, 3600),
    "Time between two looks at the machines: `deadlines.poll_vms_seconds`.",
  ),
  creation_timeout_minutes: key(count(1, 1440), "Time that a machine has to boot: `deadlines.boot_seconds`."),
  grace_period_minutes: key(
    count(1, 1440),
    "Time that a runner has to come online: `deadlines.join_seconds`.",
  ),
});

const LEVELS = ["debug", "info", "warn", "error"] as const;
const FORMATS = ["text", "json"] as const;

const loggingSection = z.strictObject({
  level: key(z.enum(LEVELS), "Least important messages that are shown.", { default: "info" }),
  format: key(z.enum(FORMATS), "Lines for people, or one JSON object a line.", { default: "text" }),
  directory: key(text, "Folder for log files."),
});

const debugSection = z.strictObject({
  use_mock: key(
    z.boolean(),
    "A simulated Hyper-V host and GitHub inside the program; no key or account is needed.",
    {
      default: false,
    },
  ),
  simulator: key(text, "Address of a running `hvpool simulator`.", { examples: ["http://127.0.0.1:7500"] }),
  log_level: key(z.enum(LEVELS), "Older name of `logging.level`."),
  log_format: key(z.enum(FORMATS), "Older name of `logging.format`."),
});

/** Secure boot of a machine. */
export const SECURE_BOOT = ["off", "MicrosoftWindows", "MicrosoftUEFICertificateAuthority"] as const;

const templateItem = z.strictObject({
  name: key(text, "Name by which pools choose this template."),
  path: key(text, "The golden disk (.vhdx) on the Hyper-V host."),
  memory_mb: key(memoryMb, "Memory of a machine in MB; a multiple of 2. Else `hyperv.vm_memory_mb`."),
  processors: key(processors, "Virtual processors of a machine. Else `hyperv.vm_cpu_count`."),
  secure_boot: key(z.enum(SECURE_BOOT), "Secure boot template, or `off`.", { default: "MicrosoftWindows" }),
  tpm: key(z.boolean(), "Whether machines have a virtual TPM.", { default: false }),
  nested: key(z.boolean(), "Whether machines may run Hyper-V themselves.", { default: false }),
  loader: key(z.boolean(), LOADER_TEXT),
  delivery: key(delivery, "How a configuration reaches guests of this template. Else `hyperv.delivery`."),
});

const poolItem = z.strictObject({
  name: key(text, "Name of the pool: lower-case letters, digits and dashes."),
  kind: key(z.enum(["runner"]), "What the pool is for.", { default: "runner" }),
  template: key(text, "Name of a template. Else `default`, or the only one there is."),
  size: key(count(0, MAX_POOL_SIZE), "Machines to keep ready; 0 pauses the pool.", { default: 1 }),
  name_prefix: key(text, "Machines are called by this and their number. Else the pool's name and a dash."),
  labels: key(labels, "Labels beyond the default ones. Else `runners.labels`."),
  default_labels: key(z.boolean(), "Whether the default labels come first. Else `runners.default_labels`."),
  runner_group: key(text, "The organization's runner group. Else `runners.runner_group`."),
  cache_url: key(text, "Address of a cache server, ending in `/`. Else `runners.cache_url`."),
  org: key(text, "Another organization than `github.org`; replaces account and repository."),
  user: key(text, "Another personal account than `github.user`; replaces account and repository."),
  repo: key(text, "Another repository than `github.repo`."),
  work_folder: key(text, "The runner's work folder in the guest.", { default: "_work" }),
  env: key(env, "Environment of the runner in the guest, before that of `runners.env`. Not for secrets."),
  delivery: key(delivery, "How a configuration reaches this pool's guests. Else the template's."),
  registration: key(registration, "What this pool's guests get of GitHub. Else `runners.registration`."),
  switch: key(text, "Virtual switch of the machines. Else `hyperv.switch`."),
  recycle: key(recycle, "How this pool's machines return to service. Else `runners.recycle`."),
  hot: key(hot, "How many of this pool's machines are running and online. Else `runners.hot`."),
});

/** Text for each length of time of {@linkcode Times}; the key is its name in snake case, in seconds. */
const DEADLINE_TEXT: Readonly<Record<keyof Times, string>> = {
  retryForMs: "How long failures that may pass are retried within one cycle.",
  bootMs: "From a start's answer to a guest that waits for its introduction.",
  joinMs: "From the introduction to a runner that is online.",
  offlineMs: "A runner offline, or missing in every list, for this long is retired.",
  slotBackoffMinMs: "Shortest wait of a slot after a failed cycle.",
  slotBackoffMaxMs: "Longest wait of a slot after failed cycles.",
  retryMinMs: "Shortest wait before the same call is tried again.",
  retryMaxMs: "Longest wait before the same call is tried again.",
  quarantineMs: "How long a quarantined machine is kept for inspection.",
  youngMs: "A registration younger than this is not gone because GitHub does not find it.",
  graceMs: "After GitHub does not find a runner, how long its machine may still end by itself.",
  noTraceMs: "A machine whose creation was not answered is absent after this long without a trace.",
  readingMaxAgeMs: "A reading older than this says nothing.",
  pollVmsMs: "Between two lists of machines.",
  pollGuestsMs: "Between two readings of guests that boot, wait or join.",
  pollClaimedMs:
    "Between two readings of guests with a job: how soon a runner's end and exit code are noticed.",
  pollRunnersMs: "Between two lists of runners, for each 100 runners of an account.",
  pollDirectoriesMs: "Between two lists of directories.",
  pollChecksMs:
    "Between two looks at a pool's account, switch and golden disk: how soon another disk is noticed.",
};

/** Every length of time with its key below `deadlines:`, in the order of {@linkcode Times}. */
export const DEADLINE_KEYS: readonly { readonly field: keyof Times; readonly key: string }[] =
  (Object.keys(DEADLINE_TEXT) as (keyof Times)[]).map((field) => ({
    field,
    key: field.replace(/Ms$/, "Seconds").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  }));

const deadlinesSection: z.ZodObject<Record<string, z.ZodOptional<z.ZodNumber>>, z.core.$strict> = z
  .strictObject(
    Object.fromEntries(DEADLINE_KEYS.map(({ field, key: name }) => [
      name,
      key(seconds(0.05), `${DEADLINE_TEXT[field]} In seconds.`, { default: DEFAULT_TIMES[field] / 1000 }),
    ])),
  );

/** The file as it may be written: every key optional, unknown keys refused. */
export const FILE_SCHEMA = z.strictObject({
  github: key(githubSection, "The GitHub App and the account whose jobs are run."),
  runners: key(runnersSection, "The pool, when there is only one; and what `pools:` fall back on."),
  hyperv: key(hypervSection, "The Hyper-V host."),
  templates: key(z.array(templateItem), "Golden disks with the hardware of the machines made from them."),
  pools: key(
    z.array(poolItem),
    "Pools of machines. Without it `runners:` and `hyperv:` make one pool called `runners`.",
  ),
  monitoring: key(monitoringSection, "The names that hyperv-runner-pool gave to three of the `deadlines:`."),
  deadlines: key(deadlinesSection, "Every length of time that the controller counts with."),
  logging: key(loggingSection, "What is logged, how, and where to."),
  api: key(
    z.strictObject({
      listen: key(text, "Address of the status API, on this machine only. Port 0 takes a free port.", {
        default: "127.0.0.1:7420",
      }),
    }),
    "The API that `hvpool status` and other commands talk to.",
  ),
  proxy: key(
    z.strictObject({
      url: key(text, "Address of the proxy; runners get it as `http_proxy` and `https_proxy`.", {
        examples: ["http://proxy.example.com:3128"],
      }),
      bypass: key(z.array(text), "Hosts that are reached without it; runners get them as `no_proxy`.", {
        examples: [["localhost", ".example.com"]],
      }),
    }),
    "The proxy through which guests reach GitHub.",
  ),
  ca_certificates: key(
    z.array(text),
    "Files (PEM) with certificates of authorities that guests are to trust, such as a proxy's.",
  ),
  data_dir: key(
    text,
    "Folder for the journal, the API's token and logs; on a local disk, one for each controller.",
  ),
  journal: key(
    z.strictObject({ keep_days: key(count(1, 3650), "Days that events are kept.", { default: 30 }) }),
    "The record of everything that happened.",
  ),
  debug: key(debugSection, "Trials without Hyper-V or GitHub."),
});

/** The file after its types are checked. */
export type FileValues = z.infer<typeof FILE_SCHEMA>;
/** One entry of `pools:`. */
export type PoolValues = z.infer<typeof poolItem>;
/** One entry of `templates:`. */
export type TemplateValues = z.infer<typeof templateItem>;

/** Keys that a list's entries must have; said in the JSON schema, checked by the checks. */
export const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  templates: ["name", "path"],
  pools: ["name"],
};

/** Older key paths and what to write today. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = {
  "debug.log_level": "logging.level",
  "debug.log_format": "logging.format",
  "monitoring.health_check_interval_seconds": "deadlines.poll_vms_seconds",
  "monitoring.creation_timeout_minutes": "deadlines.boot_seconds",
  "monitoring.grace_period_minutes": "deadlines.join_seconds",
};

/** Values that must never be shown. */
export const SECRET_KEYS: readonly string[] = ["github.app_private_key", "hyperv.vm_password"];

/** Every key path, with `pools[]` and `templates[]` for entries of lists. */
export function allKeyPaths(): string[] {
  return pathsOf(z.toJSONSchema(FILE_SCHEMA, { target: "draft-7", io: "input" }), "");
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
}

function pathsOf(node: SchemaNode, at: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
    const path = at === "" ? name : `${at}.${name}`;
    const { properties, items } = inner as SchemaNode;
    if (properties !== undefined) return [path, ...pathsOf(inner as SchemaNode, path)];
    if ((items as SchemaNode | undefined)?.properties !== undefined) {
      return [path, ...pathsOf(items as SchemaNode, `${path}[]`)];
    }
    return [path];
  });
}
