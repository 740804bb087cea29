/** What calls are played on, and what a row of the table says. */
import type { Ms } from "../../model/ids.ts";
import type { HostArgs, HostCall, HostValue } from "../../ports/host.ts";
import type { SimulatedDisks } from "../disks.ts";
import type { GuestTimes } from "../guest_surroundings.ts";
import type { DriveFile } from "../introduction.ts";
import type { Machines } from "../machines.ts";
import type { NetworkTroubles } from "../network_troubles.ts";
import type { Random } from "../random.ts";
import type { Timeline } from "../timeline.ts";

/** A virtual switch of the host. */
export interface Switch {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  /** @default told from the name */
  readonly type?: "internal";
  /** The host's address on it; none on a switch that nobody gave one. */
  readonly gateway?: { readonly address: string; readonly prefixLength: number };
}

/** A network address translation of the host. */
export interface Nat {
  readonly name: string;
  readonly subnet: string;
}

/** A GPU that can be partitioned, as `host.info` shows it. */
export type Gpu = HostValue<"host.info">["gpu"]["gpus"][number];

/** A Windows service beside Hyper-V's own. */
export interface Service {
  readonly state: "running" | "stopped";
  /** Command line. */
  readonly path: string;
  readonly start: "automatic" | "manual" | "disabled";
}

/** The account that guests let in; any when there is none. */
export interface GuestAccount {
  readonly user: string;
  readonly password: string;
}

/** What calls work on. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly machines: Machines;
  readonly disks: SimulatedDisks;
  readonly memoryMb: number;
  readonly machineName: string;
  readonly switches: Switch[];
  readonly nats: Nat[];
  readonly gpus: readonly Gpu[];
  /** By their names in lower case. */
  readonly services: Map<string, Service>;
  readonly account: GuestAccount | undefined;
  bootId: string;
  /** What is wrong with guests' network. */
  readonly troubles: NetworkTroubles;
  /** A disk is mounted on the host now. */
  mounted: string | undefined;
  /** Whether this list says that it is not complete. */
  readonly drawIncomplete: () => boolean;
  /** Whether this guest call hangs. */
  readonly drawHang: () => boolean;
  /** Answers how long a step of a guest takes. */
  readonly takes: (step: keyof GuestTimes) => Ms;
  /** A length of time of the host, at its speed. */
  readonly scaled: (ms: Ms) => Ms;
  /** What is on an image that somebody else wrote, where that is known. */
  readonly imageAt: (path: string) => readonly DriveFile[] | undefined;
}

/**
 * One row. `begin` is when the cmdlet starts: it checks and brings about states that others can see meanwhile; `land`
 * is when it ends and answers. Either may throw an error record.
 */
export interface Play<C extends HostCall> {
  /** The VM that the call changes, so that a second change meets a conflict. */
  readonly locks?: (args: HostArgs<C>) => string;
  readonly begin?: (world: World, args: HostArgs<C>) => void;
  /** How much longer than usual it takes; asked after `begin`. */
  readonly lasts?: (world: World, args: HostArgs<C>) => Ms;
  /** Whether it is never answered; asked after `begin`. */
  readonly hangs?: (world: World, args: HostArgs<C>) => boolean;
  readonly land: (world: World, args: HostArgs<C>) => HostValue<C>;
}

/** Rows for some calls. */
export type Plays<Names extends HostCall> = { readonly [C in Names]: Play<C> };
