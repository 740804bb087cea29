/** What can go wrong between a command and a running hvpool. Messages are for the person who must act. */

/** Nobody answers: hvpool does not run with this data directory. */
export class NotRunning extends Error {
  override readonly name: string = "NotRunning";
}

/**
 * Something has the address and stays silent, as an hvpool that hangs does: it may yet do what it was asked. Whoever
 * can go on without a running hvpool can do so here as well.
 */
export class NotAnswering extends NotRunning {
  override readonly name: string = "NotAnswering";
}

/** As {@linkcode NotAnswering}: the time that the caller gave it was over before anything else was. */
export class TimedOut extends NotAnswering {
  override readonly name = "TimedOut";
}

/** hvpool went away before it said what came of a request. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** hvpool runs, but does not accept the token, or the token cannot be read. */
export class Unauthorized extends Error {
  override readonly name = "Unauthorized";
}

/** hvpool answered with a refusal, or with something that is not its contract. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** Stable code of the problem; `unknown` when the answer was none. */
  readonly code: string;
  /** Of a configuration that cannot be used: each with its place in the file. */
  readonly problems: readonly string[];

  constructor(
    message: string,
    details: { status: number; code: string; problems?: readonly string[] | undefined; cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.problems = details.problems ?? [];
    this.status = details.status;
    this.code = details.code;
  }
}
