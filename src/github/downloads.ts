/** Packages of the runner program, as GitHub offers them for download. */
import type { z } from "zod";
import type { RunnerRelease } from "../ports/runner_packages.ts";
import type { downloadsAnswer } from "./answers.ts";

const FILE = /^actions-runner-win-x64-(\d{1,4}\.\d{1,6}\.\d{1,6})\.zip$/;

/**
 * Those for Windows on x64. What is named otherwise than GitHub names its packages is left out: the name becomes a
 * file's name, and the version is compared.
 */
export function windowsReleases(rows: z.output<typeof downloadsAnswer>): RunnerRelease[] {
  const releases: RunnerRelease[] = [];
  for (const { os, architecture, filename, download_url: url, sha256_checksum: sum } of rows) {
    if (os !== "win" || architecture !== "x64" || !URL.canParse(url)) continue;
    const name = filename ?? new URL(url).pathname.split("/").at(-1) ?? "";
    const [file, version] = FILE.exec(name) ?? [];
    if (file === undefined || version === undefined) continue;
    const sha256 = /^[0-9a-f]{64}$/i.test(sum ?? "") ? sum?.toLowerCase() : undefined;
    releases.push({ version, file, url, ...(sha256 === undefined ? {} : { sha256 }) });
  }
  return releases;
}
