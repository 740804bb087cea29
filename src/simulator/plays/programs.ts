/** The few programs that simulated guests have, and how long they take. */
import type { Ms } from "../../model/ids.ts";
import { curl } from "./programs_curl.ts";

/** What a program may look at. */
export interface ProgramWorld {
  readonly user: string;
  readonly computer: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly directory: string;
  /** The machine is on a switch. */
  readonly online: boolean;
  readonly readFile: (path: string) => Uint8Array | undefined;
}

/** How a program ends, and after how long. */
export interface ProgramEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastsMs: Ms;
}

type Program = (args: readonly string[], world: ProgramWorld) => ProgramEnd;

function says(stdout: string, lastsMs: Ms = 0): ProgramEnd {
  return { exitCode: 0, stdout: `${stdout}\r\n`, stderr: "", lastsMs };
}

function fails(exitCode: number, stderr: string): ProgramEnd {
  return { exitCode, stdout: "", stderr: `${stderr}\r\n`, lastsMs: 0 };
}

/** A request and its answer. */
const CURL_MS = 50;

const PROGRAMS: Readonly<Record<string, Program>> = {
  hostname: (_, { computer }) => says(computer),
  whoami: (_, { user, computer }) => says(`${computer}\\${user}`.toLowerCase()),
  /** One argument a line, so that tests see that each one arrives by itself. */
  args: (args) => says(args.join("\r\n")),
  more: (_, { input }) => ({ exitCode: 0, stdout: input, stderr: "", lastsMs: 0 }),
  timeout: (args) => says("", 1_000 * (Number(args.find((arg) => /^\d+$/.test(arg))) || 0)),
  /** Runs a script that is there. */
  powershell: (args, { readFile }) => {
    const script = args[args.indexOf("-File") + 1];
    if (script === undefined || !args.includes("-File")) return says("");
    return readFile(script) === undefined
      ? fails(-196_608, `The argument '${script}' to the -File parameter does not exist.`)
      : says("", 2_000);
  },
  curl: (args, { online }) => ({ ...curl(args, online), lastsMs: CURL_MS }),
  cmd: (args, world) => commandLine(args[0]?.toLowerCase() === "/c" ? args.slice(1) : args, world),
};

/** `cmd /c …`. */
function commandLine([verb = "", ...rest]: readonly string[], world: ProgramWorld): ProgramEnd {
  switch (verb.toLowerCase()) {
    case "echo":
      return says(
        rest.join(" ").replace(/%([^%]+)%/g, (all, name: string) => world.environment[name] ?? all),
      );
    case "exit":
      return { exitCode: Number(rest.at(-1)) || 0, stdout: "", stderr: "", lastsMs: 0 };
    case "cd":
      return says(world.directory);
    case "ver":
      return says("Microsoft Windows [Version 10.0.26100]");
    case "type": {
      const bytes = world.readFile(rest[0] ?? "");
      return bytes === undefined
        ? fails(1, "The system cannot find the file specified.")
        : { exitCode: 0, stdout: new TextDecoder().decode(bytes), stderr: "", lastsMs: 0 };
    }
    default:
      return fails(1, `'${verb}' is not recognized as an internal or external command.`);
  }
}

/** Runs a program to its end; `undefined`: there is none of this name. */
export function runProgram(
  name: string,
  args: readonly string[],
  world: ProgramWorld,
): ProgramEnd | undefined {
  const plain = name.toLowerCase().replace(/^.*[\\/]/, "").replace(/\.exe$/, "");
  return Object.hasOwn(PROGRAMS, plain) ? PROGRAMS[plain]?.(args, world) : undefined;
}
