/** A web address that templates are fetched from, or sent to with PUT. */
import { createHash, type Hash } from "node:crypto";
import type { WebAnswer } from "../../ports/web.ts";
import { needHost } from "./ask_host.ts";
import type { TemplateContext } from "./context.ts";
import { tooLong } from "./host_place.ts";
import type { Moved, Moving, Place } from "./places.ts";
import { Refused, stopIfGivenUp } from "./refused.ts";
import { MANIFEST_AT_MOST } from "./transfer_manifest.ts";
import type { WebSite } from "./web_site.ts";

/** Bytes that one call to the host takes or gives. */
const CHUNK_BYTES = 1_048_576;

/** What has come of a part. */
interface Fetched {
  readonly hash: Hash;
  /** Bytes that came, and of them those that are written. */
  got: number;
  written: number;
  /** What came and is not written. */
  pending: Uint8Array[];
}

/** All bytes go through the controller: the host may have no way to the server. */
export class WebPlace implements Place {
  readonly origin: string;
  readonly steps = { send: "sending", fetch: "fetching" };
  readonly partBytes = 67_108_864;
  readonly #context: TemplateContext;
  readonly #site: WebSite;

  constructor(context: TemplateContext, site: WebSite) {
    this.#context = context;
    this.#site = site;
    this.origin = site.origin;
  }

  async read(file: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return await this.#site.persist(
      signal,
      () =>
        this.#site.ask({ method: "GET", file, signal }, async (answer, alive) => {
          if (answer.status === 404) return await leave(answer);
          await this.#expect(answer, "GET", file);
          const parts: Uint8Array[] = [];
          let length = 0;
          for await (const part of answer.body) {
            alive();
            length += part.length;
            if (length > MANIFEST_AT_MOST) throw tooLong(this.#site.nameOf(file));
            parts.push(part);
          }
          return joined(parts, length);
        }),
    );
  }

  async write(file: string, text: string, signal?: AbortSignal): Promise<void> {
    await this.#put(file, new TextEncoder().encode(text), "application/json", signal);
  }

  /** A server may know no way to delete: what is left says that it is none. */
  async remove(file: string, signal?: AbortSignal): Promise<void> {
    await this.write(file, "{}\n", signal);
  }

  async sizeOf(file: string, signal?: AbortSignal): Promise<number | undefined> {
    return await this.#site.persist(
      signal,
      () =>
        this.#site.ask({ method: "HEAD", file, signal }, async (answer) => {
          await leave(answer);
          // Some servers do not answer HEAD: then the part is sent again.
          const length = answer.headers["content-length"];
          return isGood(answer) && length !== undefined && /^\d{1,15}$/.test(length)
            ? Number(length)
            : undefined;
        }),
    );
  }

  async send(
    file: string,
    { path, offset, bytes }: { path: string; offset: number; bytes: number },
    { moved, signal }: Moving,
  ): Promise<Moved> {
    const body = new Uint8Array(bytes);
    for (let at = 0; at < bytes;) {
      stopIfGivenUp(signal);
      const maxBytes = Math.min(CHUNK_BYTES, bytes - at);
      const { data } = await needHost(
        this.#context,
        "file.read",
        { path, offset: offset + at, maxBytes },
        { tried: `Cannot read ${path}`, signal },
      );
      const chunk = Uint8Array.fromBase64(data);
      if (chunk.length === 0) throw new Refused("failed", `${path} became shorter while it was exported.`);
      body.set(chunk, at);
      at += chunk.length;
    }
    await this.#put(file, body, "application/octet-stream", signal);
    moved(bytes);
    return { bytes, sha256: createHash("sha256").update(body).digest("hex") };
  }

  async fetch(
    part: { file: string; bytes: number },
    target: { path: string; offset: number },
    moving: Moving,
  ): Promise<Moved> {
    const { signal } = moving;
    let fetched = begun();
    await this.#site.persist(signal, async () => {
      const { got } = fetched;
      const headers = got === 0 ? {} : { range: `bytes=${got}-${part.bytes - 1}` };
      await this.#site.ask({ method: "GET", file: part.file, headers, signal }, async (answer, alive) => {
        await this.#expect(answer, "GET", part.file);
        if (got > 0 && !goesOnAt(answer, got)) {
          if (answer.status === 206) throw await this.#strange(answer, part.file);
          fetched = begun();
        }
        await this.#receive(answer, part, target, { moving, alive, fetched });
      });
      if (fetched.got >= part.bytes) return;
      // Some servers close before the end without an error.
      const message = `${
        this.#site.nameOf(part.file)
      } ended after ${fetched.got} of ${part.bytes} bytes. Ask again: it goes on there.`;
      throw new Refused("failed", message, { again: true });
    });
    return { bytes: fetched.got, sha256: fetched.hash.digest("hex") };
  }

  async #receive(
    answer: WebAnswer,
    part: { bytes: number },
    target: { path: string; offset: number },
    { moving, alive, fetched }: { moving: Moving; alive: () => void; fetched: Fetched },
  ): Promise<void> {
    for await (const bytes of answer.body) {
      alive();
      stopIfGivenUp(moving.signal);
      fetched.hash.update(bytes);
      fetched.got += bytes.length;
      // What goes on after the part is another file: it is not kept.
      if (fetched.got > part.bytes) return;
      fetched.pending.push(bytes);
      if (fetched.got - fetched.written >= CHUNK_BYTES) await this.#write(target, fetched, moving);
    }
    await this.#write(target, fetched, moving);
  }

  async #write(
    target: { path: string; offset: number },
    fetched: Fetched,
    { moved, signal }: Moving,
  ): Promise<void> {
    const bytes = joined(fetched.pending, fetched.got - fetched.written);
    fetched.pending = [];
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      const offset = target.offset + fetched.written;
      const { path } = target;
      const tried = `Cannot write ${path}`;
      await needHost(this.#context, "file.write", { path, offset, data: chunk.toBase64() }, {
        tried,
        signal,
      });
      fetched.written += chunk.length;
      moved(fetched.written);
    }
  }

  async #put(file: string, body: Uint8Array, type: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#site.persist(signal, () =>
      this.#site.ask(
        { method: "PUT", file, body, headers: { "content-type": type }, signal },
        async (answer) => {
          await this.#expect(answer, "PUT", file);
          await leave(answer);
        },
      ));
  }

  async #expect(answer: WebAnswer, method: string, file: string): Promise<void> {
    if (isGood(answer)) return;
    await leave(answer);
    throw this.#site.refusal(method, file, answer.status);
  }

  async #strange(answer: WebAnswer, file: string): Promise<Refused> {
    await leave(answer);
    return new Refused(
      "failed",
      `GET ${this.#site.nameOf(file)}: the server sent another range than was asked for.`,
    );
  }
}

function begun(): Fetched {
  return { hash: createHash("sha256"), got: 0, written: 0, pending: [] };
}

function isGood({ status }: WebAnswer): boolean {
  return status >= 200 && status < 300;
}

function goesOnAt({ status, headers }: WebAnswer, offset: number): boolean {
  return status === 206 && new RegExp(`^bytes ${offset}-`).test(headers["content-range"] ?? "");
}

/** Ends an answer whose body nobody wants. */
async function leave({ body }: WebAnswer): Promise<undefined> {
  for await (const _ of body) break;
  return undefined;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
