/**
 * Removes what a plan says, step by step. A VM that runs loses its registration first, which GitHub refuses while it
 * has a job; then it is turned off and removed, and its disks last. Whatever was cut off is found by the next plan.
 */
import { OLD_POOL_PROGRAM, samePath } from "../../controller/old_pool/judge.ts";
import type { Ms } from "../../model/ids.ts";
import type { ForgePort, RunnerRow } from "../../ports/forge.ts";
import type { HostPort } from "../../ports/host.ts";
import type { Place } from "./facts.ts";
import type { ItemKind, MigrationPlan, OldMachine } from "./plan.ts";

/** Something that was done. */
export interface DoneItem {
  readonly kind: ItemKind;
  readonly name: string;
  readonly done: "removed" | "turned off" | "gone already";
}

/** Something that is still there. */
export interface LeftItem {
  readonly kind: ItemKind;
  readonly name: string;
  readonly because: string;
}

/** What came of it. */
export interface Outcome {
  readonly done: readonly DoneItem[];
  readonly left: readonly LeftItem[];
  /** Why it did not go on to its end. */
  readonly stopped?: string;
}

/** What it works with. */
export interface CarryOutOptions {
  readonly host: HostPort;
  readonly forge: ForgePort;
  /** How long a guest whose registration vanished may still end by itself. */
  readonly graceMs: Ms;
  /** Hears of each step as it is done. */
  readonly onDone: (item: DoneItem) => void;
  /** Whether somebody asked to stop. */
  readonly interrupted: () => boolean;
  readonly pause: (ms: Ms) => Promise<void>;
}

/** A disk may be held for a while: by a worker process that ends, or until a checkpoint is merged. */
const BUSY_TRIES = 60;
const BUSY_PAUSE_MS = 500;
const GRACE_POLL_MS = 1_000;
/** A runner that comes and goes while it is looked for. */
const RUNNER_TRIES = 3;

/** Ends everything: going on could cut off a job, or be undone. */
class Stop extends Error {
  override readonly name = "Stop";
}

/** Ends what is done to one VM. */
class Failed extends Error {
  override readonly name = "Failed";
}

/** Carries a plan out that has no refusals. Never rejects because of host or GitHub. */
export async function carryOut(plan: MigrationPlan, options: CarryOutOptions): Promise<Outcome> {
  return await new Removal(plan, options).run();
}

class Removal {
  readonly #plan: MigrationPlan;
  readonly #o: CarryOutOptions;
  readonly #done: DoneItem[] = [];
  readonly #left: LeftItem[] = [];

  constructor(plan: MigrationPlan, options: CarryOutOptions) {
    this.#plan = plan;
    this.#o = options;
  }

  async run(): Promise<Outcome> {
    const { machines, disks } = this.#plan;
    let stopped: string | undefined;
    for (const one of machines) {
      stopped ??= await this.#attempt(one);
      if (stopped !== undefined) this.#leave(one, stopped);
    }
    for (const { path, place } of disks) {
      if (this.#o.interrupted()) stopped ??= INTERRUPTED;
      if (stopped === undefined) await this.#removeDisk(path, place);
      else this.#left.push({ kind: "disk", name: path, because: stopped });
    }
    return { done: this.#done, left: this.#left, ...(stopped === undefined ? {} : { stopped }) };
  }

  /** Answers why nothing more may be done. */
  async #attempt(one: OldMachine): Promise<string | undefined> {
    try {
      await this.#remove(one);
      return undefined;
    } catch (error) {
      if (error instanceof Stop) return error.message;
      if (!(error instanceof Failed)) throw error;
      this.#leave(one, error.message);
      return undefined;
    }
  }

  async #remove(one: OldMachine): Promise<void> {
    const { machine, place, disks } = one;
    if (this.#o.interrupted()) throw new Stop(INTERRUPTED);
    await this.#mustStandStill();
    const power = await this.#power(one);
    if (power !== undefined) {
      if (power !== "off" && machine.row.power === "off") {
        throw new Stop(`${machine.name} was started since the plan was made.`);
      }
      await this.#unregister(one, power !== "off");
      await this.#turnOff(one);
      await this.#removeVm(one);
    }
    for (const path of disks) await this.#removeDisk(path, place);
  }

  /** Somebody may have started the old pool meanwhile. */
  async #mustStandStill(): Promise<void> {
    const service = await this.#o.host.call("service.info", { name: OLD_POOL_PROGRAM });
    if (service.outcome !== "ok") {
      throw new Stop(
        `Whether the service ${OLD_POOL_PROGRAM} runs could not be found out: ${service.message}`,
      );
    }
    if (service.value.state === "running" || service.value.processes.length > 0) {
      throw new Stop(`${OLD_POOL_PROGRAM} was started.`);
    }
  }

  /** `undefined`: the VM is gone. */
  async #power({ machine }: OldMachine): Promise<string | undefined> {
    const answer = await this.#o.host.call("vm.inspect", { vmId: machine.id });
    if (answer.outcome === "failed" && answer.code === "not_found") return undefined;
    if (answer.outcome !== "ok") throw new Failed(answer.message);
    if (answer.value.name !== machine.name || answer.value.notes !== machine.notes) {
      throw new Failed("somebody changed its name or its notes since the plan was made");
    }
    return answer.value.power;
  }

  /**
   * No job is cut off: a VM that runs is let go of by GitHub first. A registration that is gone means that a job has
   * just ended, so its guest gets a while to end by itself.
   */
  async #unregister(one: OldMachine, isOn: boolean): Promise<void> {
    const { machine, place: { scope } } = one;
    let vanished = false;
    let runner = one.runner;
    for (let i = 0; i < RUNNER_TRIES; i++) {
      runner ??= isOn ? await this.#lookUp(one) : undefined;
      if (runner === undefined) {
        if (vanished) await this.#untilOff(one);
        return;
      }
      const removed = await this.#o.forge.remove(scope, runner.id);
      if (removed.outcome === "ok") {
        this.#say({ kind: "registration", name: runner.name, done: "removed" });
        return;
      }
      if (removed.outcome === "failed" && removed.code === "busy") {
        throw new Stop(
          `${machine.name} was given a job: GitHub does not let go of its runner. Wait until the job has ended, ` +
            "then run this again.",
        );
      }
      if (removed.outcome !== "failed" || removed.code !== "not_found") throw new Stop(removed.message);
      vanished = true;
      runner = undefined;
    }
    throw new Stop(
      `GitHub lists the runner ${machine.name} and says that it is not there. Run this again later.`,
    );
  }

  async #lookUp({ machine, place: { scope } }: OldMachine): Promise<RunnerRow | undefined> {
    const list = await this.#o.forge.list(scope);
    if (list.outcome !== "ok") throw new Stop(list.message);
    return list.value.find(({ name }) => name === machine.name);
  }

  async #untilOff(one: OldMachine): Promise<void> {
    for (let waitedMs = 0; waitedMs < this.#o.graceMs; waitedMs += GRACE_POLL_MS) {
      const power = await this.#power(one);
      if (power === undefined || power === "off") return;
      await this.#o.pause(GRACE_POLL_MS);
    }
  }

  async #turnOff(one: OldMachine): Promise<void> {
    const power = await this.#power(one);
    if (power === undefined || power === "off") return;
    const answer = await this.#o.host.call("vm.turnOff", { vmId: one.machine.id });
    const after = answer.outcome === "ok" ? answer.value.power : await this.#power(one);
    if (after !== "off" && after !== undefined) {
      throw new Failed(answer.outcome === "ok" ? `it is ${after} after it was turned off` : answer.message);
    }
    this.#say({ kind: "vm", name: one.machine.name, done: "turned off" });
  }

  async #removeVm(one: OldMachine): Promise<void> {
    const answer = await this.#o.host.call("vm.remove", { vmId: one.machine.id });
    // Lost or refused: what there is now counts.
    if (answer.outcome !== "ok" && await this.#power(one) !== undefined) throw new Failed(answer.message);
    this.#say({ kind: "vm", name: one.machine.name, done: "removed" });
  }

  async #removeDisk(path: string, { template }: Place): Promise<void> {
    const leave = (because: string) => void this.#left.push({ kind: "disk", name: path, because });
    if (samePath(path, template)) return leave("it is the template");
    for (let i = 1;; i++) {
      const answer = await this.#o.host.call("disk.remove", { path });
      if (answer.outcome === "ok") return this.#say({ kind: "disk", name: path, done: "removed" });
      if (answer.outcome === "unknown" || answer.code !== "busy") return leave(answer.message);
      if (i >= BUSY_TRIES) {
        return leave(
          `${answer.message} If it is mounted on this host: Dismount-VHD -Path '${
            path.replaceAll("'", "''")
          }'`,
        );
      }
      await this.#o.pause(BUSY_PAUSE_MS);
    }
  }

  #say(item: DoneItem): void {
    this.#done.push(item);
    this.#o.onDone(item);
  }

  /** What was not done to a VM. */
  #leave({ machine, disks, runner }: OldMachine, because: string): void {
    const isDone = (kind: ItemKind, name: string) =>
      this.#done.some((one) => one.kind === kind && one.name === name && one.done === "removed");
    const rows: [ItemKind, string][] = [
      ...(runner === undefined ? [] : [["registration", runner.name] as [ItemKind, string]]),
      ["vm", machine.name],
      ...disks.map((path): [ItemKind, string] => ["disk", path]),
    ];
    for (const [kind, name] of rows) if (!isDone(kind, name)) this.#left.push({ kind, name, because });
  }
}

const INTERRUPTED = "Interrupted. Run this again to go on.";
