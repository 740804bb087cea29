/** Every command, in the order in which help shows them. A command's file is loaded only when it is called. */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "./invocation.ts";

/** One command. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** It asks a running hvpool, of this machine or of another one (`--server`). */
  readonly asks?: true;
  /** Loads what defines its options and its action. */
  load(): Promise<CommandModule>;
}

/** A file in `commands/`. */
export interface CommandModule {
  /** Adds options, help and action to a command that has its name and summary. */
  define(command: Command, invocation: Invocation): void;
}

/** The list. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "keep the pools of a configuration filled",
    load: () => import("./commands/run.ts"),
  },
  {
    name: "status",
    asks: true,
    summary: "show pools, VMs and GitHub at this moment",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "events",
    asks: true,
    summary: "show what happened, and what happens now",
    load: () => import("./commands/events.ts"),
  },
  {
    name: "pool",
    asks: true,
    summary: "show, make, pause, resize and delete pools, and roll out their new generations",
    load: () => import("./commands/pool.ts"),
  },
  {
    name: "vm",
    asks: true,
    summary: "show, make anew, remove and keep single machines",
    load: () => import("./commands/vm.ts"),
  },
  {
    name: "lease",
    asks: true,
    summary: "hand out machines of agent pools, to one holder at a time",
    load: () => import("./commands/lease.ts"),
  },
  {
    name: "job",
    asks: true,
    summary: "show the jobs that run and ran",
    load: () => import("./commands/job.ts"),
  },
  {
    name: "drain",
    asks: true,
    summary: "empty pools for maintenance, without ending hvpool",
    load: () => import("./commands/drain.ts"),
  },
  {
    name: "uncordon",
    asks: true,
    summary: "fill pools again after a drain or a pause",
    load: () => import("./commands/uncordon.ts"),
  },
  {
    name: "reconcile",
    asks: true,
    summary: "show what is orphaned, lost or foreign, and take up a lost journal",
    load: () => import("./commands/reconcile.ts"),
  },
  {
    name: "plan",
    asks: true,
    summary: "show what a changed configuration would do",
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "reload",
    asks: true,
    summary: "read the configuration anew, without touching machines that have a job",
    load: () => import("./commands/reload.ts"),
  },
  {
    name: "doctor",
    summary: "find out what keeps hvpool from working",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "support",
    summary: "collect what somebody needs who is asked for help",
    load: () => import("./commands/support.ts"),
  },
  {
    name: "migrate",
    summary: "take over from hyperv-runner-pool on this host",
    load: () => import("./commands/migrate.ts"),
  },
  {
    name: "template",
    asks: true,
    summary: "register, check, prepare, copy and delete golden disks",
    load: () => import("./commands/template.ts"),
  },
  {
    name: "network",
    summary: "make a switch with NAT, for hosts without a Default Switch",
    load: () => import("./commands/network.ts"),
  },
  { name: "stop", asks: true, summary: "end a running hvpool", load: () => import("./commands/stop.ts") },
  {
    name: "config",
    summary: "check, show and describe the configuration",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "dev",
    summary: "try hvpool with a simulated host and GitHub",
    load: () => import("./commands/dev.ts"),
  },
  {
    name: "simulator",
    summary: "run a simulated host and GitHub for another hvpool",
    load: () => import("./commands/simulator.ts"),
  },
  {
    name: "bridge",
    summary: "make one call to Hyper-V by hand, or list the calls",
    load: () => import("./commands/bridge.ts"),
  },
  { name: "version", summary: "show which hvpool this is", load: () => import("./commands/version.ts") },
];
