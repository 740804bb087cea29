/** Packages of the simulated runner without a web server or a disk: for hosts and forges in the same program. */
import { compareVersions } from "../model/templates.ts";
import type { RunnerPackages } from "../ports/runner_packages.ts";
import type { RunnerReleases } from "./github_releases.ts";

/** The port over what came out at the simulated GitHub. */
export function simulatedPackages(releases: RunnerReleases): RunnerPackages {
  return {
    known: (offered) => {
      const value = offered.toSorted((a, b) => compareVersions(b.version, a.version));
      return Promise.resolve({ outcome: "ok", value });
    },
    fetch: ({ version, sha256: expected }) => {
      if (!releases.has(version)) {
        const message = `The simulated GitHub has no runner ${version}: let it come out first.`;
        return Promise.resolve({ outcome: "failed", code: "not_found", message });
      }
      const { file, bytes, sha256 } = releases.packageOf(version);
      if (expected !== undefined && expected !== sha256) {
        const message = `${file} has the SHA-256 ${sha256} and not ${expected}.`;
        return Promise.resolve({ outcome: "failed", code: "invalid", message });
      }
      const read = (offset: number, maxBytes: number) =>
        Promise.resolve(bytes.slice(offset, offset + maxBytes));
      return Promise.resolve({ outcome: "ok", value: { version, file, sha256, size: bytes.length, read } });
    },
  };
}
