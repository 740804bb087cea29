/** What a command says. The only way to stdout; logs go elsewhere. */

/** Program output, a line at a time. */
export interface Output {
  /** Writes a line to stdout: what was asked for. */
  out(line: string): void;
  /** Writes a line to stderr: what a person should know beside it. */
  err(line: string): void;
  /**
   * Replaces the last line of the terminal that stderr is; an empty text clears it. Absent when stderr is no
   * terminal, where what is replaced would pile up.
   */
  readonly statusLine?: (text: string) => void;
  /** stdout is a terminal: it may be redrawn. */
  readonly terminal: boolean;
  /** stdout takes colours: a terminal, and NO_COLOR is not set. */
  readonly colors: boolean;
  /** Width of the terminal in characters; wide when it is none. */
  readonly columns: number;
}

/** This process's stdout and stderr. Writing throws `Deno.errors.BrokenPipe` when the reader has gone. */
export function processOutput(): Output {
  const terminal = Deno.stdout.isTerminal();
  return {
    out: (line) => writeLine(Deno.stdout, line),
    err: (line) => writeLine(Deno.stderr, line),
    ...(Deno.stderr.isTerminal() ? { statusLine } : {}),
    terminal,
    colors: terminal && !Deno.noColor,
    get columns() {
      // Some terminals say 0.
      return terminal && Deno.consoleSize().columns || Number.MAX_SAFE_INTEGER;
    },
  };
}

const encoder = new TextEncoder();

/** To the beginning of the line, which is cleared. */
const CLEAR_LINE = "\r\x1b[K";

function statusLine(text: string): void {
  // A line that is wrapped could not be replaced.
  const { columns } = Deno.consoleSize();
  write(Deno.stderr, CLEAR_LINE + text.slice(0, Math.max(0, (columns || 80) - 1)));
}

interface Sink {
  writeSync(bytes: Uint8Array): number;
}

function writeLine(stream: Sink, line: string): void {
  write(stream, line + "\n");
}

function write(stream: Sink, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
