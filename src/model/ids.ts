/**
 * The names by which things are known: cycles, VMs, runners, directories, Notes.
 *
 * A name that hvpool writes somewhere outside (a VM's Notes, a directory, a runner at GitHub) carries the
 * controller's id and the cycle's number, so that it can be recognised again after everything else is lost.
 */
/** A text or number that is not to be mistaken for another one. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** Milliseconds since the Unix epoch, or a length of time in milliseconds. */
export type Ms = number;
/** Position of an event in the journal; grows by one with each event. */
export type Seq = number;
/** 32 lower-case hexadecimal digits, made once per data directory. */
export type ControllerId = Brand<string, "ControllerId">;
/** `<pool>/<slot>.<n>`; `n` is counted per controller and never used again. */
export type CycleId = Brand<string, "CycleId">;
/** `<pool>/<slot>`. */
export type SlotId = Brand<string, "SlotId">;
/** Hyper-V's VMId: a GUID in lower case. */
export type VmId = Brand<string, "VmId">;
/** What Hyper-V calls the host's present boot; changes with every host start. */
export type BootId = Brand<string, "BootId">;
/** `orgs/<org>` or `repos/<owner>/<repo>`, as in GitHub's REST paths. */
export type ScopeKey = Brand<string, "ScopeKey">;
/** Number of an operation; grows and never repeats within a journal. */
export type OpId = Brand<number, "OpId">;

/** The parts of a {@linkcode CycleId}. */
export interface CycleParts {
  /** Name of the pool. */
  readonly pool: string;
  /** Position in the pool, from 1. */
  readonly slot: number;
  /** Number of the cycle, counted per controller. */
  readonly n: number;
}

/** Joins the parts of a cycle id. */
export function cycleId(pool: string, slot: number, n: number): CycleId {
  return `${pool}/${slot}.${n}` as CycleId;
}

/** Joins the parts of a slot id. */
export function slotId(pool: string, slot: number): SlotId {
  return `${pool}/${slot}` as SlotId;
}

const CYCLE = /^([a-z0-9][a-z0-9-]{0,39})\/([1-9]\d{0,5})\.([1-9]\d{0,14})$/;

/** Splits a cycle id, or says `undefined` when the text is none. */
export function parseCycleId(text: string): CycleParts | undefined {
  const match = CYCLE.exec(text);
  if (match === null) return undefined;
  const [, pool = "", slot = "", n = ""] = match;
  return { pool, slot: Number(slot), n: Number(n) };
}

/** Directory of a cycle below `<store>\<controller id>\`: flat, so that one listing shows them all. */
export function directoryName(parts: CycleParts): string {
  return `${parts.pool}-${parts.slot}.${parts.n}`;
}

const DIRECTORY = /^([a-z0-9][a-z0-9-]{0,39})-([1-9]\d{0,5})\.([1-9]\d{0,14})$/;

/** Reads a directory name back, or says `undefined` when hvpool did not make it. */
export function parseDirectoryName(name: string): CycleParts | undefined {
  const match = DIRECTORY.exec(name);
  if (match === null) return undefined;
  const [, pool = "", slot = "", n = ""] = match;
  return { pool, slot: Number(slot), n: Number(n) };
}

/** First eight digits of a controller id: what fits into a runner's name. */
export function shortId(controller: ControllerId): string {
  return controller.slice(0, 8);
}

/** Name of a runner at GitHub: `<prefix><slot>-<8 of controller id>-<n>.<use>`. At most 64 characters. */
export function runnerName(
  name: { prefix: string; slot: number; controller: ControllerId; n: number; use: number },
): string {
  return `${name.prefix}${name.slot}-${shortId(name.controller)}-${name.n}.${name.use}`;
}

/** The parts of a runner's name that say whose it is. */
export interface RunnerNameParts {
  /** Display name of the VM. */
  readonly prefixAndSlot: string;
  /** First eight digits of the controller's id. */
  readonly controller: string;
  /** Number of the cycle. */
  readonly n: number;
  /** Counts the registrations of the cycle, from 1. */
  readonly use: number;
}

const RUNNER = /^(.{1,40}\d)-([0-9a-f]{8})-([1-9]\d{0,14})\.([1-9]\d{0,5})$/;

/** Reads a runner's name back, or says `undefined` when it has another form. */
export function parseRunnerName(name: string): RunnerNameParts | undefined {
  const match = RUNNER.exec(name);
  if (match === null) return undefined;
  const [, prefixAndSlot = "", controller = "", n = "", use = ""] = match;
  return { prefixAndSlot, controller, n: Number(n), use: Number(use) };
}

/** Text of a VM's Notes: only what never changes, since restoring a checkpoint puts old Notes back. */
export function vmNotes(controller: ControllerId, cycle: CycleId): string {
  return JSON.stringify({ hvpool: controller, cycle });
}

/** Reads a VM's Notes, or says `undefined` when hvpool did not write them. Guests cannot write Notes; people can. */
export function parseNotes(notes: string): { controller: string; cycle: CycleParts } | undefined {
  if (notes.length > 400 || !notes.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(notes);
  } catch {
    return undefined; // somebody else's Notes may begin with a brace
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { hvpool, cycle } = value as { hvpool?: unknown; cycle?: unknown };
  if (typeof hvpool !== "string" || typeof cycle !== "string") return undefined;
  const parts = parseCycleId(cycle);
  return parts === undefined ? undefined : { controller: hvpool, cycle: parts };
}

/** FNV-1a over the text, as an unsigned 32-bit number. Jitter comes from this, so that planning needs no randomness. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
