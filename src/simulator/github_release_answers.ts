/** What the simulated GitHub answers of the runner program: the list of its packages, and their bytes. */
import { createHash } from "node:crypto";
import { packageFile, type RunnerReleases, type SimulatedPackage } from "./github_releases.ts";
import type { RouteAnswer } from "./github_routes.ts";

/** Address of a release's file. */
export const RELEASE_PATH = "/actions/runner/releases/download/:tag/:file";
/** Where that leads: at GitHub to another server, here to the same. */
export const ASSET_PATH = "/release-assets/:file";

const OFFERED = [["win", "arm64"], ["linux", "x64"], ["linux", "arm64"], ["win", "x64"], [
  "osx",
  "x64",
]] as const;

/** Packages of the newest runner. Only the one for Windows on x64 can be fetched. */
export function downloadsBody(releases: RunnerReleases, url: URL): unknown[] {
  const version = releases.latest;
  return OFFERED.map(([os, architecture]) => {
    const filename = packageFile(os, architecture, version);
    const path = RELEASE_PATH.replace(":tag", `v${version}`).replace(":file", filename);
    const isThere = os === "win" && architecture === "x64";
    const sum = isThere
      ? releases.packageOf(version).sha256
      : createHash("sha256").update(filename).digest("hex");
    return { os, architecture, "download_url": `${rootOf(url)}${path}`, filename, "sha256_checksum": sum };
  });
}

/** The way from a release to its file; `undefined`: there is none. */
export function releaseAnswer(
  releases: RunnerReleases,
  { tag = "", file = "", url }: { tag: string | undefined; file: string | undefined; url: URL },
): RouteAnswer | undefined {
  if (!tag.startsWith("v") || packageNamed(releases, file)?.version !== tag.slice(1)) return undefined;
  return { status: 302, headers: { location: `${rootOf(url)}${ASSET_PATH.replace(":file", file)}` } };
}

/** A file, or the rest of it: `bytes=<from>-` is what goes on with a download; `undefined`: there is none. */
export function assetAnswer(
  releases: RunnerReleases,
  file: string | undefined,
  range: string | undefined,
): RouteAnswer | undefined {
  const bytes = packageNamed(releases, file ?? "")?.bytes;
  if (bytes === undefined) return undefined;
  const headers = { "accept-ranges": "bytes", "content-type": "application/octet-stream" };
  const asked = /^bytes=(\d+)-$/.exec(range ?? "")?.[1];
  if (asked === undefined) return { status: 200, bytes, headers };
  const from = Number(asked);
  const size = bytes.length;
  if (from >= size) return { status: 416, headers: { "content-range": `bytes */${size}` } };
  const contentRange = `bytes ${from}-${size - 1}/${size}`;
  return { status: 206, bytes: bytes.slice(from), headers: { ...headers, "content-range": contentRange } };
}

function packageNamed(releases: RunnerReleases, file: string): SimulatedPackage | undefined {
  const version = /-(\d+\.\d+\.\d+)\.zip$/.exec(file)?.[1];
  if (version === undefined || !releases.has(version)) return undefined;
  return file === packageFile("win", "x64", version) ? releases.packageOf(version) : undefined;
}

/** Address that every route is below. */
function rootOf(url: URL): string {
  const at = url.pathname.search(/\/(orgs|repos|actions)\//);
  return `${url.origin}${url.pathname.slice(0, at)}`;
}
