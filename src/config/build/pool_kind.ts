/** What a pool is for, and keys that only pools of the other kind have. */
import type { PoolSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";

const NO_ACCOUNT = "leases ask nobody at GitHub";
const NO_CONFIGURATION = "guests of an agent pool are given no configuration";
const NO_RUNNER = "there is no runner in an agent pool";
const REMOVE = "Remove it, or write kind: runner";

/** Keys of runners: why an agent pool has none, and what to do. */
const OF_RUNNERS = {
  org: [NO_ACCOUNT, REMOVE],
  user: [NO_ACCOUNT, REMOVE],
  repo: [NO_ACCOUNT, REMOVE],
  labels: [NO_RUNNER, "Remove it: a lease brings labels of its own"],
  default_labels: [NO_RUNNER, REMOVE],
  runner_group: [NO_ACCOUNT, REMOVE],
  cache_url: [NO_RUNNER, REMOVE],
  work_folder: [NO_RUNNER, REMOVE],
  env: [NO_CONFIGURATION, "Have it in the image, or write kind: runner"],
  delivery: [NO_CONFIGURATION, "Write loader: false in the template where its image has no loader"],
  registration: [NO_ACCOUNT, REMOVE],
  recycle: [
    "a machine of an agent pool goes back to its clean checkpoint after each lease",
    "Remove it: whoever wants a machine made anew releases its lease with destroy",
  ],
  runner_version: [NO_RUNNER, "Remove it, and prepare the template anew to change what is in it"],
  job_timeout_minutes: [NO_RUNNER, "Write max_lease_minutes"],
  hold_on_failure_hours: [NO_RUNNER, REMOVE],
} as const satisfies Partial<Record<keyof PoolValues, readonly [why: string, remedy: string]>>;

/** Keys of leases. */
const OF_LEASES = [
  "idle_minutes",
  "max_lease_minutes",
  "desktop",
  "warm",
  "max",
  "on_idle",
  "max_pause_minutes",
  "keep_minutes",
  "max_checkpoints",
  "wait_for_address",
] as const satisfies readonly (keyof PoolValues)[];

/** What a pool is for, as far as its entry says; runners otherwise. */
export function kindOf({ kind = "runner" }: Pick<PoolValues, "kind">): PoolSettings["kind"] {
  return kind;
}

/** Whether some pool needs an account and an App at GitHub. */
export function needsGitHub({ values: { pools }, document: { findings } }: BuildContext): boolean {
  // A list that is wrong may have been meant to hold any pool.
  if (pools === undefined) return !findings.wrong(["pools"]);
  return pools.some((pool, i) => kindOf(pool) === "runner" && !findings.wrong(["pools", i, "kind"]));
}

/** Chooses a pool's kind, and refuses what only the other kind has. */
export function chooseKind(context: BuildContext, at: KeyPath, item: PoolValues): PoolSettings["kind"] {
  const { document: { findings }, recorder } = context;
  const path = [...at, "kind"];
  const kind = recorder.choose([[path, item.kind]], kindOf({})).value;
  if (findings.wrong(path)) return kind;
  if (kind === "runner") {
    for (const key of OF_LEASES) {
      if (item[key] === undefined) continue;
      findings.keyError([...at, key], "is for leases, and this is a pool of runners", {
        remedy: "Write kind: agent, or remove it",
      });
    }
    return kind;
  }
  for (const [key, [why, remedy]] of Object.entries(OF_RUNNERS)) {
    const value = item[key as keyof typeof OF_RUNNERS];
    // What is empty counts as not written, and what happens anyway may be written.
    if (value === undefined || value === "" || (key === "recycle" && value === "restore")) continue;
    findings.keyError([...at, key], `is for pools of runners: ${why}`, { remedy });
  }
  return kind;
}
