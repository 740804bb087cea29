/** An older copy of the journal that somebody puts back beside a newer `controller.json`, and the other way round. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { present } from "./support/leftovers.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { untilTrue } from "./support/until.ts";

const SIZE = 2;

interface World {
  readonly simulator: SimulatorProcess;
  readonly dataDir: string;
  start(): ControllerProcess;
}

async function withWorld(use: (world: World) => Promise<void>): Promise<void> {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const runners = { "pool_size": SIZE, "name_prefix": "r-" };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, { runners }));
  const dataDir = scratch.at("data");
  await use({ simulator, dataDir, start: () => new ControllerProcess(file, dataDir) });
}

/** Cycle numbers of all machines that ever were. */
async function numbers(simulator: SimulatorProcess): Promise<number[]> {
  const { disks } = await simulator.truth();
  const found = disks.flatMap(({ path }) => /\.(\d+)\\disk\.vhdx$/.exec(path)?.[1] ?? []).map(Number);
  assert.ok(found.length > 0);
  return found;
}

async function copyJournal(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const suffix of ["", "-wal", "-shm"]) {
    const name = `journal.sqlite${suffix}`;
    try {
      await Deno.copyFile(join(from, name), join(to, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // What lies there belongs to another copy.
      await Deno.remove(join(to, name)).catch(() => {});
    }
  }
}

/** The machines of a full pool, renewed by a job each. */
async function renew({ simulator }: World, controller: ControllerProcess): Promise<void> {
  const before = (await numbers(simulator)).length;
  await simulator.jobs({ count: SIZE, durationMs: 5_000 });
  await untilTrue("the jobs are done, and their machines replaced", async () => {
    const { jobs } = await simulator.truth();
    return jobs.every(({ state }) => state === "done") &&
      (await numbers(simulator)).length >= before + SIZE;
  });
  await controller.untilFull();
}

const COPIES = [
  { what: "of an earlier run", kill: false, within: false },
  { what: "of an earlier run, after a kill", kill: true, within: false },
  { what: "made while the last run went on", kill: false, within: true },
] as const;

for (const { what, kill, within } of COPIES) {
  Deno.test(`an older copy of the journal (${what}) counts as a lost one: nothing is removed unasked, no number comes twice`, async () => {
    await withWorld(async (world) => {
      const { simulator, dataDir, start } = world;
      const copy = `${dataDir}-copy`;
      {
        await using controller = start();
        await controller.untilFull();
        if (within) await copyJournal(dataDir, copy);
        await renew(world, controller);
        assert.equal((await controller.stop()).code, 0);
      }
      if (!within) {
        await copyJournal(dataDir, copy);
        await using controller = start();
        await renew(world, controller);
        if (kill) await controller.process.kill();
        else assert.equal((await controller.stop()).code, 0);
      }
      const before = present(await simulator.truth());
      const issued = await numbers(simulator);
      await copyJournal(copy, dataDir);

      await using controller = start();
      await controller.untilFull();
      assert.match(controller.process.err, /older copy.*reconcile --dry-run/);
      const { vms } = present(await simulator.truth());
      assert.ok(before.vms.every((id) => vms.includes(id)), "something was removed unasked");
      const after = await numbers(simulator);
      assert.equal(new Set(after).size, after.length, `numbers came twice: ${after}`);
      assert.equal(vms.length, before.vms.length + SIZE);
      const lost = (await controller.events()).filter(({ type }) => type === "journal.lost");
      assert.deepEqual(lost.map(({ data }) => data["olderCopy"]), [true]);
      const listed = await hvpool(["reconcile", "--dry-run", "--data-dir", dataDir]);
      assert.match(listed.out, /A journal was lost/);
      assert.ok(issued.length > SIZE);

      const { code, err } = await hvpool(["reconcile", "--retire", "--data-dir", dataDir]);
      assert.equal(code, 0, err);
      await untilTrue("what the copy did not know is gone", async () => {
        return present(await simulator.truth()).vms.length === SIZE;
      });
      assert.equal((await controller.stop()).code, 0);
    });
  });
}

Deno.test("an older controller.json beside the journal costs nothing: machines are known, no number comes twice", async () => {
  await withWorld(async (world) => {
    const { simulator, dataDir, start } = world;
    const file = join(dataDir, "controller.json");
    {
      await using controller = start();
      await controller.untilFull();
      assert.equal((await controller.stop()).code, 0);
    }
    const { id, machine } = JSON.parse(await Deno.readTextFile(file));
    // As a version wrote it that knew of no marks, before anything was issued.
    await Deno.writeTextFile(file, JSON.stringify({ id, machine, issuedUpTo: 0 }));
    const before = present(await simulator.truth());
    {
      await using controller = start();
      await controller.untilFull();
      assert.deepEqual(present(await simulator.truth()), before);
      assert.ok(
        JSON.parse(await Deno.readTextFile(file)).issuedUpTo >= Math.max(...await numbers(simulator)),
      );
      await renew(world, controller);
      const after = await numbers(simulator);
      assert.equal(new Set(after).size, after.length, `numbers came twice: ${after}`);
      assert.ok((await controller.events()).every(({ type }) => type !== "journal.lost"));
      assert.equal((await controller.stop()).code, 0);
    }
  });
});
