/** `curl` in simulated guests: options and exit codes of the real one, over a network of which nothing is sent. */

/** How it ends. */
export interface CurlEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options that take a value, by their short names too. */
const WITH_VALUE = new Set([
  ...["--output", "-o", "--max-time", "-m", "--connect-timeout", "--header", "-H", "--request", "-X"],
  ...["--proxy", "-x", "--user", "-u", "--user-agent", "-A", "--data", "-d", "--retry"],
]);
const FLAGS = new Map([
  ["--silent", "s"],
  ["--show-error", "S"],
  ["--head", "I"],
  ["--fail", "f"],
  ["--location", "L"],
  ["--insecure", "k"],
]);
const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

interface CommandLine {
  readonly flags: ReadonlySet<string>;
  readonly hasOutput: boolean;
  readonly urls: readonly string[];
}

/** Runs it; `online`: the machine has a network. Names below `.invalid` are nowhere (RFC 6761), all others answer. */
export function curl(args: readonly string[], online: boolean): CurlEnd {
  const line = read(args);
  if ("unknown" in line) {
    return {
      exitCode: 2,
      stdout: "",
      stderr: `curl: option ${line.unknown}: is unknown\r\ncurl: try 'curl --help' for more information\r\n`,
    };
  }
  const { flags, hasOutput, urls } = line;
  if (urls.length === 0) return { exitCode: 2, stdout: "", stderr: "curl: (2) no URL specified\r\n" };
  // Like the real one: every address is tried, and the last one's end is that of the whole.
  const ends = urls.map((url) => ended(url, online));
  const isQuiet = flags.has("s") && !flags.has("S");
  return {
    exitCode: ends.at(-1)?.exitCode ?? 0,
    stdout: hasOutput || !flags.has("I") ? "" : ends.map((end) => end.exitCode === 0 ? HEAD : "").join(""),
    stderr: isQuiet
      ? ""
      : ends.flatMap(({ exitCode, why }) => exitCode === 0 ? [] : [`curl: (${exitCode}) ${why}\r\n`]).join(
        "",
      ),
  };
}

function read(args: readonly string[]): CommandLine | { readonly unknown: string } {
  const flags = new Set<string>();
  const urls: string[] = [];
  let hasOutput = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const flag = FLAGS.get(arg);
    if (WITH_VALUE.has(arg)) {
      hasOutput ||= arg === "--output" || arg === "-o";
      i++;
    } else if (flag !== undefined) flags.add(flag);
    else if (/^-[sSIfLk]+$/.test(arg)) { for (const letter of arg.slice(1)) flags.add(letter); }
    else if (arg.startsWith("-")) return { unknown: arg };
    else urls.push(arg);
  }
  return { flags, hasOutput, urls };
}

function ended(text: string, online: boolean): { readonly exitCode: number; readonly why: string } {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) return { exitCode: 3, why: "URL rejected: Malformed input to a URL function" };
  const { protocol, hostname, port } = new URL(whole);
  if (protocol !== "http:" && protocol !== "https:") {
    return { exitCode: 1, why: `Protocol "${protocol.slice(0, -1)}" not supported` };
  }
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  if (!isAddress && (!online || /(^|\.)invalid$/.test(hostname))) {
    return { exitCode: 6, why: `Could not resolve host: ${hostname}` };
  }
  if (online) return { exitCode: 0, why: "" };
  const at = port === "" ? protocol === "https:" ? "443" : "80" : port;
  return { exitCode: 7, why: `Failed to connect to ${hostname} port ${at}: Could not connect to server` };
}
