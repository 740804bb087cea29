/**
 * Every call that hvpool makes to a Hyper-V host, once: name, arguments, result, and how it is treated.
 *
 * PowerShell workers and the simulated host answer the same calls with the same envelope. Validation, lanes,
 * limits, the simulator and the documentation all come from this list. Its rows lie in `calls/`.
 */
import type { z } from "zod";
import type { HostErrorClass } from "../model/calls.ts";
import { CHECKPOINT } from "./calls/checkpoint.ts";
import { DEVICE } from "./calls/device.ts";
import { DISK } from "./calls/disk.ts";
import { DISPLAY } from "./calls/display.ts";
import { FILE } from "./calls/file.ts";
import { GUEST } from "./calls/guest.ts";
import { HOST } from "./calls/host.ts";
import { MACHINE } from "./calls/machine.ts";
import { MEDIA } from "./calls/media.ts";
import { NETWORK } from "./calls/network.ts";

export type { CallSpec } from "./calls/spec.ts";

/** The list itself. */
export const HOST_CALLS = {
  ...HOST,
  ...MACHINE,
  ...DEVICE,
  ...NETWORK,
  ...DISK,
  ...FILE,
  ...CHECKPOINT,
  ...MEDIA,
  ...GUEST,
  ...DISPLAY,
} as const;

/** The call list by name. */
export type HostCalls = typeof HOST_CALLS;
/** Name of a call. */
export type HostCall = keyof HostCalls;
/** Arguments of a call. */
export type HostArgs<C extends HostCall> = z.infer<HostCalls[C]["args"]>;
/** What a call answers. */
export type HostValue<C extends HostCall> = z.infer<HostCalls[C]["result"]>;

/** An error record as PowerShell gives it. The message is localized: it is for people, never for decisions. */
export interface ErrorRecord {
  readonly message: string;
  /** Category of the error record, such as `ObjectNotFound`. */
  readonly category: string;
  /** Fully qualified error id, such as `OutOfMemory,Microsoft.HyperV.PowerShell.Commands.StartVM`. */
  readonly fqid: string;
  /** `0x…`; the plain number that a WMI method or job gave, such as `32775`; or empty. */
  readonly hresult: string;
  /** The command that failed. */
  readonly command: string;
  readonly target: string;
}

/** What an engine answers to `{"id","call","args"}`. */
export type Envelope =
  | { readonly id: number; readonly ok: true; readonly value: unknown; readonly ms: number }
  | { readonly id: number; readonly ok: false; readonly error: ErrorRecord; readonly ms?: number };

/** What the controller gets: a checked value, a classified failure, or no answer (the effect may still land). */
export type HostResult<V> =
  | { readonly outcome: "ok"; readonly value: V }
  | { readonly outcome: "failed"; readonly code: HostErrorClass; readonly message: string }
  | { readonly outcome: "unknown"; readonly message: string };

/** Something that happened on the host: a reason to read, not a reading. */
export interface HostHint {
  readonly type: "vm.power";
  readonly vmId: string;
}

/** A Hyper-V host. */
export interface HostPort {
  /**
   * Makes one call. Never rejects: what goes wrong is in the result. `limitMs` overrides the call's own limit.
   */
  call<C extends HostCall>(
    name: C,
    args: HostArgs<C>,
    options?: { limitMs?: number },
  ): Promise<HostResult<HostValue<C>>>;
  /** Hears hints until the returned function is called. */
  watch(listener: (hint: HostHint) => void): () => void;
  /** Ends the workers or the connection. Calls still under way are answered `unknown`. */
  close(): Promise<void>;
}
