import assert from "node:assert/strict";
import type { Step } from "./lifecycle.ts";
import type { Phase, Power } from "./phases.ts";
import { CONTROLLER, NOW, Stage, testRunner, testSettings, VM } from "./testing/stage.ts";
import type { Cycle } from "./state.ts";
import type { GuestSeen, RunnerSeen } from "./view.ts";

const NAME = testRunner().name;
const MINUTE = 60_000;

/** A cycle in a phase, with a VM; what was said and read is in `over` and `arrange`. */
interface Case {
  readonly says: string;
  readonly phase: Phase;
  readonly power: Power;
  readonly cycle?: Partial<Cycle>;
  readonly arrange?: (stage: Stage, cycle: Cycle) => void;
  readonly then: Partial<Step>;
}

function runner(over: Partial<RunnerSeen> = {}): RunnerSeen {
  return { id: 7, name: NAME, online: true, busy: false, ...over };
}

function guest(over: Partial<GuestSeen>): (stage: Stage, cycle: Cycle) => void {
  return (stage, cycle) => {
    const asOf = cycle.closed;
    const seen = {
      asOf,
      at: stage.now,
      phase: "waiting",
      use: 0,
      beat: 5,
      base: { asOf, beat: 4 },
      ...over,
    } as const;
    stage.v.guests.set(VM, seen);
    if (stage.v.forges.size === 0) stage.list([]);
  };
}

function listed(...rows: RunnerSeen[]): (stage: Stage) => void {
  return (stage) => stage.list(rows);
}

function failing(stage: Stage): void {
  stage.list([], { failing: { since: NOW, code: "unavailable", message: "503" } });
}

function secret(use: number): (stage: Stage, cycle: Cycle) => void {
  return (stage, cycle) => {
    stage.list([]);
    stage.v.secrets.set(cycle.id, { use, jitConfig: "secret" });
  };
}

function offlineFor(ms: number): (stage: Stage) => void {
  return (stage) =>
    stage.list([runner({ online: false })], { offlineSince: new Map([[NAME, stage.now - ms]]) });
}

function drained(stage: Stage): void {
  stage.list([runner()]);
  stage.apply({ type: "controller.stopping", data: { drain: true, source: "test" } });
}

function smaller(stage: Stage): void {
  stage.list([]);
  stage.apply({ type: "settings.applied", data: { settings: testSettings({ size: 0 }) } });
}

const REMOVE = { step: "open", call: "runner.remove" } as const;
const OFF = { step: "open", call: "vm.turnOff" } as const;
const used = { used: true, runner: testRunner() };
const young = testRunner({ registeredAt: NOW - 30_000 });

const CASES: readonly Case[] = [
  // provisioning
  {
    says: "a new cycle makes its disk first",
    phase: "provisioning",
    power: "absent",
    cycle: { vm: "none" },
    then: { step: "open", call: "disk.createChild" },
  },
  {
    says: "a cycle with a disk makes its VM",
    phase: "provisioning",
    power: "absent",
    cycle: { vm: "none", disk: true },
    then: { step: "open", call: "vm.create" },
  },
  {
    says: "a VM that disappeared before its start fails",
    phase: "provisioning",
    power: "absent",
    cycle: { vm: "known", vmId: VM },
    then: { step: "fail", cause: "vm-gone" },
  },
  {
    says: "a VM that is off is started",
    phase: "provisioning",
    power: "off",
    then: { step: "open", call: "vm.start" },
  },
  {
    says: "a VM that is not wanted any more is not started",
    phase: "provisioning",
    power: "off",
    arrange: drained,
    then: { step: "retire", cause: "the pool is drained" },
  },
  {
    says: "a disk is not made for a slot that is not wanted any more",
    phase: "provisioning",
    power: "absent",
    cycle: { vm: "none" },
    arrange: smaller,
    then: { step: "retire", cause: "the pool was made smaller" },
  },
  {
    says: "a VM that runs boots",
    phase: "provisioning",
    power: "running",
    then: { step: "enter", phase: "booting" },
  },
  // booting
  {
    says: "a guest that waits and lives is introduced",
    phase: "booting",
    power: "running",
    arrange: guest({}),
    then: { step: "enter", phase: "waiting" },
  },
  {
    says: "a guest whose beat does not move is not believed",
    phase: "booting",
    power: "running",
    arrange: guest({ beat: 4 }),
    then: { step: "wait" },
  },
  {
    says: "a guest that still starts is waited for",
    phase: "booting",
    power: "running",
    arrange: guest({ phase: "starting" }),
    then: { step: "wait" },
  },
  {
    says: "a boot that takes too long fails",
    phase: "booting",
    power: "running",
    cycle: { since: NOW - 300_000 },
    then: { step: "fail", cause: "boot-timeout" },
  },
  {
    says: "a machine that went off while booting fails",
    phase: "booting",
    power: "off",
    then: { step: "fail", cause: "booting-power" },
  },
  // waiting
  {
    says: "a guest that waits gets a registration",
    phase: "waiting",
    power: "running",
    arrange: listed(),
    then: { step: "register" },
  },
  {
    says: "nothing is registered while GitHub's list fails",
    phase: "waiting",
    power: "running",
    arrange: failing,
    then: { step: "wait", reading: "runners" },
  },
  {
    says: "nothing is registered before GitHub's first list",
    phase: "waiting",
    power: "running",
    then: { step: "wait", reading: "runners" },
  },
  {
    says: "a registration whose secret is known is delivered",
    phase: "waiting",
    power: "running",
    cycle: { runner: testRunner() },
    arrange: secret(1),
    then: { step: "enter", phase: "joining" },
  },
  {
    says: "a registration whose secret is lost is replaced",
    phase: "waiting",
    power: "running",
    cycle: { runner: testRunner() },
    arrange: listed(),
    then: { step: "register" },
  },
  {
    says: "the secret of another use does not count",
    phase: "waiting",
    power: "running",
    cycle: { runner: testRunner({ use: 2 }) },
    arrange: secret(1),
    then: { step: "register" },
  },
  // joining
  {
    says: "an introduction is put in",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner() },
    arrange: secret(1),
    then: { step: "open", call: "media.put" },
  },
  {
    says: "an introduction that the guest has is taken out",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner(), put: true, media: true },
    arrange: guest({ phase: "got", use: 1 }),
    then: { step: "open", call: "media.take" },
  },
  {
    says: "a guest that has got another use is not believed",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner(), put: true, media: true },
    arrange: guest({ phase: "got", use: 2 }),
    then: { step: "wait" },
  },
  {
    says: "a runner that is online has joined",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner() },
    arrange: listed(runner()),
    then: { step: "enter", phase: "online" },
  },
  {
    says: "a runner that is busy at once is claimed",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner() },
    arrange: listed(runner({ busy: true })),
    then: { step: "enter", phase: "claimed" },
  },
  {
    says: "a runner that does not come online in time fails",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner(), put: true, since: NOW - 300_000 },
    arrange: (stage) => stage.list([], { okSince: NOW - 600_000 }),
    then: { step: "fail", cause: "join-timeout" },
  },
  {
    says: "an outage of GitHub is not charged to a runner that joins",
    phase: "joining",
    power: "running",
    cycle: { runner: testRunner(), put: true, since: NOW - 300_000 },
    arrange: (stage) => stage.list([], { okSince: NOW - 10_000 }),
    then: { step: "wait", until: NOW - 10_000 + 300_000 },
  },
  {
    says: "off before it was seen online, GitHub is asked whether it served",
    phase: "joining",
    power: "off",
    cycle: { runner: testRunner() },
    arrange: listed(),
    then: REMOVE,
  },
  {
    says: "off before it was seen online with GitHub away, it is waited",
    phase: "joining",
    power: "off",
    cycle: { runner: testRunner() },
    arrange: failing,
    then: { step: "wait" },
  },
  {
    says: "off with a removal that GitHub confirmed, it failed",
    phase: "joining",
    power: "absent",
    cycle: { runner: testRunner({ gone: true }) },
    arrange: listed(),
    then: { step: "fail", cause: "never-online" },
  },
  {
    says: "a machine that somebody saved while joining is given up",
    phase: "joining",
    power: "saved",
    cycle: used,
    then: { step: "retire" },
  },
  // online
  {
    says: "a runner that got a job is claimed",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: listed(runner({ busy: true })),
    then: { step: "enter", phase: "claimed" },
  },
  {
    says: "an idle runner is waited with",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: listed(runner()),
    then: { step: "wait", why: "waiting for a job" },
  },
  {
    says: "an introduction that is still in is taken out",
    phase: "online",
    power: "running",
    cycle: { ...used, media: true },
    arrange: listed(runner()),
    then: { step: "open", call: "media.take" },
  },
  {
    says: "an idle runner is retired by a drain",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: drained,
    then: { step: "retire", cause: "the pool is drained" },
  },
  {
    says: "an idle machine of another generation is retired",
    phase: "online",
    power: "running",
    cycle: { ...used, generation: "other" },
    arrange: listed(runner()),
    then: { step: "retire", cause: "the pool's settings changed" },
  },
  {
    says: "a runner that is offline for a moment is waited for",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: offlineFor(9 * MINUTE),
    then: { step: "wait", until: NOW + MINUTE },
  },
  {
    says: "a runner that is offline for ten minutes is given up",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: offlineFor(10 * MINUTE),
    then: { step: "retire", reap: true },
  },
  {
    says: "a second offline runner waits for its minute",
    phase: "online",
    power: "running",
    cycle: used,
    arrange: (stage) => {
      offlineFor(10 * MINUTE)(stage);
      stage.s.pools.get("ci")?.reaped.push(NOW - 20_000);
    },
    then: { step: "wait", until: NOW + 40_000 },
  },
  {
    says: "a machine that powered off is retired",
    phase: "online",
    power: "off",
    cycle: used,
    then: { step: "retire", cause: "it was shut down" },
  },
  // claimed
  {
    says: "a machine whose job ended is retired",
    phase: "claimed",
    power: "off",
    cycle: used,
    then: { step: "retire", cause: "its job ended" },
  },
  {
    says: "a drain does not end a job",
    phase: "claimed",
    power: "running",
    cycle: used,
    arrange: drained,
    then: { step: "wait", why: "running a job" },
  },
  {
    says: "a smaller pool does not end a job",
    phase: "claimed",
    power: "running",
    cycle: used,
    arrange: smaller,
    then: { step: "wait" },
  },
  {
    says: "a machine with a job that somebody paused is left alone",
    phase: "claimed",
    power: "paused",
    cycle: used,
    arrange: listed(runner({ busy: true })),
    then: { step: "wait", why: "running a job" },
  },
  // retiring: law 7
  {
    says: "a machine that was never given credentials is turned off at once",
    phase: "retiring",
    power: "running",
    then: OFF,
  },
  {
    says: "a machine that was given credentials is not turned off before GitHub is asked",
    phase: "retiring",
    power: "running",
    cycle: used,
    arrange: listed(runner()),
    then: REMOVE,
  },
  {
    says: "while GitHub does not answer nothing is turned off",
    phase: "retiring",
    power: "running",
    cycle: used,
    arrange: failing,
    then: { step: "wait" },
  },
  {
    says: "a machine whose removal GitHub confirmed is turned off",
    phase: "retiring",
    power: "running",
    cycle: { used: true, runner: testRunner({ gone: true }) },
    arrange: listed(),
    then: OFF,
  },
  {
    says: "after a 404 the guest has a minute",
    phase: "retiring",
    power: "running",
    cycle: { used: true, runner: testRunner({ missingAt: NOW - 59_000 }) },
    arrange: listed(),
    then: { step: "wait", until: NOW + 1_000 },
  },
  {
    says: "after that minute it is turned off",
    phase: "retiring",
    power: "running",
    cycle: { used: true, runner: testRunner({ missingAt: NOW - 60_000 }) },
    arrange: listed(),
    then: OFF,
  },
  {
    says: "a critical machine is asked about as well",
    phase: "retiring",
    power: "critical",
    cycle: used,
    arrange: listed(runner()),
    then: REMOVE,
  },
  {
    says: "a machine that is off is removed",
    phase: "retiring",
    power: "off",
    cycle: used,
    then: { step: "open", call: "vm.remove" },
  },
  {
    says: "a saved machine is removed",
    phase: "retiring",
    power: "saved",
    cycle: used,
    then: { step: "open", call: "vm.remove" },
  },
  // retiring: cleaning up
  {
    says: "the directory of a machine that is gone is removed",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", directory: true, runner: testRunner() },
    then: { step: "open", call: "dir.remove" },
  },
  {
    says: "without a registration that is the end",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none" },
    then: { step: "end" },
  },
  {
    says: "a registration that GitHub still lists is removed",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", runner: testRunner() },
    arrange: listed(runner({ online: false })),
    then: REMOVE,
  },
  {
    says: "an older list does not tell what is left",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", runner: testRunner(), since: NOW },
    arrange: (stage) => stage.list([runner()], { at: NOW - 1 }),
    then: { step: "wait", reading: "runners" },
  },
  {
    says: "a young registration that no list shows is waited for",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", runner: young, since: NOW - 200_000 },
    arrange: listed(),
    then: { step: "wait", until: NOW + 60_000 },
  },
  {
    says: "an old registration that a new list lacks is missing",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", runner: testRunner(), since: NOW - 90_000 },
    arrange: listed(),
    then: { step: "missing" },
  },
  {
    says: "a registration that was confirmed gone is the end",
    phase: "retiring",
    power: "absent",
    cycle: { vm: "none", runner: testRunner({ gone: true }) },
    then: { step: "end" },
  },
  // quarantined
  {
    says: "a machine in quarantine is turned off by law 7",
    phase: "quarantined",
    power: "running",
    cycle: used,
    arrange: listed(runner()),
    then: REMOVE,
  },
  {
    says: "a machine in quarantine is kept",
    phase: "quarantined",
    power: "off",
    cycle: { until: NOW + MINUTE },
    then: { step: "wait", why: "kept for inspection", until: NOW + MINUTE },
  },
  {
    says: "the registration of a machine in quarantine is removed",
    phase: "quarantined",
    power: "off",
    cycle: { until: NOW + MINUTE, runner: testRunner() },
    arrange: listed(),
    then: REMOVE,
  },
  {
    says: "a quarantine ends",
    phase: "quarantined",
    power: "off",
    cycle: { until: NOW, cause: "boot-timeout" },
    then: { step: "retire", cause: "boot-timeout" },
  },
  {
    says: "a quarantine without a machine ends",
    phase: "quarantined",
    power: "absent",
    cycle: { until: NOW + MINUTE },
    then: { step: "retire" },
  },
  // between
  {
    says: "a start under way is waited for",
    phase: "provisioning",
    power: "starting",
    then: { step: "wait", reading: "vm" },
  },
  {
    says: "a start that never ends fails",
    phase: "provisioning",
    power: "starting",
    cycle: { since: NOW - 300_000 },
    then: { step: "fail", cause: "power-timeout" },
  },
  {
    says: "a save of a machine with a job is waited for, however long",
    phase: "claimed",
    power: "saving",
    cycle: { ...used, since: NOW - 300_000 },
    then: { step: "wait" },
  },
  {
    says: "without a reading that counts nothing is done",
    phase: "retiring",
    power: "unseen",
    cycle: used,
    then: { step: "wait", reading: "vm" },
  },
];

for (const { says, phase, power, cycle: over = {}, arrange, then } of CASES) {
  Deno.test(`${phase} × ${power}: ${says}`, () => {
    const stage = new Stage();
    const cycle = stage.cycle({ vm: "known", vmId: VM, ...over, phase, since: over.since ?? NOW });
    if (over.vm === "none") delete cycle.vmId;
    arrange?.(stage, cycle);
    const step = stage.step(cycle, power);
    assert.deepEqual({ ...step, ...then }, step);
  });
}

Deno.test("no rule names a wait that is over, whatever the phase and the power", () => {
  for (const { phase, power, cycle: over = {}, arrange } of CASES) {
    const stage = new Stage();
    const cycle = stage.cycle({ vm: "known", vmId: VM, ...over, phase });
    arrange?.(stage, cycle);
    const step = stage.step(cycle, power);
    if (step.step === "wait" && step.until !== undefined) {
      assert.ok(step.until > stage.now, `${phase} × ${power}`);
    }
  }
});

Deno.test("the cases use the controller of the tests", () => {
  assert.ok(NAME.includes(CONTROLLER.slice(0, 8)));
});
