/** What a status says that needs a person. */
import type { NotifyCondition } from "../../config/notify_keys.ts";
import { imageStatus } from "../../model/image_age.ts";
import type { Ms } from "../../model/ids.ts";
import type { ImageStatus, PoolStatus, Status } from "../../model/status.ts";

/** `error`: jobs do not run, or soon will not. */
export type Severity = "warn" | "error";

/** One thing that needs a person, as it is now. */
export interface Cause {
  /** The same for the same cause, such as `capacity:ci`. */
  readonly key: string;
  readonly condition: NotifyCondition;
  readonly severity: Severity;
  /** One sentence or two; nothing in it counts up. */
  readonly text: string;
  /** It is worth telling at once, where others of its kind may end by themselves. */
  readonly atOnce?: true;
}

/** What was seen, and of what nothing can be said: what was told of that stays as it is. */
export interface Seen {
  readonly causes: readonly Cause[];
  /** Conditions, or keys of causes. */
  readonly unknown: ReadonlySet<string>;
}

/** All that depends on the first answers of the host. */
const UNKNOWN_AT_START: readonly NotifyCondition[] = ["capacity", "quarantine", "memory", "disk"];

/** Looks at a status. */
export function conditionsOf(status: Status, now: Ms): Seen {
  const { controller: { state }, pools, vms, github } = status;
  const unknown = new Set<string>();
  if (state === "starting") { for (const condition of UNKNOWN_AT_START) unknown.add(condition); }
  // A controller that ends makes no machines.
  if (state === "stopping" || state === "draining") unknown.add("capacity");
  if (github.state === "unknown") unknown.add("github");
  const causes = [
    ...pools.flatMap(capacity),
    ...vms.flatMap(quarantine),
    ...pools.flatMap(takenBack),
    ...pools.flatMap(({ image }) => ages(image, now, unknown)),
    ...refusals(github),
    ...silence(status),
    ...room(status),
  ];
  const known = causes.filter(({ condition, key }) => !unknown.has(condition) && !unknown.has(key));
  // Several pools may share a template.
  return { causes: [...new Map(known.map((cause) => [cause.key, cause])).values()], unknown };
}

function capacity(pool: PoolStatus): Cause[] {
  const { name, size, ready, claimed, standby, parked, off, cordon, why } = pool;
  const there = ready + claimed + standby + parked + off;
  if (there >= size || cordon !== null) return [];
  const because = why === null ? "See hvpool status." : sentence(why);
  return [{
    key: `capacity:${name}`,
    condition: "capacity",
    severity: there === 0 ? "error" : "warn",
    text: `Pool "${name}" has ${there} of its ${size} machines. ${because}`,
  }];
}

function quarantine({ phase, heldUntil, name, pool, cycle, why }: Status["vms"][number]): Cause[] {
  // A machine that somebody wanted to look at is no news.
  if (phase !== "quarantined" || heldUntil !== null) return [];
  const because = why === null ? "" : ` ${sentence(why)}`;
  return [{
    key: `quarantine:${cycle}`,
    condition: "quarantine",
    severity: "warn",
    text: `Machine ${name} of pool "${pool}" (${cycle}) is in quarantine.${because} ` +
      `See hvpool vm info ${cycle}, and hvpool vm quarantine release ${cycle}.`,
  }];
}

/** A pool that is as it was before a change, because what the change made came to nothing. */
function takenBack({ name, rollout }: PoolStatus): Cause[] {
  if (rollout?.phase !== "reverted") return [];
  return [{
    key: `rollout:${name}:${rollout.to}`,
    condition: "rollout",
    severity: "warn",
    text: `Pool "${name}" is back on what it had before its last change. ${sentence(rollout.why)} ` +
      `See hvpool pool rollout ${name} --status.`,
  }];
}

/** Runner and licence apart, since each has an end of its own. */
function ages(image: ImageStatus, now: Ms, unknown: Set<string>): Cause[] {
  const { template, runner, runnerLatest, outdatedSince, expiresAt, builtAt } = image;
  const keys = { age: `age:${template}`, licence: `licence:${template}` } as const;
  // Before a pool has looked at its disk nothing is known of it.
  if (runner === null && builtAt === null) unknown.add(keys.age);
  if (runner === null && builtAt === null && expiresAt === null) unknown.add(keys.licence);
  const facts = {
    age: runner === null || runnerLatest === null || outdatedSince === null ? undefined : {
      template,
      image: { runner },
      releases: [{ version: runnerLatest, at: Date.parse(outdatedSince) }],
    },
    licence: expiresAt === null ? undefined : { template, image: { expiresAt }, releases: [] },
  };
  return (["age", "licence"] as const).flatMap((condition) => {
    const found = facts[condition];
    const { level, why } = found === undefined
      ? { level: "ok" as const, why: null }
      : imageStatus(found, now);
    return level === "ok" || why === null
      ? []
      : [{ key: keys[condition], condition, severity: level, text: why }];
  });
}

function refusals({ state, why = "" }: Status["github"]): Cause[] {
  if (state !== "failing") return [];
  // The words of GitHub's answers are those of src/github/refusal.ts. A rate limit ends by itself.
  const refused = /\bGitHub answered 4\d\d\b/.test(why) && !/rate limit/i.test(why);
  return [{
    key: "github",
    condition: "github",
    severity: "error",
    text: `${refused ? "GitHub refuses hvpool." : "GitHub fails."} ${sentence(why)}`.trim(),
    ...(refused ? { atOnce: true } : {}),
  }];
}

function silence({ controller, pools }: Status): Cause[] {
  const key = "host";
  const about = { key, condition: "host", severity: "error" } as const;
  if (controller.state === "starting") {
    return [{ ...about, text: "The Hyper-V host has not answered since hvpool began. See hvpool doctor." }];
  }
  // The words are those of src/controller/describe.ts.
  const silent = pools.some(({ why }) => why?.startsWith("the Hyper-V host has not answered") === true);
  return silent ? [{ ...about, text: "The Hyper-V host does not answer. See hvpool doctor." }] : [];
}

/** Nothing is started on the whole host, so that one machine that waits for it says it for all. */
function room({ vms }: Status): Cause[] {
  // The words are those of src/model/plan.ts.
  const lacks = (code: string) =>
    vms.some(({ why }) => why?.includes(`the host has no room: ${code}`) === true);
  const about = { severity: "error" } as const;
  return [
    ...(lacks("out_of_memory")
      ? [{
        ...about,
        key: "memory",
        condition: "memory" as const,
        text:
          "The host has no memory for another machine. Make a pool smaller, or end what else takes memory.",
      }]
      : []),
    ...(lacks("no_space")
      ? [{
        ...about,
        key: "disk",
        condition: "disk" as const,
        text: "The host has no disk space for another machine. Free space where hyperv.storage_path is.",
      }]
      : []),
  ];
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return trimmed === "" || /[.!?]$/.test(trimmed) ? first : `${first}.`;
}
