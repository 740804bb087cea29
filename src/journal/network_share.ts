/** Tells whether a path lies on another machine, where neither locks nor the journal's shared memory can be trusted. */
import { dirname, posix } from "node:path";

/** Types of Linux mounts that are shares. */
const SHARE_TYPES = new Set(["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs"]);

/** Says what share the path is on, or `undefined` when it is on a local disk or nothing can be told. */
export function networkShare(path: string): string | undefined {
  // The real path shows a share behind a drive letter or a link.
  const real = realPath(path);
  if (Deno.build.os === "windows") return uncShare(path) ?? uncShare(real);
  if (Deno.build.os === "linux") return mountedShare(real, readMounts());
  return undefined;
}

/** `\\server\share` of a Windows path; not `\\?\C:\…` or `\\.\…`, which are local. */
export function uncShare(path: string): string | undefined {
  const match = /^\\\\(?:\?\\UNC\\)?([^\\?.][^\\]*)\\([^\\]+)/i.exec(path.replaceAll("/", "\\"));
  return match === null ? undefined : `\\\\${match[1]}\\${match[2]}`;
}

/** Looks a real path up in the text of `/proc/self/mounts`: `device point type options`, one mount a line. */
export function mountedShare(path: string, mounts: string): string | undefined {
  let found: { device: string; point: string; type: string } | undefined;
  for (const line of mounts.split("\n")) {
    const [device = "", point = "", type = ""] = line.split(" ").map(unescapeMount);
    const inside = point !== "" && (path === point || path.startsWith(point === "/" ? "/" : point + "/"));
    // The longest point wins; of two mounts on one point, the later one.
    if (inside && point.length >= (found?.point.length ?? 0)) found = { device, point, type };
  }
  if (found === undefined || !SHARE_TYPES.has(found.type)) return undefined;
  return `${found.device} (${found.type}, mounted on ${found.point})`;
}

/** Blanks and the like are written as three octal digits. Source: proc(5), getmntent(3). */
function unescapeMount(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** The real path of the nearest part that exists, with the rest behind it. */
function realPath(path: string): string {
  let existing = path;
  while (true) {
    try {
      return Deno.realPathSync(existing) + path.slice(existing.length);
    } catch {
      // Not there yet, or not to be looked at: its parent says where it would be.
      const parent = dirname(existing);
      if (parent === existing) return path;
      existing = parent;
    }
  }
}

function readMounts(): string {
  try {
    return Deno.readTextFileSync(posix.join("/proc", "self", "mounts"));
  } catch {
    return ""; // no /proc: nothing can be told
  }
}
