import assert from "node:assert/strict";
import { mountedShare, networkShare, uncShare } from "./network_share.ts";
import { inDirectory } from "./journal_fixture.ts";

const WINDOWS: readonly [path: string, share: string | undefined][] = [
  ["\\\\nas\\vm\\hvpool", "\\\\nas\\vm"],
  ["//nas/vm/hvpool", "\\\\nas\\vm"],
  ["\\\\10.0.0.4\\c$", "\\\\10.0.0.4\\c$"],
  ["\\\\?\\UNC\\nas\\vm\\hvpool", "\\\\nas\\vm"],
  ["\\\\?\\C:\\hvpool", undefined],
  ["\\\\.\\C:\\hvpool", undefined],
  ["C:\\ProgramData\\hvpool", undefined],
  ["C:\\a\\\\b\\c", undefined],
];

for (const [path, share] of WINDOWS) {
  Deno.test(`uncShare() finds ${share ?? "no share"} in ${path}`, () => assert.equal(uncShare(path), share));
}

const MOUNTS = [
  "/dev/sda1 / ext4 rw 0 0",
  "nas:/vol /mnt/nas nfs4 rw 0 0",
  "/dev/sdb1 /mnt/nas/local xfs rw 0 0",
  "//nas/my\\040share /mnt/my\\040share cifs rw 0 0",
  "",
].join("\n");

const LINUX: readonly [path: string, share: string | undefined][] = [
  ["/var/lib/hvpool", undefined],
  ["/mnt/nas", "nas:/vol (nfs4, mounted on /mnt/nas)"],
  ["/mnt/nas/data", "nas:/vol (nfs4, mounted on /mnt/nas)"],
  ["/mnt/nas2/data", undefined],
  ["/mnt/nas/local/data", undefined],
  ["/mnt/my share/data", "//nas/my share (cifs, mounted on /mnt/my share)"],
];

for (const [path, share] of LINUX) {
  Deno.test(`mountedShare() finds ${share ?? "no share"} for ${path}`, () => {
    assert.equal(mountedShare(path, MOUNTS), share);
  });
}

Deno.test("networkShare() finds none behind a directory of this machine, there or not yet", () =>
  inDirectory((dir) => {
    assert.equal(networkShare(dir), undefined);
    assert.equal(networkShare(`${dir}/not/yet`), undefined);
  }));
