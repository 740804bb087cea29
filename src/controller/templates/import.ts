/** Imports an exported template: part by part into the store, each against its SHA-256. */
import { by } from "../../model/by.ts";
import { createHash } from "node:crypto";
import type { TemplateStatus } from "../../model/status.ts";
import type { Following, TemplateHardware, TransferTemplate } from "../../ports/operations.ts";
import { admissionOf, type Newcomer, record, settleDisk } from "./admit.ts";
import { giveName, needHost, sizeOf } from "./ask_host.ts";
import { checkHardware, settingsFrom } from "./hardware.ts";
import { partOf } from "../template_store.ts";
import { checkName } from "./names.ts";
import { type Moved, type Place, placeOf } from "./places.ts";
import { Refused, stopIfGivenUp } from "./refused.ts";
import { type Room, statusOf } from "./room.ts";
import {
  MANIFEST_FILE,
  parseManifest,
  parseProgress,
  type Part,
  PROGRESS_FILE,
  type TransferManifest,
} from "./transfer_manifest.ts";

/** Answers the template as it is then. @throws Refused */
export async function importTemplate(
  room: Room,
  request: TransferTemplate & TemplateHardware,
  following: Following,
): Promise<TemplateStatus> {
  const { context } = room;
  const { signal, progress } = following;
  checkName(request.name);
  const hardware = checkHardware(request);
  const place = placeOf(context, request);
  const work = room.inWork.begin({ what: "import", name: request.name });
  try {
    progress({ step: "checking" });
    const { manifest, digest } = await manifestAt(place, signal);
    const newcomer: Newcomer = {
      name: request.name,
      // The same export goes on wherever it is fetched from: each part has its digest.
      key: `import ${digest}`,
      replace: request.replace ?? false,
      settings: (at) => settingsFrom(at, hardware, manifest.hardware),
      origin: place.origin,
      ...by(request),
    };
    const admission = await admissionOf(room, newcomer, signal);
    const { settings } = admission;
    if (admission.to === "nothing") return statusOf(room, settings.name);
    work.hold(settings.path);
    if (admission.to === "record") return await record(room, admission, newcomer);
    await bring(room, place, manifest, settings.path, following);
    progress({ step: "checking" });
    const disk = await settleDisk(room, settings.path, { signal, told: manifest.image });
    return await record(room, { settings, disk }, newcomer);
  } finally {
    work.end();
  }
}

async function manifestAt(
  place: Place,
  signal: AbortSignal | undefined,
): Promise<{ manifest: TransferManifest; digest: string }> {
  const bytes = await place.read(MANIFEST_FILE, signal);
  const text = bytes === undefined ? "{}" : new TextDecoder().decode(bytes);
  if (text.trim() === "{}") throw await nothingThere(place, signal);
  const read = parseManifest(text);
  if ("value" in read) {
    return { manifest: read.value, digest: createHash("sha256").update(text).digest("hex") };
  }
  throw new Refused(
    "invalid",
    `The ${MANIFEST_FILE} at ${place.origin} is none of an exported template: ${read.problem}. Export the template again.`,
  );
}

async function nothingThere(place: Place, signal: AbortSignal | undefined): Promise<Refused> {
  const progress = await place.read(PROGRESS_FILE, signal);
  const read = progress === undefined ? undefined : parseProgress(new TextDecoder().decode(progress));
  if (read !== undefined && "value" in read) {
    const { name } = read.value;
    return new Refused(
      "not_found",
      `The export of the template ${JSON.stringify(name)} to ${place.origin} is not complete. ` +
        "Ask for it once more, and import then.",
    );
  }
  return new Refused(
    "not_found",
    `There is no exported template at ${place.origin}: it has no ${MANIFEST_FILE}. Correct the place.`,
  );
}

async function bring(
  room: Room,
  place: Place,
  manifest: TransferManifest,
  target: string,
  { progress, signal }: Following,
): Promise<void> {
  const { context } = room;
  const { bytes: size, parts } = manifest.disk;
  // An earlier request brought the disk, and did not come to record it.
  if (await sizeOf(context, target, signal) === size) return;
  const file = partOf(target);
  const there = await sizeOf(context, file, signal) ?? 0;
  const first = partsToKeep(parts, there);
  let done = parts.slice(0, first).reduce((sum, { bytes }) => sum + bytes, 0);
  const step = place.steps.fetch;
  progress({ step, done, of: size });
  for (const part of parts.slice(first)) {
    stopIfGivenUp(signal);
    const at = done;
    const moved = (bytes: number) => progress({ step, done: at + Math.min(bytes, part.bytes), of: size });
    await fetchPart(room, place, part, { path: file, offset: at }, { moved, signal });
    done += part.bytes;
    progress({ step, done, of: size });
  }
  stopIfGivenUp(signal);
  await giveName(context, file, target, signal);
}

/**
 * How many parts of a file that was cut off are good. A part was compared before the next one began, so of what ends
 * with a whole part, nobody knows about that one.
 */
export function partsToKeep(parts: readonly Part[], there: number): number {
  let whole = 0;
  let end = 0;
  for (const { bytes } of parts) {
    if (end + bytes > there) break;
    end += bytes;
    whole++;
  }
  // What is longer than all of them is something else.
  if (whole === parts.length && there > end) return 0;
  return there > end ? whole : Math.max(0, whole - 1);
}

/** Once more when it is not what the manifest says; then what came is cut off. */
async function fetchPart(
  { context }: Room,
  place: Place,
  part: Part,
  target: { path: string; offset: number },
  moving: { moved: (bytes: number) => void; signal: AbortSignal | undefined },
): Promise<void> {
  let came = await place.fetch(part, target, moving);
  if (!isRight(part, came)) came = await place.fetch(part, target, moving);
  if (isRight(part, came)) return;
  const tried = `Cannot cut off the wrong bytes at the end of ${target.path}`;
  await needHost(context, "file.write", { ...target, data: "" }, { tried });
  const difference = came.bytes === part.bytes
    ? `it has SHA-256 ${came.sha256}, and its manifest says ${part.sha256}`
    : `it has ${
      came.bytes > part.bytes ? "more" : `only ${came.bytes}`
    } bytes, and its manifest says ${part.bytes}`;
  throw new Refused(
    "failed",
    `${part.file} at ${place.origin} is not what was exported: ${difference}. Nothing was registered. ` +
      "Export the template again, and import it then.",
  );
}

function isRight({ bytes, sha256 }: Part, came: Moved): boolean {
  return came.bytes === bytes && came.sha256 === sha256;
}
