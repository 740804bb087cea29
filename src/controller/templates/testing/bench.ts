/** A template store over a host in memory, with the core's own state. */
import { decide } from "../../../model/decide.ts";
import type { Event, NewEvent } from "../../../model/events.ts";
import { fold } from "../../../model/fold.ts";
import type { PoolSettings, TemplateSettings } from "../../../model/settings.ts";
import { emptyState, type State } from "../../../model/state.ts";
import { CONTROLLER, NOW, testSettings } from "../../../model/testing/stage.ts";
import { type Clock, systemClock } from "../../../ports/clock.ts";
import type { Following, Progress, TemplateAnswer, TemplateRefusal } from "../../../ports/operations.ts";
import type { TemplateStatus } from "../../../model/status.ts";
import type { TemplateContext } from "../context.ts";
import type { Sizes } from "../room.ts";
import { TemplateStore } from "../store.ts";
import { fetchWeb } from "./fetch_web.ts";
import { MemoryHost } from "./memory_host.ts";

/** Where the store is. */
export const STORE = "D:\\vms\\0123";
/** Below it lie the disks. */
export const BELOW = `${STORE}\\templates`;

/** Time of the tests: waits are a hundred times shorter. */
const clock: Clock = {
  now: () => NOW,
  at: (at, callback) => systemClock.at(systemClock.now() + Math.ceil((at - NOW) / 100), callback),
};

/** What a test works with. */
export interface Bench {
  readonly store: TemplateStore;
  readonly host: MemoryHost;
  readonly state: State;
  /** What was told of the progress of all requests. */
  readonly told: Progress[];
  readonly following: Following;
  /** Adds something that happened. */
  happen(event: NewEvent): void;
  /** Another program with the same journal, on the same host. */
  restarted(): TemplateStore;
}

/** A template of the configuration. */
export function template(name: string, path: string): TemplateSettings {
  return {
    name,
    path,
    memoryMb: 4096,
    processors: 2,
    secureBoot: "MicrosoftWindows",
    tpm: false,
    nested: false,
  };
}

/** Makes one; `pool` is the one pool of the configuration. */
export function bench(
  { pool = {}, sizes = {}, context = {} }: {
    pool?: Partial<PoolSettings>;
    sizes?: Sizes;
    context?: Partial<TemplateContext>;
  } = {},
): Bench {
  const host = new MemoryHost();
  const settings = testSettings(pool);
  const state = emptyState(settings);
  const happen = (event: NewEvent) => fold(state, { ...event, seq: state.seq + 1, at: NOW } as Event);
  happen({ type: "run.started", data: { controller: CONTROLLER, version: "1.0.0" } });
  happen({ type: "numbers.reserved", data: { upTo: 1_000 } });
  happen({ type: "settings.applied", data: { settings } });
  const whole: TemplateContext = {
    host,
    clock,
    web: fetchWeb,
    state: () => state,
    store: () => STORE,
    apply(command) {
      for (const event of decide(state, command)) happen(event);
      return Promise.resolve();
    },
    ...context,
  };
  const told: Progress[] = [];
  const make = () => new TemplateStore(whole, sizes);
  const following = { progress: (progress: Progress) => void told.push(progress) };
  return { store: make(), host, state, told, following, happen, restarted: make };
}

/** The template of an answer that has to be good. */
export function good(answer: TemplateAnswer): TemplateStatus {
  if (answer.ok) return answer.template;
  throw new Error(`${answer.code}: ${answer.message}`);
}

/** The refusal of an answer that has to be one. */
export function refusal(answer: { readonly ok: true } | TemplateRefusal): TemplateRefusal {
  if (!answer.ok) return answer;
  throw new Error("It was not refused");
}
