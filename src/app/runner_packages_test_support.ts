/** A folder, a cache and a real server for tests of the packages of the runner. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Fields, Log } from "../ports/log.ts";
import type {
  PackageResult,
  RunnerPackage,
  RunnerPackages,
  RunnerRelease,
} from "../ports/runner_packages.ts";
import type { WebPort } from "../ports/web.ts";
import { statIfThere } from "./runner_packages_checksum.ts";
import { runnerPackages } from "./runner_packages.ts";
import { openWeb } from "./web.ts";

/** What is fetched. */
export const VERSION = "2.340.0";
/** Its file. */
export const FILE = `actions-runner-win-x64-${VERSION}.zip`;
/** Some parts of a body long. */
export const BYTES = new Uint8Array(300_000).map((_, i) => (i * 7 + (i >> 8)) & 255);
/** Their SHA-256. */
export const SUM = sum(BYTES);

/** SHA-256 of bytes. */
export function sum(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Name of a version's package. */
export function fileOf(version: string): string {
  return `actions-runner-win-x64-${version}.zip`;
}

/** A folder, a server, and packages over both. */
export interface Stage {
  readonly packages: RunnerPackages;
  readonly cache: string;
  readonly folder: string;
  readonly url: string;
  /** Ranges of the requests that came, in order; `undefined`: all of it. */
  readonly asked: (string | null)[];
  readonly warnings: string[];
  readonly release: RunnerRelease;
  /** Packages as another start of the program would have them. */
  again(): RunnerPackages;
}

/** Answers the nth request; `part`: the file that what comes is written into. */
export type Handler = (request: Request, nth: number, part: string) => Response | Promise<Response>;

/** Runs a test against a server and folders of its own, and removes everything after it. */
export async function withStage(
  handler: Handler,
  test: (stage: Stage) => Promise<void>,
  { useFolder = false, web }: { useFolder?: boolean; web?: WebPort } = {},
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const folder = join(directory, "folder");
  const cache = join(directory, "data", "runners");
  await Deno.mkdir(folder);
  const asked: (string | null)[] = [];
  const stop = new AbortController();
  const listen = { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} };
  const server = Deno.serve({ ...listen, onError: () => new Response(null, { status: 500 }) }, (request) => {
    asked.push(request.headers.get("range"));
    return handler(request, asked.length, join(cache, `${FILE}.part`));
  });
  const real = openWeb();
  const warnings: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: (message: string, fields?: Fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    error() {},
  };
  const url = `http://127.0.0.1:${server.addr.port}/${FILE}?sig=SECRET`;
  const open = () => runnerPackages({ cache, web: web ?? real, log, ...(useFolder ? { folder } : {}) });
  try {
    await test({
      packages: open(),
      cache,
      folder,
      url,
      asked,
      warnings,
      release: { version: VERSION, file: FILE, url, sha256: SUM },
      again: open,
    });
  } finally {
    real.close();
    stop.abort();
    await server.finished;
    await Deno.remove(directory, { recursive: true });
  }
}

/** Serves the bytes, and parts of them. */
export const whole: Handler = (request) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (from === 0) return new Response(BYTES);
  if (from >= BYTES.length) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${BYTES.length}` } });
  }
  const headers = { "content-range": `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` };
  return new Response(BYTES.slice(from), { status: 206, headers });
};

/** Sends so many bytes from where the request asks, and breaks the connection once they are in the file. */
export function cutOff(request: Request, part: string, count: number): Response {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  const parts = [BYTES.slice(from, from + count)];
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = parts.shift();
      if (next !== undefined) return controller.enqueue(next);
      for (let waits = 0; waits < 1_000; waits++) {
        if ((await statIfThere(part))?.size === from + count) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      controller.error(new Error("cut off"));
    },
  });
  if (from === 0) return new Response(body);
  const headers = { "content-range": `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` };
  return new Response(body, { status: 206, headers });
}

/** Takes the value out of a result, or fails with the result. */
export function valueOf<V>(result: PackageResult<V>): V {
  assert.ok(result.outcome === "ok", JSON.stringify(result));
  return result.value;
}

/** Takes the failure out of a result; nothing secret is in it. */
export function failureOf(result: PackageResult<unknown>): { code: string; message: string } {
  assert.ok(result.outcome === "failed");
  assert.doesNotMatch(result.message, /SECRET/);
  return { code: result.code, message: result.message };
}

/** All bytes of a package. */
export async function contentOf(found: RunnerPackage): Promise<Uint8Array> {
  const parts: number[] = [];
  for (let offset = 0; offset < found.size; offset += 70_000) parts.push(...await found.read(offset, 70_000));
  return new Uint8Array(parts);
}

/** Names of the files in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}
