import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { win32 } from "node:path";
import type { Answer, Lost } from "../../ports/engine.ts";
import { classifyError } from "../../ports/errors.ts";
import { type MediaOptions, putMedia, type SendDvd, takeMedia } from "./config_drive.ts";
import { type MediaFiles, mediaFiles } from "./media_files.ts";
import { readIso } from "./testing/iso_reader.ts";

const VM_ID = "00000000-0000-0000-0000-000000000001";
const DIRECTORY = "C:\\vms\\c1\\runners-1.1";
const FILES = [{ name: "hvpool.json", text: '{"use":1,"text":"ä"}' }, { name: "a.ps1", text: "'x'" }];
const PUT = { vmId: VM_ID, directory: DIRECTORY, use: 1, files: FILES };

/** A drive that holds one file and keeps it locked, over a real folder that stands for {@linkcode DIRECTORY}. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "hvpool-media-"));
  inDrive: string | undefined;
  /** A file stays locked for so many attempts after it was ejected. */
  lingers = 0;
  /** Windows locks what lies in a drive; a stand-in may not. */
  locks = true;
  #lingering: string | undefined;
  answer: Answer | Lost | undefined;

  readonly files: MediaFiles = {
    write: (path, bytes) => mediaFiles.write(this.local(path), bytes),
    remove: (path) => {
      const lingering = path === this.#lingering && this.lingers-- > 0;
      if (!(this.locks && path === this.inDrive) && !lingering) return mediaFiles.remove(this.local(path));
      return Promise.resolve(Object.assign(new Error("in use"), { code: "EBUSY" }));
    },
    list: (directory) => mediaFiles.list(directory === DIRECTORY ? this.folder : directory),
  };

  readonly send: SendDvd = (call, args) => {
    if (this.answer !== undefined) return Promise.resolve(this.answer);
    this.#lingering = this.inDrive;
    this.inDrive = call === "dvd.set" ? args.path : undefined;
    return Promise.resolve({ ok: true, value: call === "dvd.set" ? { path: args.path } : {}, ms: 1 });
  };

  local(path: string): string {
    assert.equal(win32.dirname(path), DIRECTORY);
    return join(this.folder, win32.basename(path));
  }

  get left(): string[] {
    return readdirSync(this.folder);
  }

  get options(): MediaOptions {
    return { send: this.send, files: this.files, now: () => 0, sleep: () => Promise.resolve() };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

Deno.test("putMedia() sets a volume with the files into the drive", async () => {
  using bench = new Bench();
  const answer = await putMedia(PUT, bench.options);
  assert.ok("ok" in answer && answer.ok);
  assert.deepEqual(answer.value, { path: bench.inDrive });
  const { joliet } = readIso(readFileSync(bench.local(bench.inDrive ?? "")));
  const texts = joliet.files.map(({ name, data }) => ({ name, text: new TextDecoder().decode(data) }));
  assert.deepEqual(texts, FILES.toReversed());
});

Deno.test(
  "putMedia() keeps the secret from other accounts",
  { ignore: Deno.build.os === "windows" },
  async () => {
    using bench = new Bench();
    await putMedia(PUT, bench.options);
    assert.equal((Deno.statSync(bench.local(bench.inDrive ?? "")).mode ?? 0) & 0o777, 0o600);
  },
);

Deno.test("putMedia() may be repeated: one drive is left", async () => {
  using bench = new Bench();
  await putMedia(PUT, bench.options);
  await putMedia(PUT, bench.options);
  assert.deepEqual(bench.left, [win32.basename(bench.inDrive ?? "")]);
});

Deno.test("putMedia() never deletes what it has just set, locked or not", async () => {
  using bench = new Bench();
  bench.locks = false;
  await putMedia(PUT, bench.options);
  assert.deepEqual(bench.left, [win32.basename(bench.inDrive ?? "")]);
});

Deno.test("putMedia() deletes the drive again when it was not set", async () => {
  using bench = new Bench();
  const error = { message: "no", category: "", fqid: "InvalidState,x", hresult: "", command: "", target: "" };
  bench.answer = { ok: false, error };
  assert.equal(await putMedia(PUT, bench.options), bench.answer);
  assert.deepEqual(bench.left, []);
});

Deno.test("takeMedia() deletes what a lost put left", async () => {
  using bench = new Bench();
  bench.answer = { lost: "the worker was ended" };
  assert.equal(await putMedia(PUT, bench.options), bench.answer);
  assert.equal(bench.left.length, 1);
  bench.answer = undefined;
  const taken = await takeMedia({ vmId: VM_ID, directory: DIRECTORY }, bench.options);
  assert.ok("ok" in taken && taken.ok);
  assert.deepEqual(bench.left, []);
});

Deno.test("takeMedia() leaves every other file, and nothing to take is no error", async () => {
  using bench = new Bench();
  writeFileSync(join(bench.folder, "disk.vhdx"), "");
  for (const directory of [DIRECTORY, join(bench.folder, "missing")]) {
    const taken = await takeMedia({ vmId: VM_ID, directory }, bench.options);
    assert.ok("ok" in taken && taken.ok);
  }
  assert.deepEqual(bench.left, ["disk.vhdx"]);
});

Deno.test("takeMedia() waits a moment for a drive that does not let go at once", async () => {
  using bench = new Bench();
  await putMedia(PUT, bench.options);
  bench.lingers = 3;
  const taken = await takeMedia({ vmId: VM_ID, directory: DIRECTORY }, bench.options);
  assert.ok("ok" in taken && taken.ok);
  assert.deepEqual(bench.left, []);
});

Deno.test("takeMedia() says busy when a drive does not let go at all", async () => {
  using bench = new Bench();
  await putMedia(PUT, bench.options);
  bench.lingers = 1_000;
  const taken = await takeMedia({ vmId: VM_ID, directory: DIRECTORY }, bench.options);
  assert.ok("ok" in taken && !taken.ok);
  assert.equal(classifyError(taken.error), "busy");
});

Deno.test("putMedia() answers failures of files as Windows classifies them", async () => {
  using bench = new Bench();
  const cases = {
    ENOSPC: "no_space",
    EACCES: "access_denied",
    ENOENT: "not_found",
    EBUSY: "busy",
    EIO: "unknown",
  };
  for (const [code, expected] of Object.entries(cases)) {
    const write = () => Promise.reject(Object.assign(new Error(code), { code }));
    const answer = await putMedia(PUT, { ...bench.options, files: { ...bench.files, write } });
    assert.ok("ok" in answer && !answer.ok);
    assert.equal(classifyError(answer.error), expected, code);
  }
});

Deno.test("putMedia() refuses files that a volume cannot hold", async () => {
  using bench = new Bench();
  const files = [{ name: "a.ps1", text: "" }, { name: "A.PS1", text: "" }];
  const answer = await putMedia({ ...PUT, files }, bench.options);
  assert.ok("ok" in answer && !answer.ok);
  assert.equal(classifyError(answer.error), "invalid");
});
