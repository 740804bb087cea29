/** Registers a golden disk of the host: it is linked into the store, or copied where it cannot be linked. */
import { by } from "../../model/by.ts";
import type { Following, RegisterTemplate } from "../../ports/operations.ts";
import type { TemplateStatus } from "../../model/status.ts";
import { admissionOf, type Newcomer, record, settleDisk } from "./admit.ts";
import { askHost, needHost, sizeOf, valueOf } from "./ask_host.ts";
import { copyDisk } from "./copying.ts";
import { type DiskInfo, inspectDisk } from "./disk_check.ts";
import { checkHardware, settingsFrom } from "./hardware.ts";
import { diskKey, partOf } from "../template_store.ts";
import { checkName } from "./names.ts";
import { Refused } from "./refused.ts";
import { type Room, statusOf } from "./room.ts";

/** Answers the template as it is then. @throws Refused */
export async function registerTemplate(
  room: Room,
  request: RegisterTemplate,
  following: Following,
): Promise<TemplateStatus> {
  const { context } = room;
  const { signal, progress } = following;
  checkName(request.name);
  const hardware = checkHardware(request);
  const work = room.inWork.begin({ what: "register", name: request.name });
  try {
    progress({ step: "checking" });
    const disk = await inspectDisk(context, request.path, signal);
    const newcomer: Newcomer = {
      name: request.name,
      key: diskKey(disk.path, disk.identity),
      replace: request.replace ?? false,
      settings: (place) => settingsFrom(place, hardware),
      origin: disk.path,
      ...by(request),
      identity: disk.identity,
    };
    const admission = await admissionOf(room, newcomer, signal);
    const { settings } = admission;
    if (admission.to === "nothing") return statusOf(room, settings.name);
    work.hold(settings.path);
    if (admission.to === "record") return await record(room, admission, newcomer);
    await bring(room, disk, settings.path, following);
    progress({ step: "checking" });
    return await record(
      room,
      { settings, disk: await settleDisk(room, settings.path, { signal }) },
      newcomer,
    );
  } finally {
    work.end();
  }
}

async function bring(room: Room, disk: DiskInfo, target: string, following: Following): Promise<void> {
  const { context, sizes: { pieceBytes } } = room;
  const { path } = disk;
  const { signal } = following;
  if (await isThere(room, disk, target, signal)) return;
  const { linked } = await needHost(
    context,
    "disk.link",
    { path, target },
    { tried: `Cannot link ${path} into the store`, signal },
  );
  if (linked) return;
  await copyDisk(context, { path, target, ...(pieceBytes === undefined ? {} : { pieceBytes }) }, following);
  const after = await needHost(context, "disk.info", { path }, {
    tried: `Cannot read ${path} again`,
    signal,
  });
  if (after.identity === disk.identity) return;
  for (const copy of [target, partOf(target)]) await askHost(context, "file.remove", { path: copy });
  throw new Refused(
    "failed",
    `${path} was written to while it was copied into the store. Shut down what uses it, and ask again.`,
  );
}

/** Whether an earlier request brought the disk, and did not come to record it. */
async function isThere(
  { context }: Room,
  { path, identity }: DiskInfo,
  target: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const kept = await askHost(context, "disk.info", { path: target }, signal);
  if (kept.outcome === "failed" && kept.code === "not_found") return false;
  if (valueOf(kept, `Cannot read ${target}`).identity === identity) return true;
  // A copy is another file; it has its name since it was complete.
  if (await sizeOf(context, target, signal) === await sizeOf(context, path, signal)) return true;
  throw new Refused(
    "failed",
    `Another file lies at ${target}, where ${path} is to be kept. Remove that folder, and ask again.`,
  );
}
