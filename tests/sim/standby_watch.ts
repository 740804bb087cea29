/** A watch over machines that go back to a checkpoint: what stands by, what is resumed at once, what came of it. */
import type { Turn } from "../../src/controller/turn.ts";
import type { Event } from "../../src/model/events.ts";
import type { CycleId } from "../../src/model/ids.ts";
import type { State } from "../../src/model/state.ts";
import { LawBroken } from "./law_broken.ts";

type Data<Type extends Event["type"]> = Extract<Event, { type: Type }>["data"];

/** Hears of every turn of one controller. What it says comes from events alone, where events can say it. */
export class StandbyWatch {
  /** The state of the last turn. */
  state: State | undefined;
  /** Turns with something to commit. */
  commits = 0;
  /** Machines that were being started, or whose guests were to go on, at the same time: the most there ever were. */
  mostAtOnce = 0;
  #standby: readonly CycleId[] = [];
  readonly #events: Event[] = [];
  readonly #used = new Set<CycleId>();
  readonly #proven = new Set<CycleId>();
  readonly #starting = new Set<CycleId>();

  /** To be given to a plant. */
  readonly onTurn = ({ events }: Turn, state: State): void => {
    this.state = state;
    if (events.length > 0) this.commits++;
    const restored = new Set<CycleId>();
    for (const event of events) {
      this.#events.push(event);
      this.#note(event, restored);
    }
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#starting.size);
    const standby: CycleId[] = [];
    for (const { id, phase, clean, used, checkpoint, runner } of state.cycles.values()) {
      // Law 5.
      if (!used && this.#used.delete(id) && !restored.has(id)) {
        throw new LawBroken(`${id} is not used any more, and nothing was restored`, id);
      }
      if (used) this.#used.add(id);
      if (phase !== "standby") continue;
      standby.push(id);
      const ready = clean && !used && checkpoint !== undefined && runner === undefined;
      if (!ready) throw new LawBroken(`${id} stands by, and is not ready`, id);
    }
    this.#standby = standby;
  };

  #note(event: Event, restored: Set<CycleId>): void {
    switch (event.type) {
      case "cycle.phase": {
        const { cycle, phase, proven } = event.data;
        if (proven !== undefined) this.#proven.add(cycle);
        if (phase === "standby" && !this.#proven.has(cycle)) {
          throw new LawBroken(`${cycle} stands by, and was not resumed well before`, cycle);
        }
        if (phase !== "booting" && phase !== "resuming") this.#starting.delete(cycle);
        return;
      }
      case "cycle.resume_failed":
        this.#proven.delete(event.data.cycle);
        this.#starting.delete(event.data.cycle);
        return;
      case "cycle.retired":
      case "cycle.failed":
      case "cycle.quarantined":
        this.#starting.delete(event.data.cycle);
        return;
      case "op.opened":
        if (event.data.call === "vm.start") this.#starting.add(event.data.cycle);
        return;
      case "op.closed": {
        const { cycle, call, outcome } = event.data;
        if (call === "checkpoint.restore" && outcome === "ok") restored.add(cycle);
        if (call === "vm.start" && outcome !== "ok") this.#starting.delete(cycle);
        return;
      }
      default:
        return;
    }
  }

  /** Ids of what stands by. */
  get standby(): readonly CycleId[] {
    return this.#standby;
  }

  /** What events of a type said, since the beginning or the last {@linkcode forget}. */
  said<Type extends Event["type"]>(type: Type): Data<Type>[] {
    return this.#events.flatMap((event) => event.type === type ? [event.data as Data<Type>] : []);
  }

  /** How often a call was opened. */
  opened(call: Data<"op.opened">["call"]): number {
    return this.said("op.opened").filter((data) => data.call === call).length;
  }

  /** Counts from here on. */
  forget(): void {
    this.#events.length = 0;
    this.mostAtOnce = 0;
  }
}
