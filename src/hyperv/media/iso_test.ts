import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { IsoError, type IsoFile, writeIso } from "./iso.ts";
import { nameFault } from "./iso_names.ts";
import { readIso } from "./testing/iso_reader.ts";

const AT = Date.UTC(2026, 10, 25, 3, 4, 5);

function textFile(name: string, text: string): IsoFile {
  return { name, data: new TextEncoder().encode(text) };
}

const DRIVE = [
  textFile("hvpool.json", JSON.stringify({ protocol: 1, use: 3 })),
  textFile("configure-runner.ps1", "# script\r\n".repeat(700)),
  textFile("Ünïcode 名前 🦕.txt", "all names"),
  textFile("empty", ""),
];

function volume(files: readonly IsoFile[]): Uint8Array<ArrayBuffer> {
  return writeIso({ label: "HVPOOL", createdAt: AT, files });
}

Deno.test("writeIso() makes the same bytes for the same input", () => {
  assert.deepEqual(volume(DRIVE), volume(DRIVE));
});

Deno.test("writeIso() gives each file its name, content and time on the Joliet side", () => {
  const { joliet } = readIso(volume(DRIVE));
  assert.equal(joliet.label, "HVPOOL");
  const byName = new Map(joliet.files.map((file) => [file.name, file]));
  assert.equal(byName.size, DRIVE.length);
  for (const { name, data } of DRIVE) assert.deepEqual(byName.get(name)?.data, data, name);
  assert.ok(joliet.files.every((file) => file.recordedAt === "2026-11-25T03:04:05Z"));
});

Deno.test("writeIso() gives systems without Joliet short names that all differ", () => {
  const { primary } = readIso(volume([
    textFile("configure-runner.ps1", "1"),
    textFile("configure-task.ps1", "2"),
    textFile("hvpool.json", "3"),
    textFile("名", "4"),
  ]));
  assert.deepEqual(
    primary.files.map(({ name, data }) => [name, new TextDecoder().decode(data)]),
    [["CONFIGU1.PS1;1", "2"], ["CONFIGUR.PS1;1", "1"], ["HVPOOL.JSO;1", "3"], ["_.;1", "4"]],
  );
});

Deno.test("writeIso() lets no record cross the end of a sector", () => {
  const files = Array.from({ length: 150 }, (_, i) => textFile(`${"n".repeat(59)}-${i}`, String(i)));
  const { joliet, primary } = readIso(volume(files));
  assert.equal(joliet.files.length, 150);
  assert.equal(primary.files.length, 150);
});

Deno.test("writeIso() refuses what a guest could not read", () => {
  for (const name of ["", "a/b", "a\\b", "con:", "dot.", "space ", "\ud800", "n".repeat(65), "a\0"]) {
    assert.throws(() => volume([textFile(name, "")]), IsoError, JSON.stringify(name));
  }
  assert.throws(() => volume([textFile("A.txt", ""), textFile("a.TXT", "")]), /one name on Windows/);
  assert.throws(() => writeIso({ label: "lower", createdAt: AT, files: [] }), /label/);
  assert.throws(() => volume([{ name: "big", data: new Uint8Array(65 * 1024 * 1024) }]), /more than 64 MB/);
});

/** Names as guests may see them: any Unicode that Joliet and Windows take. */
const anyName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
).filter((name) => nameFault(name) === undefined);

Deno.test("writeIso() and a reader by the standard agree on any names and contents", () => {
  const anyFile = fc.record({ name: anyName, data: fc.uint8Array({ maxLength: 5_000 }) });
  const anyFiles = fc.uniqueArray(anyFile, { maxLength: 60, selector: ({ name }) => name.toLowerCase() });
  fc.assert(
    fc.property(anyFiles, (files) => {
      const read = readIso(volume(files));
      const sorted = files.toSorted((a, b) => a.name < b.name ? -1 : 1);
      assert.deepEqual(
        read.joliet.files.map(({ name, data }) => [name, [...data]]),
        sorted.map(({ name, data }) => [name, [...data]]),
      );
      const contents = (list: readonly { data: Uint8Array }[]) =>
        list.map(({ data }) => [...data].join()).toSorted();
      assert.deepEqual(contents(read.primary.files), contents(files));
      const short = read.primary.files.map((file) => file.name);
      assert.equal(new Set(short).size, files.length);
      for (const name of short) assert.match(name, /^[A-Z0-9_]{1,8}\.[A-Z0-9_]{0,3};1$/);
    }),
    { numRuns: 60 },
  );
});

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function isInstalled(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).error === undefined;
}

/** Standard tools that read such volumes, each by itself: how they take everything out. */
const TOOLS = {
  bsdtar: (iso: string, to: string) => run("bsdtar", "-xf", iso, "-C", to),
  "7z": (iso: string, to: string) => run("7z", "x", "-y", `-o${to}`, iso),
  xorriso: (iso: string, to: string) =>
    run("xorriso", "-read_fs", "norock", "-indev", iso, "-osirrox", "on", "-extract", "/", to),
} as const;

function inFolder(test: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "hvpool-iso-"));
  try {
    test(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [tool, extract] of Object.entries(TOOLS)) {
  const ignore = !isInstalled(tool, "--version");
  Deno.test(`writeIso() makes a volume that ${tool} reads`, { ignore }, () =>
    inFolder((folder) => {
      const iso = join(folder, "drive.iso");
      const to = join(folder, "out");
      writeFileSync(iso, volume(DRIVE));
      Deno.mkdirSync(to);
      extract(iso, to);
      // Not every tool takes characters above U+FFFF.
      const names = readdirSync(to);
      for (const { name, data } of DRIVE.filter((file) => !/🦕/.test(file.name))) {
        assert.ok(names.includes(name), `${name} among ${names.join(", ")}`);
        assert.deepEqual(new Uint8Array(readFileSync(join(to, name))), data);
      }
    }));
}

const noIsoinfo = !isInstalled("isoinfo", "-version");

Deno.test(
  "writeIso() makes a volume that isoinfo lists by both sides' names",
  { ignore: noIsoinfo },
  () =>
    inFolder((folder) => {
      const iso = join(folder, "drive.iso");
      writeFileSync(iso, volume(DRIVE.slice(0, 2)));
      const listed = (...args: string[]) =>
        run("isoinfo", ...args, "-f", "-i", iso).trim().split("\n").toSorted();
      assert.deepEqual(listed("-J"), ["/configure-runner.ps1", "/hvpool.json"]);
      assert.deepEqual(listed(), ["/CONFIGUR.PS1;1", "/HVPOOL.JSO;1"]);
      assert.equal(run("isoinfo", "-J", "-x", "/hvpool.json", "-i", iso), '{"protocol":1,"use":3}');
      assert.match(run("isoinfo", "-d", "-i", iso), /Volume id: HVPOOL\n/);
    }),
);
