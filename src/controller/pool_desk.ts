/** Where agent pools are made while hvpool runs, and deleted again. */
import { type By, by } from "../model/by.ts";
import { clashOf, isGone, leasesWithMachine, parkedMachines } from "../model/created_pools.ts";
import type { Command } from "../model/decide.ts";
import type { PoolSettings } from "../model/settings.ts";
import { poolFor, vmName } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import type { PoolStatus } from "../model/status.ts";
import type { CreatePool, PoolAnswer, PoolOperations } from "../ports/operations.ts";
import { poolOf, type PoolRefusal, quoted, refused } from "./pool_request.ts";

/** What the desk works with. */
export interface PoolDeskOptions {
  readonly state: () => State;
  /** Pools as the status shows them. */
  readonly pools: () => readonly PoolStatus[];
  /** Resolves after the turn that took the command. */
  readonly apply: (command: Command) => Promise<void>;
}

/** Most names in a message. */
const MAX_NAMES = 8;

/** Pools of one controller that are in no configuration. */
export class PoolDesk implements PoolOperations {
  readonly #o: PoolDeskOptions;

  constructor(options: PoolDeskOptions) {
    this.#o = options;
  }

  async create(request: CreatePool): Promise<PoolAnswer> {
    const s = this.#o.state();
    const built = poolOf(s, request);
    if ("ok" in built) return built;
    const there = this.#there(built);
    if (there !== undefined) return there;
    await this.#o.apply({ type: "pool.create", settings: built, ...by(request) });
    // Another request may have come in the same turn.
    const { created } = this.#o.state();
    if (JSON.stringify(created.get(built.name)) === JSON.stringify(built)) {
      return this.#answer(built.name, true);
    }
    return this.#there(built) ?? refused("conflict", `The pool ${built.name} was not made: ask again.`);
  }

  async delete(
    name: string,
    { force, ...who }: By & { readonly force: boolean },
  ): Promise<{ readonly ok: true } | PoolRefusal> {
    const refusal = whyNotDeleted(this.#o.state(), name, force);
    if (refusal !== undefined) return refusal;
    await this.#o.apply({ type: "pool.delete", pool: name, force, ...by(who) });
    // Somebody may have got a machine of it in the same turn.
    const s = this.#o.state();
    return s.created.has(name) || isGone(s, name)
      ? whyNotDeleted(s, name, force) ?? refused("conflict", `The pool ${name} was not deleted: ask again.`)
      : { ok: true };
  }

  #answer(name: string, changed: boolean): PoolAnswer {
    const pool = this.#o.pools().find((one) => one.name === name);
    return pool === undefined
      ? refused("not_found", `There is no pool ${quoted(name)} any more.`)
      : { ok: true, pool, changed };
  }

  /** The answer when a pool is there already, or another one is in its way. */
  #there(wanted: PoolSettings): PoolAnswer | undefined {
    const s = this.#o.state();
    const clash = clashOf(wanted, s.settings.pools);
    if (clash === undefined) return undefined;
    const { other, what } = clash;
    const made = s.created.has(other.name);
    if (what === "machines") {
      return refused(
        "conflict",
        `Machines of a pool ${wanted.name} are called ${wanted.prefix}1 and so on, and could get the name of one of ` +
          `pool ${other.name} (${other.prefix}1 and so on). Choose a name that differs by more than digits at its end.`,
      );
    }
    if (!made) {
      return refused(
        "conflict",
        `The pool ${other.name} stands in the configuration. Change it there and run \`hvpool reload\`, or choose ` +
          "another name.",
      );
    }
    if (JSON.stringify(other) === JSON.stringify(wanted)) return this.#answer(other.name, false);
    return refused(
      "conflict",
      `There is a pool ${other.name} already, with other settings. \`hvpool pool resize ${other.name}\` changes its ` +
        `size; for everything else delete it first: \`hvpool pool delete ${other.name}\`.`,
    );
  }
}

/**
 * Why a pool is not deleted, if it is not: one of the configuration, or somebody has a machine of it, or one is parked.
 * One that is not configured any more is deleted as one that was made at run time.
 */
export function whyNotDeleted(s: State, name: string, force: boolean): PoolRefusal | undefined {
  if (!s.created.has(name) && !isGone(s, name)) {
    if (s.pools.has(name)) {
      return refused(
        "conflict",
        `The pool ${name} stands in the configuration: take it out of the file and run \`hvpool reload\`.`,
      );
    }
    return refused(
      "not_found",
      `There is no pool ${quoted(name)}. ${thoseThatThereAre([...s.created.keys()])}`,
    );
  }
  return force ? undefined : whyHeld(s, name);
}

function whyHeld(s: State, name: string): PoolRefusal | undefined {
  const leases = leasesWithMachine(s, name).map(({ id, holder }) => `${id} of ${holder}`);
  const parked = parkedMachines(s, name).map((cycle) => {
    const { holder, until } = cycle.parked;
    return `${vmName(poolFor(s, cycle), cycle)} for ${holder} until ${new Date(until).toISOString()}`;
  });
  const now = `\`hvpool pool delete ${name} --force\``;
  if (leases.length > 0) {
    const also = parked.length === 0 ? "" : ` Others are parked for their holders: ${listed(parked)}.`;
    return refused(
      "conflict",
      `Machines of pool ${name} are leased: ${listed(leases)}.${also} Wait until these leases have ended` +
        `${also === "" ? "" : " and nothing is parked"}, or end them now: ${now}.`,
    );
  }
  if (parked.length === 0) return undefined;
  return refused(
    "conflict",
    `Machines of pool ${name} are parked for their holders: ${
      listed(parked)
    }. Wait until that is over, or delete it ` +
      `now, with what they left in them: ${now}.`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return names.slice(0, MAX_NAMES).join(", ") + more;
}

function thoseThatThereAre(names: readonly string[]): string {
  return names.length === 0 ? "None was made at run time." : `Made at run time: ${names.join(", ")}.`;
}
