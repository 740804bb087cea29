/** What holds where the file says nothing and it depends on the system. */
import { posix, win32 } from "node:path";

/** Systems that are told apart. */
export type Platform = "windows" | "linux" | "macos";

/** Asks for an environment variable. */
export type ReadVariable = (name: string) => string | undefined;

/** Labels that stand before a pool's own, as the first seed gave them. GitHub adds none to a JIT runner. */
export const DEFAULT_LABELS: readonly string[] = ["self-hosted", "Windows", "X64", "ephemeral"];

/** The API's address when the file has none. */
export const DEFAULT_LISTEN = "127.0.0.1:7420";

/** Where relative paths of the host start when the configuration lies on a system without drives. */
export const HOST_FOLDER_ELSEWHERE = "C:\\hvpool";

/** `template_path` and `storage_path` below the configuration file's folder, as the first seed had them. */
export const DEFAULT_TEMPLATE = "vms\\templates\\runner-template.vhdx";
/** See {@linkcode DEFAULT_TEMPLATE}. */
export const DEFAULT_STORAGE = "vms\\storage";

/** Account in the guest as the first seed's images had it. */
export const DEFAULT_GUEST_USER = "Administrator";
/** See {@linkcode DEFAULT_GUEST_USER}. */
export const DEFAULT_GUEST_PASSWORD = "password";

/** Defaults that differ between systems, for the reference and for `config show`. */
export const PLATFORM_DEFAULTS: readonly {
  readonly key: string;
  readonly on: Readonly<Record<Platform, string>>;
}[] = [
  {
    key: "data_dir",
    on: {
      windows: "%ProgramData%\\hvpool",
      linux: "$XDG_STATE_HOME/hvpool or ~/.local/state/hvpool",
      macos: "$XDG_STATE_HOME/hvpool or ~/.local/state/hvpool",
    },
  },
  {
    key: "logging.directory",
    on: { windows: "<data_dir>\\logs", linux: "<data_dir>/logs", macos: "<data_dir>/logs" },
  },
  {
    key: "hyperv.template_path",
    on: {
      windows: `<file's folder>\\${DEFAULT_TEMPLATE}`,
      linux: `${HOST_FOLDER_ELSEWHERE}\\${DEFAULT_TEMPLATE}`,
      macos: `${HOST_FOLDER_ELSEWHERE}\\${DEFAULT_TEMPLATE}`,
    },
  },
  {
    key: "hyperv.storage_path",
    on: {
      windows: `<file's folder>\\${DEFAULT_STORAGE}`,
      linux: `${HOST_FOLDER_ELSEWHERE}\\${DEFAULT_STORAGE}`,
      macos: `${HOST_FOLDER_ELSEWHERE}\\${DEFAULT_STORAGE}`,
    },
  },
];

/** The text of {@linkcode PLATFORM_DEFAULTS} for one key and system. */
export function platformDefault(key: string, platform: Platform): string {
  return PLATFORM_DEFAULTS.find((row) => row.key === key)?.on[platform] ?? "";
}

/** The system that this program runs on. */
export function thisPlatform(): Platform {
  if (Deno.build.os === "windows") return "windows";
  return Deno.build.os === "darwin" ? "macos" : "linux";
}

/** The data directory when neither the file nor the command line names one. */
export function defaultDataDir(platform: Platform, env: ReadVariable): string {
  if (platform === "windows") return win32.join(nonEmpty(env("ProgramData")) ?? "C:\\ProgramData", "hvpool");
  const state = nonEmpty(env("XDG_STATE_HOME"));
  if (state !== undefined && posix.isAbsolute(state)) return posix.join(state, "hvpool");
  const home = nonEmpty(env("HOME"));
  // A service may have no home.
  return home === undefined ? "/var/lib/hvpool" : posix.join(home, ".local/state/hvpool");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}
