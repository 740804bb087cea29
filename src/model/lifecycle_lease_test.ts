import type { Lease, LeaseCheckpoint } from "./leases/lease.ts";
import type { Phase } from "./phases.ts";
import { DEFAULT_TIMES } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { AGENT_POOL, changing, leased } from "./testing/leased.ts";
import { drained, guest, MINUTE, OFF, type RuleCase, testRules } from "./testing/rule_case.ts";
import { NOW, type Stage } from "./testing/stage.ts";

type Arrange = (stage: Stage, cycle: Cycle) => void;

const CLAIMED = { phase: "claimed" as Phase, pool: AGENT_POOL, cycle: { checkpoint: "c", renewed: true } };
const SAVE = { step: "open", call: "vm.save" } as const;
const START = { step: "open", call: "vm.start" } as const;
const RESTORE = { step: "open", call: "checkpoint.restore" } as const;
const RECONNECT = { step: "open", call: "nic.reconnect" } as const;
const CHANGED = { step: "changed" } as const;
const A: LeaseCheckpoint = { name: "a", id: "c-a", at: NOW };
const PARKED = { holder: "ann", pool: "ci", how: "save", until: NOW + MINUTE, checkpoints: [] } as const;

/** One after the other. */
function all(...arranged: Arrange[]): Arrange {
  return (stage, cycle) => {
    for (const arrange of arranged) arrange(stage, cycle);
  };
}

/** Time goes by. */
function later(ms: number): Arrange {
  return (stage) => stage.now += ms;
}

const LATE = DEFAULT_TIMES.bootMs;

/** Somebody's quota is used up. */
function overQuota(stage: Stage): void {
  stage.s.settings = { ...stage.s.settings, quotas: [{ holder: "*", memoryMb: 1 }] };
}

const starting: Partial<Lease> = { state: "starting", origin: "restored" };

const cases: readonly (Omit<RuleCase, "phase" | "pool"> & Partial<Pick<RuleCase, "phase" | "pool">>)[] = [
  // active
  {
    says: "a leased machine is left alone",
    power: "running",
    arrange: leased(),
    then: { step: "wait", why: "leased" },
  },
  {
    says: "a leased machine that somebody halted is left alone",
    power: "paused",
    arrange: leased(),
    then: { step: "wait" },
  },
  {
    says: "a leased machine that somebody saved counts as paused",
    power: "saved",
    arrange: leased(),
    then: { step: "found", change: { kind: "pause" } },
  },
  {
    says: "a leased machine stays when its pool is drained",
    power: "running",
    arrange: all(leased(), drained),
    then: { step: "wait", why: "leased" },
  },
  {
    says: "a leased machine that is off goes back to its clean checkpoint",
    power: "off",
    arrange: leased(),
    then: { step: "recycle" },
  },
  {
    says: "one of a lease with destroy that is off is made anew",
    power: "off",
    arrange: leased({ release: "destroy" }),
    then: { step: "retire" },
  },
  {
    says: "a leased machine that is gone is given up",
    power: "absent",
    arrange: leased(),
    then: { step: "retire" },
  },
  // paused
  {
    says: "a paused machine is left alone",
    power: "saved",
    arrange: leased({ state: "paused" }),
    then: { step: "wait", why: "paused" },
  },
  {
    says: "a paused machine stays when its pool is drained",
    power: "saved",
    arrange: all(leased({ state: "paused" }), drained),
    then: { step: "wait", why: "paused" },
  },
  {
    says: "a paused machine that somebody resumed is saved again",
    power: "running",
    arrange: leased({ state: "paused" }),
    then: SAVE,
  },
  // pause
  { says: "to pause it is to save it", power: "running", arrange: changing({ kind: "pause" }), then: SAVE },
  { says: "a halted one is saved, too", power: "paused", arrange: changing({ kind: "pause" }), then: SAVE },
  {
    says: "once it is saved it is paused",
    power: "saved",
    arrange: changing({ kind: "pause" }),
    then: CHANGED,
  },
  {
    says: "one that went off while it was paused is lost",
    power: "off",
    arrange: changing({ kind: "pause" }),
    then: { step: "recycle" },
  },
  // resume
  { says: "to resume it is to start it", power: "saved", arrange: changing({ kind: "resume" }), then: START },
  {
    says: "it is not resumed while its holder's quota is used up",
    power: "saved",
    arrange: all(changing({ kind: "resume" }, { saved: true }), overQuota),
    then: { step: "wait", until: NOW + 5_000 },
  },
  {
    says: "its network is renewed once it runs",
    power: "running",
    cycle: { checkpoint: "c", renewed: false },
    arrange: changing({ kind: "resume" }),
    then: RECONNECT,
  },
  {
    says: "it is its holder's once its guest goes on",
    power: "running",
    arrange: all(changing({ kind: "resume" }), guest({})),
    then: CHANGED,
  },
  {
    says: "an old report of its guest does not count",
    power: "running",
    arrange: all(changing({ kind: "resume" }), guest({ beat: 4 })),
    then: { step: "wait", until: NOW + LATE, reading: "guest" },
  },
  {
    says: "its desktop must be unlocked where its pool asks for that",
    power: "running",
    pool: { ...AGENT_POOL, agent: { desktop: true, addressless: true, idleMs: 1, totalMs: 1 } },
    arrange: all(changing({ kind: "resume" }), guest({})),
    then: { step: "wait", until: NOW + LATE },
  },
  {
    says: "a guest that says nothing for too long is lost",
    power: "running",
    arrange: all(changing({ kind: "resume" }), later(LATE)),
    then: { step: "lost" },
  },
  {
    says: "the time of its guest begins with its start",
    power: "running",
    arrange: all(changing({ kind: "resume" }, { startedAt: NOW + LATE - 1 }), later(LATE)),
    then: { step: "wait", until: NOW + 2 * LATE - 1 },
  },
  {
    says: "one whose desktop its holder locked is not taken away",
    power: "running",
    pool: { ...AGENT_POOL, agent: { desktop: true, addressless: true, idleMs: 1, totalMs: 1 } },
    arrange: all(changing({ kind: "resume" }), later(LATE), guest({})),
    then: { ...CHANGED, lacks: "nobody is logged on to its desktop" },
  },
  {
    says: "one whose clock is wrong is not taken away either, and says so",
    power: "running",
    arrange: all(
      changing({ kind: "resume" }),
      later(LATE),
      (stage, cycle) => guest({ time: stage.now - 5 * 60_000 })(stage, cycle),
    ),
    then: { ...CHANGED, lacks: "its clock is 5 min behind" },
  },
  {
    says: "one that is off instead is lost",
    power: "off",
    arrange: changing({ kind: "resume" }),
    then: { step: "recycle" },
  },
  // reset and restore
  ...([{ kind: "reset" }, { kind: "restore", name: "a" }] as const).flatMap((change) => {
    const { kind } = change;
    const checkpoints = { checkpoints: [A] };
    return [
      {
        says: `${kind}: it is turned off first`,
        power: "running",
        arrange: changing(change, {}, checkpoints),
        then: OFF,
      },
      {
        says: `${kind}: off, it is put back`,
        power: "off",
        arrange: changing(change, { stopped: true }, checkpoints),
        then: RESTORE,
      },
      {
        says: `${kind}: a paused one is put back`,
        power: "saved",
        arrange: changing(change, {}, checkpoints),
        then: RESTORE,
      },
      {
        says: `${kind}: put back, it is resumed`,
        power: "saved",
        arrange: changing(change, { restored: true }, checkpoints),
        then: START,
      },
      {
        says: `${kind}: put back to a checkpoint without memory, it is started`,
        power: "off",
        arrange: changing(change, { restored: true }, checkpoints),
        then: START,
      },
      {
        says: `${kind}: one that goes off after its start is lost`,
        power: "off",
        arrange: changing(change, { restored: true, startedAt: NOW }, checkpoints),
        then: { step: "recycle" },
      },
      {
        says: `${kind}: its holder has it once its guest goes on`,
        power: "running",
        arrange: all(changing(change, { restored: true }, checkpoints), guest({})),
        then: CHANGED,
      },
    ] as const;
  }),
  {
    says: "after a reset its desktop must come up in time",
    power: "running",
    pool: { ...AGENT_POOL, agent: { desktop: true, addressless: true, idleMs: 1, totalMs: 1 } },
    arrange: all(changing({ kind: "reset" }, { restored: true }), later(LATE), guest({})),
    then: { step: "lost" },
  },
  // checkpoint
  {
    says: "a checkpoint is made while it runs",
    power: "running",
    arrange: changing({ kind: "checkpoint", name: "a" }),
    then: { step: "open", call: "checkpoint.create" },
  },
  {
    says: "a checkpoint that was made is told with its id",
    power: "running",
    arrange: changing({ kind: "checkpoint", name: "a" }, { made: "c-a" }),
    then: { step: "changed", checkpoint: "c-a" },
  },
  {
    says: "no checkpoint is made of one that was saved meanwhile",
    power: "saved",
    arrange: changing({ kind: "checkpoint", name: "a" }),
    then: { step: "unchanged", paused: true },
  },
  // starting on a parked machine
  {
    says: "a parked machine is resumed for its holder",
    power: "saved",
    arrange: leased(starting),
    then: START,
  },
  {
    says: "a parked machine is its holder's once its guest goes on",
    power: "running",
    arrange: all(leased(starting), guest({})),
    then: { step: "granted" },
  },
  {
    says: "a parked machine that does not go on is lost",
    power: "running",
    arrange: all(leased(starting), later(LATE)),
    then: { step: "lost" },
  },
  // after its lease
  { says: "a machine whose lease ended goes back", power: "running", then: { step: "recycle" } },
  { says: "a saved one whose lease ended goes back", power: "saved", then: { step: "recycle" } },
  {
    says: "one with checkpoints of a holder is made anew",
    power: "running",
    cycle: { checkpoint: "c", branched: true },
    then: { step: "retire" },
  },
  {
    says: "one whose lease ended while Hyper-V was at work on it goes back",
    power: "saving",
    then: { step: "recycle" },
  },
  { says: "under a lease Hyper-V is waited for", power: "saving", arrange: leased(), then: { step: "wait" } },
  // parked
  {
    says: "a machine that is to be parked is saved",
    power: "running",
    cycle: { parked: PARKED },
    then: SAVE,
  },
  {
    says: "one that is kept runs on",
    power: "running",
    cycle: { parked: { ...PARKED, how: "keep" } },
    then: { step: "wait", until: PARKED.until },
  },
  {
    says: "one that is parked waits for its holder",
    power: "saved",
    cycle: { parked: PARKED },
    then: { step: "wait", why: "parked for ann", until: PARKED.until },
  },
  {
    says: "one whose holder does not come goes back",
    power: "saved",
    cycle: { checkpoint: "c", parked: PARKED },
    arrange: later(MINUTE),
    then: { step: "recycle" },
  },
  {
    says: "one with checkpoints whose holder does not come is made anew",
    power: "saved",
    cycle: { checkpoint: "c", branched: true, parked: PARKED },
    arrange: later(MINUTE),
    then: { step: "retire" },
  },
  {
    says: "a parked one of a pool that is drained waits for its holder all the same",
    power: "saved",
    cycle: { checkpoint: "c", parked: PARKED },
    arrange: drained,
    then: { step: "wait", why: "parked for ann", until: PARKED.until },
  },
  {
    says: "a parked one that is off goes back",
    power: "off",
    cycle: { checkpoint: "c", parked: PARKED },
    then: { step: "recycle" },
  },
  { says: "its saving is waited for", power: "saving", cycle: { parked: PARKED }, then: { step: "wait" } },
];

testRules(cases.map((one) => ({ ...CLAIMED, ...one })));
