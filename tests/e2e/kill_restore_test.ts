/** A pool that keeps checkpoints, whose controller and host come to an end again and again. */
import assert from "node:assert/strict";
import type { StatusAnswer } from "../../src/api/schemas.ts";
import type { Truth } from "../../src/simulator/schemas.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { pause, until, untilTrue } from "./support/until.ts";

const SIZE = 4;
const HOT = 2;
const KILLS = 5;
const JOBS_PER_KILL = 4;
/** After this round, which has no jobs, the host starts again, too. */
const REBOOT_AFTER = 2;

/** Waits until as many runners are online as are to run, and the other machines are saved. */
async function full(controller: ControllerProcess, simulator: SimulatorProcess): Promise<StatusAnswer> {
  const status = await controller.untilStatus(
    "some machines are online and the others saved",
    ({ pools }) => {
      return pools.every(({ ready, standby }) => ready === HOT && standby === SIZE - HOT);
    },
    120,
  );
  await untilTrue("as many runners are online as are to run", async () => {
    const { runners } = await simulator.truth();
    return runners.filter((one) => one.removedAt === null && one.status === "online").length >= HOT;
  });
  return status;
}

/** Ids of our machines, folders of our disks, names of our registrations: what is there now. */
function present({ vms, disks, runners }: Truth) {
  const there = ({ removedAt }: { removedAt: number | null }) => removedAt === null;
  const ours = disks.filter((disk) => there(disk) && disk.parent !== null);
  const folders = ours.map(({ path }) => path.slice(0, path.lastIndexOf("\\")).toLowerCase());
  return {
    vms: vms.filter((vm) => there(vm) && !vm.foreign).map(({ id }) => id).toSorted(),
    disks: ours.length,
    folders: [...new Set(folders)].toSorted(),
    runners: runners.filter(there).map(({ name }) => name).toSorted(),
  };
}

/** What a full pool says should be there. */
function expected({ vms, controller }: StatusAnswer) {
  return {
    vms: vms.map(({ id }) => id).toSorted(),
    // The template's child, and the layer in which a machine goes on from its checkpoint.
    disks: 2 * SIZE,
    folders: vms.map(({ cycle }) => {
      return `c:\\hvpool\\vms\\storage\\${controller.id}\\${cycle.replace("/", "-")}`.toLowerCase();
    }).toSorted(),
    runners: vms.flatMap(({ runner }) => runner === null ? [] : [runner]).toSorted(),
  };
}

Deno.test("a controller killed while machines are sealed, resumed and put back loses no job and shows none another's files", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 5, speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, {
      runners: { pool_size: SIZE, name_prefix: "r-", recycle: "restore", hot: HOT },
    }),
  );
  const dataDir = scratch.at("data");

  const posted: number[] = [];
  for (let round = 0; round < KILLS; round++) {
    await using controller = new ControllerProcess(file, dataDir);
    // The first is killed while it seals, the others wherever their jobs have come to.
    if (round === 0) await pause(2_500);
    else {
      await full(controller, simulator);
      const jobs = round === REBOOT_AFTER ? 0 : JOBS_PER_KILL;
      for (let job = 0; job < jobs; job++) {
        posted.push(...await simulator.jobs({ durationMs: 500 + 300 * job }));
      }
      await pause(500 + 700 * round);
    }
    await controller.process.kill();
    // While nobody watches the host starts again: what is saved has to be proven once more.
    if (round === REBOOT_AFTER) {
      await simulator.host({ do: "reboot", downMs: 500 });
      await pause(1_500);
    }
    if (round === 3) {
      await simulator.fault({ call: "vm.start", kind: "error", code: "saved_state_corrupt", times: 1 });
    }
  }

  await using controller = new ControllerProcess(file, dataDir);
  let open = "";
  const last = await until("every job has ended", async () => {
    const truth = await simulator.truth();
    open = JSON.stringify(truth.jobs.filter(({ endedAt }) => endedAt === null));
    return truth.jobs.every(({ endedAt }) => endedAt !== null) ? truth : undefined;
  }, { withinS: 120, detail: () => open });
  assert.deepEqual(last.jobs.map(({ id }) => id).toSorted(), posted.toSorted());
  assert.deepEqual(last.jobs.filter(({ sawOthers }) => sawOthers.length > 0), []);
  assert.deepEqual(last.jobs.filter(({ state }) => state !== "done"), []);
  const machines = new Set(last.jobs.map(({ vm }) => vm));
  assert.ok(machines.size < last.jobs.length, "no machine was used again");

  await untilTrue("what is there is what a full pool tells, and nothing else", async () => {
    const status = await full(controller, simulator);
    assert.deepEqual(present(await simulator.truth()), expected(status));
    return true;
  }, { withinS: 120 });
  const { code, err } = await controller.stop();
  assert.equal(code, 0, err);
});
