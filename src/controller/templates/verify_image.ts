/** Checks what an image says of itself against what the template says of it. */
import type { Ms } from "../../model/ids.ts";
import { compareVersions, type ImageManifest } from "../../model/templates.ts";
import type { TemplateCheck } from "../../ports/operations.ts";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import type { FoundTemplate } from "./found_template.ts";
import type { FoundImage } from "./image.ts";
import { fail, ok, warn } from "./findings.ts";

const DAY_MS = 86_400_000;
/** So long before a licence ends, there is a warning. */
const WARN_DAYS = 30;
/** So many differences are named. */
const NAMED = 10;

/** What an image is measured with. */
export interface Measure {
  readonly now: Ms;
  /** The newest runner that was ever offered. */
  readonly newest: string | undefined;
  /** Versions that guests name whose machines are made from the disk. */
  readonly seen: readonly string[];
}

/** `manifest`, `software`, `runner` and `expiry`. */
export function checkImage(found: FoundImage, template: FoundTemplate, measure: Measure): TemplateCheck[] {
  // What the image does not say (any more), the journal may know.
  const image = found.found === "manifest" ? found.image : template.image;
  return [
    checkManifest(found, template, measure),
    checkSoftware(found, template),
    checkRunner(image?.runner, measure),
    checkExpiry(image?.expiresAt, measure),
  ];
}

function checkManifest(found: FoundImage, { image: known }: FoundTemplate, { now }: Measure): TemplateCheck {
  const id = "manifest";
  switch (found.found) {
    case "nothing":
      return ok(id, `The image says nothing of itself: it has no C:\\${IMAGE_MANIFEST_FILE}.`);
    case "unreadable":
      return warn(
        id,
        `What the image says of itself could not be read: ${found.why}`,
        "Machines can be made from it all the same. See whether the disk has a Windows volume without BitLocker.",
      );
    case "malformed":
      return warn(
        id,
        `C:\\${IMAGE_MANIFEST_FILE} in the image is not used: ${found.why}`,
        "Write it as the documentation says, or prepare the image with hvpool template prepare.",
      );
    case "manifest":
      return checkClaims(found.image, known, now);
    default:
      return found satisfies never;
  }
}

function checkClaims(image: ImageManifest, known: ImageManifest | undefined, now: Ms): TemplateCheck {
  const id = "manifest";
  const remedy = "Do not rely on it: prepare the image anew with hvpool template prepare.";
  if (known?.runner !== undefined && image.runner !== undefined && known.runner !== image.runner) {
    return fail(
      id,
      `The image says that its runner is ${image.runner}; it was registered with ${known.runner}.`,
      remedy,
    );
  }
  if (image.builtAt !== undefined && Date.parse(image.builtAt) > now + DAY_MS) {
    return fail(id, `The image says that it was made at ${image.builtAt}, which is to come.`, remedy);
  }
  const made = image.builtAt === undefined ? "" : `, made at ${image.builtAt}`;
  const loader = image.loader === undefined ? "" : `, loader protocol ${image.loader}`;
  return ok(id, `The image has a manifest${made}${loader}.`);
}

function checkSoftware(found: FoundImage, { settings: { software = {} } }: FoundTemplate): TemplateCheck {
  const id = "software";
  const declared = Object.entries(software);
  if (declared.length === 0) return ok(id, "No software is declared.");
  const inImage = found.found === "manifest" ? found.image.software : undefined;
  if (inImage === undefined) return ok(id, "The image does not say what is installed in it.");
  const versions = new Map(Object.entries(inImage).map(([name, version]) => [name.toLowerCase(), version]));
  const other: string[] = [];
  const missing: string[] = [];
  for (const [name, version] of declared) {
    const has = versions.get(name.toLowerCase());
    if (has === undefined) missing.push(name);
    else if (has !== version) other.push(`${name} ${version} is declared, the image says ${has}`);
  }
  const remedy = "Correct what is declared, or install it and prepare the image anew.";
  if (other.length > 0) return fail(id, `${listed(other, "; ")}.`, remedy);
  if (missing.length > 0) {
    return fail(id, `The image does not say that it has ${listed(missing, ", ")}.`, remedy);
  }
  return ok(id, "What is declared is what the image says.");
}

function listed(items: readonly string[], between: string): string {
  const more = items.length > NAMED ? `${between}and ${items.length - NAMED} more` : "";
  return items.slice(0, NAMED).join(between) + more;
}

function checkRunner(runner: string | undefined, { newest, seen }: Measure): TemplateCheck {
  const id = "runner";
  const others = runner === undefined ? [] : seen.filter((version) => version !== runner);
  if (others.length > 0) {
    return fail(
      id,
      `The manifest says that the image has runner ${runner}; its guests run ${others.join(", ")}.`,
      "Prepare the image anew with hvpool template prepare, or correct its manifest.",
    );
  }
  if (runner === undefined) return ok(id, "The image does not say which runner it has.");
  if (newest === undefined) return ok(id, `The image has runner ${runner}; the newest one is not known yet.`);
  if (compareVersions(runner, newest) >= 0) return ok(id, `The image has runner ${runner}, the newest one.`);
  return warn(
    id,
    `The image has runner ${runner}; ${newest} is the newest. GitHub gives no jobs to a runner 30 days after a newer one ` +
      "came out.",
    "Prepare the image anew with hvpool template prepare, or write runners.version: auto (for one pool: its " +
      "runner_version).",
  );
}

function checkExpiry(expiresAt: string | undefined, { now }: Measure): TemplateCheck {
  const id = "expiry";
  if (expiresAt === undefined) return ok(id, "The image does not say when its Windows licence ends.");
  const days = Math.floor((Date.parse(expiresAt) - now) / DAY_MS);
  const remedy = "Activate Windows in the image or make a new one, and register it.";
  if (Date.parse(expiresAt) <= now) {
    return fail(id, `The Windows licence of the image ended at ${expiresAt}.`, remedy);
  }
  if (days <= WARN_DAYS) {
    return warn(
      id,
      `The Windows licence of the image ends at ${expiresAt}, in ${days} ${days === 1 ? "day" : "days"}.`,
      remedy,
    );
  }
  return ok(id, `The Windows licence of the image ends at ${expiresAt}.`);
}
