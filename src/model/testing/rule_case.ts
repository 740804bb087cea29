/** Cases of the lifecycle table: a cycle in a phase with a power, what is known of it, and the step that follows. */
import assert from "node:assert/strict";
import type { Phase, Power } from "../phases.ts";
import type { Step } from "../rules/step.ts";
import type { PoolSettings } from "../settings.ts";
import type { Cycle } from "../state.ts";
import type { GuestSeen, RunnerSeen } from "../view.ts";
import { NOW, Stage, testRunner, testSettings, VM } from "./stage.ts";

/** Name of its registration. */
export const NAME = testRunner().name;
/** One minute. */
export const MINUTE = 60_000;

/** A cycle in a phase, with a VM; what was said and read is in `over` and `arrange`. */
export interface RuleCase {
  readonly says: string;
  readonly phase: Phase;
  readonly power: Power;
  readonly cycle?: Partial<Cycle>;
  /** What its pool is like, beside the ordinary. */
  readonly pool?: Partial<PoolSettings>;
  readonly arrange?: (stage: Stage, cycle: Cycle) => void;
  readonly then: Partial<Step>;
}

/** A row of GitHub's list. */
export function runner(over: Partial<RunnerSeen> = {}): RunnerSeen {
  return { id: 7, name: NAME, online: true, busy: false, ...over };
}

/** The guest says this. */
export function guest(over: Partial<GuestSeen>): (stage: Stage, cycle: Cycle) => void {
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

/** GitHub lists these runners. */
export function listed(...rows: RunnerSeen[]): (stage: Stage) => void {
  return (stage) => stage.list(rows);
}

/** GitHub's list fails. */
export function failing(stage: Stage): void {
  stage.list([], { failing: { since: NOW, code: "unavailable", message: "503" } });
}

/** The secret of this use is known. */
export function secret(use: number): (stage: Stage, cycle: Cycle) => void {
  return (stage, cycle) => {
    stage.list([]);
    stage.v.secrets.set(cycle.id, { use, kind: "jit", jitConfig: "secret" });
  };
}

/** Its runner has been offline for so long. */
export function offlineFor(ms: number): (stage: Stage) => void {
  return (stage) =>
    stage.list([runner({ online: false })], { offlineSince: new Map([[NAME, stage.now - ms]]) });
}

/** The pool is drained. */
export function drained(stage: Stage): void {
  stage.list([runner()]);
  stage.apply({ type: "controller.stopping", data: { drain: true, source: "test" } });
}

/** The pool has no slot any more. */
export function smaller(stage: Stage): void {
  stage.list([]);
  stage.apply({ type: "settings.applied", data: { settings: testSettings({ size: 0 }) } });
}

/** GitHub is asked to remove the registration. */
export const REMOVE = { step: "open", call: "runner.remove" } as const;
/** The machine is turned off. */
export const OFF = { step: "open", call: "vm.turnOff" } as const;
/** It was given credentials. */
export const used = { used: true, runner: testRunner() };

/** One test for each case. */
export function testRules(cases: readonly RuleCase[]): void {
  for (const { says, phase, power, cycle: over = {}, pool, arrange, then } of cases) {
    Deno.test(`${phase} × ${power}: ${says}`, () => {
      const stage = new Stage(testSettings(pool));
      const cycle = stage.cycle({ vm: "known", vmId: VM, ...over, phase, since: over.since ?? NOW });
      if (over.vm === "none") delete cycle.vmId;
      arrange?.(stage, cycle);
      const step = stage.step(cycle, power);
      assert.deepEqual({ ...step, ...then }, step);
      if (step.step === "wait" && step.until !== undefined) assert.ok(step.until > stage.now);
    });
  }
}
