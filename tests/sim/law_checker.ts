/**
 * The seven laws of `docs/architecture.md`, said once more in other words: from inputs, events and effects alone,
 * without a look at how the core decides.
 */
import type { Input, Turn } from "../../src/controller/turn.ts";
import { type OperationName, OPERATIONS } from "../../src/model/calls.ts";
import type { Event } from "../../src/model/events.ts";
import type { CycleId, Ms, VmId } from "../../src/model/ids.ts";
import type { State } from "../../src/model/state.ts";
import { LawBroken } from "./law_broken.ts";
import { SECRET } from "./invented_world.ts";
import type { Listener } from "./random_history.ts";
import { MINUTE } from "./settings.ts";
import { Testimony, type Track } from "./testimony.ts";

const YOUNG_MS: Ms = 1.5 * MINUTE;
/** Answers to a registration that made none. */
const REFUSALS: ReadonlySet<string> = new Set([
  "unauthorized",
  "forbidden",
  "suspended",
  "not_found",
  "invalid",
  "rate_limited",
]);

interface Registration {
  registeredAt: Ms;
  confirmed?: boolean;
  missingAt?: Ms;
}

/** Calls that let a job in. */
const DELIVERIES: ReadonlySet<OperationName> = new Set(["media.put", "disk.inject", "guest.deliver"]);

/** Follows one history. */
export class LawChecker implements Listener {
  readonly #cycles = new Map<CycleId, Track>();
  readonly #registrations = new Map<string, Registration>();
  /** What was delivered to which VM: registration and secret by use. */
  readonly #deliveries = new Map<CycleId, Map<number, string>>();
  readonly #deliveredTo = new Map<VmId, string>();
  readonly #seen = new Testimony();
  #inputs: readonly Input[] = [];
  #lastOp = 0;
  #issued = 0;
  #stopping: "drain" | "stop" | undefined;
  #dead = true;
  /** How often each kind of event was seen: shows that histories lead somewhere. */
  readonly counts = new Map<string, number>();

  onInputs(inputs: readonly Input[]): void {
    this.#inputs = inputs;
    for (const input of inputs) if (input.type === "reading") this.#seen.note(input.reading);
  }

  onDeath(): void {
    this.#dead = true;
    this.#seen.forget();
    this.#inputs = [];
    this.#stopping = undefined;
  }

  onTurn(turn: Turn, state: State, now: Ms): void {
    const openBefore = this.#dead ? [...this.#cycles.values()].filter(({ op }) => op !== undefined) : [];
    const text = JSON.stringify(turn.events);
    if (text.includes(SECRET)) throw new LawBroken(`A secret is in an event: ${text}`);
    for (const event of turn.events) {
      const key = event.type === "op.opened" ? `${event.type} ${event.data.call}` : event.type;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      this.#event(event, now);
    }
    // Law 4: a restart closes what was open, as unknown.
    for (const track of openBefore) {
      const closed = turn.events.some((event) =>
        event.type === "op.closed" && event.data.cycle === track.id && event.data.outcome === "unknown"
      );
      if (!closed) throw new LawBroken(`A restart left an operation of ${track.id} open`);
    }
    this.#dead = false;
    this.#commands(turn);
    this.#effects(turn, state);
    if (!(turn.wakeAt > now)) throw new LawBroken("A wake-up is not in the future");
    this.#seen.expire(now);
    this.#inputs = [];
  }

  /** Law 6. */
  #commands(turn: Turn): void {
    for (const input of this.#inputs) {
      if (input.type !== "command" || input.command.type !== "stop") continue;
      const wanted = input.command.drain ? "drain" : "stop";
      const recorded = turn.events.some((event) => event.type === "controller.stopping");
      const already = this.#stopping === "stop" || this.#stopping === wanted;
      if (!recorded && !already) throw new LawBroken("A command was not recorded at once");
      if (!already) this.#stopping = wanted;
    }
    if (this.#stopping === "stop" && turn.effects.length > 0) {
      throw new LawBroken("Something was begun after a stop");
    }
  }

  #track(id: CycleId): Track {
    const track = this.#cycles.get(id);
    if (track === undefined) throw new LawBroken(`An event of ${id}, which is not open`);
    return track;
  }

  #event(event: Event, now: Ms): void {
    const { type } = event;
    switch (type) {
      case "cycle.opened": {
        const { cycle, n } = event.data;
        if (n <= this.#issued) throw new LawBroken(`Number ${n} was issued twice`);
        if (this.#stopping !== undefined) throw new LawBroken(`${cycle} was opened after a stop`);
        this.#issued = n;
        this.#mustBeFree(cycle);
        this.#cycles.set(cycle, {
          id: cycle,
          closed: { seq: event.seq, at: now },
          vm: "never",
          maybeSince: 0,
        });
        return;
      }
      case "cycle.found":
        return this.#found(event);
      case "cycle.phase": {
        const track = this.#track(event.data.cycle);
        if (track.retiredAt !== undefined || track.quarantined) {
          throw new LawBroken(`${track.id} came back to ${event.data.phase}`);
        }
        return;
      }
      case "cycle.retired":
      case "cycle.failed":
      case "cycle.kept":
      case "cycle.quarantined": {
        const track = this.#track(event.data.cycle);
        if (track.retiredAt !== undefined) throw new LawBroken(`${track.id} was retired twice`);
        if (type === "cycle.quarantined" || type === "cycle.kept") track.quarantined = true;
        else track.retiredAt = now;
        if (type === "cycle.retired" && event.data.source !== undefined && event.data.force !== true) {
          // Before there is a machine, its disk alone has the registration.
          const live = track.quarantined !== true && track.vm === "known";
          if (live && track.runner !== undefined) track.givenUp = true;
        }
        return;
      }
      case "vm.found": {
        const track = this.#track(event.data.cycle);
        track.vm = "known";
        this.#isVm(track, event.data.vmId);
        return;
      }
      case "vm.gone": {
        const track = this.#track(event.data.cycle);
        this.#mustBeAbsent(track, now, "was taken for gone");
        track.vm = "gone";
        return;
      }
      case "runner.missing": {
        const track = this.#track(event.data.cycle);
        const registration = this.#registrations.get(event.data.name);
        const old = Math.max(registration?.registeredAt ?? 0, track.retiredAt ?? 0) + YOUNG_MS;
        const shown = this.#seen.lacksRunner(event.data.name, old);
        if (!shown) throw new LawBroken(`${event.data.name} was taken for gone without a list that shows it`);
        if (registration !== undefined) registration.missingAt = now;
        return;
      }
      case "runner.dropped":
        delete this.#track(event.data.cycle).runner;
        return;
      case "op.opened":
        return this.#opened(event, now);
      case "op.closed":
        return this.#closed(event, now);
      case "cycle.ended":
        return this.#ended(event.data.cycle, now);
      default:
        return;
    }
  }

  /** A machine that somebody gave up with its job counts against its slot until it is gone. */
  #mustBeFree(cycle: CycleId): void {
    const slotOf = (id: CycleId) => id.slice(0, id.lastIndexOf("."));
    for (const { id, givenUp, delivered, vm, closed } of this.#cycles.values()) {
      const removed = vm === "gone" || (closed.call === "vm.remove" && closed.ok === true);
      if (givenUp !== true || delivered !== true || removed || slotOf(id) !== slotOf(cycle)) continue;
      throw new LawBroken(`${cycle} was made beside ${id}, which was given up and may have a job`);
    }
  }

  #found({ data, seq, at }: Extract<Event, { type: "cycle.found" }>): void {
    const track: Track = { id: data.cycle, closed: { seq, at }, vm: "never", maybeSince: 0, retiredAt: at };
    if (data.vmId !== undefined) {
      track.vm = "known";
      track.vmId = data.vmId;
    }
    if (data.runner !== undefined) {
      track.runner = data.runner.name;
      const known = this.#registrations.get(data.runner.name);
      if (known === undefined) {
        this.#registrations.set(data.runner.name, { registeredAt: data.runner.registeredAt });
      }
    }
    this.#cycles.set(data.cycle, track);
  }

  #opened({ data }: Extract<Event, { type: "op.opened" }>, now: Ms): void {
    const track = this.#track(data.cycle);
    const { op, call } = data;
    if (track.op !== undefined) {
      throw new LawBroken(`${call} was opened on ${track.id} beside ${track.op.call}`);
    }
    if (op <= this.#lastOp) throw new LawBroken(`Operation ${op} was started twice`);
    this.#lastOp = op;
    if (OPERATIONS[call].lane !== "forge" && track.vm === "known" && call !== "dir.remove") {
      this.#seen.mustBeSeen(track, call, now);
    }
    track.op = { id: op, call };
    if (call === "vm.create") {
      track.vm = "maybe";
      track.maybeSince = Infinity;
    }
    if (call === "dir.remove") this.#mustBeAbsent(track, now, "lost its directory");
    if (call === "vm.turnOff") this.#mayBeStopped(track, now);
    if (DELIVERIES.has(call)) {
      track.delivered = true;
      if (track.vmId !== undefined) this.#deliveredTo.set(track.vmId, track.runner ?? "");
    }
    if (data.runner !== undefined) {
      if (this.#registrations.has(data.runner.name)) {
        throw new LawBroken(`${data.runner.name} was registered twice`);
      }
      this.#registrations.set(data.runner.name, { registeredAt: now });
      track.runner = data.runner.name;
    }
  }

  /** Its machine is known. What was written onto its disk before goes with it. */
  #isVm(track: Track, vmId: VmId): void {
    track.vmId = vmId;
    if (track.delivered === true && track.runner !== undefined) this.#deliveredTo.set(vmId, track.runner);
  }

  #closed({ data, seq, at }: Extract<Event, { type: "op.closed" }>, now: Ms): void {
    const track = this.#track(data.cycle);
    if (track.op?.id !== data.op) {
      throw new LawBroken(`Operation ${data.op} of ${track.id} was closed and is not open`);
    }
    delete track.op;
    const { call, outcome, learnt } = data;
    const ok = outcome === "ok";
    if (OPERATIONS[call].lane !== "forge") {
      track.closed = { seq, at, call, ok, ...(learnt?.power === undefined ? {} : { power: learnt.power }) };
    }
    const registration = track.runner === undefined ? undefined : this.#registrations.get(track.runner);
    switch (call) {
      case "vm.create":
        track.vm = ok ? "known" : outcome === "failed" ? "never" : "maybe";
        track.maybeSince = now;
        if (ok && learnt?.vmId !== undefined) this.#isVm(track, learnt.vmId);
        return;
      case "checkpoint.restore":
        // The one thing that clears it: nothing of its use is left.
        if (!ok) return;
        track.delivered = false;
        if (track.vmId !== undefined) this.#deliveredTo.delete(track.vmId);
        this.#deliveries.delete(track.id);
        return;
      case "runner.register":
        // Refused for good: nothing was made.
        if (!ok && data.code !== undefined && REFUSALS.has(data.code) && track.runner !== undefined) {
          this.#registrations.delete(track.runner);
        }
        if (ok && registration !== undefined) registration.registeredAt = now;
        return;
      case "runner.remove":
        if (registration === undefined) return;
        if (ok) registration.confirmed = true;
        if (data.missing === true) {
          if (data.code !== "not_found" || now < registration.registeredAt + YOUNG_MS) {
            throw new LawBroken(`${track.runner} was taken for gone by ${data.code} at a young age`);
          }
          registration.missingAt = now;
        }
        return;
      default:
        return;
    }
  }

  /** Law 3, for the end of a record. */
  #ended(id: CycleId, now: Ms): void {
    const track = this.#track(id);
    if (track.op !== undefined) throw new LawBroken(`${id} ended with an open operation`);
    if (track.retiredAt === undefined) throw new LawBroken(`${id} ended without retiring`);
    this.#mustBeAbsent(track, now, "ended");
    const registration = track.runner === undefined ? undefined : this.#registrations.get(track.runner);
    if (
      registration !== undefined && registration.confirmed !== true && registration.missingAt === undefined
    ) {
      throw new LawBroken(`${id} ended, and ${track.runner} may still be registered`);
    }
    this.#cycles.delete(id);
  }

  /** Law 3. A VM with a record of its own is no trace of another. */
  #mustBeAbsent(track: Track, now: Ms, what: string): void {
    const known = new Set([...this.#cycles.values()].map(({ vmId }) => vmId));
    this.#seen.mustBeAbsent(track, { now, what, known });
  }

  /** Law 7. */
  #mayBeStopped(track: Track, now: Ms): void {
    const name = track.vmId === undefined ? undefined : this.#deliveredTo.get(track.vmId);
    const registration = name === undefined ? undefined : this.#registrations.get(name);
    if (registration === undefined || registration.confirmed === true) return;
    if (registration.missingAt !== undefined && now >= registration.missingAt + MINUTE) return;
    throw new LawBroken(`${track.id} was turned off while ${name} may run a job`);
  }

  /** Law 5. */
  #effects(turn: Turn, state: State): void {
    for (const { cycle, call, args } of turn.effects) {
      if (state.cycles.get(cycle)?.op === undefined) {
        throw new LawBroken(`${call} starts without an open operation`);
      }
      if (!DELIVERIES.has(call)) continue;
      if (state.cycles.get(cycle)?.used !== true) {
        throw new LawBroken(`${cycle} is delivered to and not used`);
      }
      const { use, credentials } = args as { use: number; credentials: { jitConfig: string } };
      const { jitConfig } = credentials;
      const before = this.#deliveries.get(cycle) ?? new Map<number, string>();
      if (before.size > 0 && before.get(use) !== jitConfig) {
        throw new LawBroken(`${cycle} is delivered another secret`);
      }
      const runner = this.#cycles.get(cycle)?.runner;
      if (!jitConfig.startsWith(`${SECRET}${runner}-`)) {
        throw new LawBroken(`${cycle} is delivered the secret of another registration`);
      }
      this.#deliveries.set(cycle, before.set(use, jitConfig));
    }
    for (const [id, track] of this.#cycles) {
      if (track.delivered === true && state.cycles.get(id)?.used === false) {
        throw new LawBroken(`${id} was used and is not any more`);
      }
    }
  }
}
