/** What is wrong with a configuration file, and where: for the person who must mend it. */

/** Where a value stands in the file: key names and list positions from the outside in. */
export type KeyPath = readonly (string | number)[];

/** A place in the configuration file. */
export interface Position {
  /** The file as it was named. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** One thing that is wrong, or, as a warning, one thing worth knowing. */
export interface Problem extends Position {
  /** Key path such as `pools[1].labels[0]`; empty when it concerns the whole file. */
  readonly path: string;
  /** What is wrong, without a full stop at the end. Never holds a secret. */
  readonly message: string;
  /** What would be right. */
  readonly expected?: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** What a finding may say beside its message. */
export interface ProblemDetails {
  readonly expected?: string | undefined;
  readonly remedy?: string | undefined;
  readonly suggestion?: string | undefined;
}

/** Writes a key path as people read it: `pools[1].labels[0]`. */
export function formatPath(path: KeyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** One line: `file:line:column: pools[1].size: must be 0 or more, not -1. Expected: … Did you mean …?` */
export function formatProblem(problem: Problem): string {
  const key = problem.path === "" ? "" : `${problem.path}: `;
  const parts = [`${problem.file}:${problem.line}:${problem.column}: ${key}${problem.message}.`];
  if (problem.expected !== undefined) parts.push(`Expected: ${problem.expected}.`);
  if (problem.suggestion !== undefined) parts.push(`Did you mean ${problem.suggestion}?`);
  if (problem.remedy !== undefined) {
    parts.push(problem.remedy.endsWith(".") ? problem.remedy : `${problem.remedy}.`);
  }
  return parts.join(" ");
}

/** Builds a {@linkcode Problem}, leaving out what is not said. */
export function problemAt(
  position: Position,
  path: string,
  message: string,
  details: ProblemDetails = {},
): Problem {
  const { expected, remedy, suggestion } = details;
  return {
    file: position.file,
    line: position.line,
    column: position.column,
    path,
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
