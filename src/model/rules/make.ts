/** Rules for a machine that is being made and started. */
import { isWantedOn } from "../off_machines.ts";
import type { Pool } from "../state.ts";
import { deliver } from "./deliver.ts";
import { type Facts, failed, open, retire, type Step, unwanted, wait } from "./step.ts";

/** Whether the configuration is written onto the disk before the machine is made. */
function injects(pool: Pool | undefined): boolean {
  return pool?.settings.delivery === "vhdx";
}

/** The disk, what has to be on it, then the machine. */
export function make(facts: Facts): Step {
  const { cycle, pool } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (cycle.vmId !== undefined) return failed("vm-gone", "The VM disappeared before it was started");
  if (!cycle.disk) return open("disk.createChild");
  return injects(pool) && !cycle.put ? deliver(facts, "disk.inject") : open("vm.create");
}

export function start(facts: Facts): Step {
  const { s, cycle, pool } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  const { template, network } = pool?.settings ?? {};
  // Before anything runs in it, and before its checkpoint is made.
  if (network?.isolation !== undefined && cycle.walls === undefined) return open("net.isolate");
  if (template?.gpu === true && cycle.gpu !== true) return open("gpu.add");
  // It is started when a lease needs it, or when fewer are ready than are to be.
  if (pool !== undefined && !isWantedOn(s, pool, cycle)) return wait("off, until a lease needs it");
  return open("vm.start");
}

export function booted(): Step {
  return { step: "enter", phase: "booting" };
}

/** A machine that is not on its way any more. */
export function broken({ cycle }: Facts): Step {
  return failed(`${cycle.phase}-power`, `The VM was not running any more while ${cycle.phase}`);
}
