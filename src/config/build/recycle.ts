/** How machines return to service, and whether that is possible with what they are made from. */
import type { PoolSettings, TemplateSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import type { Chosen } from "./recorder.ts";

/** What else a pool says that has to go with it. */
export interface RecycleWith {
  readonly size: Chosen<number>;
  readonly template: TemplateSettings | undefined;
  readonly delivery: PoolSettings["delivery"];
  readonly registration: PoolSettings["registration"];
}

/** Chooses and checks `recycle` and `hot`. */
export function buildRecycle(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  pool: RecycleWith,
): Pick<PoolSettings, "recycle" | "hot"> {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const recycle = recorder.choose(
    [[[...at, "recycle"], item.recycle], [["runners", "recycle"], runners.recycle]],
    "recreate" as const,
    { as: [...at, "recycle"] },
  );
  const hot = recorder.choose(
    [[[...at, "hot"], item.hot], [["runners", "hot"], runners.hot]],
    undefined,
    { as: [...at, "hot"], note: "all" },
  );
  if (item.hot === 0 && !findings.wrong(hot.path)) {
    findings.error(hot.path, "must be 1 or more, not 0: jobs start on machines that are online", {
      remedy: "Write at least 1; with kind: agent, 0 is possible",
    });
    return {};
  }
  if (recycle.value === "recreate") {
    if (item.hot !== undefined && !findings.wrong(recycle.path)) {
      findings.keyError([...at, "hot"], "has no effect without recycle: restore", {
        remedy: "Write recycle: restore, or set the pool's size",
      });
    }
    return {};
  }
  const reason = impossible(pool);
  if (reason !== undefined && !findings.wrong(recycle.path)) {
    findings.error(recycle.path, `no checkpoint can be kept: ${reason}`, {
      remedy: "Write recycle: recreate",
    });
  }
  if (hot.value === undefined) return { recycle: "restore" };
  const { size } = pool;
  // What several pools inherit may be more than a small one has: there all of them run.
  const own = item.hot !== undefined || context.values.pools === undefined;
  if (own && size.value > 0 && hot.value > size.value && !findings.wrong(size.path)) {
    findings.error(hot.path, `${hot.value} machines are to be running, and the pool has ${size.value}`, {
      expected: `a number up to ${size.value}`,
    });
  }
  return { recycle: "restore", hot: hot.value };
}

/** Why a machine cannot be saved while it waits for its first registration. */
function impossible({ template, delivery, registration }: RecycleWith): string | undefined {
  if (template?.nested === true) {
    return "a machine that runs Hyper-V itself can neither be saved nor checkpointed";
  }
  if (template?.gpu === true) {
    return "a machine with a GPU partition can neither be saved nor checkpointed";
  }
  if (registration === "token") return "a guest that registers by itself does not wait for anything";
  if (delivery === "vhdx") return "with delivery: vhdx a registration is on the disk before the guest starts";
  return undefined;
}
