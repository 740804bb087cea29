/** What was asked and what came of it, raw: the truth that tests compare with. */
import type { Ms } from "../model/ids.ts";
import type { Answer } from "../ports/engine.ts";

/** How an operation ended. `answered` says whether the one who asked was told. */
export type OperationResult =
  | { readonly ok: true; readonly value?: unknown; readonly answered: boolean }
  | { readonly ok: false; readonly error: unknown; readonly answered: boolean };

/** One call to the host or request to GitHub. */
export interface LoggedOperation {
  readonly seq: number;
  readonly at: Ms;
  readonly call: string;
  /** Id of the VM, or `null` where there is none (yet). */
  vm: string | null;
  /** Without secrets. */
  readonly args: unknown;
  /** `null` while it is under way, and for ever when it hangs. */
  result: OperationResult | null;
}

/** Keeps the last operations. */
export class OperationLog {
  readonly #limit: number;
  #next = 1;
  #entries: LoggedOperation[] = [];

  /** @param limit How many are kept at least; 0 keeps none. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  /** Whether anything is kept: saves callers the work of preparing arguments. */
  get enabled(): boolean {
    return this.#limit > 0;
  }

  /** Notes that something was asked. */
  open(at: Ms, call: string, vm: string | null, args: unknown): LoggedOperation {
    const entry: LoggedOperation = { seq: this.#next++, at, call, vm, args, result: null };
    if (this.#limit === 0) return entry;
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit * 2) this.#entries = this.#entries.slice(-this.#limit);
    return entry;
  }

  /** Everything kept, oldest first. */
  list(): readonly LoggedOperation[] {
    return this.#entries;
  }
}

/** Notes how an operation ended. Values of calls that only read are dropped: they are large and say nothing lasting. */
export function closeOperation(
  entry: LoggedOperation,
  answer: Answer,
  answered: boolean,
  keepValue: boolean,
): void {
  entry.result = answer.ok
    ? { ok: true, ...(keepValue ? { value: answer.value } : {}), answered }
    : { ok: false, error: answer.error, answered };
}

/** Fields that are secret, or somebody's own, or only large: what is typed, files, passwords, what programs get. */
const CUT: Readonly<Record<string, readonly string[]>> = {
  "media.put": ["files"],
  "disk.inject": ["files"],
  "guest.exec": ["password", "arguments", "environment", "input"],
  "file.write": ["data"],
  "guest.copyIn": ["password", "data"],
  "guest.copyOut": ["password"],
  "guest.syncTime": ["password"],
  "display.type": ["text"],
};

/** Arguments as they may be shown: secrets are cut, whatever form they have. */
export function withoutSecrets(call: string, args: unknown): unknown {
  const fields = Object.hasOwn(CUT, call) ? CUT[call] : undefined;
  if (fields === undefined || typeof args !== "object" || args === null) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, fields.includes(name) ? cut(value) : value]),
  );
}

function cut(value: unknown): unknown {
  if (typeof value === "string") return `cut (${value.length} characters)`;
  if (!Array.isArray(value)) return "cut";
  return value.map((entry: unknown) => {
    const { name, path, text } = (entry ?? {}) as { name?: unknown; path?: unknown; text?: unknown };
    const known = { ...name === undefined ? {} : { name }, ...path === undefined ? {} : { path } };
    return typeof text === "string" ? { ...known, text: cut(text) } : "cut";
  });
}
