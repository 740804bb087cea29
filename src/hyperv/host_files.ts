/**
 * `file.*` on a Hyper-V host, answered by this program, which runs there. Each call may be repeated after it was cut
 * off anywhere: a piece ends the file that it is written to, and what it was to begin after is checked first.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type FileHandle, lstat, mkdir, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Answer, Lost } from "../ports/engine.ts";
import type { HostArgs, HostCall, HostValue } from "../ports/host.ts";
import { fileErrorRecord, FileRequestError } from "./file_errors.ts";

/** Calls that are answered here. */
export type FileCall = Extract<HostCall, `file.${string}`>;

/** So much is read before it is written; between two of these a copy can be given up. */
const PIECE_BYTES = 4 * 1_048_576;

type FileActions = {
  readonly [C in FileCall]: (args: HostArgs<C>, signal: AbortSignal) => Promise<HostValue<C>>;
};

const ACTIONS: FileActions = {
  "file.copy": copy,
  "file.read": read,
  "file.write": write,
  "file.rename": move,
  "file.remove": remove,
};

/** Whether a call is one of these. */
export function isFileCall(call: HostCall): call is FileCall {
  return Object.hasOwn(ACTIONS, call);
}

/** Answers one call; never rejects. An aborted one stops between two pieces and is lost. */
export async function answerFileCall(
  call: FileCall,
  args: unknown,
  signal: AbortSignal,
): Promise<Answer | Lost> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  // The arguments were checked by the call list.
  const action = ACTIONS[call] as (args: unknown, signal: AbortSignal) => Promise<unknown>;
  try {
    signal.throwIfAborted();
    return { ok: true, value: await action(args, signal), ms: elapsed() };
  } catch (error) {
    if (signal.aborted) return { lost: `${call} was given up: ${String(signal.reason)}` };
    const { path, target } = args as { path: string; target?: string };
    return { ok: false, error: fileErrorRecord(error, call, target ?? path), ms: elapsed() };
  }
}

async function copy(
  { path, offset, bytes, target, targetOffset }: HostArgs<"file.copy">,
  signal: AbortSignal,
): Promise<HostValue<"file.copy">> {
  await using source = await open(path, "r");
  const { size } = await statFile(source, path);
  await refuseSameFile(path, target);
  await using sink = await openAt(target, targetOffset);
  const digest = createHash("sha256");
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, bytes));
  let copied = 0;
  while (copied < bytes) {
    signal.throwIfAborted();
    const wanted = Math.min(buffer.length, bytes - copied);
    const { bytesRead } = await source.read(buffer, 0, wanted, offset + copied);
    if (bytesRead === 0) break;
    const part = buffer.subarray(0, bytesRead);
    digest.update(part);
    await writeAll(sink, part, targetOffset + copied);
    copied += bytesRead;
  }
  signal.throwIfAborted();
  await endAt(sink, targetOffset + copied);
  return { copied, size, sha256: digest.digest("hex") };
}

async function read({ path, offset, maxBytes }: HostArgs<"file.read">): Promise<HostValue<"file.read">> {
  await using file = await open(path, "r");
  const { size } = await statFile(file, path);
  const buffer = Buffer.alloc(Math.max(0, Math.min(maxBytes, size - offset)));
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
    if (bytesRead === 0) break; // somebody has cut it meanwhile
    length += bytesRead;
  }
  return { data: buffer.subarray(0, length).toString("base64"), size };
}

async function write({ path, offset, data }: HostArgs<"file.write">): Promise<HostValue<"file.write">> {
  await using file = await openAt(path, offset);
  const bytes = Buffer.from(data, "base64");
  await writeAll(file, bytes, offset);
  await endAt(file, offset + bytes.length);
  return { size: offset + bytes.length };
}

async function move({ path, target }: HostArgs<"file.rename">): Promise<HostValue<"file.rename">> {
  await lstat(path);
  if (await isThere(target)) throw new FileRequestError(`"${target}" exists: it is left as it is.`);
  await mkdir(dirname(target), { recursive: true });
  try {
    await rename(path, target);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EXDEV") throw error;
    throw new FileRequestError(
      `"${path}" cannot be renamed to "${target}", which is on another volume: copy it.`,
    );
  }
  return {};
}

async function remove({ path }: HostArgs<"file.remove">): Promise<HostValue<"file.remove">> {
  if (!await isThere(path)) return {};
  if ((await lstat(path)).isDirectory()) {
    throw new FileRequestError(`"${path}" is a folder, not a file: it is left as it is.`);
  }
  await unlink(path);
  return {};
}

/** Opens a file to be written from an offset on. At 0 it is made anew: other links to an old one keep what they have. */
async function openAt(path: string, offset: number): Promise<FileHandle> {
  if (offset === 0) {
    if (await isThere(path)) await remove({ path });
    await mkdir(dirname(path), { recursive: true });
    return await open(path, "wx");
  }
  const size = await isThere(path) ? (await stat(path)).size : 0;
  if (size < offset) {
    throw new FileRequestError(
      `"${path}" has ${size} bytes: a piece cannot begin at ${offset}. Begin where it ends, or anew at 0.`,
    );
  }
  return await open(path, "r+");
}

async function statFile(file: FileHandle, path: string): Promise<{ size: number }> {
  const found = await file.stat();
  if (found.isDirectory()) throw new FileRequestError(`"${path}" is a folder, not a file.`);
  return found;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

/** The file ends here, and lies on the disk when this returns. */
async function endAt(file: FileHandle, size: number): Promise<void> {
  await file.truncate(size);
  await file.sync();
}

/** A file copied onto itself, by another spelling or a link, would be cut before it was read. */
async function refuseSameFile(path: string, target: string): Promise<void> {
  const isSame = sameSpelling(resolve(path), resolve(target)) ||
    await isThere(target) && await leadToOneFile(path, target);
  if (isSame) throw new FileRequestError(`"${target}" is the very file that would be copied: "${path}".`);
}

async function leadToOneFile(path: string, other: string): Promise<boolean> {
  if (sameSpelling(await realpath(path), await realpath(other))) return true;
  const [one, two] = await Promise.all([stat(path, { bigint: true }), stat(other, { bigint: true })]);
  // Not every file system numbers its files.
  return one.ino !== 0n && one.ino === two.ino && one.dev === two.dev;
}

function sameSpelling(one: string, other: string): boolean {
  return one === other || Deno.build.os === "windows" && one.toLowerCase() === other.toLowerCase();
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}
