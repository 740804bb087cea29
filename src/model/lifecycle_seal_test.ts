/** Rules of machines that go back to a checkpoint: sealing, standby, resuming, and what changes for the others. */
import type { Phase, Power } from "./phases.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle } from "./state.ts";
import {
  drained,
  failing,
  guest,
  listed,
  MINUTE,
  OFF,
  REMOVE,
  type RuleCase,
  runner,
  secret,
  smaller,
  testRules,
  used,
} from "./testing/rule_case.ts";
import { BOOT, NOW, type Stage, testSettings, VM } from "./testing/stage.ts";

const RESTORE = { recycle: "restore" } as const satisfies Partial<PoolSettings>;
const ONE_HOT = { ...RESTORE, hot: 1 } as const satisfies Partial<PoolSettings>;

/** It has its checkpoint and was resumed well in this start of the host. */
const proven = { checkpoint: "clean-1", proven: BOOT };
/** … in an earlier one. */
const provenBefore = { checkpoint: "clean-1", proven: "boot-0" };
/** It was put back, and nothing has run since. */
const clean = { ...proven, clean: true };

/** The host is listed, and GitHub answers. */
function world(stage: Stage): void {
  stage.list([]);
  stage.vms([VM, "saved"]);
}

/** Another machine of the pool is in this phase. */
function beside(phase: Phase): (stage: Stage) => void {
  return (stage) => {
    world(stage);
    stage.cycle({ phase }, 2);
  };
}

/** Its pool is made from something else now. */
function changed(stage: Stage): void {
  world(stage);
  stage.apply({
    type: "settings.applied",
    data: { settings: testSettings({ ...RESTORE, labels: ["other"] }) },
  });
}

/** Its pool is not configured any more. */
function removed(stage: Stage): void {
  world(stage);
  stage.apply({ type: "settings.applied", data: { settings: { ...testSettings(), pools: [] } } });
}

/** The guest says `waiting`, and its beat has moved. */
function goesOn(stage: Stage, cycle: Cycle): void {
  world(stage);
  guest({})(stage, cycle);
}

const SEAL = { step: "enter", phase: "sealing" } as const;
const RESUME = { step: "enter", phase: "resuming" } as const;
const RESTORED = { step: "open", call: "checkpoint.restore" } as const;

const UNWANTED = {
  "the pool was made smaller": smaller,
  "its pool is not configured any more": removed,
  "the pool's settings changed": changed,
  "the pool is drained": drained,
} as const;

/** One case for each reason why a machine is not wanted. */
function givenUp(phase: Phase, power: Power, cycle: Partial<Cycle>): RuleCase[] {
  return Object.entries(UNWANTED).map(([cause, arrange]) => ({
    says: `it is given up when ${cause}`,
    phase,
    power,
    pool: RESTORE,
    cycle,
    arrange,
    then: { step: "retire", cause },
  }));
}

/** One case for each of some powers. */
function each(powers: readonly Power[], one: Omit<RuleCase, "power">): RuleCase[] {
  return powers.map((power) => ({ ...one, power }));
}

const BETWEEN = ["starting", "saving", "stopping"] as const;

testRules([
  {
    says: "a guest that waits for the first time is sealed before it has a registration",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    arrange: goesOn,
    then: SEAL,
  },
  {
    says: "a machine with a checkpoint that was never resumed is put back to prove it",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    cycle: { checkpoint: "clean-1" },
    arrange: goesOn,
    then: SEAL,
  },
  {
    says: "a machine that was proven in an earlier start of the host is put back",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    cycle: provenBefore,
    arrange: goesOn,
    then: SEAL,
  },
  {
    says: "a proven machine that is wanted gets its registration",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    cycle: proven,
    arrange: goesOn,
    then: { step: "register" },
  },
  {
    says: "a proven machine whose configuration is at hand is introduced",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, runner: used.runner },
    arrange: (stage, cycle) => {
      goesOn(stage, cycle);
      secret(1)(stage, cycle);
    },
    then: { step: "enter", phase: "joining" },
  },
  {
    says: "a proven machine waits while GitHub does not answer",
    phase: "waiting",
    power: "running",
    pool: RESTORE,
    cycle: proven,
    arrange: (stage, cycle) => {
      goesOn(stage, cycle);
      failing(stage);
    },
    then: { step: "wait", reading: "runners" },
  },
  {
    says: "a proven machine is put back when enough others are online",
    phase: "waiting",
    power: "running",
    pool: ONE_HOT,
    cycle: proven,
    arrange: beside("online"),
    then: SEAL,
  },
  {
    says: "a proven machine is put back when enough others are on their way to be online",
    phase: "waiting",
    power: "running",
    pool: ONE_HOT,
    cycle: proven,
    arrange: beside("joining"),
    then: SEAL,
  },
  {
    says: "one that has a job is none of the running ones",
    phase: "waiting",
    power: "running",
    pool: ONE_HOT,
    cycle: proven,
    arrange: beside("claimed"),
    then: { step: "register" },
  },
  {
    says: "one that is only being proven does not keep a proven one from its job",
    phase: "waiting",
    power: "running",
    pool: ONE_HOT,
    cycle: proven,
    arrange: beside("resuming"),
    then: { step: "register" },
  },
  {
    says: "a pool that makes its machines anew seals nothing",
    phase: "waiting",
    power: "running",
    arrange: goesOn,
    then: { step: "register" },
  },
  ...givenUp("waiting", "running", proven),
  ...each(["off", "saved", "absent", "critical", "paused"], {
    says: "a guest that waited and does not run failed, checkpoint or not",
    phase: "waiting",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: { step: "fail", cause: "waiting-power" },
  }),
]);

testRules([
  {
    says: "the checkpoint is made while the guest runs",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    then: { step: "open", call: "checkpoint.create" },
  },
  {
    says: "a machine that has its checkpoint is turned off",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    cycle: proven,
    then: OFF,
  },
  {
    says: "no checkpoint is made of a machine that a job may have seen",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    cycle: used,
    arrange: listed(runner()),
    then: REMOVE,
  },
  {
    says: "a used machine that runs is stopped only after its registration is gone",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, ...used },
    arrange: listed(runner({ busy: true })),
    then: REMOVE,
  },
  {
    says: "a used machine without a registration runs on while a list shows one of its number",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, used: true, since: NOW - 10 * MINUTE },
    arrange: listed(runner()),
    then: { step: "wait", reading: "runners" },
  },
  {
    says: "a used machine whose number no list shows any more is turned off",
    phase: "sealing",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, used: true, since: NOW - 10 * MINUTE },
    arrange: listed(),
    then: OFF,
  },
  {
    says: "a machine that is off is put back",
    phase: "sealing",
    power: "off",
    pool: RESTORE,
    cycle: proven,
    then: RESTORED,
  },
  {
    says: "a used machine that is off is put back",
    phase: "sealing",
    power: "off",
    pool: RESTORE,
    cycle: { ...proven, used: true },
    then: RESTORED,
  },
  {
    says: "a machine that was off before it had a checkpoint failed",
    phase: "sealing",
    power: "off",
    pool: RESTORE,
    then: { step: "fail", cause: "no-checkpoint" },
  },
  {
    says: "a machine that was saved before it had a checkpoint failed",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    then: { step: "fail", cause: "no-checkpoint" },
  },
  {
    says: "what was saved by anybody but a restore is put back",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: RESTORED,
  },
  {
    says: "a saved state that could not be resumed is thrown away before it is put back",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, rung: 1 },
    arrange: world,
    then: { step: "open", call: "savedState.remove" },
  },
  {
    says: "one that was put back after a failed resume is not put back again",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: { ...clean, proven: "boot-0", rung: 1 },
    arrange: world,
    then: RESUME,
  },
  {
    says: "a clean machine that was never resumed is resumed",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: { checkpoint: "clean-1", clean: true },
    arrange: world,
    then: RESUME,
  },
  {
    says: "a clean machine that was proven in an earlier start of the host is resumed",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: { ...provenBefore, clean: true },
    arrange: world,
    then: RESUME,
  },
  {
    says: "a clean and proven machine is ready",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    arrange: world,
    then: { step: "enter", phase: "standby" },
  },
  {
    says: "nobody can tell whether it is proven before the host was listed",
    phase: "sealing",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    then: { step: "wait", reading: "vm" },
  },
  ...givenUp("sealing", "running", {}),
  ...givenUp("sealing", "off", proven),
  ...givenUp("sealing", "saved", clean),
  ...each(["absent", "critical", "paused"], {
    says: "a machine that cannot be sealed failed",
    phase: "sealing",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: { step: "fail", cause: "sealing-power" },
  }),
  ...each(BETWEEN, {
    says: "Hyper-V is given time",
    phase: "sealing",
    pool: RESTORE,
    cycle: proven,
    then: { step: "wait", reading: "vm" },
  }),
  ...each(BETWEEN, {
    says: "Hyper-V is not given time for ever",
    phase: "sealing",
    pool: RESTORE,
    cycle: { ...proven, since: NOW - 6 * MINUTE },
    then: { step: "fail", cause: "power-timeout" },
  }),
  {
    says: "without a reading nothing is done",
    phase: "sealing",
    power: "unseen",
    pool: RESTORE,
    cycle: proven,
    then: { step: "wait", reading: "vm" },
  },
]);

testRules([
  {
    says: "a machine that is wanted is resumed",
    phase: "standby",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    arrange: world,
    then: RESUME,
  },
  {
    says: "a machine stays saved while enough others are online",
    phase: "standby",
    power: "saved",
    pool: ONE_HOT,
    cycle: clean,
    arrange: beside("online"),
    then: { step: "wait" },
  },
  {
    says: "a machine stays saved while enough others are being resumed",
    phase: "standby",
    power: "saved",
    pool: ONE_HOT,
    cycle: clean,
    arrange: beside("resuming"),
    then: { step: "wait" },
  },
  {
    says: "a machine is resumed when another one has a job",
    phase: "standby",
    power: "saved",
    pool: ONE_HOT,
    cycle: clean,
    arrange: beside("claimed"),
    then: RESUME,
  },
  {
    says: "no machine is resumed in a pool that keeps none running",
    phase: "standby",
    power: "saved",
    pool: { ...RESTORE, hot: 0 },
    cycle: clean,
    arrange: world,
    then: { step: "wait" },
  },
  {
    says: "after another start of the host it is proven again",
    phase: "standby",
    power: "saved",
    pool: ONE_HOT,
    cycle: { ...clean, proven: "boot-0" },
    arrange: beside("online"),
    then: SEAL,
  },
  {
    says: "what is not clean is put back",
    phase: "standby",
    power: "saved",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: SEAL,
  },
  {
    says: "a machine is not taken for unproven because the host was not listed yet",
    phase: "standby",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    then: { step: "wait", reading: "vm" },
  },
  ...each(["running", "off", "critical", "paused"], {
    says: "a machine that somebody did something with is put back",
    phase: "standby",
    pool: RESTORE,
    cycle: clean,
    arrange: world,
    then: SEAL,
  }),
  {
    says: "a machine that disappeared is given up",
    phase: "standby",
    power: "absent",
    pool: RESTORE,
    cycle: clean,
    arrange: world,
    then: { step: "retire", cause: "its VM disappeared" },
  },
  ...each(BETWEEN, {
    says: "Hyper-V is given time, however long the machine has been saved",
    phase: "standby",
    pool: RESTORE,
    cycle: { ...clean, since: NOW - 600 * MINUTE },
    arrange: world,
    then: SEAL,
  }),
  {
    says: "without a reading nothing is done",
    phase: "standby",
    power: "unseen",
    pool: RESTORE,
    cycle: clean,
    then: { step: "wait", reading: "vm" },
  },
  ...givenUp("standby", "saved", clean),
]);

testRules([
  {
    says: "a clean machine is started",
    phase: "resuming",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    arrange: world,
    then: { step: "open", call: "vm.start" },
  },
  {
    says: "what was saved by anybody but the restore is put back",
    phase: "resuming",
    power: "saved",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: SEAL,
  },
  {
    says: "a start that was refused or not answered is tried again",
    phase: "resuming",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, retrying: "vm.start" },
    arrange: world,
    then: { step: "open", call: "vm.start" },
  },
  {
    says: "a machine that was started and saved again is put back whatever else was refused",
    phase: "resuming",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, retrying: "nic.reconnect" },
    arrange: world,
    then: SEAL,
  },
  {
    says: "its network is renewed first",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: proven,
    arrange: goesOn,
    then: { step: "open", call: "nic.reconnect" },
  },
  {
    says: "a guest that goes on is proven in this start of the host",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...provenBefore, renewed: true },
    arrange: goesOn,
    then: { step: "enter", phase: "waiting", proven: BOOT },
  },
  {
    says: "a beat that did not move is one from before",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true },
    arrange: (stage, cycle) => {
      world(stage);
      guest({ beat: 4 })(stage, cycle);
    },
    then: { step: "wait", reading: "guest", until: NOW + 5 * MINUTE },
  },
  ...(["starting", "got", "running", "done", "failed"] as const).map((phase): RuleCase => ({
    says: `a guest that says ${phase} is not the one that was sealed`,
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true },
    arrange: (stage, cycle) => {
      world(stage);
      guest({ phase })(stage, cycle);
    },
    then: { step: "wait", reading: "guest" },
  })),
  {
    says: "a guest that says nothing is waited for",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true },
    arrange: world,
    then: { step: "wait", reading: "guest" },
  },
  {
    says: "nothing is proven before the host was listed",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true },
    arrange: guest({}),
    then: { step: "wait", reading: "guest" },
  },
  {
    says: "a guest that does not go on in time is put back once more",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true, since: NOW - 5 * MINUTE },
    arrange: world,
    then: { step: "resumeFailed", cause: "resume-timeout" },
  },
  {
    says: "a network that cannot be renewed in time is a failed resume too",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, since: NOW - 5 * MINUTE },
    arrange: world,
    then: { step: "resumeFailed", cause: "resume-timeout" },
  },
  {
    says: "time in which nobody watched is not counted",
    phase: "resuming",
    power: "running",
    pool: RESTORE,
    cycle: { ...proven, renewed: true, since: NOW - 20 * MINUTE },
    arrange: (stage) => {
      world(stage);
      stage.s.startedAt = NOW - MINUTE;
    },
    then: { step: "wait", until: NOW + 4 * MINUTE },
  },
  ...each(["off", "critical", "paused"], {
    says: "a machine that did not stay on is put back",
    phase: "resuming",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: SEAL,
  }),
  {
    says: "a machine that disappeared failed",
    phase: "resuming",
    power: "absent",
    pool: RESTORE,
    cycle: proven,
    arrange: world,
    then: { step: "fail", cause: "resuming-power" },
  },
  ...each(BETWEEN, {
    says: "Hyper-V is given time",
    phase: "resuming",
    pool: RESTORE,
    cycle: proven,
    then: { step: "wait", reading: "vm" },
  }),
  {
    says: "without a reading nothing is done",
    phase: "resuming",
    power: "unseen",
    pool: RESTORE,
    cycle: proven,
    then: { step: "wait", reading: "vm" },
  },
  ...givenUp("resuming", "saved", clean),
  ...givenUp("resuming", "running", proven),
]);

testRules([
  ...(["online", "claimed"] as const).flatMap((phase): RuleCase[] => [
    {
      says: "a machine with a checkpoint that is off is put back",
      phase,
      power: "off",
      pool: RESTORE,
      cycle: { ...proven, ...used },
      arrange: listed(runner()),
      then: { step: "recycle" },
    },
    {
      says: "a machine without a checkpoint that is off is given up",
      phase,
      power: "off",
      pool: RESTORE,
      cycle: used,
      arrange: listed(runner()),
      then: { step: "retire" },
    },
    {
      says: "a pool that makes its machines anew puts none back, even with a checkpoint",
      phase,
      power: "off",
      cycle: { ...proven, ...used },
      arrange: listed(runner()),
      then: { step: "retire" },
    },
    ...Object.entries(UNWANTED).map(([cause, arrange]): RuleCase => ({
      says: `a machine that is off is not put back when ${cause}`,
      phase,
      power: "off",
      pool: RESTORE,
      cycle: { ...proven, ...used },
      arrange,
      then: { step: "retire" },
    })),
    ...each(["absent", "critical"], {
      says: "a machine that is lost is given up, checkpoint or not",
      phase,
      pool: RESTORE,
      cycle: { ...proven, ...used },
      arrange: listed(runner()),
      then: { step: "retire" },
    }),
  ]),
  {
    says: "an online machine that somebody saved is given up",
    phase: "online",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, ...used },
    arrange: listed(runner()),
    then: { step: "retire" },
  },
  {
    says: "a machine with a job that somebody saved may go on",
    phase: "claimed",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, ...used },
    arrange: listed(runner({ busy: true })),
    then: { step: "wait" },
  },
  {
    says: "GitHub is asked about a machine that is off before its runner was seen, checkpoint or not",
    phase: "joining",
    power: "off",
    pool: RESTORE,
    cycle: { ...proven, ...used },
    arrange: listed(runner({ online: false })),
    then: REMOVE,
  },
  {
    says: "a machine that was saved while it was introduced is given up",
    phase: "joining",
    power: "saved",
    pool: RESTORE,
    cycle: { ...proven, ...used },
    arrange: listed(runner({ online: false })),
    then: { step: "retire" },
  },
  {
    says: "a saved machine that is given up is removed without being started",
    phase: "retiring",
    power: "saved",
    pool: RESTORE,
    cycle: clean,
    then: { step: "open", call: "vm.remove" },
  },
]);
