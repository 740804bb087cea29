import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readAnswer } from "../ports/engine.ts";
import { HOST_CALLS, type HostArgs, type HostValue } from "../ports/host.ts";
import { answerFileCall, type FileCall } from "./host_files.ts";

const NEVER = new AbortController().signal;

async function withFolder(body: (at: (...names: string[]) => string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hvpool-files-" });
  try {
    await body((...names) => join(folder, ...names));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function ask<C extends FileCall>(name: C, args: HostArgs<C>, signal = NEVER) {
  const checked = HOST_CALLS[name].args.parse(args) as HostArgs<C>;
  const answer = await answerFileCall(name, checked, signal);
  if ("lost" in answer) return { outcome: "unknown" as const, message: answer.lost };
  return readAnswer(name, checked, answer);
}

async function ok<C extends FileCall>(name: C, args: HostArgs<C>): Promise<HostValue<C>> {
  const result = await ask(name, args);
  if (result.outcome !== "ok") assert.fail(`${name}: ${result.outcome}: ${result.message}`);
  return result.value;
}

async function fails<C extends FileCall>(name: C, args: HostArgs<C>, code: string): Promise<string> {
  const result = await ask(name, args);
  if (result.outcome !== "failed") assert.fail(`${name}: ${result.outcome} in place of ${code}`);
  assert.equal(result.code, code, result.message);
  return result.message;
}

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17) & 0xff);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

Deno.test("file.copy copies a file piece by piece, each with its digest, into folders that it makes", async () => {
  await withFolder(async (at) => {
    // More than the program reads at once, and no round number.
    const bytes = noise(9 * 1_048_576 + 5);
    await Deno.writeFile(at("golden.vhdx"), bytes);
    const [path, target] = [at("golden.vhdx"), at("new", "folder", "disk.vhdx")];
    const piece = 5 * 1_048_576;
    for (let offset = 0; offset < bytes.length; offset += piece) {
      const expected = bytes.subarray(offset, offset + piece);
      assert.deepEqual(await ok("file.copy", { path, offset, bytes: piece, target, targetOffset: offset }), {
        copied: expected.length,
        size: bytes.length,
        sha256: sha256(expected),
      });
    }
    assert.equal(sha256(await Deno.readFile(target)), sha256(bytes));
  });
});

Deno.test("file.copy of the same piece again changes nothing, and takes what an interrupted one has left", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("a"), "0123456789");
    const [path, target] = [at("a"), at("b")];
    await ok("file.copy", { path, offset: 0, bytes: 4, target, targetOffset: 0 });
    await Deno.writeTextFile(target, "half of somethi", { append: true });
    for (let twice = 0; twice < 2; twice++) {
      await ok("file.copy", { path, offset: 4, bytes: 4, target, targetOffset: 4 });
      assert.equal(await Deno.readTextFile(target), "01234567");
    }
    assert.equal(
      (await ok("file.copy", { path, offset: 10, bytes: 4, target, targetOffset: 8 })).copied,
      0,
    );
    await ok("file.copy", { path, offset: 0, bytes: 2, target, targetOffset: 0 });
    assert.equal(await Deno.readTextFile(target), "01");
  });
});

Deno.test("file.copy refuses a target that is too short, or not there, for its offset", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("a"), "0123456789");
    await Deno.writeTextFile(at("short"), "01");
    for (const name of ["short", "none"]) {
      const piece = { path: at("a"), offset: 3, bytes: 3, target: at(name), targetOffset: 3 };
      assert.match(await fails("file.copy", piece, "invalid"), /cannot begin at 3/);
    }
    assert.equal(await Deno.readTextFile(at("short")), "01");
  });
});

Deno.test("file.copy does not cut its own source, whatever it is called", async () => {
  await withFolder(async (at) => {
    await Deno.mkdir(at("folder"));
    await Deno.writeTextFile(at("a"), "0123456789");
    await Deno.link(at("a"), at("link"));
    for (const target of [at("a"), `${at("folder")}/../a`, at("link")]) {
      for (const targetOffset of [0, 2]) {
        await fails("file.copy", { path: at("a"), offset: 0, bytes: 3, target, targetOffset }, "invalid");
      }
    }
    assert.equal(await Deno.readTextFile(at("a")), "0123456789");
  });
});

Deno.test("file.copy onto one name of a file leaves the file at its other names as it is", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("new"), "new");
    await Deno.writeTextFile(at("golden"), "golden");
    await Deno.link(at("golden"), at("store"));
    await ok("file.copy", { path: at("new"), offset: 0, bytes: 9, target: at("store"), targetOffset: 0 });
    assert.equal(await Deno.readTextFile(at("store")), "new");
    assert.equal(await Deno.readTextFile(at("golden")), "golden");
  });
});

Deno.test("file.copy that is given up stops between two pieces and has no answer", async () => {
  await withFolder(async (at) => {
    const bytes = noise(40 * 1_048_576);
    await Deno.writeFile(at("a"), bytes);
    const givenUp = new AbortController();
    const piece = { path: at("a"), offset: 0, bytes: bytes.length, target: at("b"), targetOffset: 0 };
    const answer = ask("file.copy", piece, givenUp.signal);
    const hasBegun = () => Deno.stat(at("b")).then(({ size }) => size > 0, () => false);
    for (let polls = 0; polls < 100_000 && !await hasBegun(); polls++);
    givenUp.abort(new Error("enough"));
    const result = await answer;
    assert.equal(result.outcome, "unknown");
    assert.ok((await Deno.stat(at("b"))).size < bytes.length);
    assert.equal((await ask("file.remove", { path: at("a") }, givenUp.signal)).outcome, "unknown");
    assert.ok((await Deno.stat(at("a"))).isFile);
  });
});

Deno.test("file.read reads a piece, and nothing at the end or when only the size is asked for", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("a"), "0123456789");
    const read = (offset: number, maxBytes: number) => ok("file.read", { path: at("a"), offset, maxBytes });
    assert.deepEqual(await read(2, 3), { data: base64("234"), size: 10 });
    assert.deepEqual(await read(8, 100), { data: base64("89"), size: 10 });
    assert.deepEqual(await read(10, 100), { data: "", size: 10 });
    assert.deepEqual(await read(99, 100), { data: "", size: 10 });
    assert.deepEqual(await read(0, 0), { data: "", size: 10 });
  });
});

Deno.test("file.write writes a file piece by piece, and the same piece again", async () => {
  await withFolder(async (at) => {
    const path = at("folder", "manifest.json");
    assert.deepEqual(await ok("file.write", { path, offset: 0, data: base64("a longer text") }), {
      size: 13,
    });
    assert.deepEqual(await ok("file.write", { path, offset: 0, data: base64("{}") }), { size: 2 });
    for (let twice = 0; twice < 2; twice++) {
      assert.deepEqual(await ok("file.write", { path, offset: 2, data: base64("\n") }), { size: 3 });
    }
    assert.equal(await Deno.readTextFile(path), "{}\n");
    await fails("file.write", { path, offset: 4, data: base64("x") }, "invalid");
    await ok("file.write", { path, offset: 0, data: "" });
    assert.equal(await Deno.readTextFile(path), "");
  });
});

Deno.test("file.rename moves a file into a folder that it makes, and overwrites nothing", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("a"), "a");
    await Deno.writeTextFile(at("b"), "b");
    await ok("file.rename", { path: at("a"), target: at("folder", "a") });
    assert.equal(await Deno.readTextFile(at("folder", "a")), "a");
    await fails("file.rename", { path: at("a"), target: at("c") }, "not_found");
    await fails("file.rename", { path: at("b"), target: at("folder", "a") }, "invalid");
    await fails("file.rename", { path: at("b"), target: at("folder") }, "invalid");
    assert.equal(await Deno.readTextFile(at("folder", "a")), "a");
    assert.equal(await Deno.readTextFile(at("b")), "b");
  });
});

Deno.test("file.remove deletes a file, and does not mind a missing one", async () => {
  await withFolder(async (at) => {
    await Deno.writeTextFile(at("a"), "a");
    await Deno.mkdir(at("folder"));
    for (let twice = 0; twice < 2; twice++) await ok("file.remove", { path: at("a") });
    await ok("file.remove", { path: at("none", "a") });
    await fails("file.remove", { path: at("folder") }, "invalid");
    assert.ok((await Deno.stat(at("folder"))).isDirectory);
  });
});

Deno.test("every call on what is missing or no file says so, and leaves nothing behind", async () => {
  await withFolder(async (at) => {
    const target = at("new", "b");
    await fails("file.read", { path: at("none"), offset: 0, maxBytes: 1 }, "not_found");
    await fails("file.copy", { path: at("none"), offset: 0, bytes: 1, target, targetOffset: 0 }, "not_found");
    await Deno.mkdir(at("folder"));
    await fails("file.read", { path: at("folder"), offset: 0, maxBytes: 1 }, "invalid");
    await fails("file.copy", { path: at("folder"), offset: 0, bytes: 1, target, targetOffset: 0 }, "invalid");
    await Deno.writeTextFile(at("a"), "a");
    await fails("file.write", { path: at("folder"), offset: 0, data: "" }, "invalid");
    await fails("file.write", { path: at("a", "b"), offset: 0, data: "" }, "invalid");
    assert.deepEqual(Array.from(Deno.readDirSync(at()), ({ name }) => name).sort(), ["a", "folder"]);
  });
});
