/** Checks a template against the host: whether machines can be made from it, and whether it is what it says. */
import type { State } from "../../model/state.ts";
import type { Following, TemplateCheck } from "../../ports/operations.ts";
import { askHost } from "./ask_host.ts";
import { type DiskInfo, walkChain } from "./disk_check.ts";
import { findTemplate, type FoundTemplate } from "./found_template.ts";
import { fail, ok, warn } from "./findings.ts";
import { findImage } from "./image.ts";
import { samePath } from "../template_store.ts";
import { checkImage } from "./verify_image.ts";
import { type Room, stateOf } from "./room.ts";

/** All findings, the good ones too. @throws Refused `not_found`, or when the host says nothing. */
export async function verifyTemplate(
  room: Room,
  name: string,
  { progress, signal }: Following,
): Promise<TemplateCheck[]> {
  const { context } = room;
  progress({ step: "checking" });
  const template = findTemplate(stateOf(room), name);
  const { path } = template;
  const answer = await askHost(context, "disk.info", { path }, signal);
  if (answer.outcome !== "ok") {
    const isBroken = answer.outcome === "failed" && answer.code === "broken_chain";
    return [
      isBroken ? fail("chain", `The chain of ${path} is broken: ${answer.message}`, CHAIN_REMEDY) : fail(
        "file",
        answer.outcome === "failed" && answer.code === "not_found"
          ? `There is no disk at ${path}.`
          : `The disk at ${path} cannot be read: ${answer.message}`,
        "Put it back, or register the template anew.",
      ),
    ];
  }
  const info = answer.value;
  const { broken, parents } = await walkChain(context, info, signal);
  const checks = [
    checkFile(info),
    checkReadOnly(info, template),
    broken === undefined
      ? ok("chain", ["A whole disk", ...parents.map((parent) => parent.path)].join(" on "))
      : fail("chain", `The chain of ${path} is broken: ${broken}`, CHAIN_REMEDY),
    checkIdentity(info, template),
    checkInUse(info),
  ];
  const image = await findImage(context, path, signal);
  const s = stateOf(room);
  const measure = { now: context.clock.now(), newest: newestOf(s), seen: seenIn(s, path) };
  return [...checks, ...checkImage(image, template, measure)];
}

const CHAIN_REMEDY =
  "Put the parent back as it was. When it was written to, its children are lost: register another disk.";

function newestOf({ releases }: State): string | undefined {
  return releases.at(-1)?.version;
}

/** Runners that guests named whose machines are made from a disk. */
function seenIn({ pools }: State, path: string): string[] {
  const seen = new Set<string>();
  for (const { disk, seenRunner } of pools.values()) {
    if (disk !== undefined && seenRunner !== undefined && samePath(disk.path, path)) seen.add(seenRunner);
  }
  return [...seen];
}

function checkFile({ path, format, type, fileMb, sizeMb }: DiskInfo): TemplateCheck {
  if (format !== "vhdx") {
    return fail(
      "file",
      `${path} is no VHDX inside.`,
      "Convert it with Convert-VHD, and register the new file.",
    );
  }
  const size = `${Math.round(fileMb)} MB on the volume, ${Math.round(sizeMb)} MB for its machines`;
  return ok("file", `${path} is a ${type} VHDX: ${size}.`);
}

function checkReadOnly({ path, readOnly }: DiskInfo, { identity }: FoundTemplate): TemplateCheck {
  if (readOnly) return ok("read-only", `${path} is read-only.`);
  if (identity === undefined) {
    return warn("read-only", `${path} is not read-only yet.`, "The first check of a pool makes it so.");
  }
  return fail(
    "read-only",
    `${path} is not read-only any more: a write to it breaks every machine that is made from it.`,
    "Find out who made it writable, and whether it was written to. The next check of a pool makes it read-only again.",
  );
}

function checkIdentity({ path, identity }: DiskInfo, template: FoundTemplate): TemplateCheck {
  if (template.identity === undefined) return ok("identity", "No pool has looked at the disk yet.");
  if (template.identity === identity) return ok("identity", "The disk is the one that the journal knows.");
  return fail(
    "identity",
    `${path} is another disk, or was written to since it was registered: machines made from it may be broken. ` +
      `The journal has ${template.identity}, the host says ${identity}.`,
    "Register the disk anew with replacement; the pools of the template then make new machines.",
  );
}

function checkInUse({ path, attached, readOnly }: DiskInfo): TemplateCheck {
  if (!attached) return ok("in-use", "Nothing has the disk open for itself.");
  return warn(
    "in-use",
    `${path} is attached, to the host or to a machine that runs${readOnly ? "" : ", and can be written to"}.`,
    "Dismount it with Dismount-VHD, or shut down the machine that starts from it.",
  );
}
