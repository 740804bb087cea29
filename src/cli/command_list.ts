/** Every command, in the order in which help shows them. A command's file is loaded only when it is called. */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "./invocation.ts";

/** One command. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
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
    summary: "show pools, VMs and GitHub at this moment",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "events",
    summary: "show what happened, and what happens now",
    load: () => import("./commands/events.ts"),
  },
  {
    name: "pool",
    summary: "show, pause, resume or take back a pool's new generation",
    load: () => import("./commands/pool.ts"),
  },
  { name: "stop", summary: "end a running hvpool", load: () => import("./commands/stop.ts") },
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
