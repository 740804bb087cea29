/** Resolves paths that are written in the file: of the Hyper-V host, always Windows, and of this machine. */
import { posix, win32 } from "node:path";
import { isReservedName } from "../../model/pool_names.ts";
import { MAX_PATH } from "../../model/pool_room.ts";
import { HOST_FOLDER_ELSEWHERE, type Platform } from "../defaults.ts";

/** A path that can be used, or what is wrong with it. */
export type PathResult =
  | { readonly path: string; readonly relative: boolean }
  | { readonly message: string; readonly remedy?: string; readonly suggestion?: string };

/** Resolves a path on the Hyper-V host. `folder` counts where it is a Windows folder itself. */
export function resolveHostPath(text: string, folder: string): PathResult {
  return resolveWindowsPath(text, isDrivePath(folder) ? folder : HOST_FOLDER_ELSEWHERE);
}

/** Resolves a path on this machine: Windows' by its form or by the system, else POSIX. */
export function resolveLocalPath(text: string, folder: string, platform: Platform): PathResult {
  const fault = expansionFault(text);
  if (fault !== undefined) return fault;
  if (platform === "windows") return resolveWindowsPath(text, folder);
  // A Windows configuration that is looked at elsewhere.
  if (isDrivePath(text) || /^[A-Za-z]:/.test(text)) return resolveWindowsPath(text, HOST_FOLDER_ELSEWHERE);
  if (isDrivePath(folder)) return resolveWindowsPath(text, folder);
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f]/.test(text)) return { message: "the path holds a control character" };
  const parts = text.includes("/") ? text : text.replaceAll("\\", "/");
  const path = posix.resolve(folder, parts);
  if (path.length > 1000) {
    return { message: `the path has ${path.length} characters; at most 1000 can be used` };
  }
  return { path, relative: !posix.isAbsolute(parts) };
}

/** `C:\…` or `\\server\share`. */
function isDrivePath(text: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(text) || /^\\\\[^\\/?.]/.test(text);
}

function expansionFault(text: string): Exclude<PathResult, { path: string }> | undefined {
  const variable = /%[A-Za-z_][\w()]*%|\$env:\w+|(?<=^|[\\/])\$\{?[A-Za-z_]\w*\}?/i.exec(text)?.[0];
  if (variable !== undefined) {
    return {
      message: `the path holds the variable ${variable}, which is not expanded here`,
      remedy: "Write the path out",
    };
  }
  if (/^~(?:[\\/]|$)/.test(text)) {
    return { message: "the path begins with ~, which is not expanded here", remedy: "Write the path out" };
  }
  return undefined;
}

function resolveWindowsPath(text: string, folder: string): PathResult {
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f]/.test(text)) {
    return { message: "the path holds a control character", remedy: "Put Windows paths into single quotes" };
  }
  const fault = expansionFault(text);
  if (fault !== undefined) return fault;
  if (/^[\\/]{2}[?.][\\/]/.test(text)) {
    return {
      message: "paths that begin with \\\\?\\ or \\\\.\\ cannot be used",
      remedy: "Write it as C:\\folder\\file",
    };
  }
  if (/^[A-Za-z]:(?![\\/])/.test(text)) {
    return {
      message: `${text.slice(0, 2)} without a backslash means whatever folder is current on that drive`,
      suggestion: `${text.slice(0, 2)}\\${text.slice(2)}`,
    };
  }
  if (/^[\\/](?![\\/])/.test(text)) {
    return { message: "the path has no drive", remedy: "Begin it with a drive such as C:\\" };
  }
  const bad = /[<>"|?*]/.exec(text)?.[0];
  if (bad !== undefined) return { message: `the path holds ${bad}, which Windows does not allow in names` };
  if (text.indexOf(":", /^[A-Za-z]:/.test(text) ? 2 : 0) >= 0) {
    return { message: "the path holds a colon after its drive, which Windows does not allow in names" };
  }
  for (const name of text.split(/[\\/]+/)) {
    if (name === "" || name === "." || name === "..") continue;
    if (isReservedName(name)) {
      return { message: `the path holds ${JSON.stringify(name)}, a name that Windows keeps for a device` };
    }
    if (/[. ]$/.test(name)) {
      return {
        message: `the path holds ${
          JSON.stringify(name)
        }; Windows drops a dot or a space at the end of a name`,
      };
    }
  }
  const path = win32.resolve(folder, text);
  if (path.length > MAX_PATH) {
    return {
      message: `the path has ${path.length} characters; Hyper-V takes at most ${MAX_PATH}`,
      remedy: "Use a shorter folder",
    };
  }
  return { path, relative: !win32.isAbsolute(text) };
}
