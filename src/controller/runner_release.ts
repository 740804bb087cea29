/** Which runner program there is, and having it on this machine. */
import type { ScopeKey } from "../model/ids.ts";
import type { ForgePort } from "../ports/forge.ts";
import type {
  PackageResult,
  RunnerPackage,
  RunnerPackages,
  RunnerRelease,
} from "../ports/runner_packages.ts";

/** What is asked. */
export interface ReleasePorts {
  readonly forge: ForgePort;
  /** @default nothing can be fetched */
  readonly packages?: RunnerPackages;
}

/** What the accounts offer: the first answer counts, since all of them get the same program. */
async function offered(
  forge: ForgePort,
  scopes: readonly ScopeKey[],
): Promise<PackageResult<readonly RunnerRelease[]>> {
  let message = "No account is configured that could be asked for the runner program";
  for (const scope of scopes) {
    const answer = await forge.downloads(scope);
    if (answer.outcome === "ok") return answer;
    message = answer.message;
  }
  return { outcome: "failed", code: "unavailable", message };
}

/** Everything that can be had; a folder of packages needs no answer from GitHub. */
async function releases(
  { forge, packages }: ReleasePorts,
  scopes: readonly ScopeKey[],
): Promise<PackageResult<readonly RunnerRelease[]>> {
  const answer = await offered(forge, scopes);
  if (packages === undefined) return answer;
  const known = await packages.known(answer.outcome === "ok" ? answer.value : []);
  const none = known.outcome === "ok" && known.value.length === 0;
  return none && answer.outcome !== "ok" ? answer : known;
}

/** Version of the newest one. */
export async function newestRelease(
  ports: ReleasePorts,
  scopes: readonly ScopeKey[],
): Promise<PackageResult<string>> {
  const known = await releases(ports, scopes);
  if (known.outcome !== "ok") return known;
  const [newest] = known.value;
  if (newest !== undefined) return { outcome: "ok", value: newest.version };
  return { outcome: "failed", code: "not_found", message: "No runner program for Windows on x64 is offered" };
}

/** Has the package of a version on this machine. */
export async function packageOf(
  version: string,
  ports: ReleasePorts,
  scopes: readonly ScopeKey[],
): Promise<PackageResult<RunnerPackage>> {
  const { packages } = ports;
  if (packages === undefined) {
    return { outcome: "failed", code: "invalid", message: "This hvpool cannot fetch runner programs" };
  }
  const known = await releases(ports, scopes);
  if (known.outcome !== "ok") return known;
  const release = known.value.find((one) => one.version === version);
  if (release === undefined) {
    const versions = known.value.map((one) => one.version).join(", ");
    return {
      outcome: "failed",
      code: "invalid",
      message:
        `Runner ${version} is not offered (there is: ${versions}). Choose one of them, or put its package ` +
        "into the folder of runners.packages.",
    };
  }
  // One that is there already, with the right checksum, is not fetched again.
  return await packages.fetch(release);
}
