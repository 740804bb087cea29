/** The two secrets of a data directory: made once, never logged, readable by the owner only. */
import { join } from "node:path";
import { DataDirError, explainedFor } from "./datadir_error.ts";
import { readTextIfThere, replaceFile } from "./replace_file.ts";

const SECRET_BYTES = 32;

/** Where the API's token lies. */
export function tokenFile(dir: string): string {
  return join(dir, "token");
}

/** The API's bearer token: 43 characters of base64url. Call it with the data directory locked. */
export function readOrCreateToken(dir: string): string {
  const path = tokenFile(dir);
  return explainedFor(path, "read or make the API's token in", () => {
    const kept = readTextIfThere(path)?.trim();
    if (kept === undefined) {
      const token = randomBytes().toBase64({ alphabet: "base64url", omitPadding: true });
      replaceFile(path, token + "\n", { secret: true });
      return token;
    }
    // What a person puts there counts, as long as it can travel in a header and cannot be guessed.
    if (/^[\x21-\x7e]{16,}$/.test(kept)) return kept;
    throw new DataDirError(
      "broken",
      `Cannot use the API's token in ${path}: it is not one line of at least 16 printable ASCII characters.`,
      "Delete the file; the next start makes a new token.",
    );
  });
}

/** The key that lease tokens and guest passwords are derived from: 32 bytes. Call it with the directory locked. */
export function readOrCreateKey(dir: string): Uint8Array {
  const path = join(dir, "key");
  return explainedFor(path, "read or make the key in", () => {
    const kept = readBytesIfThere(path);
    if (kept === undefined) {
      const key = randomBytes();
      replaceFile(path, key, { secret: true });
      return key;
    }
    if (kept.length === SECRET_BYTES) return kept;
    throw new DataDirError(
      "broken",
      `Cannot use the key in ${path}: it has ${kept.length} bytes instead of ${SECRET_BYTES}.`,
      "Put back a backup of it, or delete it: then the next start makes a new key, and leases handed out before end.",
    );
  });
}

function randomBytes(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

function readBytesIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
