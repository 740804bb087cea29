/** Brings a file of some hundred megabytes here, and goes on where it was cut off. */
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { Log } from "../ports/log.ts";
import type { WebAnswer, WebPort } from "../ports/web.ts";
import { statIfThere } from "./runner_packages_checksum.ts";
import { PackageFailure } from "./runner_packages_failure.ts";

/** How often one download is taken up again, as long as each time brings something. */
const MAX_TRIES = 20;
/** The runner has about 200 MB. */
const MAX_BYTES = 2_147_483_648;

/** What is downloaded. */
export interface Download {
  readonly web: WebPort;
  readonly url: string;
  /** The file that it goes into; what is in it already is not asked for again. */
  readonly part: string;
  readonly log: Log;
  /** What to do where the server cannot be reached, as the end of a sentence. */
  readonly elsewhere: string;
}

/** Fills the file. `resumed`: something of an earlier time is in it. */
export async function download(about: Download): Promise<{ resumed: boolean }> {
  const { part, log } = about;
  const earlier = await sizeOf(part);
  let resumed = earlier > 0;
  for (let tries = 1;; tries++) {
    const from = await sizeOf(part);
    const answer = await ask(about, from);
    const place = placeOf(answer, from);
    if (place === "complete") return { resumed };
    if (place === "refused" || Number(answer.headers["content-length"]) > MAX_BYTES) {
      await leave(answer);
      throw place === "refused" ? refusedBy(about, answer) : tooLong();
    }
    if (place === "other part") {
      await leave(answer);
      if (from === 0 || tries === MAX_TRIES) throw refusedBy(about, answer);
      await rm(part, { force: true });
      resumed = false;
      continue;
    }
    if (place === "whole") resumed = false;
    const broken = await writeParts(part, answer.body, { append: place === "rest", from });
    if (broken === undefined) return { resumed };
    const size = await sizeOf(part);
    if (tries === MAX_TRIES || size <= (place === "rest" ? from : 0)) throw unreachable(about, broken);
    log.info("A download was cut off and is taken up again", { part, bytes: size, why: broken });
  }
}

/** Copies a file of this machine, or of a share. */
export async function copyFile(from: string, part: string): Promise<void> {
  const parts = createReadStream(from, { highWaterMark: 1_048_576 }) as AsyncIterable<Uint8Array>;
  const broken = await writeParts(part, parts, { append: false, from: 0 });
  if (broken === undefined) return;
  throw new PackageFailure("unavailable", `${broken}. Check that hvpool's account may read ${from}.`);
}

async function ask(about: Download, from: number): Promise<WebAnswer> {
  const { web, url } = about;
  try {
    return await web.request({ method: "GET", url, headers: from === 0 ? {} : { range: `bytes=${from}-` } });
  } catch (error) {
    throw unreachable(about, error instanceof Error ? error.message : String(error));
  }
}

/** What an answer brings: the rest, all of it from the start, nothing since it is complete, what does not fit, or a no. */
function placeOf(
  { status, headers }: WebAnswer,
  from: number,
): "rest" | "whole" | "complete" | "other part" | "refused" {
  const range = headers["content-range"] ?? "";
  if (status === 200) return "whole";
  if (status === 206) return Number(/^bytes (\d+)-/.exec(range)?.[1]) === from ? "rest" : "other part";
  if (status === 416) {
    return Number(/^bytes \*\/(\d+)$/.exec(range)?.[1]) === from ? "complete" : "other part";
  }
  return "refused";
}

/** Writes what comes. Answers why it ended early; rejects when it cannot be written. */
async function writeParts(
  path: string,
  parts: AsyncIterable<Uint8Array>,
  { append, from }: { append: boolean; from: number },
): Promise<string | undefined> {
  const file = await writing(path, () => open(path, append ? "a" : "w"));
  let size = append ? from : 0;
  try {
    for await (const part of parts) {
      size += part.length;
      if (size > MAX_BYTES) {
        throw tooLong();
      }
      await writing(path, () => writeAll(file, part));
    }
    await writing(path, () => file.sync());
    return undefined;
  } catch (error) {
    if (error instanceof PackageFailure) throw error;
    return error instanceof Error ? error.message : String(error);
  } finally {
    await file.close();
  }
}

/** Closes the connection of an answer whose body is not wanted. */
async function leave({ body }: WebAnswer): Promise<void> {
  for await (const _ of body) return;
}

async function writeAll(file: FileHandle, part: Uint8Array): Promise<void> {
  let written = 0;
  while (written < part.length) {
    const { bytesWritten } = await file.write(part, written, part.length - written);
    written += bytesWritten;
  }
}

/** Does something to a file; rejects with what to do when it cannot. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `${path} cannot be written: ${why}. Check the space and the rights there.`;
    throw new PackageFailure("unavailable", reason, error);
  }
}

function refusedBy(about: Download, { status }: WebAnswer): PackageFailure {
  const code = status === 404 || status === 410 ? "not_found" : "unavailable";
  return new PackageFailure(
    code,
    `${
      placeShown(about.url)
    } answered ${status}. Check what stands between, such as a proxy, or ${about.elsewhere}.`,
  );
}

function tooLong(): PackageFailure {
  return new PackageFailure("invalid", "it is longer than 2 GiB, so that it is no runner.");
}

function unreachable(about: Download, why: string): PackageFailure {
  return new PackageFailure(
    "unavailable",
    `${why.replace(/\.$/, "")}. Check the network and the proxy (HTTPS_PROXY), or ${about.elsewhere}.`,
  );
}

function placeShown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

async function sizeOf(path: string): Promise<number> {
  return (await statIfThere(path))?.size ?? 0;
}
