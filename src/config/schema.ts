/**
 * Every key of the configuration file: its type, its bounds and what it does.
 *
 * Loading, the JSON schema for editors and the reference all come from here. All keys are optional for the
 * parser; what a combination needs is said by the checks, which know where to point.
 */
import { z } from "zod";
import { DEFAULT_LANES, DEFAULT_RESERVE_PERCENT } from "../model/settings.ts";
import { LANES } from "../model/calls.ts";
import { deadlinesSection } from "./deadlines.ts";
import { leaseKeys, POOL_KINDS, quotaItem } from "./lease_keys.ts";
import { networkSection, poolNetwork } from "./network_keys.ts";
import { notifyItem } from "./notify_keys.ts";
import { proxySection } from "./proxy_keys.ts";
import { count, key, text } from "./schema_key.ts";

/** GitHub's limit for one group, and far more than a host can hold. */
export const MAX_POOL_SIZE = 10_000;
/** Below this no Windows starts. */
export const MIN_MEMORY_MB = 512;
/** 12 TB, the most that Hyper-V gives a generation 2 machine. */
export const MAX_MEMORY_MB = 12_582_912;
/** Hyper-V counts to 2^64, this program to 2^53; cards count to about 10^9. */
const MAX_VRAM = Number.MAX_SAFE_INTEGER;

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
const canary = count(0, 1);
/** A week, which leaves room above GitHub's own limit. */
const jobTimeout = count(0, 7 * 24 * 60);
const holdOnFailure = count(0, 31 * 24);

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
  canary: key(
    canary,
    "Whether one machine tries what is new, such as another golden disk, through a job before the others follow: 1, or 0.",
    { default: 1 },
  ),
  job_timeout_minutes: key(
    jobTimeout,
    "A job that runs longer is ended together with its machine; 0 is never. GitHub itself ends jobs after 5 days.",
    { examples: [360] },
  ),
  hold_on_failure_hours: key(
    holdOnFailure,
    "How long a machine whose job failed is kept to be looked at, unregistered and without a network; 0 is not at all.",
    { examples: [2] },
  ),
  env: key(env, "Environment of all runners in the guests. Not for secrets."),
  version: key(
    text,
    "The runner that images are kept at, by preparing them anew: the newest that GitHub offers (`auto`), or a version. " +
      "`image` leaves them as they are. Needs an account for PowerShell Direct.",
    { default: "image", examples: ["auto", "2.338.1"] },
  ),
  packages: key(
    text,
    "For hosts without internet: the folder on this machine that holds `actions-runner-win-x64-VERSION.zip`. Else they " +
      "are fetched from GitHub.",
  ),
  program: key(
    programSection,
    "The runner program that guests fetch at each start. Else whatever the image has. Not together with `version`.",
  ),
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
  memory_reserve_percent: key(
    count(0, 95),
    "So much of the host's memory is left to everything else: no machine of an agent pool is started into it.",
    { default: DEFAULT_RESERVE_PERCENT },
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

const probeSection = z.strictObject({
  tcp: key(
    count(1, 65_535),
    "A port of the guest that takes connections. Either `tcp` or `http`; a machine of an agent pool is not ready before.",
    { examples: [3389] },
  ),
  http: key(
    text,
    "A web address that answers with a status below 500; `{address}` stands for the guest's. The guest is asked, whatever host it names.",
    { examples: ["http://{address}:8080/mcp"] },
  ),
});

const templateItem = z.strictObject({
  name: key(text, "Name by which pools choose this template."),
  path: key(text, "The golden disk (.vhdx) on the Hyper-V host."),
  memory_mb: key(memoryMb, "Memory of a machine in MB; a multiple of 2. Else `hyperv.vm_memory_mb`."),
  processors: key(processors, "Virtual processors of a machine. Else `hyperv.vm_cpu_count`."),
  secure_boot: key(z.enum(SECURE_BOOT), "Secure boot template, or `off`.", { default: "MicrosoftWindows" }),
  tpm: key(z.boolean(), "Whether machines have a virtual TPM.", { default: false }),
  nested: key(z.boolean(), "Whether machines may run Hyper-V themselves.", { default: false }),
  gpu: key(
    z.boolean(),
    "Whether machines have a partition of a GPU; such a machine can neither be saved nor checkpointed.",
    { default: false },
  ),
  gpu_name: key(
    text,
    "With `gpu`: which one, by the instance path that `Get-VMHostPartitionableGpu` shows as its Name. Else Windows chooses; " +
      "before Windows 11 and Server 2022 it always does.",
    {
      examples: [
        "\\\\?\\PCI#VEN_10DE&DEV_2684#4&1a2b3c4d&0&0008#{064092b3-625e-43bf-9eb5-dc845897dd59}\\GPUPARAV",
      ],
    },
  ),
  gpu_vram_min: key(
    count(0, MAX_VRAM),
    "With `gpu`: the least video memory of a partition (`MinPartitionVRAM`), in the units of the TotalVRAM that " +
      "`Get-VMHostPartitionableGpu` shows: a share of the card, no bytes; mostly the whole card is 1000000000. Else the host's " +
      "own. Drivers do not hold machines to it.",
    { examples: [80_000_000] },
  ),
  gpu_vram_optimal: key(
    count(1, MAX_VRAM),
    "As `gpu_vram_min`: what a partition is to have (`OptimalPartitionVRAM`); not below the least.",
    { examples: [100_000_000] },
  ),
  gpu_vram_max: key(
    count(1, MAX_VRAM),
    "As `gpu_vram_min`: the most (`MaxPartitionVRAM`); not below `gpu_vram_optimal`.",
    { examples: [100_000_000] },
  ),
  software: key(z.record(text, text), "What is installed in it: names with versions."),
  credentials: key(text, "Name of the account of `guest_accounts:` in its guests. Else that of `hyperv:`."),
  probe: key(probeSection, "When a machine of an agent pool counts as ready."),
  loader: key(z.boolean(), LOADER_TEXT),
  delivery: key(delivery, "How a configuration reaches guests of this template. Else `hyperv.delivery`."),
});

const poolItem = z.strictObject({
  name: key(text, "Name of the pool: lower-case letters, digits and dashes."),
  kind: key(
    z.enum(POOL_KINDS),
    "What the pool is for: one-job runners of GitHub, or machines that are leased to whoever asks (`agent`).",
    { default: "runner" },
  ),
  template: key(
    text,
    "Name of a template of `templates:`, or of one that `hvpool template register` made. Else `default`, or the only one " +
      "there is.",
  ),
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
  network: key(poolNetwork, "The network of this pool's machines. Else `network:`."),
  recycle: key(recycle, "How this pool's machines return to service. Else `runners.recycle`."),
  hot: key(
    count(0, MAX_POOL_SIZE),
    "How many of this pool's machines are running and online. Else `runners.hot`. Of an agent pool: how many are running " +
      "and ready, 0 unless it is written; the others are saved, and resumed when they are leased.",
  ),
  canary: key(canary, "Whether one machine tries what is new first. Else `runners.canary`."),
  runner_version: key(text, "The runner that this pool's image is kept at. Else `runners.version`."),
  job_timeout_minutes: key(
    jobTimeout,
    "How long this pool's jobs may run. Else `runners.job_timeout_minutes`.",
  ),
  hold_on_failure_hours: key(
    holdOnFailure,
    "How long this pool's machines are kept after a failed job. Else `runners.hold_on_failure_hours`.",
  ),
  ...leaseKeys,
});

const guestAccount = z.strictObject({
  username: key(text, "The account in the guests.", { default: "Administrator" }),
  password: key(text, "Its password: `env:NAME`, `file:PATH`, or the password itself."),
});

/** The file as it may be written: every key optional, unknown keys refused. */
export const FILE_SCHEMA = z.strictObject({
  github: key(
    githubSection,
    "The GitHub App and the account whose jobs are run. Not needed where all pools are agent pools.",
  ),
  runners: key(runnersSection, "The pool, when there is only one; and what `pools:` fall back on."),
  hyperv: key(hypervSection, "The Hyper-V host."),
  guest_accounts: key(
    z.record(text, guestAccount),
    "Accounts in guests for PowerShell Direct, by names of your own: for templates that name one as `credentials`.",
  ),
  templates: key(z.array(templateItem), "Golden disks with the hardware of the machines made from them."),
  pools: key(
    z.array(poolItem),
    "Pools of machines. Without it `runners:` and `hyperv:` make one pool called `runners`; `[]`: only those that `hvpool pool create` makes.",
  ),
  quotas: key(
    z.array(quotaItem),
    "What holders of leases may have at once. The first entry that fits a holder's name counts.",
  ),
  network: key(networkSection, "The network of the machines: addresses, and what they are kept from."),
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
    proxySection,
    "The proxy through which hvpool and its guests reach GitHub. Without it, those of the environment count for hvpool.",
  ),
  ca_certificates: key(
    z.array(text),
    "Files (PEM) with certificates of authorities that hvpool and its guests are to trust, such as a proxy's.",
  ),
  data_dir: key(
    text,
    "Folder for the journal, the API's token and logs; on a local disk, one for each controller.",
  ),
  journal: key(
    z.strictObject({
      keep_days: key(count(1, 3650), "Days that events are kept.", { default: 30 }),
      keep_jobs_days: key(count(1, 3650), "Days that jobs are remembered.", { default: 90 }),
    }),
    "The record of everything that happened.",
  ),
  notify: key(
    z.array(notifyItem),
    "Who is told when something needs a person, and when it is over; `docs/notify.md` says what is sent.",
  ),
  debug: key(debugSection, "Trials without Hyper-V or GitHub."),
});

/** The file after its types are checked. */
export type FileValues = z.infer<typeof FILE_SCHEMA>;
/** One entry of `pools:`. */
export type PoolValues = z.infer<typeof poolItem>;
/** One entry of `templates:`. */
export type TemplateValues = z.infer<typeof templateItem>;

/** One entry of `notify:`. */
export type NotifyValues = z.infer<typeof notifyItem>;
/** One entry of `guest_accounts:`. */
export type GuestAccountValues = z.infer<typeof guestAccount>;

/** Keys that the entries of a list or of a section with free names must have; said in the JSON schema, checked by the checks. */
export const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  templates: ["name", "path"],
  pools: ["name"],
  quotas: ["holder"],
  notify: ["type"],
  "guest_accounts": ["password"],
};

/** Older key paths and what to write today. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = {
  "proxy.bypass": "proxy.no_proxy",
  "debug.log_level": "logging.level",
  "debug.log_format": "logging.format",
  "monitoring.health_check_interval_seconds": "deadlines.poll_vms_seconds",
  "monitoring.creation_timeout_minutes": "deadlines.boot_seconds",
  "monitoring.grace_period_minutes": "deadlines.join_seconds",
};
