import assert from "node:assert/strict";
import { vmNotes } from "../../model/ids.ts";
import type { ControllerId, CycleId } from "../../model/ids.ts";
import { type DiskChain, judgeVm, numberIn, type OldPoolPlace, type SeenVm } from "./judge.ts";

const TEMPLATE = "C:\\vms\\templates\\runner-template.vhdx";
const STORAGE = "C:\\vms\\storage";
const PLACE: OldPoolPlace = { pool: "ci", prefix: "runner-", size: 4, template: TEMPLATE, storage: STORAGE };
const OURS = vmNotes("0123456789abcdef0123456789abcdef" as ControllerId, "ci/1.7" as CycleId);

function chain(...paths: string[]): DiskChain {
  return paths.map((path, i) => ({ path, parent: paths[i + 1] ?? null }));
}

const DISK = `${STORAGE}\\runner-1.vhdx`;
const CHILD = chain(DISK, TEMPLATE);

interface Row {
  readonly what: string;
  readonly vm?: Partial<SeenVm>;
  readonly place?: Partial<OldPoolPlace>;
  readonly is: ReturnType<typeof judgeVm>["is"];
  /** Disks of an old one, or the reason in words. */
  readonly says?: readonly string[] | RegExp;
}

const TABLE: readonly Row[] = [
  { what: "all three hold", is: "old", says: [DISK] },
  {
    what: "all three hold, in other letters and slashes",
    vm: { chains: [chain("c:/VMS/Storage/runner-1.vhdx", "c:/vms/TEMPLATES/runner-template.VHDX")] },
    is: "old",
    says: ["c:/VMS/Storage/runner-1.vhdx"],
  },
  {
    what: "a folder that is written with a backslash at its end",
    place: { storage: `${STORAGE}\\` },
    is: "old",
    says: [DISK],
  },
  {
    what: "an automatic checkpoint",
    vm: { chains: [chain(`${STORAGE}\\runner-1_AB.avhdx`, DISK, TEMPLATE)] },
    is: "old",
    says: [`${STORAGE}\\runner-1_AB.avhdx`, DISK],
  },
  {
    what: "a template that is itself a child",
    vm: { chains: [chain(DISK, TEMPLATE, "C:\\base.vhdx")] },
    is: "old",
    says: [DISK],
  },
  { what: "somebody's words in its notes", vm: { notes: "built by Anna" }, is: "old", says: [DISK] },
  { what: "notes of ours", vm: { notes: OURS }, is: "ours" },
  { what: "nothing but the name", vm: { chains: [] }, is: "resembles", says: /has 0 disks/ },
  {
    what: "the name and the template",
    vm: { chains: [chain("D:\\mine\\runner-1.vhdx", TEMPLATE)] },
    is: "resembles",
    says: /^its disk D:\\mine\\runner-1\.vhdx does not lie in the storage folder C:\\vms\\storage$/,
  },
  {
    what: "the name and the folder",
    vm: { chains: [chain(DISK, "C:\\other.vhdx")] },
    is: "resembles",
    says: /^its disk .* is no child of the template/,
  },
  {
    what: "the name and a whole disk in the folder",
    vm: { chains: [chain(DISK)] },
    is: "resembles",
    says: /is no child/,
  },
  {
    what: "the name alone, on another disk",
    vm: { chains: [chain("D:\\mine.vhdx")] },
    is: "resembles",
    says: /does not lie .*, and its disk .* is no child/,
  },
  {
    what: "the template itself as its disk",
    vm: { chains: [chain(TEMPLATE)] },
    is: "resembles",
    says: /is no child/,
  },
  {
    what: "a second disk",
    vm: { chains: [CHILD, chain("D:\\data.vhdx")] },
    is: "resembles",
    says: /has 2 disks/,
  },
  {
    what: "folder and template, and another name",
    vm: { name: "runner-build" },
    is: "resembles",
    says: /^it is not called runner-<number>$/,
  },
  {
    what: "the template alone",
    vm: { name: "anna", chains: [chain("D:\\anna.vhdx", TEMPLATE)] },
    is: "resembles",
    says: /not called .*, and .* does not lie/,
  },
  {
    what: "a disk below a folder of the storage, as hvpool's are",
    vm: { chains: [chain(`${STORAGE}\\0123\\ci-1.7\\disk.vhdx`, TEMPLATE)] },
    is: "resembles",
    says: /does not lie in the storage folder/,
  },
  {
    what: "a disk in a folder whose name only begins as the storage's",
    vm: { chains: [chain(`${STORAGE}2\\runner-1.vhdx`, TEMPLATE)] },
    is: "resembles",
    says: /does not lie/,
  },
  {
    what: "a checkpoint outside the folder",
    vm: { chains: [chain("D:\\snap\\runner-1.avhdx", DISK, TEMPLATE)] },
    is: "resembles",
    says: /D:\\snap\\runner-1\.avhdx does not lie/,
  },
  {
    what: "a configuration without the disk's path",
    place: { template: "" },
    is: "resembles",
    says: /names no template_path/,
  },
  { what: "a host that does not say what its disks are", vm: { chains: undefined }, is: "unknown" },
  {
    what: "a host that does not say so of another name",
    vm: { name: "anna", chains: undefined },
    is: "other",
  },
  { what: "nothing at all", vm: { name: "anna", chains: [chain("D:\\anna.vhdx")] }, is: "other" },
];

for (const { what, vm, place, is, says } of TABLE) {
  Deno.test(`judgeVm() says "${is}" of a VM with ${what}`, () => {
    const verdict = judgeVm(
      { name: "runner-1", notes: "", chains: [CHILD], ...vm },
      { ...PLACE, ...place },
    );
    assert.equal(verdict.is, is);
    if (verdict.is === "old") assert.deepEqual(verdict.disks, says);
    if (verdict.is === "resembles") assert.match(verdict.because, says as RegExp);
  });
}

Deno.test("numberIn() takes the numbers that the old pool gives, after exactly its prefix", () => {
  const names = [
    "runner-1",
    "runner-42",
    "runner-0",
    "runner-01",
    "runner-1a",
    "runner-",
    "Runner-1",
    "runner-1-0123abcd-7.1",
  ];
  assert.deepEqual(names.map((name) => numberIn(name, "runner-")), [
    1,
    42,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
