/** Collects what is wrong with a file while it is checked, so that everything is said at once. */
import {
  formatPath,
  type KeyPath,
  type Position,
  type Problem,
  problemAt,
  type ProblemDetails,
} from "./problem.ts";

/** Finds the place of a key path. `key` asks for the key's own place instead of its value's. */
export type Locate = (path: KeyPath, part?: "key" | "value") => Position;

/** Problems and warnings of one file, with the paths that are known to be wrong already. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #locate: Locate;
  readonly #wrong: string[] = [];

  constructor(locate: Locate) {
    this.#locate = locate;
  }

  /** Records something wrong with the value at a path. */
  error(path: KeyPath, message: string, details: ProblemDetails = {}): void {
    this.problems.push(problemAt(this.#locate(path), formatPath(path), message, details));
    this.mark(path);
  }

  /** Records something wrong with a key itself. */
  keyError(path: KeyPath, message: string, details: ProblemDetails = {}): void {
    this.problems.push(problemAt(this.#locate(path, "key"), formatPath(path), message, details));
    this.mark(path);
  }

  /** Records something worth knowing. */
  warn(path: KeyPath, message: string, details: ProblemDetails = {}): void {
    this.warnings.push(problemAt(this.#locate(path), formatPath(path), message, details));
  }

  /** Remembers that a path is wrong, so that nothing is concluded from its absence. */
  mark(path: KeyPath | string): void {
    this.#wrong.push(typeof path === "string" ? path : formatPath(path));
  }

  /** Whether the value at a path, something around it or something in it is known to be wrong. */
  wrong(path: KeyPath): boolean {
    const asked = formatPath(path);
    return this.#wrong.some((known) => known === asked || within(asked, known) || within(known, asked));
  }
}

function within(inner: string, outer: string): boolean {
  return outer === "" || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)));
}
