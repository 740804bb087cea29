/** Files of config drives on this machine. They hold secrets for the seconds that they exist. */
import { readdir, rm, writeFile } from "node:fs/promises";

/** What is done with files of config drives. */
export interface MediaFiles {
  /** Writes a new file that only its owner may read, where the system has such rights. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Deletes a file; missing is no error. Answers why it could not be deleted, such as that a drive holds it. */
  remove(path: string): Promise<unknown>;
  /** Names in a folder; a missing folder has none. */
  list(directory: string): Promise<string[]>;
}

/**
 * The file system. On Windows a file's rights are its folder's until `dvd.set` takes them away from everybody
 * but the system, administrators and the machine that it is set into.
 */
export const mediaFiles: MediaFiles = {
  async write(path, bytes) {
    await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
  },
  async remove(path) {
    try {
      await rm(path, { force: true });
      return undefined;
    } catch (error) {
      return error;
    }
  },
  async list(directory) {
    try {
      return await readdir(directory);
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return [];
      throw error;
    }
  },
};
