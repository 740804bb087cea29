/**
 * Every call that hvpool makes to a Hyper-V host, once: name, arguments, result, and how it is treated.
 *
 * PowerShell workers and the simulated host answer the same calls with the same envelope. Validation, lanes,
 * limits, the simulator and the documentation all come from this list.
 */
import { z } from "zod";
import { type CallRow, type HostErrorClass, OPERATIONS } from "../model/calls.ts";

/** One call: its row of {@linkcode CallRow}, and the shapes of what it takes and answers. */
export interface CallSpec<A extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> extends CallRow {
  /** The arguments: data, never pasted into a script. */
  readonly args: A;
  readonly result: R;
  /** One sentence for the generated reference. */
  readonly about: string;
}

/** How a call that only reads is treated. */
const READS = { lane: "query", unknown: "repeat", uses: false, limitMs: 30_000 } as const satisfies CallRow;

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a GUID in lower case");
/** An absolute Windows path, below the length that Hyper-V accepts. */
const path = z.string().min(3).max(259);
const memoryMb = z.int().min(32).multipleOf(2);

/** A VM's power state by the module's names, folded into what the controller tells apart. */
const power = z.enum(["off", "starting", "running", "saving", "saved", "paused", "stopping", "critical"]);

const vmRow = z.strictObject({
  id: guid,
  /** Not unique: never an address. */
  name: z.string(),
  power,
  notes: z.string(),
  /** Where the configuration lies. */
  directory: z.string(),
  /** Milliseconds since the VM was started or resumed; 0 when off or saved. */
  uptimeMs: z.number().min(0),
  memoryMb: z.number().min(0),
});

const vmOnly = z.strictObject({ vmId: guid });
const powerAnswer = z.strictObject({ power });
const nothing = z.strictObject({});

function call<A extends z.ZodType, R extends z.ZodType>(spec: CallSpec<A, R>): CallSpec<A, R> {
  return spec;
}

/** The list itself. */
export const HOST_CALLS = {
  "host.info": call({
    args: nothing,
    result: z.strictObject({
      bootId: z.string(),
      machine: z.string(),
      osBuild: z.string(),
      memoryMb: z.number(),
      freeMemoryMb: z.number(),
      processors: z.int(),
      volumes: z.array(z.strictObject({ root: z.string(), sizeMb: z.number(), freeMb: z.number() })),
      service: z.enum(["running", "stopped", "missing"]),
      rights: z.enum(["administrator", "hyperv-administrator", "none"]),
      switches: z.array(z.strictObject({ id: guid, name: z.string(), isDefault: z.boolean() })),
    }),
    ...READS,
    about: "The host: its boot, memory, processors, volumes, switches, service state and our rights.",
  }),
  "vm.list": call({
    args: nothing,
    result: z.strictObject({
      bootId: z.string(),
      /** A list that is not complete is no reading. */
      complete: z.boolean(),
      vms: z.array(vmRow),
    }),
    ...READS,
    about: "All VMs of the host, ours and other people's, in one cheap pass.",
  }),
  "vm.inspect": call({
    args: vmOnly,
    result: z.strictObject({
      ...vmRow.shape,
      disks: z.array(path),
      media: z.string().nullable(),
      switchName: z.string().nullable(),
      addresses: z.array(z.string()),
      checkpoints: z.array(z.strictObject({ id: guid, name: z.string() })),
    }),
    ...READS,
    about: "One VM by id, with disks, media, adapters and checkpoints; `not_found` when it is gone.",
  }),
  "disk.info": call({
    args: z.strictObject({ path }),
    result: z.strictObject({
      path,
      format: z.enum(["vhd", "vhdx"]),
      type: z.enum(["fixed", "dynamic", "differencing"]),
      sizeMb: z.number(),
      fileMb: z.number(),
      parent: z.string().nullable(),
      readOnly: z.boolean(),
      attached: z.boolean(),
    }),
    ...READS,
    about: "A virtual disk: format, sizes, parent, whether it is read-only or attached.",
  }),
  "disk.protect": call({
    args: z.strictObject({ path }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 30_000,
    about: "Makes a parent disk read-only: a write to it would break every child.",
  }),
  "disk.createChild": call({
    args: z.strictObject({ path, parent: path }),
    result: z.strictObject({ path }),
    ...OPERATIONS["disk.createChild"],
    about: "Makes a differencing disk below a read-only parent, and the directory that it lies in.",
  }),
  "vm.create": call({
    args: z.strictObject({
      name: z.string().min(1).max(100),
      notes: z.string().max(400),
      directory: path,
      disk: path,
      memoryMb,
      processors: z.int().min(1).max(2048),
      /** Empty: the Default Switch. */
      switchName: z.string(),
      secureBoot: z.enum(["off", "MicrosoftWindows", "MicrosoftUEFICertificateAuthority"]),
      tpm: z.boolean(),
      nested: z.boolean(),
      stopAction: z.enum(["TurnOff", "Save", "ShutDown"]),
    }),
    result: z.strictObject({ vmId: guid, power }),
    ...OPERATIONS["vm.create"],
    about: "Makes a generation 2 VM in the cycle's directory, off, with an empty DVD drive. Never repeated.",
  }),
  "vm.start": call({
    args: vmOnly,
    result: powerAnswer,
    ...OPERATIONS["vm.start"],
    about: "Starts an off VM or resumes a saved one; a running one stays as it is.",
  }),
  "vm.turnOff": call({
    args: vmOnly,
    result: powerAnswer,
    ...OPERATIONS["vm.turnOff"],
    about: "Cuts the power; an off VM stays as it is.",
  }),
  "vm.remove": call({
    args: vmOnly,
    result: nothing,
    ...OPERATIONS["vm.remove"],
    about: "Removes an off or saved VM and the configuration files that carry its id; disks stay.",
  }),
  "media.put": call({
    args: z.strictObject({
      vmId: guid,
      directory: path,
      use: z.int().min(1),
      /** Small text files of the config drive. Secret. */
      files: z.array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), text: z.string() })),
    }),
    result: z.strictObject({ path }),
    ...OPERATIONS["media.put"],
    about: "Writes the config drive into the cycle's directory and sets it into the VM's DVD drive.",
  }),
  "media.take": call({
    args: z.strictObject({ vmId: guid, directory: path }),
    result: nothing,
    ...OPERATIONS["media.take"],
    about: "Ejects the config drive and deletes its file; nothing to take is no error.",
  }),
  "kvp.read": call({
    args: z.strictObject({ vmIds: z.array(guid).max(1000) }),
    result: z.strictObject({
      /** A VM that is off, gone or silent is left out. */
      vms: z.array(z.strictObject({ vmId: guid, items: z.record(z.string(), z.string()) })),
    }),
    ...READS,
    about: "What guests say of themselves (key-value exchange): hints from a writer who may be hostile.",
  }),
  "dir.list": call({
    args: z.strictObject({ path }),
    result: z.strictObject({ names: z.array(z.string()) }),
    ...READS,
    about: "Names of the folders in a folder; a folder that is missing has none.",
  }),
  "dir.remove": call({
    args: z.strictObject({ path }),
    result: nothing,
    ...OPERATIONS["dir.remove"],
    about: "Deletes a cycle's directory with its disk; missing is no error, a locked file is `busy`.",
  }),
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
  /** `0x…`, or empty. */
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
