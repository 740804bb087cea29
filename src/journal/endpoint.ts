/** `endpoint.json`: where programs on this machine find the running hvpool. */
import { join } from "node:path";
import { z } from "zod";
import { DataDirError, explainedFor } from "./datadir_error.ts";
import { readTextIfThere, removeIfThere, replaceFile } from "./replace_file.ts";

/** The file's content. It says nothing about whether the program still runs: ask the address. */
export const endpointSchema = z.object({
  /** `http://127.0.0.1:7420`, with the port that was really taken. */
  address: z.url({ protocol: /^https?$/ }),
  /** Absolute path of the file with the bearer token. */
  tokenFile: z.string().min(1),
  pid: z.int().positive(),
  /** ISO 8601 in UTC. */
  startedAt: z.iso.datetime(),
});

/** See {@linkcode endpointSchema}. */
export type Endpoint = z.infer<typeof endpointSchema>;

/** Where the file lies. */
export function endpointFile(dir: string): string {
  return join(dir, "endpoint.json");
}

/** Says where the API is; replaces what an earlier run left. */
export function writeEndpoint(dir: string, endpoint: Endpoint): void {
  const path = endpointFile(dir);
  explainedFor(path, "write", () => replaceFile(path, JSON.stringify(endpoint, null, 2) + "\n"));
}

/** Takes the file away at the end of a run. */
export function removeEndpoint(dir: string): void {
  const path = endpointFile(dir);
  explainedFor(path, "remove", () => removeIfThere(path));
}

/**
 * What the last run wrote, which may be over; `undefined` without a file.
 * @throws DataDirError `broken` when the file is there but is something else.
 */
export function readEndpoint(dir: string): Endpoint | undefined {
  const path = endpointFile(dir);
  return explainedFor(path, "read", () => {
    const text = readTextIfThere(path);
    if (text === undefined) return undefined;
    const parsed = endpointSchema.safeParse(jsonOrUndefined(text));
    if (parsed.success) return parsed.data;
    throw new DataDirError(
      "broken",
      `Cannot find the running hvpool: ${path} is not what hvpool writes there.`,
      "Delete the file and start hvpool again.",
    );
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}
