/** The folder that people put packages of the runner into, for hosts without internet. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent, readIfThere, sha256In, sha256Sums } from "./runner_packages_checksum.ts";
import { PackageFailure } from "./runner_packages_failure.ts";

/** A package with its checksum. */
export interface FolderPackage {
  readonly version: string;
  readonly file: string;
  readonly path: string;
  readonly sha256: string;
}

/** What a folder holds. */
export interface FolderContent {
  readonly packages: readonly FolderPackage[];
  readonly unusable: readonly { readonly file: string; readonly why: string }[];
}

const VERSION = /^\d{1,4}\.\d{1,6}\.\d{1,6}$/;

/** Name of a version's package; `undefined`: it is no version. */
export function packageFile(version: string): string | undefined {
  return VERSION.test(version) ? `actions-runner-win-x64-${version}.zip` : undefined;
}

/** The version in a package's name, whatever its case. */
export function versionOf(file: string): string | undefined {
  const version = /^actions-runner-win-x64-(.+)\.zip$/i.exec(file)?.[1];
  return version !== undefined && VERSION.test(version) ? version : undefined;
}

/** Reads names and checksums, not the packages themselves. */
export async function listFolder(folder: string): Promise<FolderContent> {
  const names = await namesIn(folder);
  const sumsFile = names.find((name) => name.toLowerCase() === "sha256sums");
  const sums = sumsFile === undefined
    ? new Map<string, string>()
    : sha256Sums(await readIfThere(join(folder, sumsFile)) ?? "");
  const packages: FolderPackage[] = [];
  const unusable: { file: string; why: string }[] = [];
  for (const name of names) {
    const version = versionOf(name);
    const file = packageFile(version ?? "");
    if (version === undefined || file === undefined) continue;
    const beside = names.find((one) => one.toLowerCase() === `${name.toLowerCase()}.sha256`);
    const sha256 = beside === undefined
      ? sums.get(name.toLowerCase())
      : sha256In(await readIfThere(join(folder, beside)));
    if (sha256 !== undefined) packages.push({ version, file, path: join(folder, name), sha256 });
    else {
      const why = beside === undefined
        ? `neither ${name}.sha256 nor SHA256SUMS tells its SHA-256`
        : `${beside} holds no SHA-256`;
      unusable.push({ file: name, why });
    }
  }
  return { packages, unusable };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw isAbsent(error)
      ? new PackageFailure(
        "not_found",
        "there is no such folder. Make it, or correct runners.packages.",
        error,
      )
      : new PackageFailure(
        "unavailable",
        `${why}. Check that it is a folder that hvpool's account may read.`,
        error,
      );
  }
}
