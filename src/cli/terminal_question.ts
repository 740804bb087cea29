/** Questions to the person at the terminal. */

const encoder = new TextEncoder();

/** Asks on stderr, so that what stdout is piped to stays clean; anything but `y` or `yes` is a no. */
export function askOnTerminal(question: string): boolean {
  Deno.stderr.writeSync(encoder.encode(`${question} [y/N] `));
  // A terminal hands over a line at a time.
  const bytes = new Uint8Array(1024);
  const length = Deno.stdin.readSync(bytes) ?? 0;
  return /^\s*y(es)?\s*$/i.test(new TextDecoder().decode(bytes.subarray(0, length)));
}
