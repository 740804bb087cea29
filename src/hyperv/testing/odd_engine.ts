/**
 * Plays a PowerShell worker that behaves as the `echo` of a call says: `hang`, `crash`, `garbage` … Other text comes
 * back. It takes the arguments and the script of a real one and looks at neither, but for how the script begins.
 */
import process from "node:process";

const MARKER = "#hvpool ";
/** Behaviour from the start on. */
const birth = Deno.env.get("ODD_ENGINE") ?? "";

function say(message: unknown): void {
  process.stdout.write(`${MARKER}${JSON.stringify(message)}\n`);
}

const ready = {
  type: "ready",
  engine: "0.0",
  edition: birth === "core" ? "Core" : "Simulated",
  languageMode: birth === "constrained" ? "ConstrainedLanguage" : "FullLanguage",
  pid: Deno.pid,
};

/** The length line and so many UTF-16 units, unless the script lies in a file. */
function scriptAndRequests(feed: (line: string) => void): (text: string) => void {
  let waiting = "";
  let left: number | undefined = Deno.args.includes("-File") ? 0 : undefined;
  let script = "";
  return (text) => {
    waiting += text;
    if (left === undefined) {
      const end = waiting.indexOf("\n");
      if (end < 0) return;
      left = Number(waiting.slice(0, end));
      waiting = waiting.slice(end + 1);
      if (left === 0) begin(script);
    }
    if (left > 0) {
      const part = waiting.slice(0, left);
      script += part;
      left -= part.length;
      waiting = waiting.slice(part.length);
      if (left > 0) return;
      begin(script);
    }
    const lines = waiting.split("\n");
    waiting = lines.pop() ?? "";
    lines.filter((line) => line !== "").forEach(feed);
  };
}

let beats: ReturnType<typeof setInterval> | undefined;

function begin(script: string): void {
  if (birth !== "mute") say(ready);
  if (!script.startsWith("watch")) return;
  if (birth === "silent-watch") return;
  beats = setInterval(() => say({ type: "beat" }), 50);
  say({ type: "vm.power", vmId: "00000000-0000-4000-8000-00000000000A" });
}

function answer(id: number, echo: string): void {
  const value = {
    echo,
    engine: "5.1",
    edition: "Desktop",
    languageMode: "FullLanguage",
    pid: Deno.pid,
    hyperv: false,
  };
  const envelope = { id, ok: true, value, ms: 1 };
  const whole = `${MARKER}${JSON.stringify(envelope)}\n`;
  switch (echo) {
    case "hang":
      setInterval(() => {}, 1_000); // like a blocked cmdlet, it does not notice that its stdin has ended
      return;
    case "hang-with-child":
      // A child of its own, which a tree has to be ended with; its id comes back in an answer to nobody.
      new Deno.Command("sleep", { args: ["300"], stdin: "null", stdout: "null", stderr: "null" }).spawn();
      return;
    case "crash":
      process.stderr.write("The pipeline has been stopped.\n");
      Deno.exit(3);
      break;
    case "vanish":
      Deno.kill(Deno.pid, "SIGKILL");
      break;
    case "amsi":
      process.stderr.write(
        "At line:1 char:1\n    + FullyQualifiedErrorId : ScriptContainedMaliciousContent\n",
      );
      Deno.exit(1);
      break;
    case "garbage":
      process.stdout.write(
        `WARNING: text\n{"id":${id},"ok":true}\n${MARKER}{"id":${id},"ok":tr\n\u0000\uFFFD\n`,
      );
      process.stdout.write(whole);
      return;
    case "other-id":
      say({ ...envelope, id: id + 17 });
      say(envelope);
      return;
    case "halves":
      for (const byte of new TextEncoder().encode(whole)) process.stdout.write(Uint8Array.of(byte));
      return;
    case "half-and-die":
      process.stdout.write(whole.slice(0, whole.length / 2), () => Deno.exit(0));
      return;
    case "huge":
      say({ ...envelope, value: { ...value, echo: "x".repeat(20_000_000) } });
      return;
    case "blocked":
      say({
        id,
        ok: false,
        error: {
          message: "This script contains malicious content.",
          category: "ParserError",
          fqid: "ScriptContainedMaliciousContent",
          hresult: "",
          command: "",
          target: "",
        },
      });
      return;
    default:
      say(envelope);
  }
}

if (birth === "die") {
  process.stderr.write("Cannot start.\n");
  Deno.exit(7);
}
if (birth === "die-silently") Deno.exit(0);
if (Deno.args.includes("-File")) begin(Deno.args.at(-1)?.includes("watch") === true ? "watch" : "");

const feed = scriptAndRequests((line) => {
  const { id, args } = JSON.parse(line) as { id: number; args: { echo?: string } };
  answer(id, args.echo ?? "");
});
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text: string) => feed(text));
process.stdin.on("end", () => {
  clearInterval(beats);
});
