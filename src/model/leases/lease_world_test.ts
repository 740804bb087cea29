import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command } from "../decide.ts";
import type { Event } from "../events.ts";
import type { Ms, VmId } from "../ids.ts";
import type { PoolSettings } from "../settings.ts";
import type { State } from "../state.ts";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import { type Fate, LeaseWorld, type Machine } from "../testing/lease_world.ts";
import { testSettings } from "../testing/stage.ts";
import { CLEAN } from "./change.ts";
import type { LeaseChange, LeaseId, Release } from "./lease.ts";

const MINUTE: Ms = 60_000;
const SIZE = 3;
const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 1,
  size: SIZE,
  scope: "" as PoolSettings["scope"],
  agent: {
    desktop: false,
    addressless: true,
    idleMs: 10 * MINUTE,
    totalMs: 60 * MINUTE,
    pauseMs: 120 * MINUTE,
    keepMs: 30 * MINUTE,
  },
};
const HOLDERS = ["ann", "bob"];
const CHANGES: readonly LeaseChange[] = [
  { kind: "pause" },
  { kind: "resume" },
  { kind: "reset" },
  { kind: "checkpoint", name: "a" },
  { kind: "checkpoint", name: "b" },
  { kind: "restore", name: "a" },
  { kind: "restore", name: "b" },
];
const RELEASES: readonly Release[] = ["reset", "destroy", "save", "keep"];

/** A world in which every promise to holders is watched. */
class Watched {
  readonly world = new LeaseWorld(testSettings(AGENT));
  readonly counts = new Map<string, number>();
  /** What a machine held when its change began, or its holder parked it. */
  readonly #before = new Map<LeaseId, readonly string[]>();
  readonly #parked = new Map<string, string>();
  #next = 0;

  constructor() {
    this.world.onEvent = (event, state) => this.#check(event, state);
  }

  #machine(state: State, cycle: string): Machine | undefined {
    const vmId: VmId | undefined = [...state.cycles.values()].find(({ id }) => id === cycle)?.vmId;
    return vmId === undefined ? undefined : this.world.machines.get(vmId);
  }

  #check(event: Event, state: State): void {
    const kind = "change" in event.data ? `${event.type} ${event.data.change.kind}` : event.type;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    switch (event.type) {
      case "lease.granted": {
        const { cycle, lease } = event.data;
        const { holder, origin, checkpoints } = this.#grantedAs(lease);
        this.counts.set(origin, (this.counts.get(origin) ?? 0) + 1);
        const machine = this.#machine(state, cycle);
        if (machine === undefined) return;
        for (const mark of machine.content) {
          assert.ok(mark.startsWith(`${holder} `), `${holder} was given ${cycle} with ${mark}`);
        }
        if (origin === "restored") {
          assert.equal(this.#parked.get(cycle), holder, `${cycle} was not parked for ${holder}`);
          for (const { id } of checkpoints) assert.ok(machine.checkpoints.has(id));
        } else {
          assert.deepEqual(machine.content, [], `${cycle} was handed out used`);
          const names = [...machine.checkpoints.values()].map(({ name }) => name);
          assert.deepEqual(names.filter((name) => name !== CLEAN), [], `${cycle} has checkpoints of others`);
        }
        return;
      }
      case "lease.ended": {
        const { release, cycle } = event.data;
        const holder = this.#holders.get(event.data.lease);
        if (cycle === undefined) return;
        if ((release === "save" || release === "keep") && holder !== undefined) {
          this.#parked.set(cycle, holder);
        }
        return;
      }
      case "lease.changed":
      case "lease.unchanged": {
        const { lease: id, cycle, change } = event.data;
        const machine = this.#machine(state, cycle);
        const before = this.#before.get(id);
        this.#before.delete(id);
        if (machine === undefined) return;
        if (event.type === "lease.changed" && change.kind === "reset") {
          return assert.deepEqual(machine.content, [], `${cycle} was not put back`);
        }
        if (event.type === "lease.changed" && change.kind === "restore") {
          const { checkpoints = [] } = state.leases.get(id) ?? {};
          const checkpoint = checkpoints.find(({ name }) => name === change.name);
          const kept = machine.checkpoints.get(checkpoint?.id ?? "");
          if (checkpoint !== undefined) {
            assert.deepEqual(machine.content, kept?.content, "the wrong checkpoint");
          }
          return;
        }
        if (before !== undefined) assert.deepEqual(machine.content, before, `${event.type} ${change.kind}`);
        return;
      }
      default:
        return;
    }
  }

  readonly #holders = new Map<LeaseId, string>();
  readonly #origins = new Map<LeaseId, string>();

  #grantedAs(id: LeaseId) {
    const lease = this.world.state.leases.get(id);
    return {
      holder: this.#holders.get(id) ?? "",
      origin: this.#origins.get(id) ?? lease?.origin ?? "",
      checkpoints: lease?.checkpoints ?? [],
    };
  }

  acquire(holder: string, over: Partial<Extract<Command, { type: "lease.acquire" }>>): void {
    const lease = `l-${String(this.#next++).padStart(26, "0")}` as LeaseId;
    this.#holders.set(lease, holder);
    this.world.command({
      type: "lease.acquire",
      lease,
      pool: "ci",
      holder,
      priority: 0,
      labels: {},
      waitMs: 200 * MINUTE,
      idleMs: 10 * MINUTE,
      totalMs: 60 * MINUTE,
      release: "reset",
      onIdle: "release",
      keepMs: 20 * MINUTE,
      source: "test",
      ...over,
    });
  }

  /** Holders use their machines; and what must always be so, is. */
  settle(): void {
    const { state, machines } = this.world;
    const held = new Set<string>();
    for (const lease of state.leases.values()) {
      if (lease.cycle === undefined) continue;
      assert.equal(held.has(lease.cycle), false, `${lease.cycle} has two leases`);
      held.add(lease.cycle);
      const cycle = state.cycles.get(lease.cycle);
      if (cycle?.lease !== lease.id || cycle.phase !== "claimed") continue;
      if (lease.state !== "starting") assert.ok(cycle.used, `${cycle.id} is leased and counts as unused`);
      const machine = cycle.vmId === undefined ? undefined : machines.get(cycle.vmId);
      if (machine === undefined) continue;
      if (lease.state === "changing" && !this.#before.has(lease.id)) {
        this.#before.set(lease.id, machine.content);
      }
      if (lease.state === "active" && machine.power === "running" && cycle.op === undefined) {
        this.#before.delete(lease.id);
        machine.content = [...machine.content.slice(-3), `${lease.holder} ${lease.id} ${this.#next++}`];
      }
    }
    for (const { id, parked, lease, used, phase } of state.cycles.values()) {
      if (parked !== undefined && lease === undefined) {
        assert.ok(used && phase === "claimed", `${id} is parked and ${phase}`);
      }
    }
  }
}

interface Play {
  readonly kind:
    | "acquire"
    | "release"
    | "change"
    | "tick"
    | "work"
    | "answer"
    | "bad answer"
    | "off"
    | "mute"
    | "time"
    | "touch"
    | "crash"
    | "resumed by somebody";
  readonly a: number;
  readonly b: number;
}

const plays = fc.array(
  fc.record<Play>({
    kind: fc.constantFrom(
      "acquire",
      "acquire",
      "release",
      "change",
      "change",
      "change",
      "tick",
      "answer",
      "bad answer",
      "work",
      "work",
      "work",
      "work",
      "work",
      "work",
      "work",
      "work",
      "off",
      "mute",
      "time",
      "touch",
      "touch",
      "crash",
      "resumed by somebody",
    ),
    a: fc.nat(1_000),
    b: fc.nat(1_000),
  }),
  { minLength: 150, maxLength: 400 },
);

const BAD: readonly Fate[] = [
  "lost answer",
  "never came",
  { code: "busy" },
  { code: "no_space" },
  { code: "saved_state_corrupt" },
  { code: "wrong_state" },
  { code: "unknown" },
];

function pick<T>(items: readonly T[], a: number): T | undefined {
  return items[a % Math.max(1, items.length)];
}

function step(watched: Watched, { kind, a, b }: Play): void {
  const { world } = watched;
  const { state } = world;
  const lease = pick([...state.leases.keys()], a);
  const machine = pick([...world.machines.values()], a);
  switch (kind) {
    case "acquire":
      if (state.leases.size >= 5) return;
      return watched.acquire(HOLDERS[a % 2] ?? "", {
        release: RELEASES[b % 4] ?? "reset",
        onIdle: b % 3 === 0 ? "save" : "release",
      });
    case "release": {
      const release = RELEASES[b % 4] ?? "reset";
      if (lease === undefined) return;
      const until = release === "save" || release === "keep" ? { until: world.now + 20 * MINUTE } : {};
      return world.command({ type: "lease.release", lease, release, ...until, cause: "x", source: "x" });
    }
    case "change": {
      const held = [...state.leases.values()].filter(({ state: now }) =>
        now === "active" || now === "paused"
      );
      const one = pick(held, a);
      if (one === undefined) return;
      const paused = one.state === "paused" && b % 3 > 0;
      const change = paused ? { kind: "resume" } as const : pick(CHANGES, b);
      if (change !== undefined) world.command({ type: "lease.change", lease: one.id, change, source: "x" });
      return;
    }
    case "tick":
      return world.tick();
    case "work":
      for (let i = 0; i < 6; i++) {
        world.answer();
        world.tick();
        watched.settle();
      }
      return;
    case "answer":
      return world.answer();
    case "bad answer":
      world.fate = () => pick(BAD, a) ?? "ok";
      world.answer();
      world.fate = () => "ok";
      return;
    case "off":
      // Now and then: else no lease lives long.
      if (machine !== undefined && b % 8 === 0) machine.power = "off";
      return;
    case "mute":
      if (machine !== undefined && b % 8 === 0) machine.mute = true;
      return;
    case "time":
      return world.tick((b % 10 === 0 ? 15 : 1) * MINUTE);
    case "touch":
      if (lease !== undefined) world.command({ type: "lease.touch", lease, at: world.now });
      return;
    case "crash":
      if (b % 3 === 0) world.crash(a % 2 === 0);
      return;
    case "resumed by somebody":
      if (machine?.power === "saved" && b % 5 === 0) machine.power = "running";
      return;
    default:
      return kind satisfies never;
  }
}

/** All goes well for some time. */
function calm(watched: Watched, ms: Ms, every: Ms): void {
  const { world } = watched;
  for (let gone = 0; gone < ms; gone += every) {
    for (const machine of world.machines.values()) machine.mute = false;
    world.run(every, every);
    watched.settle();
  }
}

const seen = new Map<string, number>();

Deno.test("property: whatever holders ask for and whatever fails, nobody is given what is another's, and all ends", () => {
  fc.assert(
    fc.property(plays, (steps) => {
      const watched = new Watched();
      const { world } = watched;
      calm(watched, 3 * MINUTE, 1_000);
      for (const one of steps) {
        step(watched, one);
        watched.settle();
        if (one.kind === "crash") assert.deepEqual(readSnapshot(writeSnapshot(world.state)), world.state);
      }
      calm(watched, 12 * MINUTE, 1_000);
      for (const { id, state, change } of world.state.leases.values()) {
        assert.notEqual(state, "changing", `${id} is still changing: ${JSON.stringify(change)}`);
      }
      calm(watched, 8 * 60 * MINUTE, MINUTE / 2);
      calm(watched, 10 * MINUTE, 1_000);
      assert.deepEqual([...world.state.leases.values()].map(({ state }) => state), []);
      const left = [...world.state.cycles.values()].map(({ phase, id }) =>
        `${id} ${phase} ${world.turns.view.why.get(id)}`
      );
      assert.equal(
        left.filter((text) => /online|standby/.test(text)).length,
        SIZE,
        `not all machines came back: ${left}`,
      );
      for (const [type, count] of watched.counts) seen.set(type, (seen.get(type) ?? 0) + count);
    }),
    { numRuns: 200 },
  );
  for (
    const type of [
      "restored",
      ...["pause", "resume", "reset", "checkpoint", "restore"].flatMap((kind) => [
        `lease.changing ${kind}`,
        `lease.changed ${kind}`,
      ]),
      "lease.unchanged checkpoint",
      "lease.unchanged pause",
    ]
  ) {
    assert.ok((seen.get(type) ?? 0) > 0, `${type} never happened: ${JSON.stringify([...seen])}`);
  }
});
