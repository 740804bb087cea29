/** Begins the preparation of an image. The controller does the rest, step by step. */
import { by } from "../../model/by.ts";
import type { State } from "../../model/state.ts";
import type { TemplateStatus } from "../../model/status.ts";
import type { TemplateSettings } from "../../model/settings.ts";
import { compareVersions } from "../../model/templates.ts";
import type { Following, PrepareTemplate } from "../../ports/operations.ts";
import type { TemplateContext } from "./context.ts";
import { inspectDisk, refuseChild } from "./disk_check.ts";
import { checkHardware, settingsFrom } from "./hardware.ts";
import {
  checkName,
  configuredOf,
  nameTaken,
  nameToRegister,
  registeredOf,
  sameName,
  unknownTemplate,
} from "./names.ts";
import { Refused } from "./refused.ts";
import { type Room, stateOf, statusOf } from "./room.ts";

const VERSION = /^\d{1,4}\.\d{1,6}\.\d{1,6}$/;

/** Answers the template with its preparation begun. @throws Refused */
export async function prepareTemplate(
  room: Room,
  request: PrepareTemplate,
  { progress, signal }: Following,
): Promise<TemplateStatus> {
  const { context } = room;
  checkName(request.name);
  const hardware = checkHardware(request);
  const { switchName = "" } = request;
  if (switchName.length > 256) {
    throw new Refused("invalid", "The name of the switch is longer than 256 characters.");
  }
  const work = room.inWork.begin({ what: "prepare", name: request.name });
  try {
    progress({ step: "checking" });
    refuseSecond(stateOf(room));
    const existing = nameToRegister(stateOf(room), request.name);
    if (existing !== undefined && request.replace !== true) throw nameTaken(existing);
    const name = existing?.settings.name ?? request.name;
    const source = sourceOf(stateOf(room), request.from);
    const disk = await inspectDisk(context, source.path, signal);
    refuseChild(disk, "Make a flat disk of it with Convert-VHD, and prepare that one.");
    const runner = await runnerOf(context, request.runner);
    work.hold(disk.path);
    // Both were true before the disk was looked at.
    refuseSecond(stateOf(room));
    nameToRegister(stateOf(room), name);
    await context.apply({
      type: "template.prepare",
      settings: settingsFrom({ name, path: disk.path }, hardware, source.hardware),
      from: disk.identity,
      switchName,
      ...by(request),
      ...(runner === undefined ? {} : { runner }),
    });
    const begun = stateOf(room).preparation;
    if (begun !== undefined && sameName(begun.template.name, name)) return statusOf(room, name);
    throw new Refused(
      "failed",
      "The preparation was not begun: hvpool is about to stop, or began another one.",
    );
  } finally {
    work.end();
  }
}

function refuseSecond({ preparation }: State): void {
  if (preparation === undefined) return;
  throw new Refused(
    "conflict",
    `The image ${
      JSON.stringify(preparation.template.name)
    } is being prepared (${preparation.cycle}), and one at a time is. ` +
      "Wait until it is ready: hvpool template list tells how far it is.",
  );
}

interface Source {
  readonly path: string;
  /** Of the template that it is. */
  readonly hardware: Partial<TemplateSettings>;
}

/** A template's name comes first, then a path. */
function sourceOf(s: State, from: string): Source {
  const registered = registeredOf(s, from);
  if (registered !== undefined) return { path: registered.disk.path, hardware: registered.settings };
  const configured = configuredOf(s, from);
  if (configured !== undefined) {
    const kept = configured.pools.find(({ disk }) => disk !== undefined)?.disk?.path;
    return { path: kept ?? configured.settings.path, hardware: configured.settings };
  }
  if (!/[\\/:]/.test(from)) throw unknownTemplate(s, from);
  return { path: from, hardware: {} };
}

async function runnerOf(context: TemplateContext, wanted: string | undefined): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  if (context.packages === undefined) {
    throw new Refused("invalid", "This hvpool can install no runner: prepare the image without one.");
  }
  if (wanted !== "latest") {
    if (VERSION.test(wanted)) return wanted;
    throw new Refused(
      "invalid",
      `${JSON.stringify(wanted.slice(0, 100))} is no version of the runner. Write it as 2.338.1, or latest.`,
    );
  }
  const known = await context.packages.known([]);
  const { releases } = context.state();
  // What is kept on this machine was the newest one once: GitHub is asked where no answer is remembered.
  const asked = releases.length > 0 ? undefined : await context.newestRunner?.();
  const versions = [
    ...(known.outcome === "ok" ? known.value.map(({ version }) => version) : []),
    ...releases.map(({ version }) => version),
    ...(asked?.outcome === "ok" ? [asked.value] : []),
  ];
  const newest = versions.sort(compareVersions).at(-1);
  if (newest !== undefined) return newest;
  const refused = asked?.outcome === "failed" ? asked : known;
  const why = refused.outcome === "failed" ? refused.message : "GitHub was not asked yet.";
  throw new Refused(
    "failed",
    `Which runner is the newest is not known: ${why} Name a version, or ask again in a minute.`,
  );
}
