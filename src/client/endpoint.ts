/** Finds the hvpool that runs with a data directory: its address and token. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { endpointSchema } from "../api/schemas.ts";
import { NotRunning, Unauthorized } from "./errors.ts";

/** Where a hvpool answers, and how it is asked. */
export interface ApiAddress {
  /** `http://127.0.0.1:<port>`, or `https://hvpool.example/path`; without a slash at the end. */
  readonly address: string;
  /** Bearer token; secret. */
  readonly token: string;
  /** Somebody named it: no data directory of this machine says so. */
  readonly named?: true;
}

/** A running hvpool of this machine. */
export interface Endpoint extends ApiAddress {
  readonly pid: number;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

/**
 * Reads `<dataDir>/endpoint.json` and the token file that it names, which is left alone when there is another token.
 *
 * @throws NotRunning without the file, with one that cannot be read as such, and when its process has ended
 * @throws Unauthorized when the token file cannot be read
 */
export async function findEndpoint(dataDir: string, otherToken?: string): Promise<Endpoint> {
  const path = join(dataDir, "endpoint.json");
  const text = await readText(path, (reason) =>
    new NotRunning(
      `hvpool is not running with the data directory ${dataDir}: ${reason}. ` +
        "Start it with `hvpool run`, or name another directory with --data-dir.",
    ));
  const parsed = endpointSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new NotRunning(
      `Cannot find the running hvpool: ${path} is not what hvpool writes there. Start hvpool again.`,
    );
  }
  const { address, tokenFile, pid, startedAt } = parsed.data;
  if (!isAlive(pid)) {
    throw new NotRunning(
      `hvpool is not running: ${path} names process ${pid}, which has ended. Start it with \`hvpool run\`.`,
    );
  }
  if (otherToken !== undefined) return { address, token: otherToken, pid, startedAt };
  const tokenPath = isAbsolute(tokenFile) ? tokenFile : join(dataDir, tokenFile);
  const token = await readText(tokenPath, (reason) =>
    new Unauthorized(
      `Cannot read hvpool's token from ${tokenPath}: ${reason}. Use the account that hvpool runs under, or an administrator.`,
    ));
  return { address, token: token.trim(), pid, startedAt };
}

async function readText(path: string, refused: (reason: string) => Error): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw refused(`there is no ${path}`);
    if (code === "EACCES" || code === "EPERM") throw refused(`access to ${path} is denied`);
    throw refused(error instanceof Error ? error.message : String(error));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}

/** Whether a process runs. Signal 0 only asks; "not permitted" means that it does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== "ESRCH";
  }
}
