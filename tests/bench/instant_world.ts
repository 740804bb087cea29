/** A world for the bench, where nothing takes time. */
import type { Result } from "../../src/model/conclude.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { ControllerId, Ms, VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { Read } from "../../src/model/readings.ts";
import type { RunnerSeen, VmSeen } from "../../src/model/view.ts";

/** The controller whose world it is. */
export const CONTROLLER = "0123456789abcdef0123456789abcdef" as ControllerId;

/** A world that answers at once and always well: what is left is the controller's own time. */
export class InstantWorld {
  readonly #vms = new Map<VmId, VmSeen>();
  readonly #runners = new Map<number, RunnerSeen>();
  #nextVm = 1;
  #nextRunner = 1;
  #beat = 0;

  answer({ call, args }: Effect): Result {
    const { notes = "", directory = "", vmId, name = "" } = args as Record<string, string>;
    switch (call) {
      case "vm.create": {
        const id = `00000000-0000-0000-0000-${String(this.#nextVm++).padStart(12, "0")}` as VmId;
        this.#vms.set(id, { power: "off", notes, directory });
        return { outcome: "ok", value: { vmId: id, power: "off" } };
      }
      case "vm.start":
        return this.#power(vmId as VmId, "running");
      case "checkpoint.create":
        return { outcome: "ok", value: { checkpointId: `of ${vmId}` } };
      case "checkpoint.restore":
        return this.#power(vmId as VmId, "saved");
      case "vm.turnOff":
        return this.#power(vmId as VmId, "off");
      case "vm.remove":
        this.#vms.delete(vmId as VmId);
        return { outcome: "ok", value: {} };
      case "runner.register": {
        const id = this.#nextRunner++;
        this.#runners.set(id, { id, name, online: true, busy: false });
        return { outcome: "ok", value: { runnerId: id, credentials: { kind: "jit", jitConfig: "secret" } } };
      }
      case "runner.remove":
        this.#runners.delete((args as { runnerId: number }).runnerId);
        return { outcome: "ok", value: {} };
      default:
        return { outcome: "ok", value: {} };
    }
  }

  /** The machine is off, as after its job. */
  finish(vmId: VmId): void {
    this.#power(vmId, "off");
  }

  /** A runner is given a job. */
  giveJob(name: string): void {
    const runner = [...this.#runners.values()].find((one) => one.name === name);
    if (runner !== undefined) this.#runners.set(runner.id, { ...runner, busy: true });
  }

  read(read: Read, asOf: number, at: Ms): Reading {
    const begin = { asOf, at };
    switch (read.read) {
      case "vms":
        return { read: "vms", ...begin, bootId: "boot-1", rows: new Map(this.#vms) };
      case "vm":
        return { read: "vm", ...begin, vmId: read.vmId, power: this.#vms.get(read.vmId)?.power ?? "absent" };
      case "guests": {
        this.#beat++;
        const report = { phase: "waiting" as const, use: 0, beat: this.#beat, address: "172.16.0.2" };
        return { read: "guests", ...begin, reports: new Map(read.vmIds.map((id) => [id, report])) };
      }
      case "directories":
        return { read: "directories", ...begin, storage: read.storage, names: [] };
      case "runners":
        return {
          read: "runners",
          ...begin,
          scope: read.scope,
          list: { ok: true, rows: [...this.#runners.values()] },
        };
      case "check":
        return { read: "check", ...begin, pool: read.pool, ok: true, message: "" };
      case "job":
        return { read: "job", ...begin, job: read.job };
      case "probe":
        return {
          read: "probe",
          ...begin,
          vmId: read.vmId,
          address: read.address,
          ready: true,
          message: "",
        };
      case "host":
        return { read: "host", ...begin, memoryMb: 1e9, freeMb: 1e9, volumes: [] };
      case "releases":
        return { read: "releases", ...begin, version: "2.338.1" };
      default:
        return read satisfies never;
    }
  }

  #power(vmId: VmId, power: "running" | "off" | "saved"): Result {
    const row = this.#vms.get(vmId);
    if (row !== undefined) this.#vms.set(vmId, { ...row, power });
    return { outcome: "ok", value: { power } };
  }
}
