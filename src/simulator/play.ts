/** Plays one call: its beginning, what others may not do meanwhile, and its end, in their times. */
import type { Ms } from "../model/ids.ts";
import type { Answer } from "../ports/engine.ts";
import type { HostArgs, HostCall } from "../ports/host.ts";
import { PLAYS } from "./host_calls.ts";
import { beginCreate, landCreate } from "./plays/machine.ts";
import type { World } from "./plays/play.ts";
import { modifiedElsewhere, RecordError, vmNotFound } from "./records.ts";

/** How a call is to be played. */
export interface Playing {
  readonly latencyMs: Ms;
  /** Runs something so much later, unless the host went down. */
  readonly after: (ms: Ms, run: () => void) => void;
  readonly done: (answer: Answer) => void;
}

/** A row of the table with its types forgotten: the call list has checked the arguments. */
interface AnyPlay {
  readonly locks?: (args: unknown) => string;
  readonly begin?: (world: World, args: unknown) => void;
  readonly lasts?: (world: World, args: unknown) => Ms;
  readonly hangs?: (world: World, args: unknown) => boolean;
  readonly land: (world: World, args: unknown) => unknown;
}

/** Plays a call. `done` is called once, unless the host goes down or the call hangs. */
export function playCall(world: World, what: { call: HostCall; args: unknown }, playing: Playing): void {
  if (what.call === "vm.create") {
    playCreate(world, what.args as HostArgs<"vm.create">, playing);
    return;
  }
  const { latencyMs, after, done } = playing;
  const play = PLAYS[what.call] as AnyPlay;
  const lockId = play.locks?.(what.args);
  const machine = lockId === undefined ? undefined : world.machines.find(lockId);
  const begun = attempt(() => {
    if (lockId !== undefined && machine === undefined) throw new RecordError(vmNotFound(lockId));
    if (machine?.locked === true) throw new RecordError(modifiedElsewhere(what.call, machine.name));
    play.begin?.(world, what.args);
    return play.lasts?.(world, what.args) ?? 0;
  });
  if (!begun.ok) {
    after(latencyMs, () => done(begun));
    return;
  }
  if (play.hangs?.(world, what.args) === true) return;
  if (machine !== undefined) machine.locked = true;
  after(latencyMs + Number(begun.value), () => {
    if (machine !== undefined) machine.locked = false;
    done(attempt(() => play.land(world, what.args)));
  });
}

/** The VM appears half-way: long before anybody is told its id. */
function playCreate(world: World, args: HostArgs<"vm.create">, { latencyMs, after, done }: Playing): void {
  after(latencyMs / 2, () => {
    const begun = attempt(() => beginCreate(world, args));
    after(
      latencyMs / 2,
      () => done(begun.ok ? attempt(() => landCreate(world, String(begun.value))) : begun),
    );
  });
}

/** What came of it; only error records are expected to be thrown. */
function attempt(run: () => unknown): Answer {
  try {
    return { ok: true, value: run(), ms: 0 };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { ok: false, error: error.record };
  }
}
