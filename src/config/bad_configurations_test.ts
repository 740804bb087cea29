import assert from "node:assert/strict";
import { formatProblem } from "./file/problem.ts";
import { loadConfig } from "./load.ts";

/** A file whose one fault is `key: value` in a section, and what is said of it. */
interface BadCase {
  readonly name: string;
  readonly text: string;
  /** `line:column`. */
  readonly at: string;
  readonly path: string;
  /** In the message, the remedy or the suggestion. */
  readonly says: RegExp;
}

const MOCK = "debug: {use_mock: true}\n";
const REAL = "github: {app_id: 1, app_private_key_path: k.pem, org: acme}\n";
const long = (length: number): string => "a".repeat(length);
const pools = (...items: string[]): string =>
  `${MOCK}pools:\n${items.map((item) => `  - {${item}}\n`).join("")}`;
const template = (keys: string, more = ""): string =>
  `${MOCK}templates:\n  - {name: b, path: 'C:\\b.vhdx', ${keys}}\n${more}`;
const accounts = (keys: string): string => `${MOCK}guest_accounts:\n  ${keys}\n`;
const SUM = "ab".repeat(32);
const runners = (keys: string): string => `${MOCK}runners:\n  ${keys}\n`;
const hyperv = (keys: string): string => `${MOCK}hyperv:\n  ${keys}\n`;

// One row, one line: the table is read down its columns.
// deno-fmt-ignore
const CASES: readonly BadCase[] = [
  // GitHub
  { name: "an app id of 0", text: "github: {app_id: 0, app_private_key_path: k, org: a}", at: "1:18", path: "github.app_id", says: /must be 1 or more, not 0/ },
  { name: "a negative app id", text: "github: {app_id: -5, app_private_key_path: k, org: a}", at: "1:18", path: "github.app_id", says: /1 or more, not -5/ },
  { name: "an app id that is a word", text: "github: {app_id: mine, app_private_key_path: k, org: a}", at: "1:18", path: "github.app_id", says: /a whole number, not "mine"/ },
  { name: "no app id", text: "github:\n  app_private_key_path: k\n  org: a", at: "1:1", path: "github.app_id", says: /is missing.*use_mock/ },
  { name: "no key", text: "github:\n  app_id: 1\n  org: a", at: "1:1", path: "github.app_private_key_path", says: /is missing/ },
  { name: "an empty key path", text: 'github:\n  app_id: 1\n  app_private_key_path: ""\n  org: a', at: "3:25", path: "github.app_private_key_path", says: /is missing/ },
  { name: "no account", text: "github:\n  app_id: 1\n  app_private_key_path: k", at: "1:1", path: "github.org", says: /no account is given/ },
  { name: "org and user", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  org: a\n  user: b\n  repo: c", at: "5:9", path: "github.user", says: /org and user are both given/ },
  { name: "a user without repo", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  user: b", at: "4:9", path: "github.user", says: /needs repo/ },
  { name: "a repo without owner", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  repo: b", at: "4:9", path: "github.repo", says: /no owner/ },
  { name: "a repo with its owner", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  org: a\n  repo: a/b", at: "5:9", path: "github.repo", says: /no repository name.*Did you mean b\?/ },
  { name: "an account as an address", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  org: https://github.com/acme", at: "4:8", path: "github.org", says: /no account name.*Did you mean acme\?/ },
  { name: "a key given twice", text: "github:\n  app_id: 1\n  app_private_key_path: k\n  app_private_key: env:K\n  org: a", at: "4:20", path: "github.app_private_key", says: /given twice/ },
  { name: "a key written out", text: "github:\n  app_id: 1\n  app_private_key: SECRET\n  org: a", at: "3:20", path: "github.app_private_key", says: /does not belong into this file/ },
  { name: "a key path with env:", text: "github:\n  app_id: 1\n  app_private_key_path: env:K\n  org: a", at: "3:25", path: "github.app_private_key_path", says: /app_private_key: env:K/ },
  { name: "env: without a name", text: `${REAL}hyperv:\n  vm_password: "env:"`, at: "3:16", path: "hyperv.vm_password", says: /Expected: env:NAME/ },
  { name: "GitHub's web address", text: `${MOCK}github: {api_url: "https://github.com"}`, at: "2:19", path: "github.api_url", says: /Did you mean https:\/\/api\.github\.com\?/ },
  { name: "an API address without a scheme", text: `${MOCK}github: {api_url: ghe.example.com}`, at: "2:19", path: "github.api_url", says: /not a web address.*https:\/\/ghe\.example\.com/ },
  { name: "a group with a repo", text: `${REAL.replace("}", ", repo: r}")}runners:\n  runner_group: gpu`, at: "3:17", path: "runners.runner_group", says: /always in the group default, not "gpu"/ },
  // Runners
  { name: "a negative pool size", text: runners("pool_size: -1"), at: "3:14", path: "runners.pool_size", says: /must be 0 or more, not -1/ },
  { name: "half a machine", text: runners("pool_size: 1.5"), at: "3:14", path: "runners.pool_size", says: /a whole number, not 1\.5/ },
  { name: "a pool size in words", text: runners("pool_size: four"), at: "3:14", path: "runners.pool_size", says: /a whole number, not "four"/ },
  { name: "more than GitHub takes", text: runners("pool_size: 10001"), at: "3:14", path: "runners.pool_size", says: /must be 10000 or less/ },
  { name: "a prefix with a wildcard", text: runners('name_prefix: "run*"'), at: "3:16", path: "runners.name_prefix", says: /"run\*" holds \*.*Did you mean "run"\?/ },
  { name: "a prefix with ?", text: runners('name_prefix: "run?"'), at: "3:16", path: "runners.name_prefix", says: /holds \?/ },
  { name: "a prefix with brackets", text: runners('name_prefix: "run[1]"'), at: "3:16", path: "runners.name_prefix", says: /holds \[/ },
  { name: "a prefix with a slash", text: runners("name_prefix: a/b"), at: "3:16", path: "runners.name_prefix", says: /holds \// },
  { name: "a prefix with a backslash", text: runners("name_prefix: 'a\\b'"), at: "3:16", path: "runners.name_prefix", says: /holds \\/ },
  { name: "a prefix with a quote", text: runners("name_prefix: a'b"), at: "3:16", path: "runners.name_prefix", says: /holds '/ },
  { name: "a prefix with a space", text: runners('name_prefix: "a b"'), at: "3:16", path: "runners.name_prefix", says: /holds a space/ },
  { name: "a prefix with an umlaut", text: runners("name_prefix: läufer-"), at: "3:16", path: "runners.name_prefix", says: /not ASCII/ },
  { name: "a prefix of another script", text: runners("name_prefix: бегун-"), at: "3:16", path: "runners.name_prefix", says: /not ASCII/ },
  { name: "CON", text: runners("name_prefix: CON"), at: "3:16", path: "runners.name_prefix", says: /keeps for a device/ },
  { name: "con.", text: runners("name_prefix: con."), at: "3:16", path: "runners.name_prefix", says: /keeps for a device/ },
  { name: "COM, which makes COM1", text: runners("name_prefix: COM"), at: "3:16", path: "runners.name_prefix", says: /keeps for a device/ },
  { name: "a prefix that ends with a dot", text: runners("name_prefix: runner."), at: "3:16", path: "runners.name_prefix", says: /ends with a dot.*"runner-"/ },
  { name: "a prefix that begins with a dash", text: runners('name_prefix: "-a"'), at: "3:16", path: "runners.name_prefix", says: /does not begin with a letter/ },
  { name: "a prefix too long", text: runners(`name_prefix: ${long(40)}`), at: "3:16", path: "runners.name_prefix", says: /has 40 characters.*39 are left/ },
  { name: "a prefix too long with its number", text: `${MOCK}runners:\n  pool_size: 100\n  name_prefix: ${long(38)}`, at: "4:16", path: "runners.name_prefix", says: /37 are left/ },
  { name: "a label with a comma", text: runners('labels: ["a,b"]'), at: "3:12", path: "runners.labels[0]", says: /holds a comma/ },
  { name: "labels as text", text: runners("labels: gpu"), at: "3:11", path: "runners.labels", says: /must be a list, not "gpu".*\[gpu\]/ },
  { name: "an empty label", text: runners('labels: [a, ""]'), at: "3:15", path: "runners.labels[1]", says: /must not be empty/ },
  { name: "labels equal but for case", text: runners("labels: [gpu, GPU]"), at: "3:17", path: "runners.labels[1]", says: /"gpu" and "GPU" are one/ },
  { name: "the same label twice", text: runners("labels: [gpu, gpu]"), at: "3:17", path: "runners.labels[1]", says: /are one to GitHub/ },
  { name: "97 labels beside the default ones", text: runners(`labels: [${Array.from({ length: 97 }, (_, i) => `l${i}`)}]`), at: "3:11", path: "runners.labels", says: /at most 100 labels.*these are 101/ },
  { name: "no label at all", text: runners("default_labels: false"), at: "2:1", path: "runners.labels", says: /at least one label/ },
  { name: "a cache address without /", text: runners("cache_url: http://cache:3000"), at: "3:14", path: "runners.cache_url", says: /must end in \/.*http:\/\/cache:3000\// },
  { name: "a cache address without scheme", text: runners("cache_url: cache/"), at: "3:14", path: "runners.cache_url", says: /not a web address/ },
  // Hyper-V
  { name: "memory that is odd", text: hyperv("vm_memory_mb: 4097"), at: "3:17", path: "hyperv.vm_memory_mb", says: /multiple of 2 MB.*4098/ },
  { name: "memory in gigabytes", text: hyperv("vm_memory_mb: 4"), at: "3:17", path: "hyperv.vm_memory_mb", says: /512 or more, not 4.*4096/ },
  { name: "memory as text", text: hyperv("vm_memory_mb: 4GB"), at: "3:17", path: "hyperv.vm_memory_mb", says: /a whole number, not "4GB"/ },
  { name: "no processor", text: hyperv("vm_cpu_count: 0"), at: "3:17", path: "hyperv.vm_cpu_count", says: /1 or more/ },
  { name: "a path in double quotes", text: hyperv('storage_path: "C:\\temp\\new"'), at: "3:17", path: "hyperv.storage_path", says: /double quotes.*Did you mean 'C:\\temp\\new'\?.*single quotes/ },
  { name: "a path in double quotes with a bad escape", text: hyperv('storage_path: "C:\\vms\\store"'), at: "3:24", path: "hyperv.storage_path", says: /double quotes.*'C:\\vms\\store'.*single quotes/ },
  { name: "a path in double quotes without visible damage", text: hyperv('storage_path: "C:\\_vms"'), at: "3:17", path: "hyperv.storage_path", says: /single quotes/ },
  { name: "a share in double quotes", text: hyperv('storage_path: "\\\\nas\\temp"'), at: "3:17", path: "hyperv.storage_path", says: /single quotes/ },
  { name: "a path over 259 characters", text: hyperv(`template_path: C:\\${long(253)}.vhdx`), at: "3:18", path: "hyperv.template_path", says: /has 261 characters.*259/ },
  { name: "a storage folder without room below it", text: hyperv(`storage_path: C:\\${long(180)}`), at: "3:17", path: "hyperv.storage_path", says: /has 183 characters.*259/ },
  { name: "a template that is no disk", text: hyperv("template_path: C:\\vms"), at: "3:18", path: "hyperv.template_path", says: /\.vhdx/ },
  { name: "a template of generation 1", text: hyperv("template_path: C:\\a.vhd"), at: "3:18", path: "hyperv.template_path", says: /Convert-VHD/ },
  { name: "a path with a wildcard", text: hyperv("storage_path: C:\\vm*"), at: "3:17", path: "hyperv.storage_path", says: /holds \*/ },
  { name: "a path with a device's name", text: hyperv("storage_path: C:\\con\\a"), at: "3:17", path: "hyperv.storage_path", says: /"con", a name that Windows keeps/ },
  { name: "a path with a variable", text: hyperv("storage_path: '%ProgramData%\\vms'"), at: "3:17", path: "hyperv.storage_path", says: /%ProgramData%, which is not expanded/ },
  { name: "a path of a Mac", text: hyperv("storage_path: /vms"), at: "3:17", path: "hyperv.storage_path", says: /has no drive/ },
  { name: "a path relative to a drive", text: hyperv("storage_path: C:vms"), at: "3:17", path: "hyperv.storage_path", says: /Did you mean C:\\vms\?/ },
  { name: "a lane of nothing", text: hyperv("lanes: {vm: 0}"), at: "3:15", path: "hyperv.lanes.vm", says: /1 or more/ },
  { name: "a lane that there is not", text: hyperv("lanes: {vms: 2}"), at: "3:11", path: "hyperv.lanes.vms", says: /Did you mean vm\?/ },
  // Pools and templates
  { name: "two pools of one name", text: pools("name: a", "name: a, name_prefix: x-"), at: "4:12", path: "pools[1].name", says: /"a" already, on line 3/ },
  { name: "two pools of one prefix", text: pools("name: a, name_prefix: x-", "name: b, name_prefix: X-"), at: "4:28", path: "pools[1].name_prefix", says: /is the prefix of the pool on line 3/ },
  { name: "prefixes that overlap", text: pools("name: a, name_prefix: r", "name: b, name_prefix: r1"), at: "4:28", path: "pools[1].name_prefix", says: /"r1" overlaps with the prefix "r"/ },
  { name: "prefixes that overlap the other way", text: pools("name: a, name_prefix: r12", "name: b, name_prefix: r"), at: "4:28", path: "pools[1].name_prefix", says: /overlaps/ },
  { name: "a pool without name", text: pools("size: 1"), at: "3:5", path: "pools[0].name", says: /is missing/ },
  { name: "a pool's name in capitals", text: pools("name: Big Pool"), at: "3:12", path: "pools[0].name", says: /lower-case letters.*Did you mean big-pool\?/ },
  { name: "pools as a section", text: `${MOCK}pools: {a: 1}`, at: "2:8", path: "pools", says: /must be a list, not a section/ },
  { name: "a pool that is a word", text: `${MOCK}pools:\n  - small`, at: "3:5", path: "pools[0]", says: /a section with keys below it, not "small"/ },
  { name: "a negative size of a pool", text: pools("name: a", "name: b, size: -1"), at: "4:21", path: "pools[1].size", says: /0 or more, not -1/ },
  { name: "another kind of pool", text: pools("name: a, kind: job"), at: "3:21", path: "pools[0].kind", says: /Expected: runner or agent|runner, agent/ },
  { name: "a lease's key in a pool of runners", text: pools("name: a, idle_minutes: 5"), at: "3:15", path: "pools[0].idle_minutes", says: /is for leases.*Write kind: agent/ },
  { name: "desktop: false in a pool of runners", text: pools("name: a, desktop: false"), at: "3:15", path: "pools[0].desktop", says: /is for leases/ },
  { name: "no hot machine in a pool of runners", text: pools("name: a, recycle: restore, hot: 0"), at: "3:38", path: "pools[0].hot", says: /1 or more, not 0.*kind: agent/ },
  { name: "a lease of no time", text: pools("name: a, kind: agent, max_lease_minutes: 0"), at: "3:47", path: "pools[0].max_lease_minutes", says: /1 or more, not 0/ },
  { name: "a lease of two days", text: pools("name: a, kind: agent, max_lease_minutes: 2880"), at: "3:47", path: "pools[0].max_lease_minutes", says: /1440 or less, not 2880/ },
  { name: "an idle time above a lease's", text: pools("name: a, kind: agent, idle_minutes: 100"), at: "3:42", path: "pools[0].idle_minutes", says: /lasts at most 90 minutes/ },
  { name: "more hot machines than there are", text: pools("name: a, kind: agent, size: 2, hot: 3"), at: "3:42", path: "pools[0].hot", says: /3 machines are to be running, and the pool has 2/ },
  { name: "an account in an agent pool", text: pools("name: a, kind: agent, org: acme"), at: "3:28", path: "pools[0].org", says: /is for pools of runners.*nobody at GitHub/ },
  { name: "another way to recycle", text: pools("name: a, recycle: reuse"), at: "3:24", path: "pools[0].recycle", says: /recreate.*restore/ },
  { name: "checkpoints of machines that run Hyper-V", text: "debug: {use_mock: true}\ntemplates: [{name: t, path: 'C:\\t.vhdx', nested: true}]\npools: [{name: a, template: t, recycle: restore}]", at: "3:41", path: "pools[0].recycle", says: /can neither be saved nor checkpointed/ },
  { name: "a registration that does not exist", text: pools("name: a, registration: pat"), at: "3:29", path: "pools[0].registration", says: /jit/ },
  { name: "a token for a guest that is sent a CD image", text: pools("name: a, registration: token, delivery: iso"), at: "3:29", path: "pools[0].registration", says: /reads no CD image, and delivery is iso.*delivery: vhdx/ },
  { name: "a token without a written delivery", text: pools("name: a, registration: token"), at: "3:29", path: "pools[0].registration", says: /delivery is auto.*delivery: direct/ },
  { name: "a deadline of no time", text: `${MOCK}deadlines: {poll_claimed_seconds: 0}`, at: "2:35", path: "deadlines.poll_claimed_seconds", says: /0\.05/ },
  { name: "checkpoints of disks that hold a registration", text: pools("name: a, recycle: restore, delivery: vhdx"), at: "3:24", path: "pools[0].recycle", says: /on the disk before the guest starts/ },
  { name: "more running machines than there are", text: pools("name: a, size: 2, recycle: restore, hot: 3"), at: "3:47", path: "pools[0].hot", says: /3 machines are to be running, and the pool has 2/ },
  { name: "running machines of a pool that saves none", text: pools("name: a, size: 2, hot: 1"), at: "3:24", path: "pools[0].hot", says: /no effect without recycle: restore/ },
  { name: "an unknown template", text: `${pools("name: a, template: bigg")}templates:\n  - {name: big, path: 'C:\\b.vhdx'}`, at: "3:25", path: "pools[0].template", says: /no template called "bigg".*Did you mean big\?/ },
  { name: "no choice among templates", text: `${ pools("name: a") }templates:\n  - {name: b, path: 'C:\\b.vhdx'}\n  - {name: c, path: 'C:\\c.vhdx'}`, at: "3:5", path: "pools[0].template", says: /more than one template.*one of b, c/ },
  { name: "two templates of one name", text: `${MOCK}templates:\n  - {name: b, path: 'C:\\b.vhdx'}\n  - {name: B, path: 'C:\\c.vhdx'}`, at: "4:12", path: "templates[1].name", says: /called "b" already/ },
  { name: "a template without a path", text: `${MOCK}templates:\n  - {name: b}`, at: "3:5", path: "templates[0].path", says: /is missing/ },
  { name: "a template's odd memory", text: `${MOCK}templates:\n  - {name: b, path: 'C:\\b.vhdx', memory_mb: 1001}`, at: "3:45", path: "templates[0].memory_mb", says: /multiple of 2/ },
  { name: "secure boot as false", text: `${MOCK}templates:\n  - {name: b, path: 'C:\\b.vhdx', secure_boot: false}`, at: "3:47", path: "templates[0].secure_boot", says: /Did you mean off\?/ },
  { name: "template_path beside a template called default", text: `${MOCK}hyperv: {template_path: 'C:\\a.vhdx'}\ntemplates:\n  - {name: default, path: 'C:\\b.vhdx'}`, at: "2:25", path: "hyperv.template_path", says: /as well/ },
  { name: "pool_size beside pools", text: `${pools("name: a")}runners: {pool_size: 3}`, at: "4:11", path: "runners.pool_size", says: /no effect beside pools/ },
  { name: "a pool's group with a repo", text: pools("name: a, org: acme, repo: r, runner_group: gpu"), at: "3:49", path: "pools[0].runner_group", says: /group default/ },
  { name: "an inherited group with a pool's repo", text: `${pools("name: a, org: acme, repo: r")}runners: {runner_group: gpu}`, at: "4:25", path: "runners.runner_group", says: /pool on line 3/ },
  { name: "a pool's user without repo", text: pools("name: a, user: me"), at: "3:21", path: "pools[0].user", says: /needs repo/ },
  { name: "a secret in the environment", text: pools("name: a, env: {TOKEN: 'env:T'}"), at: "3:28", path: "pools[0].env.TOKEN", says: /journal/ },
  { name: "one variable twice", text: pools("name: a, env: {Path: a, PATH: b}"), at: "3:30", path: "pools[0].env.PATH", says: /one variable on Windows/ },
  { name: "a work folder with a wildcard", text: pools("name: a, work_folder: 'a*'"), at: "3:28", path: "pools[0].work_folder", says: /cannot be a work folder/ },
  { name: "a template's name that is nearly a configured one", text: `${pools("name: a, template: windows-2025")}templates:\n  - {name: windows-2022, path: 'C:\\b.vhdx'}`, at: "3:25", path: "pools[0].template", says: /Expected: one of windows-2022, or the name of a registered template.*Did you mean windows-2022\?/ },
  { name: "a registered template's name that cannot be one", text: pools("name: a, template: 'win 11'"), at: "3:25", path: "pools[0].template", says: /"win 11" cannot be a template's name/ },
  { name: "the pool in which images are prepared", text: pools("name: prepare"), at: "3:12", path: "pools[0].name", says: /in which it prepares images\. Give the pool another name/ },
  { name: "the pool in which images are prepared in capitals", text: pools("name: Prepare"), at: "3:12", path: "pools[0].name", says: /cannot be a pool's name\. Expected: .*a letter or digit\.$/ },
  { name: "half a canary", text: runners("canary: 2"), at: "3:11", path: "runners.canary", says: /must be 1 or less, not 2/ },
  { name: "a pool's canary as a word", text: pools("name: a, canary: yes"), at: "3:23", path: "pools[0].canary", says: /a whole number, not "yes"/ },
  { name: "checkpoints of machines with a GPU", text: template("gpu: true", "pools: [{name: a, recycle: restore}]"), at: "4:28", path: "pools[0].recycle", says: /a machine with a GPU partition can neither be saved nor checkpointed/ },
  { name: "a GPU as a number", text: template("gpu: 1"), at: "3:39", path: "templates[0].gpu", says: /true or false, not 1/ },
  { name: "video memory without a GPU", text: template("gpu_vram_max: 100"), at: "3:34", path: "templates[0].gpu_vram_max", says: /has no effect without gpu: true\. Write gpu: true, or remove it/ },
  { name: "a GPU's name with gpu: false", text: template("gpu: false, gpu_name: '\\\\?\\PCI#A'"), at: "3:46", path: "templates[0].gpu_name", says: /has no effect without gpu: true/ },
  { name: "a least above the optimal", text: template("gpu: true, gpu_vram_min: 90, gpu_vram_optimal: 80"), at: "3:59", path: "templates[0].gpu_vram_min", says: /90 is above gpu_vram_optimal, which is 80\. Lower it to 80 or less, or raise gpu_vram_optimal/ },
  { name: "an optimal above the most", text: template("gpu: true, gpu_vram_optimal: 101, gpu_vram_max: 100"), at: "3:63", path: "templates[0].gpu_vram_optimal", says: /101 is above gpu_vram_max, which is 100/ },
  { name: "a least above the most", text: template("gpu: true, gpu_vram_min: 2, gpu_vram_max: 1"), at: "3:59", path: "templates[0].gpu_vram_min", says: /2 is above gpu_vram_max, which is 1/ },
  { name: "no video memory", text: template("gpu: true, gpu_vram_max: 0"), at: "3:59", path: "templates[0].gpu_vram_max", says: /1 or more/ },
  { name: "video memory with a unit", text: template("gpu: true, gpu_vram_max: 1GB"), at: "3:59", path: "templates[0].gpu_vram_max", says: /a whole number, not "1GB"/ },
  { name: "negative video memory", text: template("gpu: true, gpu_vram_min: -1"), at: "3:59", path: "templates[0].gpu_vram_min", says: /0 or more/ },
  { name: "half of a unit of video memory", text: template("gpu: true, gpu_vram_optimal: 1.5"), at: "3:63", path: "templates[0].gpu_vram_optimal", says: /a whole number, not 1\.5/ },
  { name: "a GPU by its product's name", text: template("gpu: true, gpu_name: NVIDIA RTX 4090"), at: "3:55", path: "templates[0].gpu_name", says: /"NVIDIA RTX 4090" is no instance path of a GPU\. Expected: the Name that Get-VMHostPartitionableGpu shows, in single quotes/ },
  { name: "software as a list", text: template("software: [git]"), at: "3:44", path: "templates[0].software", says: /a section with keys below it, not a list/ },
  { name: "software without a name", text: template("software: {' ': '1'}"), at: "3:45", path: 'templates[0].software[" "]', says: /cannot be the name of a program/ },
  { name: "software that is true", text: template("software: {git: true}"), at: "3:50", path: "templates[0].software.git", says: /text, not true.*quotes/ },
  { name: "a probe of nothing", text: template("probe: {}"), at: "3:41", path: "templates[0].probe", says: /says neither tcp nor http\. Expected: tcp: PORT/ },
  { name: "a probe of two", text: template("probe: {tcp: 80, http: 'http://localhost/'}"), at: "3:57", path: "templates[0].probe.http", says: /both given/ },
  { name: "a probe of no port", text: template("probe: {tcp: 0}"), at: "3:47", path: "templates[0].probe.tcp", says: /1 or more/ },
  { name: "a probe of no address", text: template("probe: {http: localhost/up}"), at: "3:48", path: "templates[0].probe.http", says: /not a web address.*Did you mean http:\/\/localhost\/up\?/ },
  { name: "credentials without accounts", text: template("credentials: ci"), at: "3:47", path: "templates[0].credentials", says: /no account called "ci"\. Expected: the name of an account of guest_accounts:/ },
  { name: "misspelt credentials", text: template("credentials: bilder", "guest_accounts: {builder: {password: env:P}}"), at: "3:47", path: "templates[0].credentials", says: /one of builder.*Did you mean builder\?/ },
  { name: "credentials that are a JavaScript word", text: template("credentials: toString", "guest_accounts: {builder: {password: env:P}}"), at: "3:47", path: "templates[0].credentials", says: /no account called "toString"/ },
  { name: "an account without a password", text: template("credentials: ci", "guest_accounts: {ci: {username: u}}"), at: "4:18", path: "guest_accounts.ci.password", says: /is missing.*env:NAME or file:PATH/ },
  { name: "an account that is a password", text: template("credentials: ci", "guest_accounts: {ci: SECRET}"), at: "4:22", path: "guest_accounts.ci", says: /a section with keys below it, not this/ },
  { name: "an account that is a password in double quotes", text: accounts('ci: "C:\\SECRET"'), at: "3:10", path: "guest_accounts.ci", says: /double quotes.*single quotes/ },
  { name: "accounts that are a password", text: template("credentials: ci", "guest_accounts: SECRET"), at: "4:17", path: "guest_accounts", says: /a section with keys below it, not this/ },
  { name: "a password that is a list", text: accounts("ci: {password: [SECRET]}"), at: "3:18", path: "guest_accounts.ci.password", says: /text, not this/ },
  { name: "an account's password by dpapi", text: accounts('ci: {password: "dpapi:SECRET"}'), at: "3:18", path: "guest_accounts.ci.password", says: /dpapi: is not known/ },
  { name: "a misspelt key of an account", text: accounts("ci: {user_name: u, password: env:P}"), at: "3:8", path: "guest_accounts.ci.user_name", says: /no such key in guest_accounts\.ci\. Did you mean username\?/ },
  { name: "an account's name with a space", text: accounts("'a b': {password: env:P}"), at: "3:3", path: 'guest_accounts["a b"]', says: /cannot be an account's name/ },
  { name: "a key of an account by its name below hyperv", text: accounts("ci: {vm_username: u, password: env:P}"), at: "3:8", path: "guest_accounts.ci.vm_username", says: /Did you mean username\?/ },
  { name: "a pool's version by its name below runners", text: pools("name: a, version: auto"), at: "3:15", path: "pools[0].version", says: /Did you mean runner_version\?/ },
  { name: "a key that only an account has", text: hyperv("username: u"), at: "3:3", path: "hyperv.username", says: /Did you mean vm_username\?/ },
  // The runner's version
  { name: "a version as a tag", text: runners("version: v2.338.1"), at: "3:12", path: "runners.version", says: /"v2\.338\.1" is not a version.*Expected: auto, image, or three numbers.*Did you mean 2\.338\.1\?/ },
  { name: "a version of two numbers", text: runners("version: 2.338"), at: "3:12", path: "runners.version", says: /"2\.338" is not a version/ },
  { name: "a version that is inherited twice", text: `${pools("name: a", "name: b")}runners: {version: newest}`, at: "5:20", path: "runners.version", says: /is not a version/ },
  { name: "a version that nothing inherits", text: `${pools("name: a, runner_version: image")}runners: {version: newest}`, at: "4:20", path: "runners.version", says: /is not a version/ },
  { name: "the latest version", text: pools("name: a, runner_version: latest"), at: "3:31", path: "pools[0].runner_version", says: /Did you mean auto\?/ },
  { name: "a version beside a program", text: `${MOCK}runners:\n  version: auto\n  program: {version: 2.338.1, sha256: ${SUM}}\n`, at: "3:12", path: "runners.version", says: /chosen twice.*Remove runners\.program/ },
  { name: "a pool's version beside a program", text: `${pools("name: a, runner_version: 2.338.1")}runners: {program: {version: 2.338.1, sha256: ${SUM}}}\n`, at: "3:31", path: "pools[0].runner_version", says: /chosen twice/ },
  { name: "packages in a folder with a variable", text: runners("packages: '%TEMP%\\p'"), at: "3:13", path: "runners.packages", says: /%TEMP%, which is not expanded/ },
  // Times, logs, API, debug
  { name: "a preparation that is given up before it is looked at", text: `${MOCK}deadlines: {prepare_seconds: 1}`, at: "2:30", path: "deadlines.prepare_seconds", says: /poll_guests_seconds \(2 s\) is more than prepare_seconds \(1 s\).*before it is asked twice/ },
  { name: "a monitoring time that disagrees", text: `${MOCK}monitoring: {creation_timeout_minutes: 5}\ndeadlines: {boot_seconds: 60}`, at: "2:40", path: "monitoring.creation_timeout_minutes", says: /says 300 seconds where deadlines\.boot_seconds says 60/ },
  { name: "no time at all", text: `${MOCK}monitoring: {grace_period_minutes: 0}`, at: "2:36", path: "monitoring.grace_period_minutes", says: /1 or more/ },
  { name: "the shortest wait longer than the longest", text: `${MOCK}deadlines: {slot_backoff_min_seconds: 9, slot_backoff_max_seconds: 3}`, at: "2:39", path: "deadlines.slot_backoff_min_seconds", says: /is more than/ },
  { name: "readings that are always too old", text: `${MOCK}deadlines: {reading_max_age_seconds: 5}`, at: "2:38", path: "deadlines.reading_max_age_seconds", says: /nothing could be decided/ },
  { name: "an unknown level", text: `${MOCK}logging: {level: loud}`, at: "2:18", path: "logging.level", says: /one of debug, info, warn, error/ },
  { name: "an older level that disagrees", text: "debug: {use_mock: true, log_level: debug}\nlogging: {level: info}", at: "1:36", path: "debug.log_level", says: /logging\.level on line 2 says info/ },
  { name: "an API for everybody", text: `${MOCK}api: {listen: "0.0.0.0:7420"}`, at: "2:15", path: "api.listen", says: /other machines.*127\.0\.0\.1:7420/ },
  { name: "an API without a port", text: `${MOCK}api: {listen: 127.0.0.1}`, at: "2:15", path: "api.listen", says: /Did you mean 127\.0\.0\.1:7420\?/ },
  { name: "an API with a port alone", text: `${MOCK}api: {listen: 8000}`, at: "2:15", path: "api.listen", says: /Did you mean 127\.0\.0\.1:8000\?/ },
  { name: "a port that there is not", text: `${MOCK}api: {listen: "127.0.0.1:70000"}`, at: "2:15", path: "api.listen", says: /70000 does not exist/ },
  { name: "mock and simulator", text: "debug:\n  use_mock: true\n  simulator: http://127.0.0.1:1", at: "3:14", path: "debug.simulator", says: /both given/ },
  { name: "a simulator without a scheme", text: "debug: {simulator: '127.0.0.1:7500'}", at: "1:20", path: "debug.simulator", says: /Did you mean http:\/\/127\.0\.0\.1:7500\?/ },
  { name: "use_mock as a word", text: "debug: {use_mock: perhaps}", at: "1:19", path: "debug.use_mock", says: /true or false, not "perhaps"/ },
  { name: "a data directory on a share", text: `${MOCK}data_dir: '\\\\nas\\hvpool'`, at: "2:11", path: "data_dir", says: /network share/ },
  { name: "a journal kept for no day", text: `${MOCK}journal: {keep_days: 0}`, at: "2:22", path: "journal.keep_days", says: /1 or more/ },
  // Keys
  { name: "a misspelt key", text: runners("pool_sise: 4"), at: "3:3", path: "runners.pool_sise", says: /no such key in runners.*Did you mean pool_size\?/ },
  { name: "a key in another case", text: runners("poolSize: 4"), at: "3:3", path: "runners.poolSize", says: /Did you mean pool_size\?/ },
  { name: "a key of another section", text: "debug: {use_mock: true, logLevel: debug}", at: "1:25", path: "debug.logLevel", says: /Did you mean logging\.level\?/ },
  { name: "a key without its section", text: `${MOCK}pool_size: 4`, at: "2:1", path: "pool_size", says: /Did you mean runners\.pool_size\?/ },
  { name: "a misspelt section", text: `${MOCK}runner: {pool_size: 4}`, at: "2:1", path: "runner", says: /Did you mean runners\?/ },
  { name: "a misspelt key of a pool", text: pools("name: a", "name: b, lables: [x]"), at: "4:15", path: "pools[1].lables", says: /no such key in pools\[1\].*Did you mean labels\?/ },
  { name: "a key that is like nothing", text: hyperv("zzz: 4"), at: "3:3", path: "hyperv.zzz", says: /Expected: one of template_path/ },
  { name: "a section that is a value", text: `${MOCK}runners: 5`, at: "2:10", path: "runners", says: /a section with keys below it, not 5/ },
  // The rarer ones
  { name: "a key path with ~", text: "github: {app_id: 1, app_private_key_path: ~/k.pem, org: a}", at: "1:43", path: "github.app_private_key_path", says: /begins with ~/ },
  { name: "a key path with a variable", text: "github: {app_id: 1, app_private_key_path: $HOME/k.pem, org: a}", at: "1:43", path: "github.app_private_key_path", says: /variable \$HOME/ },
  { name: "a pool's repo without any owner", text: pools("name: a, repo: r"), at: "3:21", path: "pools[0].repo", says: /no owner/ },
  { name: "a variable without a usable name", text: pools("name: a, env: {'A B': x}"), at: "3:21", path: 'pools[0].env["A B"]', says: /cannot be a variable's name/ },
  { name: "a cache address that the environment contradicts", text: pools("name: a, cache_url: 'http://c/', env: {CUSTOM_ACTIONS_RESULTS_URL: x}"), at: "3:73", path: "pools[0].env.CUSTOM_ACTIONS_RESULTS_URL", says: /another value/ },
  { name: "an environment too large", text: pools(`name: a, env: {${Array.from({ length: 5 }, (_, i) => `A${i}: ${long(3999)}`)}}`), at: "3:20", path: "pools[0].env", says: /at most 16000/ },
  { name: "a value too long", text: runners(`name_prefix: ${long(4001)}`), at: "3:16", path: "runners.name_prefix", says: /longer than 4000 characters/ },
  { name: "a group with spaces around it", text: runners('runner_group: " fast"'), at: "3:17", path: "runners.runner_group", says: /no group's name/ },
  { name: "a log folder with a control character", text: `${MOCK}logging: {directory: "a\\x01b"}`, at: "2:22", path: "logging.directory", says: /single quotes/ },
  { name: "file: without a path", text: hyperv('vm_password: "file:"'), at: "3:16", path: "hyperv.vm_password", says: /Expected: file:PATH/ },
  { name: "file: with a bad path", text: hyperv('vm_password: "file:~/pw"'), at: "3:16", path: "hyperv.vm_password", says: /begins with ~/ },
  { name: "dpapi:", text: hyperv('vm_password: "dpapi:SECRET"'), at: "3:16", path: "hyperv.vm_password", says: /dpapi: is not known/ },
  { name: "a template without a name", text: `${MOCK}templates:\n  - {path: 'C:\\b.vhdx'}`, at: "3:5", path: "templates[0].name", says: /is missing/ },
  { name: "a template's name with a slash", text: `${MOCK}templates:\n  - {name: a/b, path: 'C:\\b.vhdx'}`, at: "3:12", path: "templates[0].name", says: /cannot be a template's name/ },
  { name: "a password in an address", text: `${MOCK}github: {api_url: "https://u:SECRET@h/"}`, at: "2:19", path: "github.api_url", says: /user name or a password/ },
  { name: "an address with a query", text: `${MOCK}github: {api_url: "https://h/?a"}`, at: "2:19", path: "github.api_url", says: /holds \? or #/ },
  { name: "a data residency address without api.", text: `${MOCK}github: {api_url: "https://acme.ghe.com"}`, at: "2:19", path: "github.api_url", says: /https:\/\/api\.acme\.ghe\.com/ },
  { name: "a label with spaces around it", text: runners('labels: [" a"]'), at: "3:12", path: "runners.labels[0]", says: /begins or ends with a space/ },
  { name: "a label too long", text: runners(`labels: [${long(257)}]`), at: "3:12", path: "runners.labels[0]", says: /at most 256/ },
  { name: "a label that is a list", text: runners("labels: [a, [b]]"), at: "3:15", path: "runners.labels[1]", says: /one value, not a list/ },
  { name: "a label that is true", text: runners("labels: [true]"), at: "3:12", path: "runners.labels[0]", says: /text, not true.*quotes/ },
  { name: "a device path", text: hyperv("storage_path: '\\\\?\\C:\\vms'"), at: "3:17", path: "hyperv.storage_path", says: /cannot be used/ },
  { name: "a second drive in a path", text: hyperv("storage_path: 'C:\\a\\D:\\b'"), at: "3:17", path: "hyperv.storage_path", says: /colon after its drive/ },
  { name: "a folder that ends with a dot", text: hyperv("storage_path: 'C:\\vms.\\a'"), at: "3:17", path: "hyperv.storage_path", says: /"vms\."; Windows drops/ },
  { name: "an unknown tag", text: `${MOCK}data_dir: !env X`, at: "2:11", path: "data_dir", says: /tag !env is not known.*env:NAME/ },
  { name: "a key that is a list", text: `${MOCK}? [a]\n: b`, at: "2:3", path: "", says: /a key must be a plain word/ },
  { name: "a deadline in words", text: `${MOCK}deadlines: {boot_seconds: long}`, at: "2:27", path: "deadlines.boot_seconds", says: /a number, not "long"/ },
  { name: "a deadline of nothing", text: `${MOCK}deadlines: {boot_seconds: 0}`, at: "2:27", path: "deadlines.boot_seconds", says: /0\.05 or more/ },
  { name: "an endless deadline", text: `${MOCK}deadlines: {boot_seconds: .inf}`, at: "2:27", path: "deadlines.boot_seconds", says: /boot_seconds: must be/ },
  { name: "an API on another machine's name", text: `${MOCK}api: {listen: "example.com:1"}`, at: "2:15", path: "api.listen", says: /other machines/ },
  { name: "a list in the only label", text: runners("{default_labels: false, labels: [[a]]}"), at: "3:36", path: "runners.labels[0]", says: /not a list/ },
  // YAML
  { name: "a tab", text: "debug:\n\tuse_mock: true", at: "2:1", path: "", says: /tab.*spaces/ },
  { name: "a key twice", text: "debug:\n  use_mock: true\n  use_mock: false", at: "3:3", path: "debug.use_mock", says: /second time, after line 2/ },
  { name: "a section twice", text: `${MOCK}runners: {pool_size: 1}\nrunners: {pool_size: 2}`, at: "3:1", path: "runners", says: /second time, after line 2/ },
  { name: "two documents", text: `${MOCK}---\n${MOCK}`, at: "2:1", path: "", says: /second YAML document/ },
  { name: "a list that is not closed", text: runners("labels: [a, b"), at: "4:1", path: "runners.labels", says: /close|missing|\]/ },
  { name: "a quote that is not closed", text: 'debug: {use_mock: true}\ndata_dir: "abc', at: "2:15", path: "data_dir", says: /closing quote/ },
  { name: "indentation that does not fit", text: "debug:\n    use_mock: true\n  log_level: info", at: "3:1", path: "debug", says: /indentation/ },
  { name: "two colons", text: `${MOCK}data_dir: a: b`, at: "2:11", path: "data_dir", says: /second colon/ },
  { name: "an unknown anchor", text: `${MOCK}logging: *none`, at: "2:10", path: "logging", says: /no anchor &none/ },
  { name: "a NUL", text: `${MOCK}data_dir: a\0b`, at: "2:12", path: "", says: /NUL/ },
  { name: "an empty file", text: "", at: "1:1", path: "", says: /is empty.*config\.example\.yaml/ },
  { name: "nothing but comments", text: "# nothing\n", at: "1:1", path: "", says: /is empty/ },
  { name: "a list where sections belong", text: "- a\n", at: "1:1", path: "", says: /a list where sections belong/ },
  { name: "a lone value", text: "hello", at: "1:1", path: "", says: /a single value where sections belong/ },
  { name: "an alias that holds itself", text: "debug: &d {use_mock: *d}", at: "1:11", path: "debug", says: /holds itself/ },
  { name: "an alias bomb", text: `a: &a [${"x,".repeat(9)}x]\n` + "bcdefgh".split("").map((name, i) => `${name}: &${name} [${`*${"abcdefg"[i]},`.repeat(9)}*${"abcdefg"[i]}]\n` ).join(""), at: "5:7", path: "e", says: /aliases .* multiply to more than 20000 values/ },
];

for (const { name, text, at, path, says } of CASES) {
  Deno.test(`loadConfig() refuses ${name}, once and at its place`, () => {
    const { config, problems } = loadConfig({
      text,
      file: "config.yaml",
      folder: "/home/me",
      platform: "linux",
    });
    const lines = problems.map(formatProblem);
    assert.equal(config, undefined);
    assert.equal(problems.length, 1, lines.join("\n"));
    const [problem] = problems;
    assert.equal(`${problem?.line}:${problem?.column}`, at, lines[0]);
    assert.equal(problem?.path, path, lines[0]);
    assert.match(lines[0] ?? "", says);
    assert.ok(lines[0]?.startsWith(`config.yaml:${at}: `));
    assert.doesNotMatch(lines[0] ?? "", /SECRET/);
  });
}

Deno.test("loadConfig() says everything that is wrong at once, in the order of the file", () => {
  const { problems } = loadConfig({
    text:
      "github: {org: a, user: b}\nrunners: {pool_sise: 1, name_prefix: CON}\nhyperv: {vm_memory_mb: 4097}\napi: {listen: x}\n",
    file: "c.yaml",
    folder: "/",
    platform: "linux",
  });
  assert.deepEqual(
    problems.map(({ path }) => path),
    [
      "github.app_id",
      "github.app_private_key_path",
      "github.user",
      "runners.pool_sise",
      "runners.name_prefix",
      "hyperv.vm_memory_mb",
      "api.listen",
    ],
  );
});
