/** Changes of leases against a simulated host, under the watch of the laws: what holders have is where they left it. */
import assert from "node:assert/strict";
import type { CycleId, Ms, ScopeKey } from "../../src/model/ids.ts";
import type { Lease, LeaseChange, LeaseId, Release } from "../../src/model/leases/lease.ts";
import type { Cycle, State } from "../../src/model/state.ts";
import { Random } from "../../src/simulator/random.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { HOUR, MINUTE, POOL } from "./settings.ts";

const WITHIN: Ms = 20 * MINUTE;

/** A host with an agent pool, and those who hold its machines. */
class Holders {
  readonly plant: Plant;
  #next = 0;

  constructor(options: Partial<PlantOptions> = {}) {
    this.plant = new Plant({
      seed: 1,
      controllers: 1,
      slots: 2,
      ...options,
      pool: {
        kind: "agent",
        recycle: "restore",
        hot: 1,
        scope: "" as ScopeKey,
        agent: { desktop: false, idleMs: 2 * HOUR, totalMs: 4 * HOUR, keepMs: HOUR, pauseMs: 8 * HOUR },
      },
    });
    this.plant.start();
    this.until("the pool is ready", () => {
      const phases = [...this.state.cycles.values()].map(({ phase }) => phase);
      return phases.filter((phase) => phase === "online" || phase === "standby").length ===
        (options.slots ?? 2);
    });
  }

  get state(): State {
    return this.plant.first.controller.state ?? assert.fail("the controller is dead");
  }

  until(what: string, condition: () => boolean, withinMs = WITHIN): void {
    if (this.plant.advanceUntil(condition, withinMs)) return;
    const leases = JSON.stringify([...this.state.leases.values()]);
    const why = JSON.stringify([...this.plant.first.controller.view?.why ?? []]);
    assert.fail(`never: ${what}\n${leases}\n${why}`);
  }

  acquire(holder: string, over: { readonly release?: Release } = {}): LeaseId {
    const lease = `l-${String(this.#next++).padStart(26, "0")}` as LeaseId;
    this.plant.first.controller.push({
      type: "command",
      command: {
        type: "lease.acquire",
        lease,
        pool: POOL,
        holder,
        priority: 0,
        labels: {},
        waitMs: 4 * HOUR,
        idleMs: 2 * HOUR,
        totalMs: 4 * HOUR,
        release: "reset",
        onIdle: "release",
        keepMs: HOUR,
        source: "test",
        ...over,
      },
    });
    return lease;
  }

  /** A lease with its machine. */
  hold(holder: string): { lease: LeaseId; cycle: Cycle } {
    const lease = this.acquire(holder);
    this.until(`${holder} has a machine`, () => this.lease(lease)?.state === "active");
    return { lease, cycle: this.machine(lease) };
  }

  lease(id: LeaseId): Lease | undefined {
    return this.state.leases.get(id);
  }

  machine(id: LeaseId): Cycle {
    return this.state.cycles.get(this.lease(id)?.cycle ?? "" as CycleId) ?? assert.fail("it has no machine");
  }

  begin(lease: LeaseId, change: LeaseChange): void {
    this.plant.first.controller.push({
      type: "command",
      command: { type: "lease.change", lease, change, source: "test" },
    });
  }

  /** Has something done, and waits until it is over. */
  change(lease: LeaseId, change: LeaseChange): void {
    this.begin(lease, change);
    this.plant.advance(1);
    this.until(`${change.kind} is over`, () => this.lease(lease)?.state !== "changing");
    assert.equal(this.lease(lease)?.failed, undefined, `${change.kind} came to nothing`);
  }

  release(lease: LeaseId, release: Release): void {
    this.plant.first.controller.push({
      type: "command",
      command: { type: "lease.release", lease, release, cause: "done", source: "test" },
    });
    this.until("it has ended", () => this.lease(lease) === undefined);
  }

  /** Its holder writes a file; answers those that are there. */
  mark(lease: LeaseId, name: string): string[] {
    const { vmId = assert.fail() } = this.machine(lease);
    const before = this.plant.first.host.mark(vmId, name) ?? assert.fail("its guest is not up");
    return before;
  }

  truth({ vmId }: Cycle) {
    return this.plant.first.host.truth().vms.find(({ id }) => id === vmId) ?? assert.fail("there is no VM");
  }
}

Deno.test("a paused lease holds no memory, and is as it was once it is resumed", () => {
  const there = new Holders();
  const { lease, cycle } = there.hold("ann");
  there.mark(lease, "anns-file");
  there.change(lease, { kind: "pause" });
  assert.deepEqual([there.lease(lease)?.state, there.truth(cycle).power], ["paused", "saved"]);
  there.plant.advance(3 * HOUR);
  there.change(lease, { kind: "resume" });
  assert.deepEqual([there.lease(lease)?.state, there.mark(lease, "again")], ["active", ["anns-file"]]);
});

Deno.test("checkpoints, restores and resets bring back what was there, and nobody else ever sees it", () => {
  const there = new Holders();
  const { lease, cycle } = there.hold("ann");
  there.mark(lease, "one");
  there.change(lease, { kind: "checkpoint", name: "a" });
  there.mark(lease, "two");
  there.change(lease, { kind: "restore", name: "a" });
  assert.deepEqual(there.mark(lease, "three"), ["one"]);
  there.change(lease, { kind: "reset" });
  assert.deepEqual(there.mark(lease, "four"), []);
  there.change(lease, { kind: "restore", name: "a" });
  assert.deepEqual(there.mark(lease, "five"), ["one"]);
  there.release(lease, "reset");
  there.until("it is made anew", () => !there.state.cycles.has(cycle.id));
  const next = [there.hold("bob"), there.hold("eve")];
  for (const { lease: id, cycle: machine } of next) {
    assert.deepEqual(there.mark(id, "mine"), []);
    assert.deepEqual(there.truth(machine).checkpoints, ["clean"]);
  }
});

Deno.test("a pool is taken out of the configuration under a lease: that goes on, and nothing is left afterwards", () => {
  const there = new Holders();
  const { lease } = there.hold("ann");
  there.mark(lease, "anns-file");
  const { plant: { first: { controller } } } = there;
  const settings = { ...there.state.settings, pools: [] };
  controller.push({ type: "command", command: { type: "settings", settings, source: "test" } });
  there.until("the other machine is removed", () => there.state.cycles.size === 1);
  for (const kind of ["pause", "resume"] as const) there.change(lease, { kind });
  assert.deepEqual(there.mark(lease, "again"), ["anns-file"]);
  there.change(lease, { kind: "reset" });
  assert.deepEqual([there.lease(lease)?.state, there.mark(lease, "anew")], ["active", []]);
  there.release(lease, "reset");
  there.until("it is removed", () => there.state.cycles.size === 0);
  const left = there.plant.first.host.truth().vms.filter(({ removedAt, foreign }) =>
    removedAt === null && !foreign
  );
  assert.deepEqual(left, []);
  assert.equal(there.state.gone.size, 0);
});

Deno.test("a machine that is saved or kept is its holder's again, with everything in it", () => {
  for (const release of ["save", "keep"] as const) {
    const there = new Holders();
    const { lease, cycle } = there.hold("ann");
    there.mark(lease, "anns-file");
    there.release(lease, release);
    const others = ["bob", "eve"].map((holder) => there.acquire(holder));
    there.plant.advance(5 * MINUTE);
    assert.deepEqual(others.map((id) => there.lease(id)?.state), ["active", "queued"]);
    assert.equal(there.truth(cycle).power, release === "save" ? "saved" : "running");
    const again = there.hold("ann");
    assert.deepEqual([again.cycle.id, there.lease(again.lease)?.origin], [cycle.id, "restored"]);
    assert.deepEqual(there.mark(again.lease, "again"), ["anns-file"]);
  }
});

Deno.test("paused leases and parked machines outlive a restart of the host", () => {
  const there = new Holders();
  const ann = there.hold("ann");
  const bob = there.hold("bob");
  there.mark(ann.lease, "anns-file");
  there.mark(bob.lease, "bobs-file");
  there.change(ann.lease, { kind: "pause" });
  there.release(bob.lease, "save");
  there.until("both are saved", () => there.truth(bob.cycle).power === "saved");
  there.plant.first.controller.crash();
  there.plant.first.host.reboot();
  there.plant.advance(5 * MINUTE);
  there.plant.first.controller.start();
  there.plant.advance(5 * MINUTE);
  assert.equal(there.lease(ann.lease)?.state, "paused");
  there.change(ann.lease, { kind: "resume" });
  assert.deepEqual(there.mark(ann.lease, "again"), ["anns-file"]);
  const again = there.hold("bob");
  assert.deepEqual(there.mark(again.lease, "again"), ["bobs-file"]);
});

Deno.test("the laws hold whatever holders ask for, hosts fail at, and whenever the program dies", () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= 6; seed++) {
    const note = (type: string) => seen.set(type, (seen.get(type) ?? 0) + 1);
    const there = new Holders({
      seed,
      slots: 3,
      onTurn: ({ events }) => {
        for (const event of events) {
          if (event.type === "lease.changed") note(`changed ${event.data.change.kind}`);
          else if (event.type.startsWith("lease.")) note(event.type);
        }
      },
    });
    const { plant } = there;
    const random = new Random(seed).fork("holders");
    const pick = <T>(items: readonly T[]): T => items[random.int(0, items.length - 1)] ?? assert.fail();
    for (let step = 0; step < 300; step++) {
      const leases = [...there.state.leases.values()];
      const what = random.int(0, 9);
      if (leases.length < 4 && what < 4) there.acquire(pick(["ann", "bob"]));
      else if (leases.length > 0 && what < 8) {
        const one = pick(leases);
        const kinds = ["pause", "resume", "reset", "resume"] as const;
        const named = ["checkpoint", "restore"] as const;
        there.begin(
          one.id,
          random.int(0, 2) === 0 ? { kind: pick(named), name: pick(["a", "b"]) } : { kind: pick(kinds) },
        );
      } else if (leases.length > 0 && what === 8) {
        plant.first.controller.push({
          type: "command",
          command: {
            type: "lease.release",
            lease: pick(leases).id,
            release: pick(["reset", "destroy", "save", "keep"] as const),
            cause: "done",
            source: "test",
          },
        });
      } else if (random.int(0, 3) === 0) {
        plant.first.controller.crash();
        plant.advance(random.int(0, 20_000));
        plant.first.controller.start();
      } else {
        const call = pick(
          ["vm.save", "vm.start", "checkpoint.create", "checkpoint.restore", "vm.turnOff"] as const,
        );
        const kind = pick(["error", "lost_answer", "hang"] as const);
        const code = pick(["busy", "no_space", "unavailable"] as const);
        plant.first.faults.add({ call, kind, times: 1, ...(kind === "error" ? { code } : {}) });
      }
      plant.advance(random.int(1, 40_000));
    }
    plant.first.faults.clear();
    const silent = () => there.state.leases.size === 0;
    there.until("all leases have ended", silent, 30 * HOUR);
    there.until("all machines are back", () => {
      return [...there.state.cycles.values()].filter(({ phase }) => phase === "online" || phase === "standby")
        .length === 3;
    }, 4 * HOUR);
    for (
      const vm of plant.first.host.truth().vms.filter(({ power, foreign }) => power !== "absent" && !foreign)
    ) {
      assert.deepEqual([vm.marks, vm.checkpoints], [[], ["clean"]]);
    }
  }
  for (
    const type of [
      "changed pause",
      "changed resume",
      "changed reset",
      "changed checkpoint",
      "changed restore",
    ]
  ) {
    assert.ok((seen.get(type) ?? 0) > 0, `${type} never happened: ${JSON.stringify([...seen])}`);
  }
  assert.ok((seen.get("lease.unchanged") ?? 0) > 0, JSON.stringify([...seen]));
});
