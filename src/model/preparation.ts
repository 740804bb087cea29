/**
 * Preparing images: a copy of a disk is started once, given the loader and a runner by PowerShell Direct, shut down,
 * and kept as a golden disk. It is a cycle of its own kind, so that whatever interrupts it, it goes on or is cleaned up
 * as every other. The controller begins one by itself when a pool is to have a newer runner than its image.
 */
import type { NewEvent } from "./events.ts";
import { type CycleId, cycleId, type Ms, type ScopeKey } from "./ids.ts";
import { cordonOf } from "./maintenance.ts";
import type { TemplateDisk } from "./rollout.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle, Pool, State } from "./state.ts";
import {
  compareVersions,
  type FailedPreparation,
  type Preparation,
  type PreparationWanted,
  PREPARE_POOL,
} from "./templates.ts";

/** Its machine is called so, with the number of its slot. */
const PREFIX = "hvpool-prepare";
/** One at a time: copying disks is what a host's storage does worst at once. */
const SLOT = 1;

/** What is being prepared on a cycle's machine. */
export function preparationOf(s: State, { id }: Partial<Pick<Cycle, "id">>): Preparation | undefined {
  return id !== undefined && s.preparation?.cycle === id ? s.preparation : undefined;
}

/** The machine's settings, in the form in which those of all others come. */
export function preparationPool(
  s: State,
  cycle: Pick<Cycle, "generation"> & Partial<Pick<Cycle, "id">>,
): Pool | undefined {
  const preparation = preparationOf(s, cycle);
  if (preparation === undefined) return undefined;
  const settings: PoolSettings = {
    name: PREPARE_POOL,
    kind: "runner",
    size: SLOT,
    prefix: PREFIX,
    scope: "" as ScopeKey,
    group: "",
    labels: [],
    workFolder: "",
    env: {},
    template: preparation.template,
    switchName: preparation.switchName,
  };
  return { settings, generation: cycle.generation, quarantined: 0, hot: 0, reaped: [] };
}

/** The events that begin a preparation; none while another one is under way, or without a number to issue. */
export function beginPreparation(s: State, wanted: PreparationWanted): NewEvent[] {
  if (s.preparation !== undefined || s.stopping !== undefined || s.issued >= s.reserved) return [];
  if (cordonOf(s, PREPARE_POOL) !== undefined) return [];
  const n = s.issued + 1;
  const cycle: CycleId = cycleId(PREPARE_POOL, SLOT, n);
  const { storage } = s.settings;
  return [
    {
      type: "cycle.opened",
      data: { cycle, pool: PREPARE_POOL, slot: SLOT, n, generation: "", storage },
    },
    { type: "preparation.started", data: { cycle, ...wanted } },
  ];
}

/** A preparation that was interrupted is begun again so often. */
const BEGUN_AGAIN = 3;

/** What an end of the program interrupted, and is to be begun again. */
export function interrupted(s: State): PreparationWanted | undefined {
  for (const { wanted, interrupted: by } of s.unprepared.values()) {
    const again = (wanted.again ?? 0) + 1;
    if (by && again <= BEGUN_AGAIN) return { ...wanted, again };
  }
  return undefined;
}

/** The newest runner that was ever offered. */
export function newestRunner(s: State): string | undefined {
  return s.releases.at(-1)?.version;
}

/** Key of {@linkcode State.refreshed}: pools of one template may want different runners. */
export function refreshedKey(template: string, { image }: TemplateDisk): string {
  return `${template.toLowerCase()}\n${image?.runner ?? ""}`;
}

/** Whether a pool is to have this runner in its image. */
export function wantsRunner(s: State, { runnerVersion }: PoolSettings, runner: string | undefined): boolean {
  if (runnerVersion === undefined || runner === undefined) return false;
  const newest = newestRunner(s);
  return runnerVersion === runner ||
    (runnerVersion === "auto" && (newest === undefined || compareVersions(runner, newest) >= 0));
}

/** What a pool makes machines from while this disk is at its template's path: what was prepared from it, if anything. */
export function preparedFrom(
  s: State,
  { settings, disk: before }: { readonly settings: PoolSettings; readonly disk?: TemplateDisk },
  { identity }: TemplateDisk,
): TemplateDisk | undefined {
  if (before?.from === identity) return before;
  return [...s.refreshed.values()].find((disk) =>
    disk.from === identity && wantsRunner(s, settings, disk.image?.runner)
  );
}

/** A newer runner for a pool's image. */
export type Refresh =
  | { readonly wanted: PreparationWanted }
  /** Not before, since the last try came to nothing. */
  | { readonly notBefore: Ms; readonly why: string };

/** The preparation under a name, in whatever case, that came to nothing. */
export function unpreparedOf(s: State, name: string): FailedPreparation | undefined {
  for (const [known, failed] of s.unprepared) if (known.toLowerCase() === name.toLowerCase()) return failed;
  return undefined;
}

/** Whether a pool's image is to be prepared anew, with which runner. */
export function refreshOf(s: State, pool: Pool, now: Ms): Refresh | undefined {
  const { disk, rollout, settings: { runnerVersion, template, switchName } } = pool;
  // A rollout that goes on ends by itself. One whose canary has no job yet, or that was taken back, may stand for long.
  if (runnerVersion === undefined || disk === undefined || rollout?.phase === "rolling") return undefined;
  const target = runnerVersion === "auto" ? newestRunner(s) : runnerVersion;
  if (target === undefined) return undefined;
  // What we prepared holds what we installed; of other images their guests know more than whoever wrote the manifest.
  const has = disk.from === undefined ? pool.seenRunner ?? disk.image?.runner : disk.image?.runner;
  if (has === target) return undefined;
  // What is newer than everything that is offered was chosen by whoever made the image.
  if (has !== undefined && runnerVersion === "auto" && compareVersions(has, target) > 0) return undefined;
  const from = disk.from ?? disk.identity;
  const failed = unpreparedOf(s, template.name);
  if (failed !== undefined && failed.wanted.runner === target && failed.wanted.from === from) {
    const notBefore = failed.at + s.settings.times.prepareAgainMs;
    if (now < notBefore) return { notBefore, why: failed.cause };
  }
  return {
    wanted: {
      settings: { ...template, path: disk.path },
      from,
      identity: disk.identity,
      purpose: "refresh",
      switchName,
      source: "runner version",
      runner: target,
    },
  };
}
