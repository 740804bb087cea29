/** The command line and environment of a PowerShell worker. */
import { win32 } from "node:path";

/** A program with its arguments, and what it is given on stdin before the first request. */
export interface EngineCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Environment of the process, complete. */
  readonly env: Readonly<Record<string, string>>;
  /** Goes in first; empty where the script lies in a file. */
  readonly input: string;
}

/** What a worker runs: text that goes in over stdin, or a file that it reads itself. */
export type WorkerScript =
  | { readonly kind: "memory"; readonly bootstrap: string; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

/** Where the command line comes from. */
export interface CommandOptions {
  /** Another engine than the system's Windows PowerShell: a path, or a name that is looked up in PATH. */
  readonly powershell?: string;
  readonly script: WorkerScript;
  /** @default this process's */
  readonly env?: Readonly<Record<string, string>>;
  /** @default the system that this runs on */
  readonly isWindows?: boolean;
}

const ALWAYS = ["-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text"] as const;

/** Puts a worker's command together. */
export function engineCommand(options: CommandOptions): EngineCommand {
  const { script, env = Deno.env.toObject(), isWindows = Deno.build.os === "windows" } = options;
  const program = options.powershell ?? windowsPowerShell(env);
  const shared = {
    program,
    env: { ...engineEnv(program, env, isWindows) },
  };
  if (script.kind === "file") {
    // The default policy of a client system runs no file at all; one that is set for the machine stands above this.
    const args = [...ALWAYS, "-ExecutionPolicy", "RemoteSigned", "-File", script.path];
    return { ...shared, args, input: "" };
  }
  return {
    ...shared,
    args: [...ALWAYS, "-EncodedCommand", encodedCommand(script.bootstrap)],
    // The bootstrap counts UTF-16 units, as a .NET string and a JavaScript string both do.
    input: `${script.text.length}\n${script.text}`,
  };
}

/** `powershell.exe` by its full path, so that nothing that lies in PATH takes its place. */
export function windowsPowerShell(env: Readonly<Record<string, string>>): string {
  const root = variable(env, "SystemRoot");
  return root === undefined
    ? "powershell.exe"
    : win32.join(root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe");
}

/** `-EncodedCommand`: base64 of UTF-16LE. */
export function encodedCommand(text: string): string {
  let binary = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    binary += String.fromCharCode(unit & 0xff, unit >> 8);
  }
  return btoa(binary);
}

/**
 * On Windows the module path is cleaned: started from PowerShell 7, a 5.1 worker would inherit 7's modules and fail
 * to load Hyper-V; and a folder that an ordinary user can write to has no place in an elevated worker's path.
 * Elsewhere it is inherited, since a stand-in Hyper-V module is found through it.
 */
export function engineEnv(
  program: string,
  env: Readonly<Record<string, string>>,
  isWindows: boolean,
): Record<string, string> {
  const quiet = { POWERSHELL_TELEMETRY_OPTOUT: "1", POWERSHELL_UPDATECHECK: "Off", NO_COLOR: "1" };
  if (!isWindows) return { ...env, ...quiet };
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name]) => name.toLowerCase() !== "psmodulepath"),
  );
  const isWindowsPowerShell = win32.basename(program).toLowerCase().replace(/\.exe$/, "") === "powershell";
  // Another engine makes up its own path when there is none.
  if (!isWindowsPowerShell) return { ...kept, ...quiet };
  const root = variable(env, "SystemRoot") ?? "C:\\Windows";
  const programs = variable(env, "ProgramFiles") ?? "C:\\Program Files";
  const path = [
    win32.join(root, "System32", "WindowsPowerShell", "v1.0", "Modules"),
    win32.join(programs, "WindowsPowerShell", "Modules"),
  ].join(";");
  return { ...kept, ...quiet, PSModulePath: path };
}

/** Names of variables have no case on Windows. */
function variable(env: Readonly<Record<string, string>>, name: string): string | undefined {
  const found = Object.entries(env).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
  return found === "" ? undefined : found;
}
