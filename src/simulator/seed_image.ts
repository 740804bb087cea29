/** What an image of hyperv-runner-pool configures itself from, and whether an image has hvpool's loader. */
import type { ScopeKey } from "../model/ids.ts";
import type { SimulatedDisks } from "./disks.ts";
import type { TokenRegistration } from "./registration.ts";

/** Where such an image looks. */
export const SEED_FILE = "C:\\runner-config.json";
/** Where Windows keeps the start-up task that the loader's installer makes. */
const LOADER_TASK = "C:\\Windows\\System32\\Tasks\\hvpool";

/** Reads the file as `config.cmd` is called with it; `undefined`: nothing that it can be called with. */
export function readSeedConfig(bytes: Uint8Array | undefined): TokenRegistration | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // missing, or not written to its end
  }
  const given = (value ?? {}) as Record<string, unknown>;
  const text = (key: string) => typeof given[key] === "string" ? given[key] : "";
  const [token, organization, repository, name] = ["token", "organization", "repository", "name"].map(text);
  if (!token || !organization || !name) return undefined;
  return {
    token,
    name,
    scope: (repository ? `repos/${organization}/${repository}` : `orgs/${organization}`) as ScopeKey,
    labels: text("labels").split(",").map((label) => label.trim()).filter((label) => label !== ""),
    group: text("runner_group") || "Default",
  };
}

/** Whether the loader begins by itself when this disk boots: the image has it, or it was installed since. */
export function hasLoader(disks: SimulatedDisks, disk: string): boolean {
  const image = [...disks.chain(disk)].at(-1)?.file.madeAs ?? "";
  return !/no-?loader/i.test(image) || disks.readInside(disk, LOADER_TASK) !== undefined;
}

/** The loader's installer ran on this disk. `false`: the volume is full. */
export function installLoader(disks: SimulatedDisks, disk: string): boolean {
  return disks.writeInside(disk, LOADER_TASK, new TextEncoder().encode("<Task />"));
}
