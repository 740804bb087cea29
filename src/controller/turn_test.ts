import assert from "node:assert/strict";
import type { Event, NewEvent } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import type { CycleId, Ms, OpId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { CONTROLLER, NOW, SCOPE, testSettings } from "../model/testing/stage.ts";
import { type Input, type Turn, Turns } from "./turn.ts";

/** Turns over a journal in memory. */
class Run {
  readonly journal: Event[] = [];
  readonly commits: number[] = [];
  readonly reserved: number[] = [];
  turns = new Turns(emptyState(testSettings()), this.#durability());

  #durability(): ConstructorParameters<typeof Turns>[1] {
    return {
      commit: (events) => {
        this.commits.push(events.length);
        this.journal.push(...events);
      },
      reserve: (upTo) => this.reserved.push(upTo),
    };
  }

  begin(now: Ms = NOW, over: Partial<Parameters<Turns["begin"]>[0]> = {}): Turn {
    const beginning = {
      controller: CONTROLLER,
      version: "test",
      settings: testSettings(),
      reserved: 5_000,
      journalLost: false,
    };
    return this.turns.begin({ ...beginning, ...over }, now);
  }

  /** The program dies and starts again from its journal. */
  restart(now: Ms, over: Partial<Parameters<Turns["begin"]>[0]> = {}): Turn {
    const state = emptyState(testSettings());
    for (const event of this.journal) fold(state, event);
    this.turns = new Turns(state, this.#durability());
    return this.begin(now, over);
  }

  /** Begins, and has the pool checked: its cycles open. */
  opened(): Turn {
    this.begin();
    return this.turns.turn([checked(true)], NOW + 10);
  }
}

function checked(ok: boolean): Input {
  const of = { read: "check", pool: "ci" } as const;
  return { type: "reading", of, reading: { ...of, asOf: 1_000, at: NOW, ok, message: "no" } };
}

function types(events: readonly Event[]): string[] {
  return events.map(({ type }) => type);
}

Deno.test("begin() records the run and its settings in one commit, and asks for everything", () => {
  const run = new Run();
  const turn = run.begin();
  assert.deepEqual(types(turn.events), ["run.started", "numbers.reserved", "settings.applied"]);
  assert.deepEqual(run.commits, [3]);
  assert.deepEqual(turn.reads.map(({ read }) => read), [
    "vms",
    "directories",
    "runners",
    "check",
    "releases",
  ]);
});

Deno.test("begin() records settings only when they changed", () => {
  const run = new Run();
  run.begin();
  assert.deepEqual(types(run.restart(NOW + 1).events), ["run.started"]);
  const settings = testSettings({ size: 5 });
  assert.deepEqual(types(run.restart(NOW + 2, { settings }).events), ["run.started", "settings.applied"]);
});

Deno.test("begin() leaves what a lost journal knew alone, and issues higher numbers", () => {
  const run = new Run();
  run.begin(NOW, { journalLost: true, reserved: 700 });
  assert.deepEqual([run.turns.state.lostUpTo, run.turns.state.issued], [700, 700]);
  run.turns.turn([checked(true)], NOW + 10);
  assert.ok(run.turns.state.cycles.has("ci/1.701" as CycleId));
});

Deno.test("begin() forgets the machines of an older copy of the journal, ends its jobs, and keeps what was asked for", () => {
  const run = new Run();
  run.opened();
  run.turns.turn([{ type: "command", command: { type: "cordon", drain: false, source: "test" } }], NOW + 20);
  const [id] = run.turns.state.cycles.keys();
  assert.ok(id !== undefined);
  const runner = { name: "runner-1-01234567-1.1", scope: SCOPE, use: 1 };
  for (
    const event of [
      { type: "op.opened", data: { cycle: id, op: 90 as OpId, call: "runner.register", runner } },
      { type: "cycle.phase", data: { cycle: id, phase: "claimed" } },
      {
        type: "job.started",
        data: { job: runner.name, cycle: id, pool: "ci", vm: "", generation: "", scope: SCOPE },
      },
    ] satisfies NewEvent[]
  ) run.journal.push({ ...event, seq: run.journal.length + 1, at: NOW + 30 });
  const turn = run.restart(NOW + 40, { journalLost: true, olderCopy: true, reserved: 9_000, run: 12 });
  assert.deepEqual(types(turn.events).slice(0, 3), ["run.started", "job.ended", "journal.lost"]);
  const { state } = run.turns;
  assert.deepEqual([state.run, state.issued, state.lostUpTo, state.cycles.size], [12, 9_000, 9_000, 0]);
  assert.deepEqual([state.slots.size, state.booting, ...Object.values(state.lanes)], Array(9).fill(0));
  assert.ok(state.cordons.size === 1 && state.pools.has("ci"));
});

Deno.test("begin() issues no number that an unrecorded end of the last run may have given out", () => {
  const run = new Run();
  run.begin();
  run.restart(NOW + 1, { numbersInDoubt: true });
  run.turns.turn([checked(true)], NOW + 10);
  assert.ok(run.turns.state.cycles.has("ci/1.5001" as CycleId));
  assert.equal(run.turns.state.lostUpTo, 0);
});

Deno.test("begin() counts runs on where a lost journal had got, and journals the settings of a new one", () => {
  const run = new Run();
  const turn = run.begin(NOW, { journalLost: true, reserved: 700, run: 51 });
  assert.ok(types(turn.events).includes("settings.applied"));
  assert.equal(run.turns.state.run, 51);
});

Deno.test("begin() closes what was in flight as unknown, and starts no operation twice", () => {
  const run = new Run();
  const first = run.opened().effects.map(({ op }) => op);
  assert.deepEqual(first, [1, 2]);
  const turn = run.restart(NOW + 1_000);
  const closed = turn.events.filter((event) => event.type === "op.closed");
  assert.deepEqual(closed.map(({ data }) => data.outcome), ["unknown", "unknown"]);
  assert.ok(turn.effects.every(({ op }) => op > 2));
});

Deno.test("turn() commits once, whatever comes in, and not at all when nothing happens", () => {
  const run = new Run();
  run.opened();
  const before = run.commits.length;
  run.turns.turn([], NOW + 20);
  assert.equal(run.commits.length, before);
  const [one, two] = run.turns.state.cycles.values();
  assert.ok(one?.op !== undefined && two?.op !== undefined);
  const answers = [one, two].map(({ id, op }): Input => ({
    type: "answer",
    cycle: id,
    op: op?.id ?? (0 as never),
    result: { outcome: "ok", value: {} },
  }));
  const turn = run.turns.turn(answers, NOW + 200);
  assert.equal(run.commits.length, before + 1);
  assert.deepEqual(turn.effects.map(({ call }) => call), ["vm.create", "vm.create"]);
});

Deno.test("turn() numbers events without a gap and with its own time", () => {
  const run = new Run();
  run.opened();
  assert.deepEqual(run.journal.map(({ seq }) => seq), run.journal.map((_, i) => i + 1));
  assert.equal(run.journal.at(-1)?.at, NOW + 10);
});

Deno.test("turn() drops an answer to an operation that is closed", () => {
  const run = new Run();
  run.opened();
  const [cycle] = run.turns.state.cycles.values();
  assert.ok(cycle?.op !== undefined);
  const answer: Input = {
    type: "answer",
    cycle: cycle.id,
    op: cycle.op.id,
    result: { outcome: "ok", value: {} },
  };
  run.turns.turn([answer], NOW + 100);
  const turn = run.turns.turn([answer], NOW + 200);
  assert.deepEqual(turn.events, []);
  assert.equal(run.turns.lateAnswers, 1);
});

Deno.test("turn() reserves the next numbers before they run out, and before they are used", () => {
  const run = new Run();
  run.begin(NOW, { reserved: 0 });
  assert.deepEqual(run.reserved, [5_000]);
  const events = run.journal.map(({ type }) => type);
  assert.ok(events.includes("numbers.reserved"));
});

Deno.test("turn() records a command at once, and begins nothing new after it", () => {
  const run = new Run();
  run.begin();
  const command = { type: "stop", drain: false, source: "test" } as const;
  const turn = run.turns.turn([{ type: "command", command }, checked(true)], NOW + 10);
  assert.deepEqual(types(turn.events), ["controller.stopping"]);
  assert.deepEqual([turn.effects, turn.reads], [[], []]);
});

Deno.test("turn() takes a hint for a reason to read, not for a reading", () => {
  const run = new Run();
  run.begin();
  const vms = { read: "vms" } as const;
  run.turns.turn(
    [{ type: "reading", of: vms, reading: { ...vms, asOf: 1, at: NOW, bootId: "boot-1", rows: new Map() } }],
    NOW + 20,
  );
  assert.deepEqual(run.turns.turn([], NOW + 600).reads, []);
  const turn = run.turns.turn([{ type: "hint" }], NOW + 700);
  assert.deepEqual([turn.reads, turn.events], [[vms], []]);
});

Deno.test("turn() reads again soon what could not be read", () => {
  const run = new Run();
  run.begin();
  const vms = { read: "vms" } as const;
  run.turns.turn([{ type: "unread", of: vms }], NOW + 20);
  assert.deepEqual(run.turns.turn([], NOW + 1_999).reads, []);
  assert.deepEqual(run.turns.turn([], NOW + 2_000).reads, [vms]);
});

Deno.test("turn() lets a failed commit out, and nothing starts", () => {
  const state = emptyState(testSettings());
  const turns = new Turns(state, {
    commit: () => {
      throw new Error("disk full");
    },
    reserve: () => {},
  });
  const beginning = {
    controller: CONTROLLER,
    version: "test",
    settings: testSettings(),
    reserved: 5_000,
    journalLost: false,
  };
  assert.throws(() => turns.begin(beginning, NOW), /disk full/);
});
