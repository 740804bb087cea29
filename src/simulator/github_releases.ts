/** The runner program as the simulated GitHub offers it: versions that come out, and a package of each. */
import { createHash } from "node:crypto";
import { zipOf } from "../ports/zip.ts";

/** What comes out first, and what is in images that say nothing of their runner. */
export const FIRST_VERSION = "2.336.0";

/** One package. */
export interface SimulatedPackage {
  readonly version: string;
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the bytes: 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Name of a version's package, as GitHub names it. */
export function packageFile(os: string, architecture: string, version: string): string {
  return `actions-runner-${os}-${architecture}-${version}.${os === "win" ? "zip" : "tar.gz"}`;
}

/** Versions of the runner program. */
export class RunnerReleases {
  readonly #packages = new Map<string, SimulatedPackage>();
  readonly #released = new Set([FIRST_VERSION]);
  #latest = FIRST_VERSION;

  /** The one that came out last: GitHub offers no other. */
  get latest(): string {
    return this.#latest;
  }

  /** A version comes out: three numbers with dots. */
  release(version: string): void {
    this.#latest = version;
    this.#released.add(version);
  }

  /** Whether a version came out: then its package can still be fetched. */
  has(version: string): boolean {
    return this.#released.has(version);
  }

  /** The package of a version for Windows on x64: the same bytes whenever it is asked. */
  packageOf(version: string): SimulatedPackage {
    const known = this.#packages.get(version);
    if (known !== undefined) return known;
    const bytes = zipOf(Object.entries(filesOf(version)).map(([name, content]) => ({ name, content })));
    const made = {
      version,
      file: packageFile("win", "x64", version),
      bytes,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    };
    this.#packages.set(version, made);
    return made;
  }
}

/** Enough to be told apart from another version's, and to be fetched in pieces. */
function filesOf(version: string): Record<string, string> {
  const line = (i: number) => `${i} of the runner ${version}, which runs no job\n`;
  const padding = Array.from({ length: 100 }, (_, i) => line(i)).join("");
  return {
    "bin/Runner.Listener.exe": `MZ${padding}`,
    "config.cmd": `@echo The simulated runner ${version} is configured.\r\n`,
    "run.cmd": `@echo The simulated runner ${version} runs.\r\n`,
  };
}
