/** Reads and checks a configuration file. */
import { readConfigFile } from "../../config/file/read.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";

/** What the file says, or everything that is wrong with it, a file that cannot be read included. */
export async function readConfig(path: string): Promise<LoadedConfig> {
  const file = await readConfigFile(path);
  return "problem" in file ? { problems: [file.problem], warnings: [] } : loadConfig(file.read);
}
