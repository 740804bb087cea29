/** The Windows event log, written to by `eventcreate.exe`. */
import type { NotifyCondition } from "../../config/notify_keys.ts";
import type { Notice } from "./judge.ts";
import { lineFor, type Teller } from "./message.ts";

/** Ids of events: a contract, listed in docs/notify.md. `eventcreate` takes 1 to 1000. */
export const EVENT_IDS: Readonly<
  Record<NotifyCondition, { readonly raised: number; readonly cleared: number }>
> = {
  capacity: { raised: 110, cleared: 111 },
  quarantine: { raised: 120, cleared: 121 },
  age: { raised: 130, cleared: 131 },
  licence: { raised: 140, cleared: 141 },
  github: { raised: 150, cleared: 151 },
  host: { raised: 160, cleared: 161 },
  memory: { raised: 170, cleared: 171 },
  disk: { raised: 180, cleared: 181 },
  rollout: { raised: 190, cleared: 191 },
};

/** Name under which events stand in the log `Application`. */
export const EVENT_SOURCE = "hvpool";

/** Longest text of an event. A command line has room for more, but nobody reads it there. */
const MAX_TEXT = 1_500;
const TIMEOUT_MS = 30_000;

/** Its own folder, and not the path: another program of this name must not be started. */
export function eventCreateProgram(env: (name: string) => string | undefined): string {
  return `${env("SystemRoot") ?? "C:\\Windows"}\\System32\\eventcreate.exe`;
}

/** What `eventcreate` is started with: arguments of a program, which no shell reads. */
export function eventCreateArguments(notice: Notice, teller: Teller): string[] {
  const type = notice.event === "cleared" ? "INFORMATION" : notice.severity === "error" ? "ERROR" : "WARNING";
  const id = EVENT_IDS[notice.condition][notice.event];
  // deno-lint-ignore no-control-regex
  const text = lineFor(notice, teller).replaceAll(/[\0-\x1f\x7f]+/g, " ").slice(0, MAX_TEXT);
  return ["/L", "APPLICATION", "/SO", EVENT_SOURCE, "/ID", String(id), "/T", type, "/D", text];
}

/** Writes one event. Answers why it could not, or nothing. */
export async function writeEvent(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const { code, stderr } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: ended,
    }).output();
    if (code === 0) return undefined;
    const said = new TextDecoder().decode(stderr).replaceAll(/\s+/g, " ").trim().slice(0, 300);
    return `eventcreate ended with ${code}${said === "" ? "" : `: ${said}`}`;
  } catch (error) {
    return `eventcreate could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}
