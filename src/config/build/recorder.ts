/** Chooses each effective value and remembers where it came from. */
import type { EffectiveValue, Origin } from "../config.ts";
import type { ConfigDocument } from "../file/document.ts";
import { formatPath, type KeyPath } from "../file/problem.ts";

/** One place where a value may be written; the first that has one counts. */
export type Candidate<T> = readonly [path: KeyPath, value: T | undefined];

/** A chosen value and the path under which it is written, or could be. */
export interface Chosen<T> {
  readonly value: T;
  /** Where the value is written; else where it would be. */
  readonly path: KeyPath;
  readonly written: boolean;
}

/** Effective values in the order in which they are chosen. */
export class Recorder {
  readonly entries: EffectiveValue[] = [];
  readonly #document: ConfigDocument;

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  /**
   * Takes the first written candidate, or the default, and records it under the first one's path or under `as`.
   * `note` goes with the default, `known` with what is written.
   */
  choose<T>(
    candidates: readonly Candidate<T>[],
    fallback: T,
    options: { note?: string; known?: string; as?: KeyPath } = {},
  ): Chosen<T> {
    const first = options.as ?? candidates[0]?.[0] ?? [];
    for (const [path, value] of candidates) {
      if (value === undefined) continue;
      this.record(first, value, this.origin(path, options.known));
      return { value, path, written: true };
    }
    this.record(first, fallback, { kind: "default", note: options.note ?? "" });
    return { value: fallback, path: candidates[0]?.[0] ?? first, written: false };
  }

  /** Where a written value stands, and what more there is to say of it. */
  origin(path: KeyPath, note?: string): Origin {
    const { line, column } = this.#document.locate(path);
    return { kind: "file", key: formatPath(path), line, column, ...(note === undefined ? {} : { note }) };
  }

  /** Records an effective value. */
  record(path: KeyPath, value: unknown, origin: Origin): void {
    this.entries.push({ path: formatPath(path), value: value === undefined ? null : value, origin });
  }
}

/** Empty text is as good as nothing written, as it was in the seeds. */
export function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
