/** Whether a disk on the host can become a template's. */
import { win32 } from "node:path";
import type { HostValue } from "../../ports/host.ts";
import { askHost, valueOf } from "./ask_host.ts";
import type { TemplateContext } from "./context.ts";
import { Refused } from "./refused.ts";

/** What the host says of a disk. */
export type DiskInfo = HostValue<"disk.info">;

/** A disk and those that it stands on, from the top, and where that ends badly. */
export interface Chain {
  readonly parents: readonly DiskInfo[];
  /** Why it does not end with a whole disk. */
  readonly broken?: string;
}

/** Hyper-V itself opens no longer ones. */
const CHAIN_AT_MOST = 50;
/** What Windows takes for a path. */
const PATH_AT_MOST = 259;

/** Checks and normalizes a path on the host; `what` it is of, for people. */
export function checkHostPath(path: string, what: string): string {
  // What follows a question mark may be the secret part of an address that was misspelt.
  const shown = JSON.stringify(path.replace(/\?.*/su, "?…").slice(0, 300));
  // deno-lint-ignore no-control-regex -- control characters are what is meant
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw new Refused("invalid", `${what} ${shown} holds a control character.`);
  }
  if (!/^[A-Za-z]:[\\/]|^[\\/]{2}[^\\/?.]/.test(path)) {
    throw new Refused(
      "invalid",
      `${what} ${shown} is no absolute path on the Hyper-V host. Write it as C:\\folder\\name or \\\\server\\share\\name.`,
    );
  }
  if (/[*?"<>|]/.test(path) || path.indexOf(":", 2) !== -1) {
    throw new Refused("invalid", `${what} ${shown} holds a character that no Windows path has.`);
  }
  const normal = win32.normalize(path);
  if (normal.length > PATH_AT_MOST) {
    throw new Refused(
      "invalid",
      `${what} is ${normal.length} characters long; Windows takes ${PATH_AT_MOST}.`,
    );
  }
  return normal;
}

/** A disk that can become a template's. Nothing was changed. */
export async function inspectDisk(
  context: Pick<TemplateContext, "host" | "clock">,
  path: string,
  signal?: AbortSignal,
): Promise<DiskInfo> {
  const normal = checkHostPath(path, "The disk");
  if (!/\.vhdx$/i.test(normal)) {
    const remedy = /\.vhd$/i.test(normal)
      ? "Convert it with Convert-VHD and name the new file."
      : "Name the golden disk itself.";
    throw new Refused(
      "invalid",
      `${normal} is no .vhdx file: a generation 2 machine starts from nothing else. ${remedy}`,
    );
  }
  const answer = await askHost(context, "disk.info", { path: normal }, signal);
  if (answer.outcome === "failed" && answer.code === "not_found") {
    throw new Refused(
      "not_found",
      `There is no disk at ${normal} on the host. Put it there or correct the path.`,
    );
  }
  if (answer.outcome === "failed" && answer.code === "broken_chain") {
    throw new Refused(
      "invalid",
      `${normal} cannot be used: ${answer.message} Restore its parent, unchanged.`,
    );
  }
  const info = valueOf(answer, `Cannot read the disk ${normal}`);
  if (info.format !== "vhdx") {
    throw new Refused(
      "invalid",
      `${normal} is no VHDX inside. Convert it with Convert-VHD and name the new file.`,
    );
  }
  if (info.attached && !info.readOnly) {
    throw new Refused(
      "conflict",
      `${normal} is attached, to the host or to a machine that runs: it may be written to. ` +
        "Shut that machine down or dismount the disk, then ask again.",
    );
  }
  const { broken } = await walkChain(context, info, signal);
  if (broken !== undefined) throw new Refused("invalid", `${normal} cannot be used: ${broken}`);
  // Its own spelling of the path counts on the host; ours is what the user wrote.
  return { ...info, path: normal };
}

/** Follows a disk's parents. */
export async function walkChain(
  context: Pick<TemplateContext, "host" | "clock">,
  top: DiskInfo,
  signal?: AbortSignal,
): Promise<Chain> {
  const parents: DiskInfo[] = [];
  for (let disk = top; disk.type === "differencing";) {
    const { path, parent } = disk;
    if (parent === null) {
      return { parents, broken: `${path} is a child disk whose parent is missing. Restore the parent.` };
    }
    if (parents.length === CHAIN_AT_MOST) {
      return { parents, broken: `it stands on more than ${CHAIN_AT_MOST} disks. Merge them with Merge-VHD.` };
    }
    const answer = await askHost(context, "disk.info", { path: parent }, signal);
    if (answer.outcome === "failed" && answer.code === "not_found") {
      return { parents, broken: `${path} is a child of ${parent}, which is missing. Restore it, unchanged.` };
    }
    if (answer.outcome === "failed" && (answer.code === "broken_chain" || answer.code === "invalid")) {
      return { parents, broken: `${path} is a child of ${parent}: ${answer.message}` };
    }
    disk = valueOf(answer, `Cannot read ${parent}, the parent of ${path}`);
    parents.push(disk);
  }
  return { parents };
}

/** Refuses a child disk where only one file is copied. */
export function refuseChild({ path, type, parent }: DiskInfo, remedy: string): void {
  if (type !== "differencing") return;
  throw new Refused(
    "invalid",
    `${path} is a child of ${parent ?? "another disk"}: it holds only what differs. ${remedy}`,
  );
}
