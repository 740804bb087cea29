/**
 * A simulated virtual disk as bytes, and back. The bytes begin with all that the simulator knows of the disk, so that
 * whatever way they take (pieces, parts of an export, a web server, another simulated host), the same disk comes out.
 */
import { z } from "zod";
import type { DiskFile } from "./disk_file.ts";
import { FileContent, streamSource } from "./file_content.ts";

/** How a real VHDX begins, too. Source: MS-VHDX, 2.2.1. */
const SIGNATURE = new TextEncoder().encode("vhdxfile");
const LENGTH_BYTES = 4;
const HEAD_BYTES = SIGNATURE.length + LENGTH_BYTES;
/** No table of files that a guest writes comes near it. */
const MAX_TABLE_BYTES = 16 * 1_048_576;

const table = z.strictObject({
  id: z.string(),
  madeAs: z.string(),
  sizeMb: z.number(),
  parent: z.string().nullable(),
  lastWrite: z.int(),
  parentWrite: z.int(),
  /** Bytes of the whole image. */
  bytes: z.int(),
  /** Paths and lengths of the files inside, whose bytes follow in this order; `null`: deleted here. */
  files: z.array(z.tuple([z.string(), z.int().min(0).nullable()])),
});

/** What an image says of its disk. */
export type DiskImage = Pick<
  DiskFile,
  "id" | "madeAs" | "sizeMb" | "parent" | "lastWrite" | "parentWrite" | "files"
>;

const contents = new WeakMap<DiskFile, { version: string; content: FileContent }>();

/** Changes with everything that the bytes of a disk are made of. */
function versionOf(file: DiskFile): string {
  return JSON.stringify([file.lastWrite, file.parentWrite, file.parent, file.fileMb]);
}

/** The bytes of a disk, as long as the file is. */
export function diskContent(file: DiskFile): FileContent {
  const version = versionOf(file);
  const known = contents.get(file);
  if (known?.version === version) return known.content;
  const content = imageOf(file);
  contents.set(file, { version, content });
  return content;
}

/** From now on, and until somebody writes to the disk, its bytes are these. */
export function setDiskContent(file: DiskFile, content: FileContent): void {
  contents.set(file, { version: versionOf(file), content });
}

function imageOf(file: DiskFile): FileContent {
  const { id, madeAs, sizeMb, parent, lastWrite, parentWrite } = file;
  const files = [...file.files];
  const inside = files.map(([, bytes]) => bytes ?? new Uint8Array());
  const build = (bytes: number) =>
    new TextEncoder().encode(JSON.stringify(
      {
        ...{ id, madeAs, sizeMb, parent, lastWrite, parentWrite, bytes },
        files: files.map(([path, held]) => [path, held?.length ?? null]),
      } satisfies z.input<typeof table>,
    ));
  const insideBytes = inside.reduce((sum, { length }) => sum + length, 0);
  const fileBytes = Math.ceil(file.fileMb * 1_048_576);
  // A disk full of tiny files may need more for their names than its file has grown by.
  const most = HEAD_BYTES + build(Number.MAX_SAFE_INTEGER).length + insideBytes;
  const described = build(Math.max(fileBytes, most));
  const head = new Uint8Array(HEAD_BYTES);
  head.set(SIGNATURE);
  new DataView(head.buffer).setUint32(SIGNATURE.length, described.length);
  const begin = [head, described, ...inside]
    .reduce((whole, part) => whole.followedBy(FileContent.of(kept(part), part.length)), FileContent.empty);
  const rest = FileContent.of(streamSource(`${id}/${lastWrite}`), Math.max(fileBytes, most));
  return begin.followedBy(rest.slice(begin.size));
}

/** Bytes that the disk keeps anyway. */
function kept(bytes: Uint8Array): { read(offset: number, length: number): Uint8Array; isHeld: false } {
  return { read: (offset, length) => bytes.subarray(offset, offset + length), isHeld: false };
}

/** The disk that a file holds; `undefined` when it is not whole, or none at all. */
export function readDiskImage(content: FileContent): DiskImage | undefined {
  const head = content.read(0, HEAD_BYTES);
  if (head.length < HEAD_BYTES || SIGNATURE.some((byte, i) => head[i] !== byte)) return undefined;
  const length = new DataView(head.buffer).getUint32(SIGNATURE.length);
  if (length > MAX_TABLE_BYTES) return undefined;
  const parsed = table.safeParse(parseJson(content.read(HEAD_BYTES, length)));
  if (!parsed.success || parsed.data.bytes !== content.size) return undefined;
  const { bytes: _, files: rows, ...image } = parsed.data;
  const files = new Map<string, Uint8Array | null>();
  let at = HEAD_BYTES + length;
  for (const [path, size] of rows) {
    files.set(path, size === null ? null : content.read(at, size));
    at += size ?? 0;
  }
  return { ...image, files };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // damaged: no disk
  }
}
