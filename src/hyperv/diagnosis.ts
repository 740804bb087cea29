/**
 * Why a worker could not start, or ended: told from ids, numbers and exit codes, never from localized words. Every
 * cause that a person can remove is named together with its remedy.
 */
import type { ErrorRecord } from "../ports/host.ts";

/** How a worker came to its end. */
export interface WorkerEnd {
  readonly program: string;
  /** Code of the system when the process could not be started: `ENOENT`, `EACCES`. */
  readonly startError?: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  /** It said that it is ready. */
  readonly wasReady: boolean;
  /** Last text on stderr. */
  readonly stderr: string;
}

const FILES = "Set hyperv.scripts: files and let that folder (and its signature) be trusted";

/** Causes that show in an id of PowerShell's, wherever it appears. Source: PowerShell's error ids. */
const BY_ID: readonly { readonly id: RegExp; readonly cause: string; readonly remedy: string }[] = [
  {
    id: /ScriptContainedMaliciousContent/i,
    cause: "the antivirus program (AMSI) blocked hvpool's script",
    remedy: `Allow it there, or: ${FILES}.`,
  },
  {
    id: /ConstrainedLanguage|DotSourceNotSupported|MethodInvocationNotSupported|CannotCreateTypeConstrained/i,
    cause: "PowerShell runs in Constrained Language Mode by a policy of this system (AppLocker or WDAC)",
    remedy: `${FILES}.`,
  },
  {
    id: /PSSecurityException|\bUnauthorizedAccess\b|about_Execution_Policies/i,
    cause: "the execution policy of this system does not run hvpool's script files",
    remedy: "Sign the files in hvpool's scripts folder, or set hyperv.scripts: memory.",
  },
];

/** The cause that the text names by an id, with its remedy; nothing when it names none. */
export function policyCause(text: string): string | undefined {
  const found = BY_ID.find(({ id }) => id.test(text));
  return found === undefined ? undefined : `${found.cause}. ${found.remedy}`;
}

/** What a language mode other than the full one means; nothing for the full one. */
export function languageModeCause(mode: string): string | undefined {
  if (mode === "" || mode === "FullLanguage") return undefined;
  return `PowerShell runs in the language mode ${mode} by a policy of this system (AppLocker or WDAC). ${FILES}.`;
}

/** One sentence, with a remedy where there is one. */
export function describeEnd(end: WorkerEnd): string {
  const { program, startError, exitCode, signal } = end;
  switch (startError) {
    case undefined:
      break;
    case "ENOENT":
      return `PowerShell was not found at ${program}. Set hyperv.powershell to its path` +
        (Deno.build.os === "windows" ? "." : ", or run hvpool on the Hyper-V host itself, which is Windows.");
    case "EACCES":
    case "EPERM":
      return `PowerShell at ${program} may not be started. Check its permissions and the policies of this system ` +
        "(AppLocker, WDAC, antivirus).";
    default:
      return `PowerShell at ${program} could not be started (${startError}). Check hyperv.powershell.`;
  }
  const text = plainText(end.stderr);
  // The console breaks lines in the middle of an id.
  const cause = policyCause(text) ?? policyCause(text.replaceAll(/\s+/g, ""));
  if (cause !== undefined) return `The PowerShell worker ended: ${cause}`;
  const how = typeof signal === "string"
    ? `signal ${signal}`
    : typeof exitCode === "number"
    ? `exit code ${exitCode}`
    : "no exit code";
  const said = text.replace(/\s+/g, " ").trim().slice(0, 300);
  if (said !== "") return `The PowerShell worker ended with ${how}: ${said}`;
  if (endedFromOutside(end)) {
    return `The PowerShell worker was ended from outside (${how}). Check who ends processes of ${program}: ` +
      "antivirus, a person, or memory that ran out.";
  }
  return `PowerShell at ${program} ended with ${how} before it could take calls, and said nothing. Check that ` +
    "hyperv.powershell is a PowerShell, and that no policy of this system ends it.";
}

/** Whether it ended without a word, as a process does that somebody else ends. */
export function endedFromOutside({ wasReady, stderr }: Pick<WorkerEnd, "wasReady" | "stderr">): boolean {
  return wasReady && plainText(stderr).trim() === "";
}

/** Windows PowerShell writes errors as XML where its stderr is a pipe. */
function plainText(stderr: string): string {
  const words = stderr.replaceAll(
    /#< CLIXML\r?\n<Objs.*?<\/Objs>/gs,
    (xml) => Array.from(xml.matchAll(/<S S="Error">(.*?)<\/S>/gs), ([, text = ""]) => text).join(""),
  );
  return words.replaceAll(/_x000D__x000A_/g, "\n").replaceAll(/^#< CLIXML|^<Objs .*$/gm, "");
}

/** A record for a call that did not reach a worker: nothing can have happened. */
export function notSent(call: string, message: string): ErrorRecord {
  return { message, category: "ResourceUnavailable", fqid: "", hresult: "", command: call, target: "" };
}

/** Puts the cause before the words of a record that a policy of the system made. */
export function named(record: ErrorRecord): ErrorRecord {
  const cause = policyCause(record.fqid);
  if (cause === undefined) return record;
  return { ...record, message: `${cause} ${record.message}` };
}
