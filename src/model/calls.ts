/**
 * Every effect that the core opens as an operation, and how it is treated.
 *
 * The host's calls are completed with their argument and result schemas in `ports/host.ts`; the forge's two
 * have their shapes in `ports/forge.ts`.
 */
import type { Ms } from "./ids.ts";

/** A host-wide limit on what runs at once. */
export type Lane = "query" | "vm" | "boot" | "mount" | "guest" | "display" | "forge";

/** Every lane, in the order in which they are shown. */
export const LANES = ["query", "vm", "boot", "mount", "guest", "display", "forge"] as const satisfies Lane[];

/** What an answer that never came means for the one who asked. */
export type Unknown = "repeat" | "end-cycle" | "tell-caller";

/** How one call is treated. */
export interface CallRow {
  /** The host-wide limit that it counts against. */
  readonly lane: Lane;
  /** What an answer that never came means. */
  readonly unknown: Unknown;
  /** Whether opening it marks the cycle used: from then on a job may have seen the machine. */
  readonly uses: boolean;
  /** After this long the answer counts as unknown. */
  readonly limitMs: Ms;
}

/** The calls that the core opens. Reading calls are no operations: they are in `ports/host.ts` alone. */
export const OPERATIONS = {
  "disk.createChild": { lane: "vm", unknown: "end-cycle", uses: false, limitMs: 60_000 },
  "vm.create": { lane: "vm", unknown: "end-cycle", uses: false, limitMs: 120_000 },
  "vm.start": { lane: "boot", unknown: "repeat", uses: false, limitMs: 180_000 },
  "vm.save": { lane: "vm", unknown: "repeat", uses: false, limitMs: 300_000 },
  "vm.turnOff": { lane: "vm", unknown: "repeat", uses: false, limitMs: 120_000 },
  "vm.remove": { lane: "vm", unknown: "repeat", uses: false, limitMs: 120_000 },
  "disk.inject": { lane: "mount", unknown: "repeat", uses: true, limitMs: 180_000 },
  "guest.prepare": { lane: "guest", unknown: "repeat", uses: false, limitMs: 240_000 },
  "guest.deliver": { lane: "guest", unknown: "repeat", uses: true, limitMs: 120_000 },
  "guest.bye": { lane: "query", unknown: "repeat", uses: false, limitMs: 30_000 },
  "media.put": { lane: "vm", unknown: "repeat", uses: true, limitMs: 60_000 },
  "media.take": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },
  "checkpoint.create": { lane: "vm", unknown: "end-cycle", uses: false, limitMs: 300_000 },
  "checkpoint.restore": { lane: "vm", unknown: "repeat", uses: false, limitMs: 300_000 },
  "savedState.remove": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },
  "nic.reconnect": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },
  "net.isolate": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },
  "gpu.add": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },
  "file.copy": { lane: "mount", unknown: "repeat", uses: false, limitMs: 600_000 },
  "evidence.keep": { lane: "display", unknown: "tell-caller", uses: false, limitMs: 45_000 },
  "runner.fetch": { lane: "forge", unknown: "repeat", uses: false, limitMs: 1_800_000 },
  "guest.install": { lane: "guest", unknown: "repeat", uses: false, limitMs: 2_400_000 },
  "template.publish": { lane: "mount", unknown: "repeat", uses: false, limitMs: 600_000 },
  "dir.remove": { lane: "vm", unknown: "repeat", uses: false, limitMs: 120_000 },
  "runner.register": { lane: "forge", unknown: "repeat", uses: false, limitMs: 60_000 },
  "runner.remove": { lane: "forge", unknown: "repeat", uses: false, limitMs: 60_000 },
} as const satisfies Record<string, CallRow>;

/** Name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** Every class of host errors. Told from error records in `ports/errors.ts`. */
export const HOST_ERROR_CLASSES = [
  "not_found",
  "wrong_state",
  "busy",
  "out_of_memory",
  "no_space",
  "access_denied",
  "saved_state_corrupt",
  "broken_chain",
  "unavailable",
  "invalid",
  "timeout",
  "unknown",
] as const;
/** What a failed host call means for the one who decides. */
export type HostErrorClass = typeof HOST_ERROR_CLASSES[number];

/** What a failed request to the forge means for the one who decides. */
export type ForgeErrorClass =
  /** 401: the app id or the key is wrong, or the clock is. */
  | "unauthorized"
  /** 403 without a rate limit: a permission is missing, or the group is not permitted. */
  | "forbidden"
  /** The installation is suspended. */
  | "suspended"
  /** 404. */
  | "not_found"
  /** 409: the name is taken; by our own lost answer, since names are recorded before use. */
  | "conflict"
  /** 422 to a removal: the runner is running a job. */
  | "busy"
  /** 422 to anything else: the request lacks something. */
  | "invalid"
  /** A primary or secondary rate limit; `retryAt` says until when. */
  | "rate_limited"
  /** 5xx, or no connection, where nothing can have been changed. */
  | "unavailable";
