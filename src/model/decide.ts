/** `decide`: what a command changes. It is refused or recorded at once; waiting is journal state. */
import type { NewEvent } from "./events.ts";
import { type By, by, whoAndWhy } from "./by.ts";
import type { CycleId, Ms } from "./ids.ts";
import { anyClash, createPool, deletePool, fileSettings } from "./created_pools.ts";
import { decideLease } from "./leases/decide_leases.ts";
import type { LeaseChange, LeaseId, Release } from "./leases/lease.ts";
import { hold, WHOLE_HOST } from "./maintenance.ts";
import { beginPreparation } from "./preparation.ts";
import type { TemplateDisk } from "./rollout.ts";
import type { PoolSettings, Settings, TemplateSettings } from "./settings.ts";
import type { State } from "./state.ts";
import { decideWish, type WishCommand } from "./wish.ts";

/** What a person or a program may ask for. */
export type Command = Touch | (By & Asked);

/** A sign of a lease's holder: of these only some are recorded, and nothing is changed by them. */
interface Touch {
  readonly type: "lease.touch";
  readonly lease: LeaseId;
  readonly at: Ms;
}

type Asked =
  | { readonly type: "stop"; readonly drain: boolean }
  /** What is done with a pool's new generation. */
  | {
    readonly type: "rollout";
    readonly pool: string;
    readonly action: RolloutAction;
  }
  /** No machine is made; with `drain` idle ones are removed. Without a pool: of the whole host. */
  | {
    readonly type: "cordon";
    readonly pool?: string;
    readonly drain: boolean;
  }
  | { readonly type: "uncordon"; readonly pool?: string }
  /** Without a size: what the configuration says. */
  | {
    readonly type: "resize";
    readonly pool: string;
    readonly size?: number;
  }
  /** The machine is given up, and its slot filled again. `force` stands above law 7. */
  | {
    readonly type: "vm.retire";
    readonly cycle: CycleId;
    readonly force: boolean;
  }
  /** The machine is kept after its job. */
  | {
    readonly type: "vm.hold";
    readonly cycle: CycleId;
    readonly until: Ms;
  }
  | {
    readonly type: "vm.release";
    readonly cycle: CycleId;
  }
  /** What is to become of an idle machine of an agent pool. */
  | { readonly type: "vm.wish" } & WishCommand
  /** A machine of an agent pool is asked for. Whoever asks has seen that the pool is one, and made the id. */
  | {
    readonly type: "lease.acquire";
    readonly lease: LeaseId;
    readonly pool: string;
    readonly holder: string;
    readonly priority: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly purpose?: string;
    readonly waitMs: Ms;
    readonly idleMs: Ms;
    readonly totalMs: Ms;
    readonly release: Release;
    readonly onIdle: "release" | "save";
    readonly keepMs: Ms;
    /** With the hash of the request: the same again brings the same lease. */
    readonly key?: string;
    readonly hash?: string;
  }
  /** Something is done with the machine of an active or paused lease. */
  | {
    readonly type: "lease.change";
    readonly lease: LeaseId;
    readonly change: LeaseChange;
  }
  | { readonly type: "lease.extend"; readonly lease: LeaseId; readonly totalMs: Ms }
  | {
    readonly type: "lease.release";
    readonly lease: LeaseId;
    readonly release: Release;
    /** With `save` and `keep`: so long its machine is parked. */
    readonly until?: Ms;
    readonly cause: string;
  }
  /** A pool beside those of the configuration. Whoever asks has seen that the name is free and the template is there. */
  | { readonly type: "pool.create"; readonly settings: PoolSettings }
  /** Only of such a pool. Nothing happens while somebody has a machine of it, unless `force`: then leases end first. */
  | { readonly type: "pool.delete"; readonly pool: string; readonly force: boolean }
  /** What a lost journal knew is taken up. */
  | { readonly type: "reconcile"; readonly adopt: boolean }
  /** The configuration was read anew. */
  | { readonly type: "settings"; readonly settings: Settings }
  /** A golden disk in the store gets a name. Whoever asks has seen that it is there and read-only. */
  | {
    readonly type: "template.register";
    readonly settings: TemplateSettings;
    readonly disk: TemplateDisk;
    readonly origin: string;
  }
  /** Whoever asks has seen that nothing uses it. */
  | { readonly type: "template.delete"; readonly template: string }
  /** A disk is copied, started once, given the loader and a runner, and kept. One at a time. */
  | {
    readonly type: "template.prepare";
    /** What comes of it; `path` is the disk that is copied. */
    readonly settings: TemplateSettings;
    /** Identity of that disk. */
    readonly from: string;
    readonly switchName: string;
    readonly runner?: string;
  };

/**
 * `pause` stops it where it is, `resume` goes on or tries again, `revert` goes back to the last good one, `promote`
 * lets the others follow before the first one had a job.
 */
export type RolloutAction = "pause" | "resume" | "revert" | "promote";

/** Asking for what already is brings none. */
function decideRollout(
  s: State,
  command: Extract<Command, { type: "rollout" }>,
): NewEvent[] {
  const { pool, action } = command;
  const rollout = s.pools.get(pool)?.rollout;
  if (rollout === undefined) return [];
  const { to, paused, phase } = rollout;
  switch (action) {
    case "pause":
      return paused ? [] : [{ type: "rollout.paused", data: { pool, to, ...by(command) } }];
    case "resume":
      return paused || phase === "reverted"
        ? [{ type: "rollout.resumed", data: { pool, to, ...by(command) } }]
        : [];
    case "revert":
      if (phase === "reverted") return [];
      return [{ type: "rollout.reverted", data: { pool, to, cause: askedFor(command), ...by(command) } }];
    case "promote":
      if (phase !== "canary") return [];
      return [{ type: "rollout.advanced", data: { pool, to, ...by(command) } }];
    default:
      return action satisfies never;
  }
}

type Maintenance = Extract<
  Command,
  { type: "cordon" | "uncordon" | "resize" | "vm.retire" | "vm.hold" | "vm.release" }
>;

/** Retiring by command: nothing comes back from it, and of what is retiring only the force can be added. */
function retireVm(
  s: State,
  command: Extract<Command, { type: "vm.retire" }>,
): NewEvent[] {
  const { cycle: id, force } = command;
  const cycle = s.cycles.get(id);
  if (cycle === undefined || (cycle.phase === "retiring" && (!force || cycle.forced === true))) return [];
  const forced = force ? { force: true as const } : {};
  return [{
    type: "cycle.retired",
    data: { cycle: id, cause: askedFor(command), ...by(command), ...forced },
  }];
}

/** Why something is so that somebody asked for. */
function askedFor(command: By): string {
  return `asked for by ${whoAndWhy(command)}`;
}

/** What operators ask of pools and machines. */
function maintain(s: State, command: Maintenance): NewEvent[] {
  switch (command.type) {
    case "cordon": {
      const { pool, drain } = command;
      const there = s.cordons.get(pool ?? WHOLE_HOST);
      if (there?.drain === drain || (pool !== undefined && !s.pools.has(pool))) return [];
      const data = { drain, ...by(command) };
      return [
        pool === undefined
          ? { type: "host.cordoned", data }
          : { type: "pool.cordoned", data: { pool, ...data } },
      ];
    }
    case "uncordon": {
      const { pool } = command;
      const data = by(command);
      if (!s.cordons.has(pool ?? WHOLE_HOST)) return [];
      return [
        pool === undefined
          ? { type: "host.uncordoned", data }
          : { type: "pool.uncordoned", data: { pool, ...data } },
      ];
    }
    case "resize": {
      const { pool, size } = command;
      const configured = s.settings.pools.find(({ name }) => name === pool)?.size;
      if (configured === undefined || s.sizes.get(pool)?.size === size) return [];
      if (size === configured && !s.sizes.has(pool)) return [];
      const asked = size === undefined || size === configured ? {} : { size };
      return [{ type: "pool.resized", data: { pool, configured, ...asked, ...by(command) } }];
    }
    case "vm.retire":
      return retireVm(s, command);
    case "vm.hold":
      return hold(s, command);
    case "vm.release": {
      const { cycle } = command;
      const known = s.cycles.get(cycle);
      const kept = known?.phase === "quarantined" || known?.hold !== undefined;
      return kept ? [{ type: "cycle.released", data: { cycle, ...by(command) } }] : [];
    }
    default:
      return command satisfies never;
  }
}

/** The events of a command. Asking for what already is brings none. */
export function decide(s: State, command: Command): NewEvent[] {
  switch (command.type) {
    case "stop": {
      // A drain may be cut short by a plain stop; a stop does not turn into a drain.
      const already = s.stopping !== undefined && (!s.stopping.drain || command.drain);
      if (already) return [];
      return [{ type: "controller.stopping", data: { drain: command.drain, ...by(command) } }];
    }
    case "rollout":
      return decideRollout(s, command);
    case "cordon":
    case "uncordon":
    case "resize":
    case "vm.retire":
    case "vm.hold":
    case "vm.release":
      return maintain(s, command);
    case "vm.wish":
      return decideWish(s, command);
    case "lease.acquire":
    case "lease.touch":
    case "lease.change":
    case "lease.extend":
    case "lease.release":
      return decideLease(s, command);
    case "reconcile": {
      const { adopt } = command;
      return s.lostUpTo === 0
        ? []
        : [{ type: "journal.reconciled", data: { upTo: s.lostUpTo, adopt, ...by(command) } }];
    }
    case "pool.create":
      return createPool(s, command);
    case "pool.delete":
      return deletePool(s, command);
    case "settings":
      if (JSON.stringify(fileSettings(s)) === JSON.stringify(command.settings)) return [];
      // Whoever asks has seen that there is none; one may have been made since.
      if (anyClash(s.created, command.settings.pools) !== undefined) return [];
      return [{ type: "settings.applied", data: { settings: command.settings, ...by(command) } }];
    case "template.register": {
      const { settings, disk, origin } = command;
      return [{
        type: "template.registered",
        data: { template: settings.name, settings, disk, origin, ...by(command) },
      }];
    }
    case "template.delete": {
      const { template } = command;
      const known = s.templates.has(template) || s.unprepared.has(template);
      return known ? [{ type: "template.deleted", data: { template, ...by(command) } }] : [];
    }
    case "template.prepare": {
      const { type: _, ...wanted } = command;
      return beginPreparation(s, { ...wanted, purpose: "register" });
    }
    default:
      return command satisfies never;
  }
}
