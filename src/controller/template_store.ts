/**
 * The store of golden disks. Each disk that was ever at a template's path is hard-linked into it, and machines are
 * made from the link: the file at the path may be replaced or moved while children live. Folders of disks that
 * nothing is made from any more are removed.
 */
import { hash32 } from "../model/ids.ts";
import type { TemplateDisk } from "../model/rollout.ts";
import type { TemplateSettings } from "../model/settings.ts";
import type { HostPort, HostResult } from "../ports/host.ts";

/** Name of the link in its folder. */
const DISK = "disk.vhdx";

function hex(text: string): string {
  return hash32(text).toString(16).padStart(8, "0");
}

/** Begins the folder names of a template: its name where that makes a good one, told apart from others like it. */
function prefixOf(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9-]+/g, "-").slice(0, 40);
  return plain === name ? `${plain}@` : `${plain}-${hex(name)}@`;
}

/** Below a controller's directory in a storage folder. */
export function templatesDirectory(store: string): string {
  return `${store}\\templates`;
}

/**
 * Links the disk at a template's path into the store. Where that is not possible (another volume), machines are made
 * from the path itself.
 */
export async function keepDisk(
  host: HostPort,
  store: string,
  { name, path }: TemplateSettings,
  identity: string,
): Promise<HostResult<TemplateDisk>> {
  const target = `${templatesDirectory(store)}\\${prefixOf(name)}${hex(`${path} ${identity}`)}\\${DISK}`;
  const answer = await host.call("disk.link", { path, target });
  if (answer.outcome !== "ok") return answer;
  return { outcome: "ok", value: { identity, path: answer.value.linked ? target : path } };
}

/** Removes the folders of a template's disks that nothing is made from any more. What cannot be removed stays. */
export async function sweepDisks(
  host: HostPort,
  store: string,
  { name }: TemplateSettings,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const directory = templatesDirectory(store);
  const listed = await host.call("dir.list", { path: directory });
  if (listed.outcome !== "ok") return;
  const prefix = prefixOf(name);
  for (const folder of listed.value.names) {
    const path = `${directory}\\${folder}`;
    if (folder.startsWith(prefix) && !inUse.has(`${path}\\${DISK}`)) await host.call("dir.remove", { path });
  }
}
