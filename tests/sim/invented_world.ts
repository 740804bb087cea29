/**
 * The world of random histories: VMs, guests and runners that are only as true as a step makes them. It answers
 * operations well or badly, and readings truly or with lies.
 */
import type { ForgeErrorClass, HostErrorClass } from "../../src/model/calls.ts";
import type { Result } from "../../src/model/conclude.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { VmId } from "../../src/model/ids.ts";
import type { JobResult } from "../../src/model/job_result.ts";
import type { Reading } from "../../src/model/observe.ts";
import { type Power, POWERS } from "../../src/model/phases.ts";
import type { Read } from "../../src/model/readings.ts";
import type { GuestSeen, RunnerSeen, Seen, VmSeen } from "../../src/model/view.ts";

/** A reading that has begun. */
export interface Begun {
  readonly of: Read;
  readonly begin: Seen;
}

/** Begins secrets, so that they can be looked for. */
export const SECRET = "jit-secret-";
const HOST_CODES: readonly HostErrorClass[] = [
  "busy",
  "not_found",
  "wrong_state",
  "out_of_memory",
  "no_space",
  "invalid",
  "timeout",
];
const FORGE_CODES: readonly ForgeErrorClass[] = [
  "not_found",
  "busy",
  "conflict",
  "unavailable",
  "rate_limited",
];
interface Vm {
  readonly id: VmId;
  readonly notes: string;
  readonly directory: string;
  power: Power;
  use: number;
  beat: number;
}

/** One of the items; `n` chooses. */
export function pick<T>(items: readonly T[], n: number): T | undefined {
  return items.length === 0 ? undefined : items[n % items.length];
}

/** What GitHub says of a job: over, or not. */
function jobResult(b: number): JobResult {
  const conclusion = pick(["success", "failure", null], b) ?? null;
  return {
    id: b,
    name: "build",
    workflow: null,
    conclusion,
    queuedAt: null,
    startedAt: null,
    completedAt: null,
    url: null,
  };
}

/** The world. */
export class InventedWorld {
  readonly #vms = new Map<VmId, Vm>();
  readonly #runners: { id: number; name: string; online: boolean; busy: boolean }[] = [];
  #made = 0;
  #boots = 1;

  get #bootId(): string {
    return `boot-${this.#boots}`;
  }

  /** The effect happens, and a good answer tells of it. */
  well({ call, args }: Effect): Result {
    const { vmId, name, notes, directory, use } = args as {
      vmId?: VmId;
      name?: string;
      notes?: string;
      directory?: string;
      use?: number;
    };
    const vm = vmId === undefined ? undefined : this.#vms.get(vmId);
    switch (call) {
      case "vm.create": {
        const id = `00000000-0000-4000-8000-${String(++this.#made).padStart(12, "0")}` as VmId;
        this.#vms.set(id, {
          id,
          notes: notes ?? "",
          directory: directory ?? "",
          power: "off",
          use: 0,
          beat: 1,
        });
        return { outcome: "ok", value: { vmId: id, power: "off" } };
      }
      case "vm.start":
      case "vm.turnOff": {
        const power = call === "vm.start" ? "running" : "off";
        if (vm !== undefined) vm.power = power;
        return { outcome: "ok", value: { power } };
      }
      case "checkpoint.create":
        return { outcome: "ok", value: { checkpointId: `checkpoint-${vmId}` } };
      case "checkpoint.restore":
        if (vm !== undefined) Object.assign(vm, { power: "saved", use: 0 });
        return { outcome: "ok", value: { power: "saved" } };
      case "savedState.remove":
        if (vm !== undefined) vm.power = "off";
        return { outcome: "ok", value: { power: "off" } };
      case "vm.remove":
        if (vmId !== undefined) this.#vms.delete(vmId);
        return { outcome: "ok", value: {} };
      case "media.put":
      case "guest.deliver":
        if (vm !== undefined) vm.use = use ?? 0;
        return { outcome: "ok", value: {} };
      case "runner.register": {
        const id = ++this.#made;
        this.#runners.push({ id, name: name ?? "", online: false, busy: false });
        return {
          outcome: "ok",
          value: { runnerId: id, credentials: { kind: "jit", jitConfig: `${SECRET}${name}-${id}` } },
        };
      }
      case "runner.remove": {
        const i = this.#runners.findIndex(({ id }) => id === (args as { runnerId?: number }).runnerId);
        if (i >= 0) this.#runners.splice(i, 1);
        return { outcome: "ok", value: {} };
      }
      default:
        return { outcome: "ok", value: {} };
    }
  }

  failure({ call }: Effect, b: number): Result {
    const code = call.startsWith("runner.") ? pick(FORGE_CODES, b) : pick(HOST_CODES, b);
    return { outcome: "failed", code: code ?? "unavailable", message: "refused" };
  }

  truth({ of, begin }: Begun): Reading {
    switch (of.read) {
      case "vms": {
        const rows = new Map<VmId, VmSeen>();
        for (const { id, power, notes, directory } of this.#vms.values()) {
          rows.set(id, { power, notes, directory });
        }
        return { read: "vms", ...begin, bootId: this.#bootId, rows };
      }
      case "vm":
        return { read: "vm", ...begin, vmId: of.vmId, power: this.#vms.get(of.vmId)?.power ?? "absent" };
      case "guests": {
        const reports = new Map<VmId, Omit<GuestSeen, "asOf" | "at" | "base">>();
        for (const vmId of of.vmIds) {
          const vm = this.#vms.get(vmId);
          if (vm?.power === "running") {
            reports.set(vmId, { phase: vm.use > 0 ? "got" : "waiting", use: vm.use, beat: ++vm.beat });
          }
        }
        return { read: "guests", ...begin, reports };
      }
      case "directories":
        return { read: "directories", ...begin, storage: of.storage, names: [] };
      case "runners":
        return {
          read: "runners",
          ...begin,
          scope: of.scope,
          list: { ok: true, rows: this.#runners.map((row) => ({ ...row })) },
        };
      case "check":
        return { read: "check", ...begin, pool: of.pool, ok: true, message: "" };
      case "job":
        return { read: "job", ...begin, job: of.job };
      case "releases":
        return { read: "releases", ...begin, version: "2.330.0" };
      case "probe":
        return { read: "probe", ...begin, vmId: of.vmId, address: of.address, ready: true, message: "" };
      case "host":
        return { read: "host", ...begin, memoryMb: 65_536, freeMb: 65_536, volumes: [] };
      default:
        return of satisfies never;
    }
  }

  /** Rows are missing, powers are wrong, guests say what they like. */
  lie(read: Begun, b: number): Reading {
    const reading = this.truth(read);
    const power = pick(POWERS.filter((one) => one !== "unseen"), b) ?? "off";
    switch (reading.read) {
      case "vms": {
        const rows = new Map<VmId, VmSeen>();
        let i = b;
        for (const [id, row] of reading.rows) {
          i++;
          if (i % 3 === 0) continue;
          rows.set(id, i % 3 === 1 && power !== "absent" ? { ...row, power } : row);
        }
        return { ...reading, rows };
      }
      case "vm":
        return { ...reading, power };
      case "guests": {
        const phase = pick(["starting", "waiting", "got", "running", "done", "failed"] as const, b) ??
          "waiting";
        return {
          ...reading,
          reports: new Map([...reading.reports.keys()].map((id) => [id, { phase, use: b % 3, beat: b % 7 }])),
        };
      }
      case "directories":
        return { ...reading, names: ["ci-1.1", "ci-2.2", "ci-1.999999", "notes.txt"] };
      case "runners": {
        if (b % 4 === 0) return { ...reading, list: { ok: false, code: "unavailable", message: "away" } };
        const rows: RunnerSeen[] = this.#runners.filter((_, i) => (i + b) % 3 !== 0)
          .map((row) => ({ ...row, online: b % 2 === 0, busy: b % 5 === 0 }));
        return { ...reading, list: { ok: true, rows } };
      }
      case "check":
        return { ...reading, ok: b % 2 === 0, message: "no" };
      case "job":
        return { ...reading, ...(b % 2 === 0 ? { refused: "no permission" } : { result: jobResult(b) }) };
      case "releases":
        return { ...reading, version: pick(["2.331.0", "2.329.9", "3.0.0"], b) ?? "" };
      case "probe":
        return { ...reading, ready: b % 2 === 0, message: "refused" };
      case "host":
        return { ...reading, freeMb: b % 2 === 0 ? 0 : 65_536 };
      default:
        return reading satisfies never;
    }
  }

  /** The host was started anew: what ran is off, what was saved is saved. */
  reboot(): void {
    this.#boots++;
    for (const vm of this.#vms.values()) if (vm.power === "running") vm.power = "off";
  }

  /** Runners come online, take jobs, end; machines power off. */
  guestsGoOn(a: number): void {
    for (const runner of this.#runners) {
      const [, n] = /-(\d+)\.\d+$/.exec(runner.name) ?? [];
      const vm = [...this.#vms.values()].find(({ notes }) => notes.includes(`.${n}"`));
      if (vm?.power !== "running" || vm.use === 0) continue;
      if (!runner.online) runner.online = true;
      else if (!runner.busy) runner.busy = a % 2 === 0;
      else {
        this.#runners.splice(this.#runners.indexOf(runner), 1);
        vm.power = "off";
        return;
      }
    }
  }
}
