import assert from "node:assert/strict";
import { SimulatedDisks } from "./disks.ts";
import { identityOf } from "./disk_file.ts";

Deno.test("identityOf() tells two writes at one time apart, and two disks that were made at one time", () => {
  const disks = new SimulatedDisks({ sizeMb: 1_000, now: () => 1_000_000 });
  const identity = (path: string) => {
    const disk = disks.find(path);
    assert.ok(disk !== undefined);
    return identityOf(disk.file);
  };
  disks.addTemplate({ path: "C:\\a.vhdx", sizeMb: 64 }, 1_000_000);
  disks.addTemplate({ path: "C:\\b.vhdx", sizeMb: 64 }, 1_000_000);
  const before = identity("C:\\a.vhdx");
  assert.match(before, /^[0-9a-f-]{36}\/16777216\/1970-01-01T00:16:40\.000\d{4}Z$/);
  disks.write("C:\\a.vhdx", 0);
  assert.equal(new Set([before, identity("C:\\a.vhdx"), identity("C:\\b.vhdx")]).size, 3);
});
