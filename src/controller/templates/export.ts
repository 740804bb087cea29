/** Exports a template: its disk in parts with their SHA-256, and a manifest when all are there. */
import type { TemplateSettings } from "../../model/settings.ts";
import type { TemplateStatus } from "../../model/status.ts";
import type { Following, TransferTemplate } from "../../ports/operations.ts";
import { needHost, sizeOf } from "./ask_host.ts";
import { type DiskInfo, refuseChild } from "./disk_check.ts";
import { findTemplate, type FoundTemplate } from "./found_template.ts";
import { sameHardware, settingsFrom } from "./hardware.ts";
import { sameName } from "./names.ts";
import { type Place, placeOf } from "./places.ts";
import { Refused, stopIfGivenUp } from "./refused.ts";
import { type Room, stateOf, statusOf } from "./room.ts";
import {
  MANIFEST_FILE,
  parseManifest,
  parseProgress,
  type Part,
  partFile,
  PARTS_AT_MOST,
  PROGRESS_FILE,
  textOf,
  type TransferManifest,
} from "./transfer_manifest.ts";

/** What is exported. */
interface Exported {
  readonly template: FoundTemplate;
  readonly disk: DiskInfo;
  /** Bytes of its file. */
  readonly bytes: number;
}

/** Answers the template that was exported. @throws Refused */
export async function exportTemplate(
  room: Room,
  request: TransferTemplate,
  following: Following,
): Promise<TemplateStatus> {
  const { context } = room;
  const { signal, progress } = following;
  const template = findTemplate(stateOf(room), request.name);
  const { name } = template.settings;
  const place = placeOf(context, request);
  const work = room.inWork.begin({ what: "export", name, place: place.origin });
  try {
    work.hold(template.path);
    progress({ step: "checking" });
    const exported = await inspect(room, template, signal);
    const old = await oldExport(place, signal);
    const isSameExport = old !== undefined && isSame(old, exported);
    if (isSameExport && await isComplete(place, old, signal)) return statusOf(room, name);
    if (old !== undefined && !isSameExport && request.replace !== true) throw placeTaken(place, old);
    if (old !== undefined) await place.remove(MANIFEST_FILE, signal);
    const parts = await sendParts(room, place, exported, { ...following, replace: request.replace ?? false });
    const { path, identity } = exported.disk;
    const after = await needHost(context, "disk.info", { path }, {
      tried: `Cannot read ${path} again`,
      signal,
    });
    if (after.identity !== identity) {
      throw new Refused(
        "failed",
        `${path} was written to while it was exported: the parts at ${place.origin} are no good.`,
      );
    }
    await place.write(MANIFEST_FILE, textOf(manifestOf(exported, parts, context.clock.now())), signal);
    await place.remove(PROGRESS_FILE, signal);
    if (typeof old === "object") await removeRest(place, old, parts.length, signal);
    return statusOf(room, name);
  } finally {
    work.end();
  }
}

async function inspect(
  { context }: Room,
  template: FoundTemplate,
  signal: AbortSignal | undefined,
): Promise<Exported> {
  const { path, identity, settings: { name } } = template;
  const tried = `Cannot export the template ${JSON.stringify(name)} at ${path}`;
  const disk = await needHost(context, "disk.info", { path }, { tried, signal });
  refuseChild(disk, `Make a whole template of it first: hvpool template prepare.`);
  if (identity !== undefined && disk.identity !== identity) {
    const what = "was written to since it was registered: it would be exported broken";
    throw new Refused("failed", `${tried}: it ${what}. See hvpool template verify ${name}.`);
  }
  const bytes = await sizeOf(context, path, signal);
  if (bytes === undefined) throw new Refused("failed", `${tried}: the disk is not there any more.`);
  return { template, disk: { ...disk, path }, bytes };
}

/** What was exported to a place before, if that is complete. */
async function oldExport(
  place: Place,
  signal: AbortSignal | undefined,
): Promise<TransferManifest | "unknown" | undefined> {
  const bytes = await place.read(MANIFEST_FILE, signal);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  // What takes the place of a manifest where nothing can be deleted.
  if (text.trim() === "{}") return undefined;
  const read = parseManifest(text);
  return "value" in read ? read.value : "unknown";
}

function placeTaken({ origin }: Place, old: TransferManifest | "unknown"): Refused {
  const what = old === "unknown"
    ? "a manifest of something else"
    : `the template ${JSON.stringify(old.name)}, exported at ${old.exportedAt},`;
  return new Refused(
    "conflict",
    `There is ${what} at ${origin} already. Export to another place, or ask for its replacement.`,
  );
}

async function isComplete(
  place: Place,
  { disk }: TransferManifest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const { file, bytes } of disk.parts) if (await place.sizeOf(file, signal) !== bytes) return false;
  return true;
}

function isSame(
  old: TransferManifest | "unknown",
  { template: { settings }, disk, bytes }: Exported,
): old is TransferManifest {
  if (old === "unknown") return false;
  const { name, path } = settings;
  const own = portable(settings);
  return old.name === name && old.disk.bytes === bytes && old.disk.identity === disk.identity &&
    sameHardware(settingsFrom({ name, path }, old.hardware), own);
}

interface Sending extends Following {
  readonly replace: boolean;
}

async function sendParts(room: Room, place: Place, exported: Exported, sending: Sending): Promise<Part[]> {
  const { signal, progress } = sending;
  const { template: { settings: { name } }, disk: { path, identity }, bytes: size } = exported;
  const partBytes = Math.max(room.sizes.partBytes ?? place.partBytes, Math.ceil(size / PARTS_AT_MOST));
  const earlier = await earlierParts(place, { name, identity, partBytes }, sending);
  const parts: Part[] = [];
  let done = 0;
  progress({ step: place.steps.send, done, of: size });
  for (let i = 0; done < size; i++) {
    stopIfGivenUp(signal);
    const file = partFile(i);
    const bytes = Math.min(partBytes, size - done);
    const before = earlier[i];
    if (before?.bytes === bytes && await place.sizeOf(file, signal) === bytes) parts.push(before);
    else {
      const at = done;
      const sent = await place.send(file, { path, offset: at, bytes }, {
        signal,
        moved: (moved) => progress({ step: place.steps.send, done: at + moved, of: size }),
      });
      if (sent.bytes !== bytes) throw new Refused("failed", `${path} became shorter while it was exported.`);
      parts.push({ file, ...sent });
      await place.write(PROGRESS_FILE, textOf({ format: 1, name, identity, partBytes, parts }), signal);
    }
    done += bytes;
    progress({ step: place.steps.send, done, of: size });
  }
  return parts;
}

/** Parts that an export of the same disk, cut off, has left there complete. */
async function earlierParts(
  place: Place,
  { name, identity, partBytes }: { name: string; identity: string; partBytes: number },
  { replace, signal }: Sending,
): Promise<readonly Part[]> {
  const bytes = await place.read(PROGRESS_FILE, signal);
  if (bytes === undefined) return [];
  const read = parseProgress(new TextDecoder().decode(bytes));
  if (!("value" in read)) return [];
  const { value } = read;
  if (!sameName(value.name, name) && !replace) {
    throw new Refused(
      "conflict",
      `An export of the template ${JSON.stringify(value.name)} to ${place.origin} is not complete. ` +
        "Export to another place, or ask for its replacement.",
    );
  }
  const goesOn = sameName(value.name, name) && value.identity === identity && value.partBytes === partBytes;
  return goesOn ? value.parts : [];
}

/** Without what means nothing elsewhere: the account of its guests, and which of this host's GPUs it is. */
function portable({ credentials: _, gpuPartition = {}, ...settings }: TemplateSettings): TemplateSettings {
  const { gpu: _gpu, ...sizes } = gpuPartition;
  return Object.keys(sizes).length === 0 ? settings : { ...settings, gpuPartition: sizes };
}

function manifestOf(
  { template: { settings, image }, disk: { identity }, bytes }: Exported,
  parts: Part[],
  now: number,
): TransferManifest {
  const { name, memoryMb, processors, secureBoot, tpm, nested, gpu = false, software, probe, gpuPartition } =
    portable(settings);
  return {
    format: 1,
    name,
    exportedAt: new Date(now).toISOString(),
    hardware: {
      memoryMb,
      processors,
      secureBoot,
      tpm,
      nested,
      gpu,
      ...(gpuPartition === undefined ? {} : { gpuPartition }),
      ...(software === undefined ? {} : { software: { ...software } }),
      ...(probe === undefined ? {} : { probe }),
    },
    ...(image === undefined ? {} : { image }),
    disk: { bytes, identity, parts },
  };
}

/** Parts of a longer disk that was here before. */
async function removeRest(
  place: Place,
  old: TransferManifest,
  from: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { file } of old.disk.parts.slice(from)) await place.remove(file, signal);
}
