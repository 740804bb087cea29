/** Reads and checks a configuration file. */
import { readConfigFile } from "../../config/file/read.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";

/** What the file says, or everything that is wrong with it, a file that cannot be read included. */
export async function readConfig(path: string): Promise<LoadedConfig> {
  const file = await readConfigFile(path);
  return "problem" in file ? { problems: [file.problem], warnings: [] } : loadConfig(file.read);
}

/** Whether a file that need not be right in anything else seems to name a data directory. */
export async function namesDataDir(path: string): Promise<boolean> {
  const file = await readConfigFile(path);
  if ("problem" in file) return false;
  const { bytes } = file.read;
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return /^\s*["']?data_dir["']?\s*:/m.test(new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(bytes));
}
