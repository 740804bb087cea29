/** A host whose files are bytes in memory: the calls that the template store makes, and nothing else. */
import { createHash } from "node:crypto";
import { win32 } from "node:path";
import type { HostErrorClass } from "../../../model/calls.ts";
import {
  HOST_CALLS,
  type HostArgs,
  type HostCall,
  type HostPort,
  type HostResult,
  type HostValue,
} from "../../../ports/host.ts";

/** A file; paths that are linked share it. */
interface Node {
  bytes: Uint8Array<ArrayBuffer>;
  readOnly: boolean;
  writes: number;
}

/** What is in a virtual disk: known by the first bytes of its file, so that copies have it too. */
interface Inside {
  readonly parent: string | null;
  readonly files: Readonly<Record<string, string>>;
  readonly mountable: boolean;
}

/** Answers in place of the host, or lets it answer. */
export type Meddle = (
  call: HostCall,
  args: Readonly<Record<string, unknown>>,
) => HostResult<unknown> | undefined;

const HEADER_BYTES = 16;

class Failure extends Error {
  readonly code: HostErrorClass;
  constructor(code: HostErrorClass, message: string) {
    super(message);
    this.code = code;
  }
}

function key(path: string): string {
  return win32.normalize(path).toLowerCase();
}

/** The host. */
export class MemoryHost implements HostPort {
  readonly #files = new Map<string, { path: string; node: Node }>();
  readonly #inside = new Map<string, Inside>();
  readonly #attached = new Set<string>();
  #disks = 0;
  #writes = 0;
  /** Calls that were made: name and path. */
  readonly calls: string[] = [];
  /** Meddles with every call. */
  meddle: Meddle = () => undefined;

  /** Puts a virtual disk somewhere; its bytes differ from all others. */
  addDisk(
    path: string,
    { bytes = 1_000, parent = null, files = {}, mountable = true }: Partial<Inside> & { bytes?: number } = {},
  ): void {
    const content = new Uint8Array(bytes);
    const number = ++this.#disks;
    for (let i = 0; i < bytes; i++) content[i] = (i * 31 + number * 7 + (i >> 8)) & 255;
    content.set(new TextEncoder().encode(`vhdxfile${String(number).padStart(8, "0")}`));
    this.#inside.set(this.#idOf(content), { parent, files, mountable });
    this.#files.set(key(path), { path, node: { bytes: content, readOnly: false, writes: ++this.#writes } });
  }

  /** Bytes of a file. */
  bytesOf(path: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#files.get(key(path))?.node.bytes;
  }

  /** Text of a file. */
  textOf(path: string): string {
    return new TextDecoder().decode(this.bytesOf(path));
  }

  /** Writes a file as somebody else would, whatever its attributes are. */
  putBytes(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    const node = this.#files.get(key(path))?.node;
    if (node !== undefined) Object.assign(node, { bytes, writes: ++this.#writes });
    else this.#files.set(key(path), { path, node: { bytes, readOnly: false, writes: ++this.#writes } });
  }

  /** Takes the read-only attribute off a file. */
  unprotect(path: string): void {
    const node = this.#files.get(key(path))?.node;
    if (node !== undefined) node.readOnly = false;
  }

  /** Somebody deletes a file. */
  drop(path: string): void {
    this.#files.delete(key(path));
  }

  /** A machine that runs has this disk. */
  attach(path: string): void {
    this.#attached.add(key(path));
  }

  /** Paths of all files, in order. */
  paths(): string[] {
    return [...this.#files.values()].map(({ path }) => path).sort();
  }

  /** Calls of one name. */
  made(call: HostCall): string[] {
    return this.calls.filter((made) => made.startsWith(`${call} `));
  }

  async call<C extends HostCall>(name: C, args: HostArgs<C>): Promise<HostResult<HostValue<C>>> {
    await Promise.resolve();
    const given = HOST_CALLS[name].args.parse(args) as Record<string, unknown>;
    this.calls.push(`${name} ${String(given.path)}${given.offset === undefined ? "" : ` ${given.offset}`}`);
    const meddled = this.meddle(name, given);
    if (meddled !== undefined) return meddled as HostResult<HostValue<C>>;
    try {
      const value = HOST_CALLS[name].result.parse(this.#answer(name, given as never));
      return { outcome: "ok", value: value as HostValue<C> };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { outcome: "failed", code: error.code, message: error.message };
    }
  }

  watch(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer(
    call: HostCall,
    args: {
      path: string;
      target: string;
      offset: number;
      bytes: number;
      targetOffset: number;
      maxBytes: number;
      data: string;
      files: string[];
    },
  ): unknown {
    const { path, target } = args;
    switch (call) {
      case "disk.info":
        return this.#info(path);
      case "disk.protect":
        this.#need(path).readOnly = true;
        return {};
      case "disk.link": {
        const node = this.#need(path);
        const there = this.#files.get(key(target));
        if (there !== undefined && there.node !== node) {
          throw new Failure("invalid", `"${target}" is another file.`);
        }
        if (win32.parse(key(path)).root !== win32.parse(key(target)).root) return { linked: false };
        this.#files.set(key(target), { path: target, node });
        return { linked: true };
      }
      case "disk.readFiles": {
        const inside = this.#insideOf(this.#need(path));
        if (!inside.mountable) throw new Failure("unknown", `'${path}' has no Windows volume.`);
        return { files: args.files.map((file) => ({ path: file, text: inside.files[file] ?? null })) };
      }
      case "file.copy": {
        const { bytes } = this.#need(path);
        const piece = bytes.slice(args.offset, args.offset + args.bytes);
        this.#write(target, args.targetOffset, piece);
        const sha256 = createHash("sha256").update(piece).digest("hex");
        return { copied: piece.length, size: bytes.length, sha256 };
      }
      case "file.read": {
        const { bytes } = this.#need(path);
        return { data: bytes.slice(args.offset, args.offset + args.maxBytes).toBase64(), size: bytes.length };
      }
      case "file.write":
        return { size: this.#write(path, args.offset, Uint8Array.fromBase64(args.data)) };
      case "file.rename": {
        const node = this.#need(path);
        if (this.#files.has(key(target))) throw new Failure("invalid", `"${target}" exists.`);
        this.#files.delete(key(path));
        this.#files.set(key(target), { path: target, node });
        return {};
      }
      case "file.remove":
        if (this.#files.get(key(path))?.node.readOnly === true) {
          throw new Failure("access_denied", `'${path}' is read-only.`);
        }
        this.#files.delete(key(path));
        return {};
      case "dir.list": {
        const below = `${key(path)}\\`;
        const names = this.paths().filter((file) => key(file).startsWith(below))
          .map((file) => file.slice(below.length).split("\\")).filter((parts) => parts.length > 1);
        return { names: [...new Set(names.map(([name]) => name))] };
      }
      case "dir.remove": {
        for (const file of this.paths()) {
          if (!key(file).startsWith(`${key(path)}\\`)) continue;
          // To delete it, Windows takes the attribute off, which all links share.
          this.unprotect(file);
          this.#files.delete(key(file));
        }
        return {};
      }
      default:
        throw new Error(`The template store does not make the call ${call}`);
    }
  }

  #need(path: string): Node {
    const found = this.#files.get(key(path));
    if (found !== undefined) return found.node;
    throw new Failure("not_found", `'${path}' was not found.`);
  }

  #write(path: string, offset: number, bytes: Uint8Array): number {
    const found = this.#files.get(key(path));
    if (found?.node.readOnly === true) throw new Failure("access_denied", `'${path}' is read-only.`);
    const before = offset === 0 ? new Uint8Array() : found?.node.bytes ?? new Uint8Array();
    if (before.length < offset) throw new Failure("invalid", `'${path}' is shorter than ${offset} bytes.`);
    const whole = new Uint8Array(offset + bytes.length);
    whole.set(before.subarray(0, offset));
    whole.set(bytes, offset);
    this.putBytes(path, whole);
    return whole.length;
  }

  #idOf(bytes: Uint8Array): string {
    return new TextDecoder("latin1").decode(bytes.subarray(0, HEADER_BYTES));
  }

  #insideOf({ bytes }: Node): Inside {
    const inside = this.#inside.get(this.#idOf(bytes));
    if (inside === undefined) throw new Failure("invalid", "The file is no virtual disk.");
    return inside;
  }

  #info(path: string): HostValue<"disk.info"> {
    const node = this.#need(path);
    const { parent } = this.#insideOf(node);
    const { bytes, readOnly, writes } = node;
    const mb = bytes.length / 1_048_576;
    return {
      path,
      format: "vhdx",
      type: parent === null ? "dynamic" : "differencing",
      sizeMb: mb,
      fileMb: mb,
      parent,
      readOnly,
      attached: this.#attached.has(key(path)),
      identity: `${this.#idOf(bytes)}/${bytes.length}/${writes}`,
    };
  }
}
