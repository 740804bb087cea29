/**
 * Short situations, made by hand, in which a mistake of the core shows. Each throws when a law is broken or when
 * it does not end as it must. `mistakes_test.ts` plays them over changed copies of the core.
 */
import { OPERATIONS } from "../../src/model/calls.ts";
import type { Cycle } from "../../src/model/state.ts";
import { LawBroken } from "./law_broken.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { RESTORE_SCENARIOS } from "./restore_scenarios.ts";
import { capacityBoundMs, HOUR, MINUTE, POOL } from "./settings.ts";

/** The situation was not reached: nothing is shown, and no mistake is caught. */
class SetUpFailed extends Error {
  override readonly name = "SetUpFailed";
}

function reach(condition: boolean, what: string): void {
  if (!condition) throw new SetUpFailed(what);
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new LawBroken(what);
}

/** One controller with guests that do well; every slot is online when this comes back. */
function onlinePlant(options: Partial<PlantOptions> = {}): Plant {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1, hints: true, ...options });
  plant.start();
  untilFull(plant);
  return plant;
}

function untilFull(plant: Plant): void {
  plant.assertFullAndClean(capacityBoundMs(plant.settings));
  plant.assertLaws();
}

function only(plant: Plant): Cycle {
  const [cycle, other] = plant.cyclesOf(plant.first);
  if (cycle === undefined || other !== undefined) throw new LawBroken("There is not one cycle");
  return cycle;
}

/** A machine that runs a job of an hour. */
function claimedPlant(): { plant: Plant; cycle: Cycle } {
  const plant = onlinePlant();
  plant.addJob(HOUR);
  reach(plant.advanceUntil(() => only(plant).phase === "claimed", MINUTE), "The job was not noticed");
  return { plant, cycle: only(plant) };
}

function stillClaimed(plant: Plant, cycle: Cycle): void {
  expect(
    only(plant).id === cycle.id && only(plant).phase === "claimed",
    `${cycle.id} with a job was given up`,
  );
  plant.advance(2 * HOUR);
  plant.assertLaws();
  expect(plant.forge.truth().jobs.every(({ state }) => state === "done"), "A job was lost");
}

function twoControllers(): void {
  const plant = new Plant({ seed: 1, slots: 2, hints: true });
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + HOUR, perHour: 30, meanMs: 5 * MINUTE });
  plant.advance(2 * HOUR);
  untilFull(plant);
}

/** Machines and registrations of others, as much like ours as can be. */
function foreignThings(): void {
  const plant = onlinePlant({ slots: 2 });
  plant.scheduleJobs({ until: plant.timeline.now + HOUR, perHour: 30, meanMs: 5 * MINUTE });
  plant.advance(2 * HOUR);
  untilFull(plant);
}

/** The runner takes a job at the moment when its machine is given up: 422 until the job ends. */
function jobWhileGivenUp(lagMs = 0): void {
  const times = { joinMs: 20_000, pollRunnersMs: 10 * MINUTE };
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1, lagMs, times });
  plant.addJob(30 * MINUTE);
  plant.start();
  const [job] = plant.forge.truth().jobs;
  reach(plant.advanceUntil(() => job?.state === "running", 5 * MINUTE), "The job did not begin");
  plant.advance(HOUR);
  plant.assertLaws();
  expect(job?.state === "done", `The job is ${job?.state}`);
}

/** The same, and GitHub does not yet know the registration: 404 while it is young. */
function young404(): void {
  jobWhileGivenUp(85_000);
}

/** Old machines cannot be removed: a slot makes no more than three new ones. */
function removalsFail(): void {
  const plant = onlinePlant();
  const off = plant.first.faults.add({ call: "vm.remove", kind: "error", code: "busy" });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 30 * MINUTE);
  for (let i = 0; i < 8; i++) plant.addJob(30_000);
  plant.advance(30 * MINUTE);
  off();
  plant.advance(30 * MINUTE);
  untilFull(plant);
}

/** Lists are told long after they were made. */
function slowLists(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 4, times: { pollVmsMs: 1_000 } });
  plant.first.faults.add({ call: "vm.list", kind: "slow" });
  plant.start();
  for (let i = 0; i < 8; i++) plant.addJob(2 * MINUTE);
  plant.advance(30 * MINUTE);
  const { state } = plant.first.controller;
  expect(state?.issued === 4 + 8, `${state?.issued} machines were made for 4 slots and 8 jobs`);
  untilFull(plant);
}

/** The host answers no question while the pool is drained. */
function silentHost(): void {
  const plant = onlinePlant({ slots: 2 });
  const { faults, controller } = plant.first;
  for (const call of ["vm.list", "vm.inspect"]) faults.add({ call, kind: "error", forMs: 10 * MINUTE });
  plant.advance(5 * MINUTE);
  controller.push({ type: "command", command: { type: "stop", drain: true, source: "test" } });
  plant.advance(20 * MINUTE);
  expect(plant.cyclesOf(plant.first).length === 0, "The pool was not drained");
  plant.assertLaws();
}

/** The host cannot be asked while a job runs: unreachable is not absent. */
function unreachableHost(): void {
  const { plant, cycle } = claimedPlant();
  const { faults } = plant.first;
  for (const call of ["vm.list", "vm.inspect"]) faults.add({ call, kind: "error", forMs: 10 * MINUTE });
  plant.advance(15 * MINUTE);
  stillClaimed(plant, cycle);
}

/** Lists lack a machine that is there. */
function listLacksOne(): void {
  const { plant, cycle } = claimedPlant();
  const { tampering } = plant.first.controller;
  tampering.vms = (rows) => {
    if (cycle.vmId !== undefined) rows.delete(cycle.vmId);
  };
  plant.advance(5 * MINUTE);
  delete tampering.vms;
  plant.advance(5 * MINUTE);
  stillClaimed(plant, cycle);
}

/** The host's management loses sight of a machine with a job, altogether, and finds it again. */
function machineOutOfSight(): void {
  const { plant, cycle: { vmId } } = claimedPlant();
  const { tampering } = plant.first.controller;
  tampering.vms = (rows) => {
    if (vmId !== undefined) rows.delete(vmId);
  };
  tampering.hidden = (id) => id === vmId;
  plant.first.faults.add({ call: "dir.remove", kind: "error", code: "busy", forMs: 3 * MINUTE });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 2 * HOUR);
  plant.advance(3 * MINUTE);
  delete tampering.vms;
  plant.advance(MINUTE);
  delete tampering.hidden;
  plant.advance(2 * HOUR);
  expect(plant.forge.truth().jobs.every(({ state }) => state === "done"), "A job was lost");
  untilFull(plant);
}

/** Restarts with jobs between them, and more events than a snapshot waits for. */
function restarts(): void {
  const plant = onlinePlant({ slots: 2 });
  plant.scheduleJobs({ until: plant.timeline.now + 2 * HOUR, perHour: 60, meanMs: 2 * MINUTE });
  for (let i = 0; i < 12; i++) {
    plant.advance(10 * MINUTE);
    plant.first.controller.crash();
    plant.first.controller.start();
  }
  plant.advance(20 * MINUTE);
  untilFull(plant);
}

/** The answer to a registration comes when the next one is under way. */
function lateRegistration(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1, hints: true });
  let asked = 0;
  plant.first.controller.lateness = (call) => {
    if (call !== "runner.register") return 0;
    return asked++ === 0 ? 70_000 : 30_000;
  };
  plant.start();
  expect(
    plant.advanceUntil(() => plant.onlineOf(plant.first) === 1, 5 * MINUTE),
    "The machine did not come online",
  );
  expect(asked === 2, `${asked} registrations were asked for`);
  plant.advance(10 * MINUTE);
  untilFull(plant);
}

/** The program dies while a registration is under way: its answer, and with it the secret, is lost. */
function restartWhileRegistering(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1, hints: true });
  const { controller } = plant.first;
  controller.lateness = (call) => call === "runner.register" ? 10_000 : 0;
  plant.start();
  const registering = () => plant.cyclesOf(plant.first).some(({ op }) => op?.call === "runner.register");
  reach(plant.advanceUntil(registering, MINUTE), "Nothing was registered");
  plant.advance(5_000);
  controller.crash();
  controller.start();
  plant.advance(10 * MINUTE);
  untilFull(plant);
}

/** A runner is offline, GitHub is away, and the runner comes back soon after GitHub did. */
function outageWhileOffline(): void {
  const plant = onlinePlant();
  const { id } = only(plant);
  const { tampering } = plant.first.controller;
  tampering.runners = (rows) => rows.map((row) => ({ ...row, online: false }));
  plant.advance(5 * MINUTE);
  plant.forge.outage(10 * MINUTE);
  plant.advance(14 * MINUTE);
  delete tampering.runners;
  plant.advance(5 * MINUTE);
  expect(only(plant).id === id, `${id} was given up for an outage`);
}

/** All runners of a pool look offline for a quarter of an hour. */
function allOffline(): void {
  const plant = onlinePlant({ slots: 6 });
  const { tampering } = plant.first.controller;
  tampering.runners = (rows) => rows.map((row) => ({ ...row, online: false }));
  plant.advance(15 * MINUTE);
  delete tampering.runners;
  plant.advance(20 * MINUTE);
  untilFull(plant);
}

/** A VM is made, nobody is told, and for two and a half minutes after that no list shows it. */
function creationNotAnswered(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1 });
  const { faults, controller } = plant.first;
  faults.add({ call: "vm.create", kind: "lost_answer", times: 1 });
  controller.tampering.vms = (rows) => rows.clear();
  plant.start();
  plant.advance(OPERATIONS["vm.create"].limitMs + 2.5 * MINUTE);
  delete controller.tampering.vms;
  plant.advance(10 * MINUTE);
  untilFull(plant);
}

/** The first try of every slot fails alike; then all is well. */
function allFailAlike(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 4, hints: true });
  plant.first.faults.add({ call: "disk.createChild", kind: "error", code: "invalid", times: 4 });
  plant.start();
  const pool = () => plant.first.controller.state?.pools.get(POOL);
  reach(plant.advanceUntil(() => pool()?.degraded !== undefined, MINUTE), "The pool was never degraded");
  plant.advance(10 * MINUTE);
  untilFull(plant);
  expect(pool()?.degraded === undefined, "The pool is degraded though all of it serves");
}

/** No disk can be made, again and again, and then it can. */
function backOff(): void {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1 });
  plant.first.faults.add({ call: "disk.createChild", kind: "error", code: "invalid", times: 7 });
  plant.start();
  plant.advance(MINUTE);
  // 2, 4, 8, 16, 32 s: five tries fit into a minute.
  const tries = plant.first.controller.state?.issued ?? 0;
  expect(tries >= 4 && tries <= 6, `${tries} machines were tried within a minute`);
  plant.advance(10 * MINUTE);
  untilFull(plant);
}

/** GitHub's lists show for a moment what was removed. */
function drainWithOldLists(): void {
  const plant = onlinePlant({ slots: 6, lagMs: 15_000 });
  const { controller } = plant.first;
  controller.push({ type: "command", command: { type: "stop", drain: true, source: "test" } });
  plant.advance(10 * MINUTE);
  expect(plant.cyclesOf(plant.first).length === 0, "The pool was not drained");
  expect(controller.state?.nextOrphan === 1, "Something was taken for a thing without a record");
}

/** Every situation. */
export const SCENARIOS = {
  twoControllers,
  foreignThings,
  jobWhileGivenUp,
  young404,
  removalsFail,
  slowLists,
  silentHost,
  unreachableHost,
  listLacksOne,
  machineOutOfSight,
  restarts,
  lateRegistration,
  restartWhileRegistering,
  outageWhileOffline,
  allOffline,
  creationNotAnswered,
  allFailAlike,
  backOff,
  drainWithOldLists,
  ...RESTORE_SCENARIOS,
} as const satisfies Record<string, (lagMs?: number) => void>;

/** Name of a situation. */
export type ScenarioName = keyof typeof SCENARIOS;
