/** Golden disks: links to them, what tells one from another, and what happens when somebody takes theirs away. */
import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import type { Stage } from "../stage.ts";

/** What a name must not be taken for. */
const ODD_NAME = "it's [1]`2` $(x).vhdx";

/** A disk that nobody else uses, in a folder of its own, and a path for a link to it beside that. */
async function spare(
  stage: Stage,
  name: string,
): Promise<{ folders: [string, string]; path: string; target: string }> {
  const folders: [string, string] = [stage.below(`${name}-golden`), stage.below(`${name} [store]`)];
  const path = stage.below(`${name}-golden`, ODD_NAME);
  await stage.ok("disk.createChild", { path, parent: stage.place.template });
  return { folders, path, target: stage.below(`${name} [store]`, "disk@1.vhdx") };
}

async function clear(stage: Stage, folders: readonly string[]): Promise<void> {
  for (const path of folders) await stage.retried("dir.remove", { path });
}

async function identity(stage: Stage, path: string): Promise<string> {
  return (await stage.ok("disk.info", { path })).identity;
}

/** A child of a disk, and a machine on it. */
async function onParent(stage: Stage, name: string, parent: string): Promise<string> {
  const directory = stage.below(name);
  const disk = stage.below(name, "disk.vhdx");
  await stage.ok("disk.createChild", { path: disk, parent });
  const { vmId } = await stage.ok("vm.create", {
    name,
    notes: "contract",
    directory,
    disk,
    memoryMb: 512,
    processors: 1,
    switchName: stage.place.switchName,
    secureBoot: "off",
    tpm: false,
    nested: false,
    stopAction: "TurnOff",
  });
  return vmId;
}

function mishapCase(mishap: "replaceDisk" | "removeDisk", number: string): Case {
  return {
    name: `${mishap} of a golden disk breaks children that name its path, not those that name its link`,
    needs: "simulator",
    async run(stage) {
      const { template } = stage.place;
      const target = stage.below("store", "windows@1.vhdx");
      assert.deepEqual(await stage.ok("disk.link", { path: template, target }), { linked: true });
      const direct = await onParent(stage, "direct", template);
      const linked = await onParent(stage, "linked", target);
      assert.ok(stage.simulator.machine[mishap](template));
      const message = await stage.fails("vm.start", { vmId: direct }, "broken_chain");
      assert.ok(message.includes(number), message);
      assert.equal((await stage.ok("vm.start", { vmId: linked })).power, "running");
    },
  };
}

/** Cases for a host that has a golden disk. */
export const DISK_CASES: readonly Case[] = [
  {
    name:
      "a disk is linked, twice without an error, into a folder that was not there, and outlives its first path",
    needs: "hyperv",
    async run(stage) {
      const { folders, path, target } = await spare(stage, "linked");
      for (let twice = 0; twice < 2; twice++) {
        assert.deepEqual(await stage.ok("disk.link", { path, target }), { linked: true });
      }
      const before = await identity(stage, path);
      await stage.ok("disk.remove", { path });
      await stage.fails("disk.info", { path }, "not_found");
      assert.equal(await identity(stage, target), before);
      await clear(stage, folders);
    },
  },
  {
    name: "a disk keeps its identity when it is linked and protected, and no two disks have the same",
    needs: "hyperv",
    async run(stage) {
      const { folders, path, target } = await spare(stage, "identity");
      const before = await identity(stage, path);
      assert.match(before, /^[\x20-\x7e]{1,200}$/);
      await stage.ok("disk.link", { path, target });
      await stage.ok("disk.protect", { path: target });
      assert.deepEqual([await identity(stage, path), await identity(stage, target)], [before, before]);
      assert.equal((await stage.ok("disk.info", { path })).readOnly, true);
      assert.notEqual(await identity(stage, stage.place.template), before);
      await clear(stage, folders);
    },
  },
  {
    name: "a link overwrites nothing, and there is none to what is missing",
    needs: "hyperv",
    async run(stage) {
      const first = await spare(stage, "first");
      const second = await spare(stage, "second");
      const before = await identity(stage, second.path);
      await stage.fails("disk.link", { path: first.path, target: second.path }, "invalid");
      await stage.fails("disk.link", { path: first.path, target: second.folders[0] }, "invalid");
      assert.equal(await identity(stage, second.path), before);
      const path = stage.below("missing", "disk.vhdx");
      await stage.fails("disk.link", { path, target: first.target }, "not_found");
      await stage.fails("disk.info", { path: first.target }, "not_found");
      await clear(stage, [...first.folders, ...second.folders]);
    },
  },
  {
    name: "a folder goes with the protected link that lies in it, and the disk stays at its other path",
    needs: "hyperv",
    async run(stage) {
      const { folders, path, target } = await spare(stage, "protected");
      await stage.ok("disk.link", { path, target });
      await stage.ok("disk.protect", { path: target });
      await stage.ok("dir.remove", { path: folders[1] });
      await stage.fails("disk.info", { path: target }, "not_found");
      assert.equal((await stage.ok("disk.info", { path })).type, "differencing");
      await clear(stage, folders);
    },
  },
  {
    name: "a link to another volume is none, and leaves nothing behind",
    needs: "simulator",
    async run(stage) {
      const target = "Q:\\store\\new\\disk@1.vhdx";
      const answer = await stage.ok("disk.link", { path: stage.place.template, target });
      assert.deepEqual(answer, { linked: false });
      assert.deepEqual(await stage.ok("dir.list", { path: "Q:\\store" }), { names: [] });
      await stage.fails("disk.info", { path: target }, "not_found");
    },
  },
  {
    name: "a folder whose parent disk a running machine stands on is busy, by whichever path",
    needs: "simulator",
    async run(stage) {
      const target = stage.below("store", "windows@1.vhdx");
      await stage.ok("disk.link", { path: stage.place.template, target });
      await stage.ok("disk.protect", { path: target });
      const vmId = await onParent(stage, "direct", stage.place.template);
      await stage.ok("vm.start", { vmId });
      await stage.fails("dir.remove", { path: stage.below("store") }, "busy");
      assert.equal((await stage.ok("disk.info", { path: target })).readOnly, true);
    },
  },
  mishapCase("replaceDisk", "0xC03A000E"),
  mishapCase("removeDisk", "0xC03A000D"),
];
