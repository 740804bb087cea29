/** How a simulated host is to be. */
import type { GoldenDisk } from "./disks.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedForge } from "./forge.ts";
import type { DriveFile } from "./introduction.ts";
import type { GuestOdds } from "./guest_fate.ts";
import type { LatencyOverrides } from "./latencies.ts";
import type { MachineEnded } from "./machines.ts";
import type { OperationLog } from "./operation_log.ts";
import type { Gpu, GuestAccount } from "./plays/play.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** A VM of other people. */
export interface ForeignVm {
  readonly name: string;
  readonly memoryMb: number;
  readonly power: "off" | "running" | "saved";
  readonly notes?: string;
  /** Where its configuration lies. @default `C:\ProgramData\Microsoft\Windows\Hyper-V\<name>` */
  readonly directory?: string;
}

/** How the host is to be. */
export interface HostOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  readonly faults?: Faults;
  readonly log?: OperationLog;
  /** Host name. @default "SIMULATED" */
  readonly name?: string;
  /** Divides host and guest latencies. @default 1 */
  readonly speed?: number;
  readonly latencies?: LatencyOverrides;
  /** @default 1048576 */
  readonly memoryMb?: number;
  /** @default 4194304 */
  readonly diskMb?: number;
  /**
   * Golden disks that are there from the start; `any`: each one that is asked for, unless the word `missing` is in
   * its path. @default one of 64 GB at `C:\hvpool\templates\windows.vhdx`
   */
  readonly templates?: readonly GoldenDisk[] | "any";
  /** Names of switches beside the Default Switch. */
  readonly switches?: readonly string[];
  readonly foreign?: readonly ForeignVm[];
  /** Probabilities of misbehaviour of guests. @default all do well */
  readonly odds?: GuestOdds;
  /** GPUs that can be partitioned. @default one, with 32 partitions */
  readonly gpus?: readonly Gpu[];
  /** The account that guests let in by PowerShell Direct. @default any */
  readonly account?: GuestAccount;
  /** Share of PowerShell Direct calls that are never answered. @default 0 */
  readonly guestCallHangs?: number;
  /** What is on an image that was not written by `media.put`, for `dvd.set`; `undefined`: there is no such file. */
  readonly images?: (path: string) => readonly DriveFile[] | undefined;
  /** Share of `vm.list` answers that are not complete. @default 0 */
  readonly incompleteLists?: number;
  /** Checks arguments by the call list. @default true */
  readonly validate?: boolean;
  /** Messages of errors in German. @default false */
  readonly german?: boolean;
  /** Hears of every guest that ends, and what ran in it. */
  readonly ended?: (event: MachineEnded) => void;
}

/** Default golden disk. */
export const TEMPLATE_PATH = "C:\\hvpool\\templates\\windows.vhdx";
/** Instance path of the default GPU. */
export const GPU_PATH =
  "\\\\?\\PCI#VEN_10DE&DEV_2684#4&1a2b3c4d&0&0008#{064092b3-625e-43bf-9eb5-dc845897dd59}\\GPUPARAV";
/** Its video memory: normalised, as hosts tell it. */
export const GPU_VRAM = { total: 1_000_000_000, available: 1_000_000_000, min: 0, max: 1_000_000_000 };
/** Id of the Default Switch on every host. */
export const DEFAULT_SWITCH_ID = "c08cb7b8-9b3c-408e-8e30-5e16a3aeb444";
