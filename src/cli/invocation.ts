/** What a command is given when it is called. */
import type { Output } from "./output.ts";
import type { Programs } from "./programs.ts";
import type { Signals } from "./signals.ts";

/** The world around one call of the command line. */
export interface CliContext {
  readonly output: Output;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Loads the programs of `app`; called only by commands that need them. */
  readonly programs: () => Promise<Programs>;
  readonly signals: Signals;
  /** Who calls it, for the journal of the hvpool that is asked; absent where the system does not tell. */
  readonly actor?: string;
  /** Asks the person at the terminal; absent without one. */
  readonly ask?: (question: string) => boolean;
  /** Ends what goes on by itself (`--watch`, `--follow`); for tests. Ctrl+C ends the process. */
  readonly until?: AbortSignal;
}

/** One call of one command. */
export interface Invocation extends CliContext {
  /** Options that every command takes, wherever they stand. */
  shared(): SharedOptions;
  /** The exit code unless something is thrown; 0 when never called. */
  exit(code: number): void;
}

/** Options that every command takes. */
export interface SharedOptions {
  readonly config?: string;
  readonly dataDir?: string;
  /** Address of a hvpool that is asked instead of that of a data directory; not checked yet. */
  readonly server?: string;
  /** `env:NAME` or `file:PATH` of its token; not checked yet. */
  readonly serverToken?: string;
  /** Its token may be sent over plain http. */
  readonly insecureHttp?: boolean;
}
