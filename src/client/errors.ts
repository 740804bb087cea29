/** What can go wrong between a command and a running hvpool. Messages are for the person who must act. */

/** Nobody answers: hvpool does not run with this data directory. */
export class NotRunning extends Error {
  override readonly name = "NotRunning";
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

  constructor(message: string, details: { status: number; code: string; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
  }
}
