/** Shapes that several calls share. Strings are data: any Unicode but NUL, which Windows cannot carry. */
import { z } from "zod";

/** Any text without NUL. Half of a surrogate pair is no text: UTF-8 cannot carry it. */
export const text = z.string()
  // deno-lint-ignore no-control-regex -- that is the point; a pattern, unlike a refinement, shows in the JSON schema
  .regex(/^[^\u0000]*$/, "must not hold NUL")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode");

/** Hyper-V's ids, as hvpool writes them. */
export const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a GUID in lower case");

/** An absolute Windows path on the host, below the length that Hyper-V accepts. */
export const path = text.min(3).max(259);

/** An absolute path in the guest. */
export const guestPath = text.min(3).max(259);

/** Memory as Hyper-V takes it: an even number of MB. */
export const memoryMb = z.int().min(32).multipleOf(2);

/** Bytes that travel as text. */
export const base64 = z.string().regex(
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "must be base64",
);

/** A switch by its name; the Default Switch is found by its id, since its name is localized. */
export const switchName = text.max(256).describe(
  "Name of a switch; empty: the Default Switch, found by its id.",
);

/**
 * A VM's power state: the module's state names folded into what the controller tells apart. `starting` is also
 * Resuming and Reset, `saving` also Pausing, `saved` also FastSaved and Hibernated, `stopping` also ForceShutdown
 * and ForceReboot; every …Critical is `critical`. The numbers of the critical states differ between versions, so names count.
 */
export const power = z.enum([
  "off",
  "starting",
  "running",
  "saving",
  "saved",
  "paused",
  "stopping",
  "critical",
]);

/** What the heartbeat integration service says. */
export const heartbeat = z.enum([
  "ok",
  "error",
  "no-contact",
  "lost-communication",
  "paused",
  "disabled",
  "unknown",
])
  .nullable()
  .describe("What the guest's heartbeat says; null when the VM is off or Hyper-V has nothing to say.");

/** What a VM does when the host shuts down. */
export const stopAction = z.enum(["TurnOff", "Save", "ShutDown"]);

/** What one cheap pass over all VMs tells of each. */
export const vmRow = z.strictObject({
  id: guid,
  name: z.string().describe("Not unique: never an address."),
  power,
  notes: z.string(),
  directory: z.string().describe("Where the configuration lies."),
  uptimeMs: z.number().min(0).describe(
    "Milliseconds since the VM was started or resumed; 0 when off or saved.",
  ),
  memoryMb: z.number().min(0).describe("What the VM is given at its start."),
  heartbeat,
  savedMb: z.number().min(0).optional().describe(
    "Size of its saved state on disk in MB; left out where it has none, or where that cannot be told.",
  ),
  cpuPercent: z.number().min(0).describe("Load of its processors; 0 unless it runs."),
});

/** A call that needs nothing but the VM. */
export const vmOnly = z.strictObject({ vmId: guid });
/** A call that changes the power state answers the one it left behind. */
export const powerAnswer = z.strictObject({ power });
/** Nothing to say, or nothing to ask. */
export const nothing = z.strictObject({});

/** A guest's account, for PowerShell Direct. Blank passwords never work there. */
export const guestAccount = {
  vmId: guid,
  user: text.min(1).max(256),
  password: text.min(1).max(256).describe("Secret: never logged."),
};

/** One text file below some root that the call names. */
export const textFile = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  text,
});
