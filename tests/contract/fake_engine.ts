/**
 * Stands in for PowerShell with Hyper-V: takes the arguments and the script of a worker, looks at neither, and
 * forwards each call to the simulated host at `HVPOOL_FAKE_HOST` (`tcp://127.0.0.1:PORT`).
 *
 * Started by a program file that `makeStandIn` in src/hyperv/testing writes. Nothing but the simulator's lines is
 * imported, so that it starts as fast as Deno does.
 *
 * @module
 */
import { LineWriter, parseLine, readLines } from "../../src/simulator/lines.ts";

const MARKER = "#hvpool ";
const ENCODER = new TextEncoder();

/** Whole, also into a pipe that takes only a part at a time. */
function say(message: unknown): void {
  let rest = ENCODER.encode(`${MARKER}${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

/** Takes the length line and so many UTF-16 units of script off the front; what follows is passed on. */
async function* withoutScript(input: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let waiting = "";
  let left: number | undefined;
  for await (const text of input.pipeThrough(new TextDecoderStream())) {
    waiting += text;
    if (left === undefined) {
      const end = waiting.indexOf("\n");
      if (end < 0) continue;
      left = Number(waiting.slice(0, end));
      waiting = waiting.slice(end + 1);
    }
    const skipped = Math.min(left, waiting.length);
    left -= skipped;
    waiting = waiting.slice(skipped);
    if (left > 0) continue;
    yield waiting;
    waiting = "";
  }
}

/** Requests, a line each. */
async function* requests(
  input: ReadableStream<Uint8Array<ArrayBuffer>>,
  scriptIsFile: boolean,
): AsyncGenerator<string> {
  let line = "";
  const texts = scriptIsFile ? input.pipeThrough(new TextDecoderStream()) : withoutScript(input);
  let ready = scriptIsFile;
  for await (const text of texts) {
    if (!ready) sayReady();
    ready = true;
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    yield* lines;
  }
}

function sayReady(): void {
  say({ type: "ready", engine: "5.1.0", edition: "Simulated", languageMode: "FullLanguage", pid: Deno.pid });
}

const host = new URL(Deno.env.get("HVPOOL_FAKE_HOST") ?? "tcp://127.0.0.1:0");
const connection = await Deno.connect({ hostname: host.hostname, port: Number(host.port) });
connection.setNoDelay(true);
const writer = new LineWriter(connection.writable, () => Deno.exit(1));

async function answers(): Promise<void> {
  for await (const line of readLines(connection.readable)) {
    const message = parseLine(line);
    if (message !== undefined) say(message);
  }
  Deno.exit(1); // the host is gone, and with it whatever was under way
}

// A real worker either answers calls or watches; doing both spares looking into the script.
setInterval(() => say({ type: "beat" }), 1_000);
void answers();
const scriptIsFile = Deno.args.includes("-File");
if (scriptIsFile) sayReady();
for await (const line of requests(Deno.stdin.readable, scriptIsFile)) {
  const request = parseLine(line);
  if (request !== undefined) writer.send(request);
}
Deno.exit(0);
