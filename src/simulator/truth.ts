/** Everything that is or was, in the shape of `GET /truth`. */
import type { SimulatedForge } from "./forge.ts";
import type { SimulatedHost } from "./host.ts";
import type { OperationLog } from "./operation_log.ts";
import type { Truth } from "./schemas.ts";

/** Reads it. `afterSeq` leaves out operations up to that number. */
export function readTruth(
  parts: { now: number; host: SimulatedHost; forge: SimulatedForge; log: OperationLog },
  afterSeq = 0,
): Truth {
  const { vms, disks } = parts.host.truth();
  const { runners, jobs } = parts.forge.truth();
  return {
    now: parts.now,
    operations: parts.log.list().filter((operation) => operation.seq > afterSeq).map((operation) => ({
      ...operation,
    })),
    vms: vms.map((
      {
        id,
        name,
        power,
        foreign,
        isolation,
        checkpoints,
        gpus,
        gpuPartition,
        vlan,
        address,
        clockBehindMs,
        marks,
        createdAt,
        removedAt,
      },
    ) => ({
      id,
      name,
      power,
      foreign,
      isolation,
      checkpoints,
      gpus,
      gpuPartition,
      vlan,
      address,
      clockBehindMs,
      marks,
      createdAt,
      removedAt,
    })),
    disks,
    runners: runners.map(({ id, name, status, busy, createdAt, removedAt }) => ({
      id,
      name,
      status,
      busy,
      createdAt,
      removedAt,
    })),
    jobs: jobs.map(({ id, state, runner, vm, queuedAt, startedAt, endedAt, sawOthers }) => ({
      id,
      state,
      runner,
      vm,
      queuedAt,
      startedAt,
      endedAt,
      sawOthers: [...sawOthers],
    })),
  };
}
