/** Finds the configuration file and the data directory that a command means. */
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";

/** Taken when it lies in the working directory and no other is named. */
const DEFAULT_CONFIG = "config.yaml";

/** The configuration file: `--config`, else `config.yaml` here. Ends with bad use when there is neither. */
export async function locateConfig(invocation: Invocation): Promise<string> {
  const { config } = invocation.shared();
  if (config !== undefined) return config;
  if (await isFile(DEFAULT_CONFIG)) return DEFAULT_CONFIG;
  throw new CliError(
    `There is no ${DEFAULT_CONFIG} in this directory. Name the configuration with --config <file>, or try \`hvpool dev\`, which needs none.`,
    EXIT.usage,
  );
}

/**
 * The data directory: `--data-dir`, else the configuration's `data_dir`, else the system's. A `config.yaml` that
 * merely lies here, is broken and says nothing of a data directory does not keep anybody from asking: it may be another
 * program's. One that was named, or says where the data are, does: another hvpool would be asked.
 */
export async function locateDataDir(invocation: Pick<Invocation, "env" | "shared">): Promise<string> {
  const { config, dataDir } = invocation.shared();
  if (dataDir !== undefined) return dataDir;
  const file = config ?? (await isFile(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined);
  if (file !== undefined) {
    const { namesDataDir, readConfig } = await import("./read_config.ts");
    const loaded = await readConfig(file);
    if (loaded.config !== undefined) {
      const { dataDirectory } = await import("../../config/config.ts");
      return dataDirectory(loaded.config, invocation.env);
    }
    if (config !== undefined || await namesDataDir(file)) {
      const { formatProblem } = await import("../../config/file/problem.ts");
      const hint = config === undefined
        ? [`${file} says where the data of hvpool are: mend it, or name that directory with --data-dir.`]
        : [];
      throw new CliError([...loaded.problems.map(formatProblem), ...hint].join("\n"), EXIT.usage);
    }
  }
  const { defaultDataDir, thisPlatform } = await import("../../config/defaults.ts");
  return defaultDataDir(thisPlatform(), invocation.env);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
