/** Failures of files on this machine as error records, so that they are classified like those of the workers. */
import { constants } from "node:os";
import type { ErrorRecord } from "../ports/host.ts";

interface Known {
  readonly hresult: string;
  readonly category: string;
}

/** What Windows calls the failures that Node has names for. */
const BY_CODE: Readonly<Record<string, Known>> = {
  ENOENT: { hresult: "0x80070003", category: "ObjectNotFound" },
  ENOTDIR: { hresult: "0x80070003", category: "ObjectNotFound" },
  EACCES: { hresult: "0x80070005", category: "PermissionDenied" },
  EPERM: { hresult: "0x80070005", category: "PermissionDenied" },
  EROFS: { hresult: "0x80070013", category: "PermissionDenied" },
  EBUSY: { hresult: "0x80070020", category: "ResourceBusy" },
  ETXTBSY: { hresult: "0x80070020", category: "ResourceBusy" },
  ENOSPC: { hresult: "0x80070070", category: "WriteError" },
  EDQUOT: { hresult: "0x80070070", category: "WriteError" },
  EFBIG: { hresult: "0x80070070", category: "WriteError" },
  EEXIST: { hresult: "0x80070050", category: "InvalidArgument" },
  EISDIR: { hresult: "0x80070057", category: "InvalidArgument" },
  EINVAL: { hresult: "0x80070057", category: "InvalidArgument" },
  ENAMETOOLONG: { hresult: "0x800700ce", category: "InvalidArgument" },
};

/** Numbers of Windows for a share that went away: nothing is wrong with what was asked. Source: winerror.h. */
const SHARE_IS_AWAY: ReadonlySet<number> = new Set([51, 53, 54, 59, 64, 67, 121]);

/** What was asked cannot be done, whatever the disk says. */
export class FileRequestError extends Error {}

/** The record of a failure; `command` is the call, `target` the path. */
export function fileErrorRecord(error: unknown, command: string, target: string): ErrorRecord {
  const words = error instanceof Error ? error.message : String(error);
  const message = words.includes(target) ? words : `${words}: "${target}"`;
  if (error instanceof FileRequestError) {
    return {
      message,
      category: "InvalidArgument",
      fqid: `InvalidParameter,${command}`,
      hresult: "",
      command,
      target,
    };
  }
  const { code, hresult, category } = known(error, message);
  return { message, category, fqid: `${code},${command}`, hresult, command, target };
}

/** Deno gives failed writes no code, only the system's number at the end of their words. */
function known(error: unknown, message: string): Known & { code: string } {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") {
    return { code, ...BY_CODE[code] ?? { hresult: "", category: "NotSpecified" } };
  }
  const number = Number(/\(os error (\d{1,5})\)/.exec(message)?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) return { code: "Error", hresult: "", category: "NotSpecified" };
  if (Deno.build.os === "windows") {
    const hresult = `0x8007${number.toString(16).padStart(4, "0")}`;
    const category = SHARE_IS_AWAY.has(number) ? "ResourceUnavailable" : "NotSpecified";
    return { code: `Win32Error${number}`, hresult, category };
  }
  const name = Object.entries(constants.errno).find(([, errno]) => errno === number)?.[0] ?? "Error";
  return { code: name, ...BY_CODE[name] ?? { hresult: "", category: "NotSpecified" } };
}
