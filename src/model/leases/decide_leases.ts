/** What commands about leases change. */
import { by, whoAndWhy } from "../by.ts";
import type { Command } from "../decide.ts";
import type { NewEvent } from "../events.ts";
import type { State } from "../state.ts";
import { changeRefusal, isAlready } from "./change.ts";
import { isAgentPool, type Lease } from "./lease.ts";
import { queueRefusal } from "./quotas.ts";

/** Of the signs within this part of a lease's idle time only one is recorded. */
const RECORDED_PART = 4;

/** A command about a lease. */
export type LeaseCommand = Extract<Command, { type: `lease.${string}` }>;

/** Whether a command is about a lease. */
export function isLeaseCommand(command: Command): command is LeaseCommand {
  return command.type.startsWith("lease.");
}

/** What its holder's silence has paused goes on at the next sign of it; what its holder has paused does not. */
function wakes(s: State, lease: Lease): NewEvent[] {
  const { id, cycle, silent } = lease;
  const change = { kind: "resume" } as const;
  if (silent !== true || cycle === undefined || changeRefusal(s, lease, change) !== undefined) return [];
  return [{ type: "lease.changing", data: { lease: id, cycle, change } }];
}

/** The events of a command. What is not there any more brings none. */
export function decideLease(s: State, command: LeaseCommand): NewEvent[] {
  if (command.type === "lease.acquire") {
    const { type: _, ...data } = command;
    const pool = s.pools.get(data.pool);
    const known = data.key !== undefined && s.leaseKeys.has(`${data.holder}\n${data.key}`);
    if (pool === undefined || !isAgentPool(pool.settings) || known || s.leases.has(data.lease)) return [];
    // Several may come in one turn.
    if (queueRefusal(s, data.holder, data.pool) !== undefined) return [];
    return [{ type: "lease.requested", data }];
  }
  const lease = s.leases.get(command.lease);
  if (lease === undefined) return [];
  const { id } = lease;
  switch (command.type) {
    case "lease.touch": {
      if (lease.state === "paused") return wakes(s, lease);
      const due = command.at - lease.touchedAt >= lease.idleMs / RECORDED_PART;
      return due && lease.state === "active" ? [{ type: "lease.touched", data: { lease: id } }] : [];
    }
    case "lease.change": {
      const { change } = command;
      const { cycle } = lease;
      if (cycle === undefined || isAlready(lease, change)) return [];
      if (changeRefusal(s, lease, change) !== undefined) return [];
      if (lease.state === "changing" && lease.change !== undefined) {
        // It waited to be started again, and stays as it is.
        const message = `it was paused again by ${whoAndWhy(command)}`;
        const data = { lease: id, cycle, change: lease.change, message, paused: true } as const;
        return [{ type: "lease.unchanged", data }];
      }
      return [{ type: "lease.changing", data: { lease: id, cycle, change, ...by(command) } }];
    }
    case "lease.extend": {
      const { totalMs } = command;
      return totalMs === lease.totalMs
        ? []
        : [{ type: "lease.extended", data: { lease: id, totalMs, ...by(command) } }];
    }
    case "lease.release": {
      const { release, until, cause } = command;
      const machine = lease.cycle === undefined ? {} : { cycle: lease.cycle };
      const parks = until !== undefined && lease.cycle !== undefined &&
        (release === "save" || release === "keep");
      const parked = parks ? { until } : {};
      return [{
        type: "lease.ended",
        data: { lease: id, cause, release, ...by(command), ...machine, ...parked },
      }];
    }
    default:
      return command satisfies never;
  }
}
