/**
 * Laws 2 and 3 in other words: what the readings of a history say of a VM or a registration, and how much of it
 * counts.
 */
import type { OperationName } from "../../src/model/calls.ts";
import { type CycleId, cycleId, type Ms, parseNotes, type Seq, type VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { Power } from "../../src/model/phases.ts";
import { LawBroken } from "./law_broken.ts";
import { CONTROLLER } from "./random_history.ts";
import { MINUTE } from "./settings.ts";

const READING_MS: Ms = MINUTE;
const NO_TRACE_MS: Ms = 3 * MINUTE;

/** What is remembered of a cycle. */
export interface Track {
  readonly id: CycleId;
  op?: { id: number; call: OperationName };
  /** Last closing of an operation on the VM. */
  closed: { seq: Seq; at: Ms; call?: OperationName; ok?: boolean; power?: Power };
  vm: "never" | "maybe" | "known" | "gone";
  vmId?: VmId;
  maybeSince: Ms;
  runner?: string;
  retiredAt?: Ms;
  /** Somebody gave it up, and nobody stops it by force: a job may be on it until it is gone. */
  givenUp?: true;
  quarantined?: boolean;
  delivered?: boolean;
}

/** Powers in which a call on a VM makes sense. */
const POWERS_FOR: Partial<Record<OperationName, readonly Power[]>> = {
  "vm.start": ["off", "saved"],
  "checkpoint.create": ["running"],
  "checkpoint.restore": ["off", "saved"],
  "savedState.remove": ["saved"],
  "nic.reconnect": ["running"],
  "vm.turnOff": ["running", "paused", "critical"],
  "vm.remove": ["off", "saved"],
  "media.put": ["running"],
};

/** The readings that came in since the program started. */
export class Testimony {
  #readings: Reading[] = [];

  note(reading: Reading): void {
    this.#readings.push(reading);
  }

  /** The program died. */
  forget(): void {
    this.#readings = [];
  }

  /** GitHub's lists say what they say whatever their age; readings of the host do not. */
  expire(now: Ms): void {
    this.#readings = this.#readings.filter(({ read, at }) => read === "runners" || now - at <= READING_MS);
  }

  /** Whether a complete list that began at `from` or later lacks a registration. */
  lacksRunner(name: string, from: Ms): boolean {
    return this.#readings.some((reading) => {
      return reading.read === "runners" && reading.list.ok && reading.at >= from &&
        !reading.list.rows.some((row) => row.name === name);
    });
  }

  /** Law 2: the VM was seen in a power state in which the call makes sense. */
  mustBeSeen({ id, closed, vmId }: Track, call: OperationName, now: Ms): void {
    const powers = POWERS_FOR[call];
    const fits = (power: Power | undefined) =>
      power !== undefined && power !== "absent" && (powers?.includes(power) ?? true);
    if (closed.ok && fits(closed.power) && now - closed.at <= READING_MS) return;
    const seen = this.#counting(closed.seq, now).some((reading) => {
      if (vmId === undefined) return false;
      if (reading.read === "vm") return reading.vmId === vmId && fits(reading.power);
      return reading.read === "vms" && fits(reading.rows.get(vmId)?.power);
    });
    if (!seen) throw new LawBroken(`${call} was opened on ${id} without a reading that counts`);
  }

  /** Law 3: a complete list without the VM and a read by id that found nothing; or no trace for three minutes. */
  mustBeAbsent(track: Track, { now, what, known }: AbsenceOf): void {
    const { id, vm, vmId, closed } = track;
    if (vm === "never" || vm === "gone") return;
    const counting = this.#counting(closed.seq, now);
    const lists = counting.filter((reading) => reading.read === "vms");
    if (vm === "maybe") {
      const noTrace = lists.some(({ at, rows }) => {
        return at >= track.maybeSince + NO_TRACE_MS &&
          ![...rows].some(([other, row]) => !known.has(other) && isOf(track, row.notes));
      });
      if (!noTrace) throw new LawBroken(`${id} ${what} while its VM may be there`);
      return;
    }
    const lacking = lists.some(({ rows }) => vmId !== undefined && !rows.has(vmId));
    const removed = closed.ok === true && closed.call === "vm.remove";
    const notFound = counting.some((reading) => {
      return reading.read === "vm" && reading.vmId === vmId && reading.power === "absent";
    });
    if (!lacking || !(removed || notFound)) {
      throw new LawBroken(`${id} ${what}, and its VM was not shown to be absent`);
    }
  }

  /** Readings that began after the last operation on the VM closed, and are new enough. */
  #counting(closed: Seq, now: Ms): Reading[] {
    return this.#readings.filter(({ asOf, at }) => asOf >= closed && now - at <= READING_MS);
  }
}

/** What is claimed of a cycle. */
interface AbsenceOf {
  readonly now: Ms;
  readonly what: string;
  /** VMs that have records. */
  readonly known: ReadonlySet<VmId | undefined>;
}

/** Whether Notes are those of a cycle. */
function isOf(track: Track, notes: string): boolean {
  const parsed = parseNotes(notes);
  if (parsed === undefined || parsed.controller !== CONTROLLER) return false;
  return cycleId(parsed.cycle.pool, parsed.cycle.slot, parsed.cycle.n) === track.id;
}
