/** What an antivirus should leave alone. Whether it does cannot be asked of every product, so this is a hint. */
import { win32 } from "node:path";
import type { Settings } from "../../../model/settings.ts";
import { type Check, ok, warn } from "../check.ts";
import type { ConfigFacts, LocalFacts } from "../facts.ts";

/** Processes of Hyper-V that open disks and saved states. Source: Microsoft, "Antivirus exclusions for Hyper-V hosts". */
const PROCESSES = ["vmms.exe", "vmwp.exe", "vmcompute.exe"];

/** Folders with disks of machines and templates, each once. */
export function foldersToExclude({ storage, pools }: Settings): string[] {
  const templates = pools.map(({ template }) => template.path).filter((path) => path !== "").map((path) =>
    win32.dirname(path)
  );
  return [...new Set([storage, ...templates])].filter((folder) => folder !== "");
}

/** `antivirus` */
export function checkAntivirus(
  { mode, os, settings }: Pick<ConfigFacts, "mode" | "os" | "settings">,
  { defender }: Pick<LocalFacts, "defender">,
): Check {
  const folders = settings === undefined ? [] : foldersToExclude(settings);
  const message =
    `An antivirus on the host should leave alone the folders ${folders.join(", ")}, files .vhdx, .avhdx, ` +
    `.vmcx, .vmrs and .vmgs, and the processes ${PROCESSES.join(", ")}.`;
  if (mode !== "host" || os !== "windows" || !defender) return ok("antivirus", message);
  const quoted = folders.map((folder) => `'${folder.replaceAll("'", "''")}'`).join(", ");
  return warn(
    "antivirus",
    `${message} Windows Defender is installed here; its exclusions are not read.`,
    `Check with Get-MpPreference; add with: Add-MpPreference -ExclusionPath ${quoted} -ExclusionProcess ${
      PROCESSES.map((name) => `'${name}'`).join(", ")
    }.`,
  );
}
