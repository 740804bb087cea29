/**
 * The store's folders. Each disk that was ever at a template's path is hard-linked into one of its own, and machines
 * are made from the link: the file at the path may be replaced or moved while children live. Folders of disks that
 * nothing is made from any more are removed.
 */
import { win32 } from "node:path";
import { hash32 } from "../model/ids.ts";
import type { TemplateDisk } from "../model/rollout.ts";
import type { TemplateSettings } from "../model/settings.ts";
import type { HostPort, HostResult } from "../ports/host.ts";

/** Name of the disk in its folder. */
const DISK = "disk.vhdx";
/** Ends the name of a disk that is not copied completely. */
const PART = ".part";

function hex(text: string): string {
  return hash32(text).toString(16).padStart(8, "0");
}

/** Begins the folder names of a template: its name where that makes a good one, told apart from others like it. */
function prefixOf(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9-]+/g, "-").slice(0, 40);
  return plain === name ? `${plain}@` : `${plain}-${hex(name.toLowerCase())}@`;
}

function isOf(folder: string, name: string): boolean {
  return folder.toLowerCase().startsWith(prefixOf(name).toLowerCase());
}

/** Below a controller's directory in a storage folder. */
export function templatesDirectory(store: string): string {
  return `${store}\\templates`;
}

/** Whether a path lies in the store of templates. */
export function isInStore(store: string, path: string): boolean {
  return path.toLowerCase().startsWith(`${templatesDirectory(store)}\\`.toLowerCase());
}

/** Where the store has a template's disk; `key` tells it apart from the others of this name. */
export function diskInStore(store: string, name: string, key: string): string {
  return `${templatesDirectory(store)}\\${prefixOf(name)}${hex(key)}\\${DISK}`;
}

/** What tells a disk at a path of the host from others. */
export function diskKey(path: string, identity: string): string {
  return `${path} ${identity}`;
}

/** Where a disk is copied to until it is complete. */
export function partOf(kept: string): string {
  return `${kept}${PART}`;
}

/** Whether a path is that of a disk that the store keeps for a template. */
export function isKeptFor(path: string, name: string): boolean {
  const folder = win32.dirname(path);
  const below = win32.basename(win32.dirname(folder)).toLowerCase() === "templates";
  return below && win32.basename(path).toLowerCase() === DISK && isOf(win32.basename(folder), name);
}

/** One path on Windows, in whatever case it is written. */
export function samePath(a: string, b: string): boolean {
  return win32.normalize(a).toLowerCase() === win32.normalize(b).toLowerCase();
}

/**
 * Links the disk at a template's path into the store. Where that is not possible (another volume), and where it lies
 * in the store already, machines are made from the path itself.
 */
export async function keepDisk(
  host: HostPort,
  store: string,
  { name, path }: TemplateSettings,
  identity: string,
): Promise<HostResult<TemplateDisk>> {
  if (isInStore(store, path) && isKeptFor(path, name)) {
    return { outcome: "ok", value: { identity, path } };
  }
  const target = diskInStore(store, name, diskKey(path, identity));
  const answer = await host.call("disk.link", { path, target });
  if (answer.outcome !== "ok") return answer;
  return { outcome: "ok", value: { identity, path: answer.value.linked ? target : path } };
}

/** Paths of the disks of a template's folders in the store, in whatever state they are. */
export async function keptDisks(host: HostPort, store: string, name: string): Promise<HostResult<string[]>> {
  const directory = templatesDirectory(store);
  const listed = await host.call("dir.list", { path: directory });
  if (listed.outcome !== "ok") return listed;
  const folders = listed.value.names.filter((folder) => isOf(folder, name));
  return { outcome: "ok", value: folders.map((folder) => `${directory}\\${folder}\\${DISK}`) };
}

/** Disks of all folders that the store has for templates, in whatever state they are. */
export async function allKeptDisks(host: HostPort, store: string): Promise<HostResult<string[]>> {
  const directory = templatesDirectory(store);
  const listed = await host.call("dir.list", { path: directory });
  if (listed.outcome !== "ok") return listed;
  const folders = listed.value.names.filter((folder) => /^.+@[0-9a-f]{8}$/i.test(folder));
  return { outcome: "ok", value: folders.map((folder) => `${directory}\\${folder}\\${DISK}`) };
}

/** What is left when folders are swept. */
export interface SweepOptions {
  /**
   * Disks that were not copied completely: what was begun may be gone on with.
   * @default they are left
   */
  readonly unfinished?: "removed";
}

/** Golden disks that something is made from, or may be made from; `undefined`: that is not known. */
export type DisksInUse = () => ReadonlySet<string> | undefined;

/**
 * Removes the folders of a template's disks that nothing is made from any more. What is in use is asked after the
 * folders were listed, before each is removed; where it is not known, none is. What cannot be removed stays.
 */
export async function sweepDisks(
  host: HostPort,
  store: string,
  { name }: Pick<TemplateSettings, "name">,
  inUse: DisksInUse,
  options: SweepOptions = {},
): Promise<void> {
  const kept = await keptDisks(host, store, name);
  if (kept.outcome !== "ok") return;
  for (const disk of kept.value) await removeUnused({ host, store, disk }, inUse, options);
}

/** Removes the folder of a disk in the store, unless something is made from it. */
export async function removeUnused(
  { host, store, disk }: { host: HostPort; store: string; disk: string },
  inUse: DisksInUse,
  { unfinished }: SweepOptions = {},
): Promise<void> {
  if (!isFree(disk, inUse())) return;
  if (unfinished !== "removed" && !await isFinished(host, disk)) return;
  // Nothing is awaited between this look and the call.
  const used = inUse();
  if (!isFree(disk, used)) return;
  await host.call("dir.remove", { path: win32.dirname(disk) });
  // To delete a file, Windows takes its read-only attribute off, which all links to it share.
  for (const path of new Set([...used ?? [], ...inUse() ?? []])) {
    // What cannot be made read-only now is seen to by the next check of its pool.
    if (isInStore(store, path)) await host.call("disk.protect", { path });
  }
}

function isFree(disk: string, used: ReadonlySet<string> | undefined): boolean {
  return used !== undefined && ![...used].some((path) => path.toLowerCase() === disk.toLowerCase());
}

/** Whether nothing was begun in a disk's folder; where that is not known, nothing is removed. */
async function isFinished(host: HostPort, disk: string): Promise<boolean> {
  const part = await host.call("file.read", { path: partOf(disk), offset: 0, maxBytes: 0 });
  return part.outcome === "failed" && part.code === "not_found";
}
