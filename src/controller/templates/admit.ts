/** Gives a disk that lies in the store its name. */
import { type By, by } from "../../model/by.ts";
import type { HostErrorClass } from "../../model/calls.ts";
import { disksInUse } from "../../model/rollout.ts";
import type { TemplateDisk } from "../../model/rollout.ts";
import type { TemplateSettings } from "../../model/settings.ts";
import type { TemplateStatus } from "../../model/status.ts";
import type { ImageManifest, RegisteredTemplate } from "../../model/templates.ts";
import { askHost, needHost, valueOf } from "./ask_host.ts";
import { sameHardware } from "./hardware.ts";
import { findImage } from "./image.ts";
import { diskInStore, samePath, sweepDisks } from "../template_store.ts";
import { nameTaken, nameToRegister } from "./names.ts";
import { type Room, stateOf, statusOf } from "./room.ts";

/** A disk on its way into the store. */
export interface Newcomer extends By {
  /** The name that is asked for; a template that is there keeps its spelling. */
  readonly name: string;
  /** What tells this disk from others of the same name. */
  readonly key: string;
  readonly replace: boolean;
  /** Settings but for name and path. */
  readonly settings: (place: { name: string; path: string }) => TemplateSettings;
  readonly origin: string;
  /** Identity of the disk where it comes from, if it is a disk of this host. */
  readonly identity?: string;
}

/** What is to be done for a newcomer. */
export type Admission =
  /** It is registered as it is. */
  | { readonly to: "nothing"; readonly settings: TemplateSettings }
  /** Its disk is in the store, and its hardware is another one. */
  | { readonly to: "record"; readonly settings: TemplateSettings; readonly disk: TemplateDisk }
  /** Its disk is brought to `settings.path`. */
  | { readonly to: "bring"; readonly settings: TemplateSettings };

/**
 * Looks at what is there of that name.
 * @throws Refused `conflict` when the name is taken and may not be given a new version.
 */
export async function admissionOf(room: Room, newcomer: Newcomer, signal?: AbortSignal): Promise<Admission> {
  const { context } = room;
  const existing = nameToRegister(stateOf(room), newcomer.name);
  const name = existing?.settings.name ?? newcomer.name;
  const path = diskInStore(context.store(), name, newcomer.key);
  const settings = newcomer.settings({ name, path });
  if (existing === undefined) return { to: "bring", settings };
  const same = samePath(existing.disk.path, path) || existing.disk.identity === newcomer.identity;
  if (same && await isIntact(room, existing, signal)) {
    const own = newcomer.settings({ name, path: existing.disk.path });
    if (sameHardware(own, existing.settings)) return { to: "nothing", settings: own };
    if (!newcomer.replace) throw nameTaken(existing);
    return { to: "record", settings: own, disk: existing.disk };
  }
  if (!newcomer.replace) throw nameTaken(existing);
  if (!samePath(existing.disk.path, path)) return { to: "bring", settings };
  // The disk in the store was spoilt: machines may stand on it, so another one goes beside it.
  const beside = diskInStore(context.store(), name, `${newcomer.key} ${existing.version}`);
  return { to: "bring", settings: newcomer.settings({ name, path: beside }) };
}

/** What is said of a disk that is gone, or none any more. */
const SPOILT: ReadonlySet<HostErrorClass> = new Set(["not_found", "invalid", "broken_chain"]);

/** Whether a template's disk is the one that was registered. It is read-only then, whatever happened to it. */
async function isIntact(
  { context }: Room,
  { disk }: RegisteredTemplate,
  signal?: AbortSignal,
): Promise<boolean> {
  const answer = await askHost(context, "disk.info", { path: disk.path }, signal);
  if (answer.outcome === "failed" && SPOILT.has(answer.code)) return false;
  const { identity, readOnly } = valueOf(answer, `Cannot read ${disk.path}`);
  if (identity !== disk.identity) return false;
  if (!readOnly) await protect(context, disk.path, signal);
  return true;
}

async function protect(
  context: Room["context"],
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await needHost(context, "disk.protect", { path }, { tried: `Cannot make ${path} read-only`, signal });
}

/** Makes a disk in the store read-only, and reads what has to be known of it. */
export async function settleDisk(
  { context }: Room,
  path: string,
  { signal, told }: { signal?: AbortSignal | undefined; told?: ImageManifest | undefined } = {},
): Promise<TemplateDisk> {
  await protect(context, path, signal);
  const found = await findImage(context, path, signal);
  const { identity } = await needHost(context, "disk.info", { path }, {
    tried: `Cannot read ${path}`,
    signal,
  });
  const image = found.found === "manifest" ? found.image : found.found === "unreadable" ? told : undefined;
  return { identity, path, ...(image === undefined ? {} : { image }) };
}

/** Records a template whose disk is in the store, and removes what nothing is made from any more. */
export async function record(
  room: Room,
  { settings, disk }: { settings: TemplateSettings; disk: TemplateDisk },
  newcomer: By & Pick<Newcomer, "origin">,
): Promise<TemplateStatus> {
  const { context } = room;
  // It took a while to bring the disk: somebody may have changed the configuration.
  nameToRegister(stateOf(room), settings.name);
  await context.apply({
    type: "template.register",
    settings,
    disk,
    origin: newcomer.origin,
    ...by(newcomer),
  });
  const status = statusOf(room, settings.name);
  // An image that is being prepared may be copied from the version before: that one is swept another time.
  const inUse = () =>
    stateOf(room).preparation === undefined
      ? disksInUse(stateOf(room))?.union(room.inWork.disks())
      : undefined;
  await sweepDisks(context.host, context.store(), settings, inUse, { unfinished: "removed" });
  return status;
}
