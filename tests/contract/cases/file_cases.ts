/** Ordinary files on the host, and small files that are read out of disks. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { HostValue } from "../../../src/ports/host.ts";
import type { Case } from "../case.ts";
import type { Stage } from "../stage.ts";

const MB = 1_048_576;
const MANIFEST = "ProgramData\\hvpool\\image.json";

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

async function textOf(stage: Stage, path: string): Promise<string> {
  const { data, size } = await stage.ok("file.read", { path, offset: 0, maxBytes: MB });
  const bytes = Uint8Array.fromBase64(data);
  assert.equal(bytes.length, size);
  return new TextDecoder().decode(bytes);
}

/** A name that must not be taken for a pattern, or for a piece of a script. */
const ODD_NAME = "it's [1]`2` $(x).json";

/** Cases for a host with a folder to write to. */
export const FILE_CASES: readonly Case[] = [
  {
    name: "a file is written piece by piece into a folder that was not there, read, renamed and removed",
    needs: "hyperv",
    async run(stage) {
      const folder = stage.below("files [1]");
      const [path, target] = [stage.below("files [1]", "new", ODD_NAME), stage.below("files [1]", "b", "x")];
      assert.deepEqual(await stage.ok("file.write", { path, offset: 0, data: base64("what was there") }), {
        size: 14,
      });
      await stage.ok("file.write", { path, offset: 0, data: base64('{"é":') });
      for (let twice = 0; twice < 2; twice++) {
        assert.deepEqual(await stage.ok("file.write", { path, offset: 6, data: base64("1}") }), { size: 8 });
      }
      assert.equal(await textOf(stage, path), '{"é":1}');
      assert.deepEqual(await stage.ok("file.read", { path, offset: 6, maxBytes: 1 }), {
        data: base64("1"),
        size: 8,
      });
      assert.deepEqual(await stage.ok("file.read", { path, offset: 0, maxBytes: 0 }), { data: "", size: 8 });
      await stage.ok("file.rename", { path, target });
      assert.equal(await textOf(stage, target), '{"é":1}');
      for (let twice = 0; twice < 2; twice++) await stage.ok("file.remove", { path: target });
      await stage.fails("file.read", { path: target, offset: 0, maxBytes: 1 }, "not_found");
      await stage.retried("dir.remove", { path: folder });
    },
  },
  {
    name: "a file is copied in pieces with their digests, and a piece that comes again changes nothing",
    needs: "hyperv",
    async run(stage) {
      const [path, target] = [stage.below("copies", "a"), stage.below("copies", "new", "b")];
      const bytes = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 7 + (i >> 9)) & 0xff);
      await stage.ok("file.write", { path, offset: 0, data: bytes.toBase64() });
      for (const offset of [0, 100_000, 100_000, 200_000, 300_000, 300_000, 300_001]) {
        const expected = bytes.subarray(offset, offset + 100_000);
        const piece = { path, offset, bytes: 100_000, target, targetOffset: offset };
        assert.deepEqual(await stage.ok("file.copy", piece), {
          copied: expected.length,
          size: bytes.length,
          sha256: createHash("sha256").update(expected).digest("hex"),
        });
      }
      const { data } = await stage.ok("file.read", { path: target, offset: 0, maxBytes: MB });
      assert.ok(data === bytes.toBase64());
      await stage.retried("dir.remove", { path: stage.below("copies") });
    },
  },
  {
    name: "files are not taken for others: what is missing, taken, too short or the file itself is refused",
    needs: "hyperv",
    async run(stage) {
      const at = (name: string) => stage.below("refusals", name);
      const [path, other] = [at("a"), at("b")];
      for (const one of [path, other]) {
        await stage.ok("file.write", { path: one, offset: 0, data: base64("0123") });
      }
      const copy = { path, offset: 0, bytes: 2, target: other, targetOffset: 0 };
      await stage.fails("file.copy", { ...copy, targetOffset: 5 }, "invalid");
      await stage.fails("file.copy", { ...copy, target: at("c"), targetOffset: 1 }, "invalid");
      await stage.fails("file.copy", { ...copy, target: path }, "invalid");
      await stage.fails("file.copy", { ...copy, path: at("c") }, "not_found");
      await stage.fails("file.write", { path, offset: 5, data: "" }, "invalid");
      await stage.fails("file.write", { path: stage.below("refusals"), offset: 0, data: "" }, "invalid");
      await stage.fails("file.rename", { path, target: other }, "invalid");
      await stage.fails("file.rename", { path: at("c"), target: at("d") }, "not_found");
      await stage.fails("file.remove", { path: stage.below("refusals") }, "invalid");
      assert.deepEqual([await textOf(stage, path), await textOf(stage, other)], ["0123", "0123"]);
      await stage.retried("dir.remove", { path: stage.below("refusals") });
    },
  },
  {
    name: "a golden disk that is copied in pieces is a golden disk",
    needs: "simulator",
    async run(stage) {
      const path = stage.place.template;
      const target = stage.below("windows@1f", "disk.vhdx");
      let piece: HostValue<"file.copy">;
      let offset = 0;
      do {
        piece = await stage.ok("file.copy", { path, offset, bytes: 10 * MB, target, targetOffset: offset });
        offset += piece.copied;
      } while (offset < piece.size);
      await stage.ok("disk.protect", { path: target });
      const disk = stage.below("copied", "disk.vhdx");
      await stage.ok("disk.createChild", { path: disk, parent: target });
      assert.equal((await stage.ok("disk.info", { path: disk })).parent, target);
      assert.ok(stage.simulator.machine.corruptFile(target));
      const damaged = await stage.ok("file.copy", {
        path: target,
        offset: 0,
        bytes: 1_024 * MB,
        target: stage.below("c"),
        targetOffset: 0,
      });
      const whole = await stage.ok("file.copy", {
        path,
        offset: 0,
        bytes: 1_024 * MB,
        target: stage.below("c"),
        targetOffset: 0,
      });
      assert.notEqual(damaged.sha256, whole.sha256);
    },
  },
  {
    name: "small files are read out of a disk that stays as it is; what is missing or long is nothing",
    needs: "simulator",
    async run(stage) {
      const path = stage.below("read", "disk.vhdx");
      await stage.ok("disk.createChild", { path, parent: stage.place.template });
      const text = '{"format":1,"software":{"é":"👩‍🔬"}}\r\n';
      const files = [
        { path: MANIFEST, text },
        { path: "most", text: "x".repeat(65_536) },
        { path: "more", text: "x".repeat(65_537) },
      ];
      await stage.ok("disk.inject", { path, files });
      await stage.ok("disk.protect", { path });
      const { identity } = await stage.ok("disk.info", { path });
      const wanted = ["more", MANIFEST, "none", "most"];
      const read = await stage.ok("disk.readFiles", { path, files: wanted });
      assert.deepEqual(read.files, [
        { path: "more", text: null },
        { path: MANIFEST, text },
        { path: "none", text: null },
        { path: "most", text: "x".repeat(65_536) },
      ]);
      const after = await stage.ok("disk.info", { path });
      assert.deepEqual([after.identity, after.attached], [identity, false]);
      await stage.fails("disk.readFiles", { path: stage.below("none.vhdx"), files: ["a"] }, "not_found");
    },
  },
];
