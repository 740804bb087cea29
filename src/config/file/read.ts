/** Reads files that a person wrote, and says clearly when that cannot be done. */
import { dirname, resolve } from "node:path";
import { type Problem, problemAt } from "./problem.ts";

/** What reading a file came to. */
export type ReadOutcome =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | {
    readonly ok: false;
    readonly why: "missing" | "directory" | "unreadable" | "too large";
    readonly detail: string;
  };

/** Reads a whole file of at most `maxBytes`. Never rejects for a reason that lies in the file. */
export async function readBounded(path: string, maxBytes: number): Promise<ReadOutcome> {
  try {
    const info = await Deno.stat(path);
    // Asked first: opening a directory is "access denied" on Windows.
    if (info.isDirectory) return { ok: false, why: "directory", detail: "it is a directory" };
    if (info.size > maxBytes) {
      return { ok: false, why: "too large", detail: `${info.size} bytes, more than ${maxBytes}` };
    }
    const bytes = await Deno.readFile(path);
    if (bytes.length > maxBytes) {
      return { ok: false, why: "too large", detail: `${bytes.length} bytes, more than ${maxBytes}` };
    }
    return { ok: true, bytes };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const missing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    return { ok: false, why: missing ? "missing" : "unreadable", detail };
  }
}

/** A configuration file is a page or two; more than this is some other file. */
export const MAX_CONFIG_BYTES = 250_000;

/** A configuration file's bytes, its name as it was given, and the folder that relative paths start from. */
export interface ConfigBytes {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly folder: string;
}

/** Reads the configuration file, or says why that cannot be done. Opens nothing else. */
export async function readConfigFile(path: string): Promise<{ read: ConfigBytes } | { problem: Problem }> {
  const outcome = await readBounded(path, MAX_CONFIG_BYTES);
  if (outcome.ok) return { read: { bytes: outcome.bytes, file: path, folder: dirname(resolve(path)) } };
  const start = { file: path, line: 1, column: 1 };
  switch (outcome.why) {
    case "missing":
      return {
        problem: problemAt(start, "", "cannot read the configuration: there is no such file", {
          remedy: "Copy config.example.yaml to this place and edit it, or name another file with -c",
        }),
      };
    case "directory":
      return {
        problem: problemAt(start, "", "cannot read the configuration: this is a directory", {
          remedy: "Name the file in it, such as config.yaml",
        }),
      };
    case "too large":
      return {
        problem: problemAt(
          start,
          "",
          `cannot read the configuration: the file is too large (${outcome.detail})`,
          {
            remedy: "Name a YAML file with hvpool's configuration",
          },
        ),
      };
    case "unreadable":
      return {
        problem: problemAt(start, "", `cannot read the configuration: ${outcome.detail}`, {
          remedy:
            "Give the account that runs hvpool the right to read the file, and close what has locked it",
        }),
      };
  }
}

/** Text, or what is wrong with the bytes and on which line and column. */
export type Decoded =
  | { readonly text: string }
  | { readonly message: string; readonly remedy: string; readonly line: number; readonly column: number };

const SAVE_AS_UTF8 = "Save it as UTF-8; in PowerShell: (Get-Content FILE) | Set-Content -Encoding utf8 FILE";

/** Line and column, from 1, of an offset in a text. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** Reads UTF-8, with or without a byte-order mark. UTF-16, which PowerShell's `>` writes, is told apart. */
export function decodeText(bytes: Uint8Array): Decoded {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const unmarked = bytes.length >= 4 && ((first !== 0 && second === 0 && third !== 0 && fourth === 0) ||
    (first === 0 && second !== 0 && third === 0 && fourth !== 0));
  if (marked || unmarked) {
    return {
      message: "the file is UTF-16, not UTF-8 (PowerShell's > and Out-File write UTF-16)",
      remedy: SAVE_AS_UTF8,
      line: 1,
      column: 1,
    };
  }
  const text = new TextDecoder("utf-8").decode(bytes); // drops a byte-order mark
  const bad = text.indexOf("\ufffd");
  if (bad >= 0 && !isUtf8(bytes)) {
    return {
      message: "the file is not UTF-8 (perhaps an older Windows code page)",
      remedy: SAVE_AS_UTF8,
      ...placeOf(text, bad),
    };
  }
  return { text };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false; // the decoder's only way of saying it
  }
}
