/**
 * The file that an image of hyperv-runner-pool configures itself from. Its `configure-runner.ps1` reads it at
 * `C:\runner-config.json` and runs `config.cmd` with what it says; see `docs/guest-protocol.md`.
 */
import type { ScopeKey } from "../model/ids.ts";

/** Its path below the root of the Windows volume. */
export const SEED_CONFIG_FILE = "runner-config.json";

/** What the guest is to register. */
export interface SeedRegistration {
  readonly scope: ScopeKey;
  /** Registration token; secret. */
  readonly token: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly group: string;
  /** Address of a cache server. */
  readonly cacheUrl?: string;
}

/**
 * Content of {@linkcode SEED_CONFIG_FILE}: `organization` is the owner of a `repository`, a user as well, which is empty
 * for the runners of an organization. Plain ASCII, since Windows PowerShell 5.1, with which the guest's script reads it,
 * takes UTF-8 without a byte order mark for the system's code page.
 */
export function seedConfig({ scope, token, name, labels, group, cacheUrl }: SeedRegistration): string {
  const [, organization = "", repository = ""] = scope.split("/");
  const own = repository === "" && group.toLowerCase() !== "default" ? { runner_group: group } : {};
  const text = JSON.stringify({
    token,
    organization,
    repository,
    name,
    labels: labels.join(","),
    ...own,
    ...(cacheUrl === undefined ? {} : { cache_url: cacheUrl }),
  });
  return text.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
