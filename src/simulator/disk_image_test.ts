import assert from "node:assert/strict";
import { diskContent, readDiskImage } from "./disk_image.ts";
import { SimulatedDisks } from "./disks.ts";
import { FileContent } from "./file_content.ts";

const PATH = "C:\\images\\windows.vhdx";

function disks(files: Readonly<Record<string, string>> = {}): SimulatedDisks {
  const made = new SimulatedDisks({ sizeMb: 1_000, now: () => 1_000_000 });
  made.addTemplate({ path: PATH, sizeMb: 100, fileMb: 1, files }, 1_000_000);
  return made;
}

function fileOf(disks: SimulatedDisks) {
  const disk = disks.find(PATH);
  assert.ok(disk !== undefined);
  return disk.file;
}

Deno.test("readDiskImage() reads what diskContent() has written, deleted files too", () => {
  const made = disks({ "C:\\a": "é", "C:\\empty": "" });
  made.writeInside(PATH, "C:\\b", Uint8Array.of(1, 2, 3));
  made.removeInside(PATH, "C:\\a");
  const file = fileOf(made);
  const image = readDiskImage(diskContent(file));
  const { id, madeAs, sizeMb, parent, lastWrite, parentWrite, files } = file;
  assert.deepEqual(image, { id, madeAs, sizeMb, parent, lastWrite, parentWrite, files });
});

Deno.test("a disk that comes from elsewhere is never again what it was before a write to it", () => {
  const made = disks();
  const image = readDiskImage(diskContent(fileOf(made)));
  assert.ok(image !== undefined);
  const path = "C:\\images\\other.vhdx";
  const { file } = made.addImage(path, { ...image, lastWrite: 100 }, 1, 1_000_000);
  const digests = new Set<string>();
  for (let writes = 0; writes < 200; writes++) {
    digests.add(diskContent(file).slice(0, 70_000).sha256());
    made.write(path, 0);
  }
  assert.equal(digests.size, 200);
});

Deno.test("readDiskImage() finds no disk in one that is not whole, or too long, or something else", () => {
  const content = diskContent(fileOf(disks()));
  const extra = FileContent.bytes(new Uint8Array(1));
  const noise = FileContent.bytes(new Uint8Array(100));
  const lies = FileContent.bytes(new TextEncoder().encode("vhdxfile\xff\xff\xff\xff"));
  const broken = FileContent.bytes(new TextEncoder().encode("vhdxfile\0\0\0\x02{]"));
  const cut = [content.slice(0, content.size - 1), content.slice(0, 5), content.slice(1)];
  for (const other of [FileContent.empty, ...cut, content.followedBy(extra), noise, lies, broken]) {
    assert.equal(readDiskImage(other), undefined);
  }
});

Deno.test("diskContent() holds all names, however many tiny files there are", () => {
  const made = disks(
    Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`C:\\${"x".repeat(50)}${i}`, ""])),
  );
  const content = diskContent(fileOf(made));
  assert.ok(content.size > 1_048_576);
  assert.equal(readDiskImage(content)?.files.size, 20_000);
});
