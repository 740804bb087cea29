/** How old an image and its runner are, and when that begins to matter. */
import type { Ms } from "./ids.ts";
import type { ImageStatus } from "./status.ts";
import { compareVersions, type ImageManifest, type SeenRelease } from "./templates.ts";

/** A runner that is so long behind a newer one is worth a warning. */
export const OUTDATED_WARN_DAYS = 20;
/** After so long GitHub gives a runner no jobs. Source: GitHub's documentation of self-hosted runners. */
export const OUTDATED_ERROR_DAYS = 30;
/** So long before its end a Windows licence is worth a warning. */
export const LICENCE_WARN_DAYS = 30;

const DAY_MS = 86_400_000;

/** What is known of an image. */
export interface ImageFacts {
  /** Name of the template. */
  readonly template: string;
  readonly image?: ImageManifest;
  /** Version of the runner that its guests say they have. */
  readonly seenRunner?: string;
  /** Runners that came out, in any order. */
  readonly releases: readonly SeenRelease[];
}

type Level = ImageStatus["level"];

interface Finding {
  readonly level: Level;
  readonly why: string;
}

/** The status of an image at a time. */
export function imageStatus(facts: ImageFacts, now: Ms): ImageStatus {
  const { template, image = {}, seenRunner, releases } = facts;
  const runner = seenRunner ?? image.runner ?? null;
  const latest = releases.map(({ version }) => version).toSorted(compareVersions).at(-1) ?? null;
  const outdatedAt = runner === null ? undefined : outdatedSince(runner, image.builtAt, releases, now);
  const findings = [
    ...(outdatedAt === undefined || runner === null || latest === null
      ? []
      : runnerFinding({ template, runner, latest }, now - outdatedAt)),
    ...disagreement(template, seenRunner, image.runner),
    ...(image.expiresAt === undefined ? [] : licenceFinding(template, image.expiresAt, now)),
  ].toSorted((a, b) => Number(b.level === "error") - Number(a.level === "error"));
  return {
    template,
    builtAt: image.builtAt ?? null,
    runner,
    runnerLatest: latest,
    outdatedSince: outdatedAt === undefined ? null : new Date(outdatedAt).toISOString(),
    expiresAt: image.expiresAt ?? null,
    level: findings[0]?.level ?? "ok",
    why: findings.length === 0 ? null : findings.map(({ why }) => why).join(" "),
  };
}

/** Guests know better than a manifest, which anybody may have written. */
function disagreement(template: string, seen: string | undefined, written: string | undefined): Finding[] {
  if (seen === undefined || written === undefined || seen === written) return [];
  const why = `Guests of template "${template}" have the runner ${seen}, but its manifest says ${written}: ` +
    "prepare it anew, so that the two agree.";
  return [{ level: "warn", why }];
}

/** When the first newer runner was seen, but not before the image was made: before, nobody could have been late. */
function outdatedSince(
  runner: string,
  builtAt: string | undefined,
  releases: readonly SeenRelease[],
  now: Ms,
): Ms | undefined {
  const newer = releases.filter(({ version }) => compareVersions(version, runner) > 0);
  if (newer.length === 0) return undefined;
  const seenAt = Math.min(...newer.map(({ at }) => at));
  const built = builtAt === undefined ? seenAt : Date.parse(builtAt);
  // An image out of the future says nothing true of its age.
  return built > seenAt && built <= now ? built : seenAt;
}

function runnerFinding(
  { template, runner, latest }: { template: string; runner: string; latest: string },
  behindMs: Ms,
): Finding[] {
  const days = Math.floor(behindMs / DAY_MS);
  if (days < OUTDATED_WARN_DAYS) return [];
  const level = days < OUTDATED_ERROR_DAYS ? "warn" : "error";
  const effect = level === "error"
    ? "GitHub gives no jobs to it any more"
    : `GitHub gives no jobs to it from ${OUTDATED_ERROR_DAYS} days on`;
  const why =
    `The runner ${runner} in template "${template}" has been outdated for ${days} days, since ${latest} is the newest, and ${effect}: set ` +
    `runners.version: auto, or run hvpool template prepare ${template} --from DISK --runner latest.`;
  return [{ level, why }];
}

function licenceFinding(template: string, expiresAt: string, now: Ms): Finding[] {
  const leftMs = Date.parse(expiresAt) - now;
  if (!(leftMs <= LICENCE_WARN_DAYS * DAY_MS)) return [];
  const day = expiresAt.slice(0, 10);
  const when = leftMs > 0 ? `ends on ${day}, in ${count(leftMs)}` : `ended on ${day}, ${count(-leftMs)} ago`;
  const why =
    `The Windows licence in template "${template}" ${when}: build the image anew, or enter a licence in it.`;
  return [{ level: leftMs > 0 ? "warn" : "error", why }];
}

function count(ms: Ms): string {
  const days = Math.floor(ms / DAY_MS);
  if (days === 0) return "less than a day";
  return days === 1 ? "1 day" : `${days} days`;
}
