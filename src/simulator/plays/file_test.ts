import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { HostValue } from "../../ports/host.ts";
import { TEMPLATE_PATH } from "../host_options.ts";
import { Bench, DIRECTORY } from "../testing/host_bench.ts";

const MB = 1_048_576;
const STORE = "C:\\hvpool\\store\\0123\\templates\\windows@1f";
const EXPORT = "D:\\export\\windows";
const MANIFEST = "ProgramData\\hvpool\\image.json";
const GOLDEN = {
  path: "C:\\images\\no-loader.vhdx",
  sizeMb: 65_536,
  files: { [`C:\\${MANIFEST}`]: '{"format":1}', "C:\\Windows\\a.txt": "é" },
};

function golden(more: { diskMb?: number; fileMb?: number } = {}): Bench {
  const { diskMb, fileMb } = more;
  return new Bench({
    templates: [{ ...GOLDEN, ...fileMb === undefined ? {} : { fileMb } }, {
      path: TEMPLATE_PATH,
      sizeMb: 65_536,
    }],
    ...diskMb === undefined ? {} : { diskMb },
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Copies a file to another in pieces; answers the digest of each. */
function copy(bench: Bench, path: string, target: string, piece: number): HostValue<"file.copy">[] {
  const answers: HostValue<"file.copy">[] = [];
  const { size } = bench.ok("file.read", { path, offset: 0, maxBytes: 0 });
  for (let offset = 0; offset < size; offset += piece) {
    answers.push(bench.ok("file.copy", { path, offset, bytes: piece, target, targetOffset: offset }));
  }
  return answers;
}

function readAll(bench: Bench, path: string): Uint8Array {
  const { size } = bench.ok("file.read", { path, offset: 0, maxBytes: 0 });
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += MB) {
    const { data } = bench.ok("file.read", { path, offset, maxBytes: MB });
    bytes.set(Uint8Array.fromBase64(data), offset);
  }
  return bytes;
}

function write(bench: Bench, path: string, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; offset += MB) {
    bench.ok("file.write", { path, offset, data: bytes.subarray(offset, offset + MB).toBase64() });
  }
}

/** What two copies of a disk have in common. */
function sameDisk(one: Bench, path: string, two: Bench, other: string): void {
  const [a, b] = [one.ok("disk.info", { path }), two.ok("disk.info", { path: other })];
  const common = ({ sizeMb, fileMb, type, parent, identity }: typeof a) => {
    return { sizeMb, fileMb, type, parent, id: identity.split("/")[0] };
  };
  assert.deepEqual(common(b), common(a));
  const files = [MANIFEST, "Windows\\a.txt", "Windows\\none.txt"];
  assert.deepEqual(
    two.ok("disk.readFiles", { path: other, files }).files,
    one.ok("disk.readFiles", { path, files }).files,
  );
}

Deno.test("a golden disk is a disk again, the same one, once the last of its pieces is copied", () => {
  const bench = golden();
  const target = `${STORE}\\disk.vhdx`;
  bench.ok("disk.protect", { path: GOLDEN.path });
  const { size } = bench.ok("file.read", { path: GOLDEN.path, offset: 0, maxBytes: 0 });
  assert.equal(size, 24 * MB);
  bench.later(5_000);
  for (let offset = 0; offset < size; offset += 5 * MB) {
    bench.ok("file.copy", { path: GOLDEN.path, offset, bytes: 5 * MB, target, targetOffset: offset });
    if (offset + 5 * MB < size) {
      assert.equal(bench.fails("disk.info", { path: target }), "unknown");
      assert.equal(bench.ok("file.read", { path: target, offset: 0, maxBytes: 0 }).size, offset + 5 * MB);
    }
  }
  sameDisk(bench, GOLDEN.path, bench, target);
  const [from, to] = [GOLDEN.path, target].map((path) => bench.ok("disk.info", { path }));
  assert.deepEqual([from?.readOnly, to?.readOnly], [true, false]);
  assert.notEqual(to?.identity, from?.identity);
  assert.equal(sha256(readAll(bench, target)), sha256(readAll(bench, GOLDEN.path)));
});

Deno.test("a copy of an image without a loader has none either, and boots", () => {
  const bench = golden();
  const target = `${STORE}\\disk.vhdx`;
  copy(bench, GOLDEN.path, target, 64 * MB);
  const vmId = bench.boot({}, target);
  assert.equal(bench.report(vmId), undefined);
});

Deno.test("digests of pieces are those of the bytes that are read", () => {
  const bench = golden();
  const target = `${EXPORT}\\a`;
  for (const [offset, bytes] of [[0, 1], [65_535, 3], [MB - 7, 200_000], [24 * MB - 5, MB]] as const) {
    const { data } = bench.ok("file.read", { path: GOLDEN.path, offset, maxBytes: bytes });
    const read = Uint8Array.fromBase64(data);
    assert.deepEqual(bench.ok("file.copy", { path: GOLDEN.path, offset, bytes, target, targetOffset: 0 }), {
      copied: Math.min(bytes, 24 * MB - offset),
      size: 24 * MB,
      sha256: sha256(read),
    });
  }
});

Deno.test("a disk outlives an export in parts and an import of them", () => {
  const bench = golden({ fileMb: 70 });
  const digests: string[] = [];
  const part = 32 * MB;
  for (let n = 0; n < 3; n++) {
    const target = `${EXPORT}\\disk.vhdx.00${n}`;
    const args = { path: GOLDEN.path, offset: n * part, bytes: part, target, targetOffset: 0 };
    digests.push(bench.ok("file.copy", args).sha256);
  }
  const target = `${STORE}\\disk.vhdx.part`;
  for (let n = 0; n < 3; n++) {
    const path = `${EXPORT}\\disk.vhdx.00${n}`;
    const args = { path, offset: 0, bytes: part, target, targetOffset: n * part };
    assert.equal(bench.ok("file.copy", args).sha256, digests[n]);
  }
  assert.equal(bench.fails("disk.info", { path: `${STORE}\\disk.vhdx` }), "not_found");
  bench.ok("file.rename", { path: target, target: `${STORE}\\disk.vhdx` });
  sameDisk(bench, GOLDEN.path, bench, `${STORE}\\disk.vhdx`);
  assert.equal(bench.fails("file.read", { path: target, offset: 0, maxBytes: 0 }), "not_found");
});

Deno.test("a disk comes over the network from one host to another", () => {
  const [here, there] = [golden({ fileMb: 3 }), new Bench()];
  const bytes = readAll(here, GOLDEN.path);
  const path = `${STORE}\\disk.vhdx.part`;
  write(there, path, bytes);
  const target = `${STORE}\\disk.vhdx`;
  assert.equal(sha256(readAll(there, path)), sha256(bytes));
  there.ok("file.rename", { path, target });
  sameDisk(here, GOLDEN.path, there, target);
  assert.equal(copy(there, target, `${EXPORT}\\a`, 64 * MB)[0]?.sha256, sha256(bytes));
});

Deno.test("what is named like a disk and is none is no disk", () => {
  const bench = new Bench();
  const path = `${STORE}\\disk.vhdx`;
  write(bench, path, new Uint8Array(1_000));
  assert.equal(bench.fails("disk.info", { path }), "unknown");
  assert.equal(bench.fails("disk.readFiles", { path, files: ["a"] }), "unknown");
  assert.equal(bench.fails("disk.createChild", { path: `${DIRECTORY}\\a.vhdx`, parent: path }), "invalid");
  const any = new Bench({ templates: "any" });
  write(any, "C:\\images\\disk.vhdx", new Uint8Array(1_000));
  assert.equal(any.fails("disk.info", { path: "C:\\images\\disk.vhdx" }), "unknown");
  assert.equal(any.fails("disk.info", { path }), "not_found");
});

Deno.test("a disk that was written to has other bytes, and a copy of before keeps its own", () => {
  const bench = golden();
  const target = `${STORE}\\disk.vhdx`;
  const [before] = copy(bench, GOLDEN.path, target, 64 * MB);
  const files = [{ path: MANIFEST, text: "{}" }];
  bench.ok("disk.inject", { path: GOLDEN.path, files });
  const [after] = copy(bench, GOLDEN.path, `${STORE}\\new.vhdx`, 64 * MB);
  assert.notEqual(after?.sha256, before?.sha256);
  const text = (path: string) => bench.ok("disk.readFiles", { path, files: [MANIFEST] }).files[0]?.text;
  assert.deepEqual([text(target), text(`${STORE}\\new.vhdx`)], ['{"format":1}', "{}"]);
});

Deno.test("a damaged file has another digest each time, and nothing else tells of it", () => {
  const bench = golden();
  const paths = [GOLDEN.path, `${EXPORT}\\disk.vhdx.000`, `${EXPORT}\\manifest.json`];
  copy(bench, GOLDEN.path, `${EXPORT}\\disk.vhdx.000`, 64 * MB);
  write(bench, `${EXPORT}\\manifest.json`, new TextEncoder().encode('{"a":1}'));
  const identity = bench.ok("disk.info", { path: GOLDEN.path }).identity;
  for (const path of paths) {
    const digests = new Set<string | undefined>();
    const sizes = new Set<number | undefined>();
    for (let times = 0; times < 3; times++) {
      const [piece] = copy(bench, path, `${EXPORT}\\copy`, 64 * MB);
      digests.add(piece?.sha256);
      sizes.add(piece?.size);
      assert.ok(bench.host.corruptFile(path));
    }
    assert.deepEqual([digests.size, sizes.size], [3, 1], path);
  }
  assert.equal(bench.ok("disk.info", { path: GOLDEN.path }).identity, identity);
  assert.equal(bench.host.corruptFile(`${EXPORT}\\none`), false);
  // The damage goes with copies.
  const target = `${STORE}\\disk.vhdx`;
  assert.equal(
    copy(bench, GOLDEN.path, target, 64 * MB)[0]?.sha256,
    copy(bench, target, `${EXPORT}\\copy`, 64 * MB)[0]?.sha256,
  );
});

Deno.test("a piece ends the file, is refused beyond its end, and the same piece again changes nothing", () => {
  const bench = golden();
  const [path, target] = [`${EXPORT}\\a`, `${EXPORT}\\b`];
  write(bench, path, new TextEncoder().encode("0123456789"));
  const piece = { path, offset: 2, bytes: 3, target, targetOffset: 2 };
  assert.equal(bench.fails("file.copy", piece), "invalid");
  const text = () => new TextDecoder().decode(readAll(bench, target));
  bench.ok("file.copy", { path, offset: 0, bytes: 10, target, targetOffset: 0 });
  for (let twice = 0; twice < 2; twice++) {
    bench.ok("file.copy", piece);
    assert.equal(text(), "01234");
  }
  assert.equal(bench.ok("file.copy", { ...piece, offset: 10, targetOffset: 5 }).copied, 0);
  assert.equal(bench.fails("file.write", { path: target, offset: 6, data: "" }), "invalid");
  assert.equal(bench.fails("file.copy", { ...piece, target: path.toUpperCase() }), "invalid");
  assert.equal(bench.fails("file.copy", { ...piece, path: `${EXPORT}\\none` }), "not_found");
  assert.equal(bench.fails("file.write", { path: EXPORT, offset: 0, data: "" }), "invalid");
});

Deno.test("files take space on the volume until they are deleted, and find none when it is full", () => {
  const bench = golden({ diskMb: 100 });
  const free = () => bench.ok("host.info", {}).volumes[0]?.freeMb ?? 0;
  const before = free();
  copy(bench, GOLDEN.path, `${STORE}\\disk.vhdx`, 10 * MB);
  assert.equal(before - free(), 24);
  copy(bench, GOLDEN.path, `${STORE}\\disk.vhdx`, 64 * MB);
  assert.equal(before - free(), 24);
  const target = `${EXPORT}\\disk.vhdx.000`;
  const piece = { path: GOLDEN.path, bytes: 16 * MB, target };
  bench.ok("file.copy", { ...piece, offset: 0, targetOffset: 0 });
  bench.ok("file.write", { path: `${EXPORT}\\more`, offset: 0, data: new Uint8Array(MB).toBase64() });
  assert.equal(before - free(), 41);
  bench.ok("file.write", { path: `${EXPORT}\\more`, offset: 0, data: "" });
  assert.equal(before - free(), 40);
  assert.equal(
    bench.fails("file.copy", { ...piece, bytes: 24 * MB, offset: 0, targetOffset: 16 * MB }),
    "no_space",
  );
  bench.ok("file.remove", { path: target });
  bench.ok("file.remove", { path: target });
  bench.ok("file.remove", { path: `${STORE}\\disk.vhdx` });
  assert.equal(free(), before);
});

Deno.test("what is written is kept up to 256 MB; then the volume counts as full", () => {
  const bench = new Bench();
  const data = new Uint8Array(MB).toBase64();
  const fill = (path: string, from: number, to: number) => {
    for (let offset = from; offset < to; offset += MB) bench.ok("file.write", { path, offset, data });
  };
  fill(`${EXPORT}\\a`, 0, 200 * MB);
  fill(`${EXPORT}\\b`, 0, 56 * MB);
  const more = { path: `${EXPORT}\\b`, offset: 56 * MB, data };
  assert.equal(bench.fails("file.write", more), "no_space");
  bench.ok("dir.remove", { path: EXPORT });
  fill(`${EXPORT}\\b`, 0, 57 * MB);
});

Deno.test("a disk that is in use or protected is not overwritten, renamed or deleted", () => {
  const bench = golden();
  const vmId = bench.make({}, GOLDEN.path);
  const own = `${DIRECTORY}\\disk.vhdx`;
  bench.ok("vm.start", { vmId });
  for (const path of [own, GOLDEN.path]) {
    assert.equal(bench.fails("file.write", { path, offset: 0, data: "" }), "busy");
    assert.equal(bench.fails("file.rename", { path, target: `${STORE}\\disk.vhdx` }), "busy");
    assert.equal(bench.fails("file.remove", { path }), "busy");
  }
  assert.equal(bench.fails("file.read", { path: own, offset: 0, maxBytes: 1 }), "busy");
  bench.ok("file.read", { path: GOLDEN.path, offset: 0, maxBytes: 1 });
  bench.ok("disk.protect", { path: TEMPLATE_PATH });
  for (const call of ["file.write", "file.remove"] as const) {
    const args = call === "file.write"
      ? { path: TEMPLATE_PATH, offset: 0, data: "" }
      : { path: TEMPLATE_PATH };
    assert.equal(bench.fails(call, args as { path: string; offset: number; data: string }), "access_denied");
  }
  // The attribute keeps nobody from another name.
  bench.ok("file.rename", { path: TEMPLATE_PATH, target: `${STORE}\\disk.vhdx` });
  assert.equal(bench.ok("disk.info", { path: `${STORE}\\disk.vhdx` }).readOnly, true);
  assert.equal(bench.fails("disk.info", { path: TEMPLATE_PATH }), "not_found");
});

Deno.test("a rename keeps a disk what it is, overwrites nothing and stays on its volume", () => {
  const bench = golden();
  const target = `${STORE}\\disk.vhdx`;
  const { identity } = bench.ok("disk.info", { path: GOLDEN.path });
  const refused = [`${"D:"}\\a.vhdx`, TEMPLATE_PATH, "C:\\images"];
  for (const other of refused) {
    assert.equal(bench.fails("file.rename", { path: GOLDEN.path, target: other }), "invalid", other);
  }
  bench.ok("file.rename", { path: GOLDEN.path, target });
  assert.equal(bench.ok("disk.info", { path: target }).identity, identity);
  assert.equal(bench.fails("file.rename", { path: GOLDEN.path, target }), "not_found");
  assert.deepEqual(bench.ok("dir.list", { path: "C:\\hvpool\\store\\0123\\templates" }), {
    names: ["windows@1f"],
  });
  // Under a name of another kind it is only a file, until it gets one of its own kind again.
  bench.ok("file.rename", { path: target, target: `${target}.old` });
  assert.equal(bench.fails("disk.info", { path: target }), "not_found");
  bench.ok("file.rename", { path: `${target}.old`, target });
  assert.equal(
    bench.ok("disk.readFiles", { path: target, files: [MANIFEST] }).files[0]?.text,
    '{"format":1}',
  );
});

Deno.test("children stand on a copy that takes the place of their parent", () => {
  const bench = golden();
  const vmId = bench.make({}, GOLDEN.path);
  const kept = "C:\\images\\kept.vhdx";
  copy(bench, GOLDEN.path, kept, 64 * MB);
  assert.ok(bench.host.removeDisk(GOLDEN.path));
  assert.equal(bench.fails("vm.start", { vmId }), "broken_chain");
  copy(bench, kept, GOLDEN.path, 64 * MB);
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
});

Deno.test("disk.readFiles reads through the chain, leaves out what is too long, and mounts one disk at a time", () => {
  const bench = golden();
  bench.make({}, GOLDEN.path);
  const path = `${DIRECTORY}\\disk.vhdx`;
  const text = (length: number) => "é".repeat(length);
  const files = [{ path: "most", text: text(65_536) }, { path: "more", text: text(65_537) }];
  bench.ok("disk.inject", { path, files });
  const wanted = { path, files: ["Windows/a.txt", "most", "more", "none"] };
  assert.deepEqual(bench.ok("disk.readFiles", wanted).files.map(({ text }) => text?.length ?? null), [
    1,
    65_536,
    null,
    null,
  ]);
  const first = bench.send("disk.readFiles", wanted);
  assert.equal(bench.fails("disk.readFiles", { ...wanted, path: GOLDEN.path }), "busy");
  bench.later(10_000);
  assert.equal(first.answer?.ok, true);
  bench.ok("disk.protect", { path: GOLDEN.path });
  bench.ok("disk.readFiles", { ...wanted, path: GOLDEN.path });
  assert.equal(bench.fails("disk.readFiles", { ...wanted, path: "C:\\images\\none.vhdx" }), "not_found");
});

Deno.test("the operation log keeps no bytes of files", () => {
  const bench = golden();
  bench.ok("file.write", { path: `${EXPORT}\\a`, offset: 0, data: "c2VjcmV0" });
  bench.ok("file.read", { path: `${EXPORT}\\a`, offset: 0, maxBytes: 10 });
  assert.ok(!JSON.stringify(bench.log.list()).includes("c2VjcmV0"));
});

Deno.test("a copy takes its time by its bytes", () => {
  const bench = new Bench({ latencies: { "file.copy": 0 } });
  const started = bench.timeline.now;
  const target = `${EXPORT}\\a`;
  bench.ok("file.copy", { path: TEMPLATE_PATH, offset: 0, bytes: 20 * MB, target, targetOffset: 0 });
  assert.ok(bench.timeline.now - started > 40);
});
