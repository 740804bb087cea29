/**
 * The watch over one controller: each law against the truth of the simulated world and against what the
 * controller was told, never against what it believes.
 */
import type { Turn } from "../../src/controller/turn.ts";
import { OPERATIONS } from "../../src/model/calls.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { Event } from "../../src/model/events.ts";
import {
  type ControllerId,
  type CycleId,
  type Ms,
  parseNotes,
  parseRunnerName,
  type Seq,
  shortId,
} from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import { REAP_SHARE, REAP_WINDOW_MS, RETIRING_PER_SLOT } from "../../src/model/settings.ts";
import type { State } from "../../src/model/state.ts";
import type { SimulatedForge } from "../../src/simulator/forge.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";
import type { Timeline } from "../../src/simulator/timeline.ts";
import type { Watch } from "./controller.ts";
import type { History } from "./history.ts";
import { LawBroken } from "./law_broken.ts";

/** What is watched. */
export interface Watched {
  readonly timeline: Timeline;
  readonly host: SimulatedHost;
  readonly forge: SimulatedForge;
  readonly id: ControllerId;
  /** VMs of other people on the host. */
  readonly foreign: ReadonlySet<string>;
  readonly history: History | undefined;
  /** Whether Hyper-V denies that this VM is there: then nobody can know better. */
  readonly denied: (vmId: string) => boolean;
  /** A cycle failed, was given up for its runner's absence, or its pool is degraded. */
  readonly onFailure: (pool: string) => void;
  /** Hears of every turn that kept the laws. */
  readonly onTurn?: Watch["onTurn"] | undefined;
}

interface Closing {
  readonly seq: Seq;
  readonly at: Ms;
  readonly told: boolean;
}

/** Readings older than this say nothing (law 2). */
const READING_MS: Ms = 60_000;

/** The watch. */
export class Laws implements Watch {
  readonly #w: Watched;
  readonly #ops = new Set<number>();
  readonly #names = new Set<string>();
  /** VM or directory to the call on it that was not settled yet. */
  readonly #inFlight = new Map<string, Effect>();
  /** When a reading that showed the VM began. */
  readonly #seen = new Map<string, { asOf: Seq; at: Ms }>();
  readonly #closings = new Map<CycleId, Closing>();
  readonly #reaps = new Map<string, Ms[]>();
  #issued = 0;

  constructor(watched: Watched) {
    this.#w = watched;
  }

  onReading(reading: Reading): void {
    if (reading.read === "vm" && reading.power !== "absent") this.#seen.set(reading.vmId, reading);
    if (reading.read !== "vms") return;
    for (const vmId of reading.rows.keys()) this.#seen.set(vmId, reading);
  }

  onTurn(turn: Turn, state: State): void {
    this.#w.history?.note(this.#w.id, turn.events);
    for (const event of turn.events) this.#event(event, state);
    if (turn.wakeAt <= this.#w.timeline.now) throw new LawBroken("A wake-up is not in the future");
    if (turn.events.length > 0) this.#retiringCap(state);
    this.#w.onTurn?.(turn, state);
  }

  #event(event: Event, state: State): void {
    switch (event.type) {
      case "cycle.opened":
        if (event.data.n <= this.#issued) {
          throw new LawBroken(`Number ${event.data.n} was issued twice`, event.data.cycle);
        }
        this.#issued = event.data.n;
        return;
      case "cycle.failed":
      case "cycle.quarantined":
        return this.#w.onFailure(event.data.cycle.slice(0, event.data.cycle.indexOf("/")));
      case "pool.degraded":
        return this.#w.onFailure(event.data.pool);
      case "cycle.retired":
        if (event.data.reap === true) this.#reapCap(event.data.cycle, event.at, state);
        return;
      case "cycle.ended":
        this.#closings.delete(event.data.cycle);
        return;
      case "op.opened":
        return this.#opened(event);
      case "op.closed":
        return this.#closed(event, state);
      default:
        return;
    }
  }

  /** A name is recorded before it is used, and used once: a lost answer must never be met by a second registration. */
  #opened({ data }: Extract<Event, { type: "op.opened" }>): void {
    const name = data.runner?.name;
    if (name === undefined) return;
    if (this.#names.has(name)) throw new LawBroken(`${name} was registered twice`, data.cycle);
    this.#names.add(name);
  }

  /** What was learnt from an answer is true of this very cycle: a late answer of another operation would not be. */
  #closed({ data, seq, at }: Extract<Event, { type: "op.closed" }>, state: State): void {
    const { cycle: id, call, outcome, learnt } = data;
    if (OPERATIONS[call].lane !== "forge") {
      this.#closings.set(id, { seq, at, told: outcome === "ok" && learnt?.power !== undefined });
    }
    if (outcome !== "ok") return;
    if (learnt?.vmId !== undefined) {
      const cycle = parseNotes(this.#w.host.find(learnt.vmId)?.notes ?? "")?.cycle;
      const theirs = cycle === undefined ? id : `${cycle.pool}/${cycle.slot}.${cycle.n}`;
      if (theirs !== id) throw new LawBroken(`${id} took the VM of ${theirs} for its own`, id);
    }
    if (learnt?.runnerId !== undefined) {
      const name = this.#w.forge.truth().runners[learnt.runnerId - 1]?.name;
      const own = state.cycles.get(id)?.runner?.name;
      if (own !== undefined && name !== own) {
        throw new LawBroken(`${id} took registration ${name} for its own ${own}`, id);
      }
    }
  }

  /** Law of the reap: an outage must not look like the death of a pool. */
  #reapCap(id: CycleId, at: Ms, state: State): void {
    const cycle = state.cycles.get(id);
    const pool = cycle === undefined ? undefined : state.pools.get(cycle.pool);
    if (pool === undefined) return;
    const { name, size } = pool.settings;
    const recent = [...(this.#reaps.get(name) ?? []).filter((past) => past > at - REAP_WINDOW_MS), at];
    this.#reaps.set(name, recent);
    const allowed = Math.max(1, Math.floor(size * REAP_SHARE));
    if (recent.length > allowed) {
      throw new LawBroken(`${recent.length} runners were given up within a minute`, id);
    }
  }

  #retiringCap(state: State): void {
    const retiring = new Map<string, number>();
    for (const cycle of state.cycles.values()) {
      if (cycle.phase !== "retiring" || (cycle.vm === "none" && !cycle.directory) || cycle.orphan) continue;
      const slot = `${cycle.pool}/${cycle.slot}`;
      const count = (retiring.get(slot) ?? 0) + 1;
      if (count > RETIRING_PER_SLOT) {
        throw new LawBroken(`Slot ${slot} has ${count} retiring machines`, cycle.id);
      }
      retiring.set(slot, count);
    }
  }

  onEffect(effect: Effect, state: State): void {
    const { op, cycle, call, args } = effect;
    if (this.#ops.has(op)) throw new LawBroken(`Operation ${op} of ${cycle} started twice`, cycle);
    this.#ops.add(op);
    if (state.cycles.get(cycle)?.op?.id !== op) {
      throw new LawBroken(`${call} for ${cycle} is not its open operation`, cycle);
    }
    const { vmId, runnerId, path: named, target } = args as {
      vmId?: string;
      runnerId?: number;
      path?: string;
      target?: string;
    };
    // What is copied is read only.
    const path = call === "file.copy" ? target : named;
    this.#alone(effect);
    if (vmId !== undefined) this.#onVm(effect, vmId);
    if (path !== undefined && call !== "vm.create") this.#onPath(effect, path);
    if (call === "runner.remove") this.#onRunner(effect, runnerId ?? 0);
  }

  onSettled(effect: Effect): void {
    const key = subjectOf(effect);
    if (this.#inFlight.get(key)?.op === effect.op) this.#inFlight.delete(key);
  }

  onDeath(): void {
    this.#inFlight.clear();
    this.#seen.clear();
  }

  onJournalLost(): void {
    this.#ops.clear();
    this.#closings.clear();
  }

  /** Law 1. */
  #alone(effect: Effect): void {
    const key = subjectOf(effect);
    if (key === "") return;
    const other = this.#inFlight.get(key);
    if (other !== undefined) {
      throw new LawBroken(
        `${effect.call} of ${effect.cycle} began while ${other.call} on the same was under way`,
        effect.cycle,
      );
    }
    this.#inFlight.set(key, effect);
  }

  /** Ours only, and only with a reading that counts (law 2). */
  #onVm({ cycle, call }: Effect, vmId: string): void {
    const { host, foreign, id, timeline } = this.#w;
    const vm = host.find(vmId);
    const theirs = vm !== undefined && parseNotes(vm.notes)?.controller !== id;
    if (theirs || foreign.has(vmId)) {
      throw new LawBroken(`${call} touches ${vm?.name ?? vmId}, which is foreign`, cycle);
    }
    const closing = this.#closings.get(cycle);
    const told = closing?.told === true && timeline.now - closing.at <= READING_MS;
    const seen = this.#seen.get(vmId);
    const read = seen !== undefined && seen.asOf >= (closing?.seq ?? 0) &&
      timeline.now - seen.at <= READING_MS;
    if (!told && !read) throw new LawBroken(`${call} on ${vmId} without a reading that counts`, cycle);
  }

  /** Below our directory only, and never under a VM that is there (law 3). */
  #onPath({ cycle, call }: Effect, path: string): void {
    const { host, id } = this.#w;
    // A storage folder on any volume, as long as it is called so.
    if (!path.slice(1).startsWith(`:\\vms\\${id}\\`)) {
      throw new LawBroken(`${call} touches ${path}, which is foreign`, cycle);
    }
    if (call !== "dir.remove") return;
    for (const vmId of host.vmIds()) {
      if (this.#w.denied(vmId)) continue;
      if (host.find(vmId)?.directory.toLowerCase() === path.toLowerCase()) {
        throw new LawBroken(`${call} of ${path} while the VM ${vmId} is there`, cycle);
      }
    }
  }

  #onRunner({ cycle, call }: Effect, runnerId: number): void {
    const runner = this.#w.forge.truth().runners[runnerId - 1];
    if (runner === undefined) return;
    const parts = parseRunnerName(runner.name);
    const ours = parts?.controller === shortId(this.#w.id) && parts.n <= this.#issued;
    if (!ours) throw new LawBroken(`${call} touches ${runner.name}, which is foreign`, cycle);
  }
}

/** What a call works on: two calls on the same must not be under way at once. */
function subjectOf({ call, cycle, args }: Effect): string {
  const { vmId, path, directory } = args as { vmId?: string; path?: string; directory?: string };
  if (OPERATIONS[call].lane === "forge") return `forge ${cycle}`;
  if (vmId !== undefined) return vmId;
  return call === "disk.createChild" ? path?.slice(0, path.lastIndexOf("\\")) ?? "" : path ?? directory ?? "";
}
