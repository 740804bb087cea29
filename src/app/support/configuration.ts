/** The configuration of a bundle: read as far as it can be, its secrets hidden. */
import { type Config, dataDirectory, type SecretSource } from "../../config/config.ts";
import { defaultDataDir, type ReadVariable, thisPlatform } from "../../config/defaults.ts";
import { formatProblem } from "../../config/file/problem.ts";
import { readConfigFile } from "../../config/file/read.ts";
import { loadConfig } from "../../config/load.ts";
import { showConfig } from "../../config/show.ts";
import { type BrokenFile, lookThrough } from "./broken_file.ts";
import { missingPart, type Part, textPart } from "./part.ts";
import type { PrivateName } from "./private_names.ts";
import { secretSources } from "./secret_values.ts";

const NAME = "configuration.json";

/** What a configuration says of where things are. */
export interface SupportConfiguration {
  readonly part: Part;
  readonly dataDir: string;
  /** Absent: there is none, or it cannot be used. */
  readonly config?: Config;
  /** Where its secrets are to be had, also of one that cannot be used. */
  readonly secrets: readonly SecretSource[];
  /** Names in one that cannot be used. */
  readonly names: readonly PrivateName[];
}

/** Reads it. */
export async function supportConfiguration(
  { configFile, dataDir, env }: {
    readonly configFile?: string;
    /** Stands above the configuration's. */
    readonly dataDir?: string;
    readonly env: ReadVariable;
  },
): Promise<SupportConfiguration> {
  const without = (why: string, found: BrokenFile = { secrets: [], names: [] }) => ({
    part: missingPart(NAME, why),
    dataDir: dataDir ?? defaultDataDir(thisPlatform(), env),
    ...found,
  });
  if (configFile === undefined) {
    return without("none was named with --config, and there is no config.yaml here");
  }
  const file = await readConfigFile(configFile);
  if ("problem" in file) return without(formatProblem(file.problem));
  const { config, problems } = loadConfig(file.read);
  if (config === undefined) {
    const found = lookThrough(new TextDecoder().decode(file.read.bytes), file.read.folder);
    return without(`it cannot be used: ${problems.map(formatProblem).join("; ")}`, found);
  }
  const at = dataDir ?? dataDirectory(config, env);
  return {
    part: textPart(NAME, showConfig(config, { json: true, dataDir: at })),
    dataDir: at,
    config,
    secrets: secretSources(config),
    names: [],
  };
}
