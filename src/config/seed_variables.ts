/** Answers environment variables of hyperv-runner-pool with the keys that took their place. */
import type { Config } from "./config.ts";
import type { ReadVariable } from "./defaults.ts";

/**
 * Older variables and what is written instead: a key, or a sentence where there is none. VM_TEMPLATE_PATH, USE_MOCK
 * and POWERSHELL_DEBUG_DIR are in that program's papers; the other names are those that its keys suggest.
 */
const VARIABLES: Readonly<Record<string, { readonly key: string } | { readonly instead: string }>> = {
  GITHUB_APP_ID: { key: "github.app_id" },
  GITHUB_APP_PRIVATE_KEY_PATH: { key: "github.app_private_key_path" },
  GITHUB_PAT: {
    instead: "hvpool signs in as a GitHub App: write github.app_id and github.app_private_key_path",
  },
  GITHUB_ORG: { key: "github.org" },
  GITHUB_USER: { key: "github.user" },
  GITHUB_REPO: { key: "github.repo" },
  POOL_SIZE: { key: "runners.pool_size" },
  RUNNER_POOL_SIZE: { key: "runners.pool_size" },
  RUNNER_NAME_PREFIX: { key: "runners.name_prefix" },
  RUNNER_LABELS: { key: "runners.labels" },
  RUNNER_GROUP: { key: "runners.runner_group" },
  RUNNER_CACHE_URL: { key: "runners.cache_url" },
  VM_TEMPLATE_PATH: { key: "hyperv.template_path" },
  VM_STORAGE_PATH: { key: "hyperv.storage_path" },
  VM_USERNAME: { key: "hyperv.vm_username" },
  VM_PASSWORD: { key: "hyperv.vm_password" },
  VM_MEMORY_MB: { key: "hyperv.vm_memory_mb" },
  VM_CPU_COUNT: { key: "hyperv.vm_cpu_count" },
  USE_MOCK: { key: "debug.use_mock" },
  LOG_LEVEL: { key: "logging.level" },
  LOG_FORMAT: { key: "logging.format" },
  POWERSHELL_DEBUG_DIR: { instead: "it has no counterpart; `logging.level: debug` says more" },
};

/**
 * One sentence for each older variable that is set and whose key the file does not have. Values are not read out.
 * A warning only: some of the names are common ones.
 */
export function seedVariables(env: ReadVariable, config?: Config): string[] {
  return Object.entries(VARIABLES).flatMap(([name, row]) => {
    const value = env(name);
    if (value === undefined || value === "") return [];
    if ("instead" in row) return [`The environment variable ${name} is not read: ${row.instead}.`];
    if (config !== undefined && isWritten(config, row.key)) return [];
    return [`The environment variable ${name} is not read: write ${row.key} in the configuration.`];
  });
}

/** Names of the older variables, for the reference. */
export function seedVariableRows(): { name: string; instead: string }[] {
  return Object.entries(VARIABLES).map(([name, row]) => ({
    name,
    instead: "key" in row ? `\`${row.key}\`` : row.instead,
  }));
}

function isWritten(config: Config, key: string): boolean {
  return config.effective.some(({ origin }) => origin.kind === "file" && origin.key === key);
}
