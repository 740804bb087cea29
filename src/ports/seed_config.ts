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

/** Content of {@linkcode SEED_CONFIG_FILE}. `repository` is empty for the runners of an organization. */
export function seedConfig({ scope, token, name, labels, group, cacheUrl }: SeedRegistration): string {
  const [, organization = "", repository = ""] = scope.split("/");
  const own = repository === "" && group.toLowerCase() !== "default" ? { runner_group: group } : {};
  return JSON.stringify({
    token,
    organization,
    repository,
    name,
    labels: labels.join(","),
    ...own,
    ...(cacheUrl === undefined ? {} : { cache_url: cacheUrl }),
  });
}
