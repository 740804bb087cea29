/** Readings of a simulated controller: asks host and GitHub on the timeline, and hands in what `reader.ts` would. */
import type { ControllerId, Ms, VmId } from "../../src/model/ids.ts";
import type { GuestSaid, Reading } from "../../src/model/observe.ts";
import type { Read } from "../../src/model/readings.ts";
import type { TemplateDisk } from "../../src/model/rollout.ts";
import type { RunnerSeen, Seen, VmSeen } from "../../src/model/view.ts";
import type { Answer } from "../../src/ports/engine.ts";
import { classifyError } from "../../src/ports/errors.ts";
import type { ForgeResult, RunnerRow } from "../../src/ports/forge.ts";
import { parseGuestItems, withAddress } from "../../src/ports/guest.ts";
import type { HostValue } from "../../src/ports/host.ts";
import type { ForgeDoor } from "../../src/simulator/forge_door.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";

/** What is shown instead of the truth; for situations that the simulated world does not bring about. */
export interface Tampering {
  /** Changes a list of VMs. */
  vms?: (rows: Map<VmId, VmSeen>) => void;
  /** Says that a guest shows nothing of itself. */
  mute?: (vmId: VmId) => boolean;
  /** Says that a VM read by id is not there. */
  hidden?: (vmId: VmId) => boolean;
  /** The golden disk that a pool's check finds. */
  disk?: TemplateDisk;
  /** The newest runner program that is offered. */
  release?: string;
  /** Changes a list of runners. */
  runners?: (rows: RunnerSeen[]) => RunnerSeen[];
}

/** What a reading needs. */
export interface ReadCalls {
  readonly host: SimulatedHost;
  readonly door: ForgeDoor;
  readonly controller: ControllerId;
  readonly tampering: Tampering;
  /** Gives up after the limit, once. */
  readonly once: <T>(limitMs: Ms, give: (value: T | undefined) => void) => (value: T) => void;
  readonly give: (reading: Reading) => void;
  readonly unread: () => void;
}

/** Readings that are not answered are given up after this. */
const READ_LIMIT_MS: Ms = 30_000;

/** Begins one reading. */
export function beginReading(of: Read, begin: Seen, calls: ReadCalls): void {
  const { host, door, tampering, once, give, unread } = calls;
  const ask = <C extends "vm.list" | "vm.inspect" | "kvp.read" | "dir.list" | "host.info" | "guest.probe">(
    call: C,
    args: unknown,
    good: (value: HostValue<C>) => void,
    bad: (raw: Answer | undefined) => void = unread,
  ) => {
    const answered = once<Answer>(READ_LIMIT_MS, (raw) => {
      if (raw?.ok === true) good(raw.value as HostValue<C>);
      else bad(raw);
    });
    host.handle(call, args, answered);
  };
  switch (of.read) {
    case "vms":
      return ask("vm.list", {}, ({ complete, bootId, vms }) => {
        if (!complete) return unread();
        const rows = new Map<VmId, VmSeen>();
        for (const { id, power, notes, directory } of vms) rows.set(id as VmId, { power, notes, directory });
        tampering.vms?.(rows);
        give({ read: "vms", ...begin, bootId, rows });
      });
    case "vm":
      return ask("vm.inspect", { vmId: of.vmId }, ({ power }) => {
        const shown = tampering.hidden?.(of.vmId) === true ? "absent" : power;
        give({ read: "vm", ...begin, vmId: of.vmId, power: shown });
      }, (raw) => {
        const gone = raw?.ok === false && classifyError(raw.error) === "not_found";
        if (gone) give({ read: "vm", ...begin, vmId: of.vmId, power: "absent" });
        else unread();
      });
    case "guests":
      return ask("kvp.read", { vmIds: of.vmIds }, ({ vms }) => {
        const reports = new Map<VmId, GuestSaid>();
        for (const { vmId, items, intrinsic } of vms) {
          const report = parseGuestItems(items);
          if (report !== undefined && tampering.mute?.(vmId as VmId) !== true) {
            reports.set(vmId as VmId, withAddress(report, intrinsic?.["NetworkAddressIPv4"]));
          }
        }
        give({ read: "guests", ...begin, reports });
      });
    case "directories":
      return ask("dir.list", { path: `${of.storage}\\${calls.controller}` }, ({ names }) => {
        give({ read: "directories", ...begin, storage: of.storage, names });
      });
    case "runners": {
      const { scope } = of;
      const answered = once<ForgeResult<readonly RunnerRow[]>>(READ_LIMIT_MS, (result) => {
        if (result?.outcome === "ok") {
          const rows = result.value.map(({ id, name, status, busy }) => ({
            id,
            name,
            busy,
            online: status === "online",
          }));
          const shown = tampering.runners?.(rows) ?? rows;
          return give({ read: "runners", ...begin, scope, list: { ok: true, rows: shown } });
        }
        const code = result?.outcome === "failed" ? result.code : "unknown";
        give({ read: "runners", ...begin, scope, list: { ok: false, code, message: "no list" } });
      });
      return door.list(scope, answered);
    }
    case "check":
      return give({
        read: "check",
        ...begin,
        pool: of.pool,
        ok: true,
        message: "",
        ...(tampering.disk === undefined ? {} : { disk: tampering.disk }),
      });
    case "releases":
      return tampering.release === undefined
        ? unread()
        : give({ read: "releases", ...begin, version: tampering.release });
    case "job":
      return give({ read: "job", ...begin, job: of.job });
    case "host":
      return ask("host.info", {}, ({ memoryMb, freeMemoryMb, volumes }) => {
        give({ read: "host", ...begin, memoryMb, freeMb: freeMemoryMb, volumes });
      });
    case "probe": {
      const { vmId, address, probe } = of;
      return ask("guest.probe", { address, ...probe }, (seen) => {
        give({ read: "probe", ...begin, vmId, address, ...seen });
      });
    }
    default:
      return of satisfies never;
  }
}
