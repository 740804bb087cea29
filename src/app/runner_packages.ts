/** The runner program on the controller's machine: fetched once, checked, and kept. */
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compareVersions } from "../model/templates.ts";
import type { Log } from "../ports/log.ts";
import type {
  PackageResult,
  RunnerPackage,
  RunnerPackages,
  RunnerRelease,
} from "../ports/runner_packages.ts";
import type { WebPort } from "../ports/web.ts";
import { readIfThere, sha256In, sha256Of, statIfThere } from "./runner_packages_checksum.ts";
import { copyFile, download, writing } from "./runner_packages_download.ts";
import { type FolderPackage, listFolder, packageFile } from "./runner_packages_folder.ts";
import { keepNewest } from "./runner_packages_keep.ts";
import { failedResult, PackageFailure } from "./runner_packages_failure.ts";

/** Where packages come from and go to. */
export interface RunnerPackagesOptions {
  /** For hosts without internet: a folder that people put packages into (`runners.packages`). */
  readonly folder?: string;
  /** Folder of the packages that are kept: `<data directory>/runners`. Made by the first `fetch`. */
  readonly cache: string;
  readonly web: WebPort;
  readonly log: Log;
}

/** Opens the packages of this machine. Nothing is read before the first call. */
export function runnerPackages(options: RunnerPackagesOptions): RunnerPackages {
  return new Packages(options);
}

interface Pending {
  readonly sha256: string | undefined;
  readonly result: Promise<PackageResult<RunnerPackage>>;
}

/** What is known of a file whose checksum was right. */
interface Checked {
  readonly sha256: string;
  readonly size: number;
  readonly mtimeMs: number;
}

class Packages implements RunnerPackages {
  readonly #o: RunnerPackagesOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #checked = new Map<string, Checked>();
  /** Packages of the folder that were said to be of no use. */
  readonly #warned = new Set<string>();

  constructor(options: RunnerPackagesOptions) {
    this.#o = options;
  }

  async known(offered: readonly RunnerRelease[]): Promise<PackageResult<readonly RunnerRelease[]>> {
    const { folder } = this.#o;
    try {
      const first = folder === undefined ? offered : released(await this.#folder(folder));
      const versions = new Set(first.map(({ version }) => version));
      // What nobody offers any more comes after what somebody does: it is no newest one.
      const kept = (await this.#keptHere()).filter(({ version }) => !versions.has(version));
      return { outcome: "ok", value: [...first.toSorted(newestFirst), ...kept.toSorted(newestFirst)] };
    } catch (error) {
      return failedResult(`read the folder of runners "${folder}"`, error);
    }
  }

  /** Packages of earlier times with their checksums; whether these are right is seen when one is fetched. */
  async #keptHere(): Promise<readonly RunnerRelease[]> {
    const { cache, log } = this.#o;
    try {
      // The first fetch makes the folder.
      return await statIfThere(cache) === undefined ? [] : released((await listFolder(cache)).packages);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn("The runners that are kept on this machine cannot be listed", { cache, why });
      return [];
    }
  }

  fetch(release: RunnerRelease): Promise<PackageResult<RunnerPackage>> {
    const { version, sha256 } = release;
    const before = this.#pending.get(version);
    if (before !== undefined && before.sha256 === sha256) return before.result;
    const run = async () => {
      await before?.result; // another checksum: they would write the same file
      try {
        return { outcome: "ok", value: await this.#fetch(release) } as const;
      } catch (error) {
        return failedResult(`get the runner ${version}`, error);
      }
    };
    const pending = {
      sha256,
      result: run().finally(() => {
        if (this.#pending.get(version) === pending) this.#pending.delete(version);
      }),
    };
    this.#pending.set(version, pending);
    return pending.result;
  }

  async #folder(folder: string): Promise<readonly FolderPackage[]> {
    const { packages, unusable } = await listFolder(folder);
    for (const { file, why } of unusable) {
      if (this.#warned.has(file)) continue;
      this.#warned.add(file);
      this.#o.log.warn("A package of the runner is left out", { folder, file, why });
    }
    if (packages.length > 0) return packages;
    const why = unusable.length === 0
      ? "it holds no actions-runner-win-x64-VERSION.zip"
      : `it holds none that can be used (${unusable.map(({ file, why }) => `${file}: ${why}`).join("; ")})`;
    throw new PackageFailure(
      "not_found",
      `${why}. Put the package there with its SHA-256 in a file of the same name and .sha256, ` +
        "or leave runners.packages out to fetch it from GitHub.",
    );
  }

  async #fetch(release: RunnerRelease): Promise<RunnerPackage> {
    const { cache, folder, log } = this.#o;
    const { version, url } = release;
    const file = packageFile(version);
    const wanted = release.sha256?.toLowerCase();
    if (file === undefined || (wanted !== undefined && !/^[0-9a-f]{64}$/.test(wanted))) {
      throw new PackageFailure("invalid", "its version is not three numbers, or its checksum is no SHA-256.");
    }
    await writing(cache, () => mkdir(cache, { recursive: true }));
    const kept = await this.#kept(file, version, wanted);
    if (kept !== undefined) return kept;
    const part = join(cache, `${file}.part`);
    const here = folder === undefined
      ? undefined
      : (await listFolder(folder)).packages.find((one) => one.version === version);
    if (here !== undefined) {
      const sha256 = wanted ?? here.sha256;
      await copyFile(here.path, part);
      return await this.#keep({ version, file, part, sha256, from: here.path });
    }
    const elsewhere = `put ${file} with its SHA-256 into a folder, and name that with runners.packages`;
    if (url === undefined) {
      const where = folder === undefined ? "nobody said where it is" : `it is not in the folder "${folder}"`;
      throw new PackageFailure("not_found", `${where}: ${elsewhere}.`);
    }
    if (!URL.canParse(url)) throw new PackageFailure("invalid", "where it is said to be is no web address.");
    if (wanted === undefined) {
      throw new PackageFailure(
        "invalid",
        `its SHA-256 is not told, and a program whose checksum is not known is not run: ${elsewhere}.`,
      );
    }
    const from = new URL(url).origin + new URL(url).pathname;
    log.info("A runner is fetched", { version, from });
    const { resumed } = await download({ web: this.#o.web, url, part, log, elsewhere });
    if (resumed && await sha256Of(part) !== wanted) {
      // What an earlier attempt left may have been a part of something else.
      await rm(part, { force: true });
      await download({ web: this.#o.web, url, part, log, elsewhere });
    }
    return await this.#keep({ version, file, part, sha256: wanted, from });
  }

  /** A package that is there already, if its checksum is right. */
  async #kept(file: string, version: string, wanted: string | undefined): Promise<RunnerPackage | undefined> {
    const path = join(this.#o.cache, file);
    const stat = await statIfThere(path);
    if (stat === undefined) return undefined;
    const sha256 = wanted ?? sha256In(await readIfThere(`${path}.sha256`));
    if (sha256 === undefined) return undefined;
    const { size, mtimeMs } = stat;
    const checked = this.#checked.get(file);
    if (checked?.size !== size || checked.mtimeMs !== mtimeMs || checked.sha256 !== sha256) {
      if (await sha256Of(path) !== sha256) {
        this.#o.log.warn("A package of the runner on this machine has another checksum: it is replaced", {
          path,
        });
        return undefined;
      }
      this.#checked.set(file, { sha256, size, mtimeMs });
    }
    return packageAt(path, { version, file, sha256, size });
  }

  /** Makes a package of what was fetched, or deletes it. */
  async #keep(
    { version, file, part, sha256, from }: {
      version: string;
      file: string;
      part: string;
      sha256: string;
      from: string;
    },
  ): Promise<RunnerPackage> {
    const is = await sha256Of(part);
    if (is !== sha256) {
      await rm(part, { force: true });
      throw new PackageFailure(
        "invalid",
        `what came from ${from} has the SHA-256 ${is}, and ${sha256} was expected. It was deleted. ` +
          "Check what stands between, such as a proxy, and where the checksum was taken from.",
      );
    }
    const path = join(this.#o.cache, file);
    await writing(path, async () => {
      await rename(part, path);
      await writeFile(`${path}.sha256`, `${sha256}  ${file}\n`);
    });
    const kept = await this.#kept(file, version, sha256);
    if (kept === undefined) throw new PackageFailure("unavailable", `${path} was changed while it was made.`);
    await keepNewest(this.#o, { current: version, busy: [...this.#pending.keys()] });
    return kept;
  }
}

function newestFirst(a: RunnerRelease, b: RunnerRelease): number {
  return compareVersions(b.version, a.version);
}

function released(packages: readonly FolderPackage[]): RunnerRelease[] {
  return packages.map(({ version, file, sha256 }) => ({ version, file, sha256 }));
}

function packageAt(path: string, about: Omit<RunnerPackage, "read">): RunnerPackage {
  return {
    ...about,
    async read(offset, maxBytes) {
      const buffer = new Uint8Array(Math.max(0, Math.min(maxBytes, about.size - offset)));
      const file = await open(path, "r");
      try {
        let filled = 0;
        while (filled < buffer.length) {
          const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      } finally {
        await file.close();
      }
    },
  };
}
