/** How a command ends. */

/** Exit codes; a contract with scripts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Bad use, or a bad configuration. */
  usage: 2,
  notReachable: 3,
  timedOut: 124,
  /** Ctrl+C ended a command that waited; what it waited for goes on. */
  interrupted: 130,
} as const;

/** Ends a command with a message and an exit code. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;

  /** The message is for the person who must act; `exitCode` is one of {@linkcode EXIT}. */
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
