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

/** Arguments as they may be shown: the text of config drives is cut. */
export function withoutSecrets(call: string, args: unknown): unknown {
  if (call !== "media.put" || typeof args !== "object" || args === null) return args;
  const files = (args as { files?: unknown }).files;
  if (!Array.isArray(files)) return { ...args, files: "cut" };
  return {
    ...args,
    files: files.map((entry: { name?: unknown; text?: unknown }) => ({
      name: entry.name,
      text: `cut (${typeof entry.text === "string" ? entry.text.length : 0} characters)`,
    })),
  };
}
