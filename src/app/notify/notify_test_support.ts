/** Statuses, a clock moved by hand and a server that takes notices; for tests. */
import type { Ms } from "../../model/ids.ts";
import type { ImageStatus, PoolStatus, Status, VmStatus } from "../../model/status.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

/** A moment. */
export const NOW: Ms = Date.parse("2026-03-01T12:00:00Z");

/** An image that is as it should be. */
export function image(more: Partial<ImageStatus> = {}): ImageStatus {
  return {
    template: "win",
    builtAt: "2026-02-20T00:00:00Z",
    runner: "2.338.1",
    runnerLatest: "2.338.1",
    outdatedSince: null,
    expiresAt: null,
    level: "ok",
    why: null,
    ...more,
  };
}

/** A pool that is whole. */
export function pool(more: Partial<PoolStatus> = {}): PoolStatus {
  return {
    name: "ci",
    kind: "runner",
    size: 4,
    configuredSize: 4,
    cordon: null,
    ready: 2,
    claimed: 1,
    standby: 1,
    parked: 0,
    off: 0,
    queued: 0,
    created: false,
    cold: null,
    starting: 0,
    failed: 0,
    why: null,
    rollout: null,
    image: image(),
    ...more,
  };
}

/** A machine that waits for a job. */
export function vm(more: Partial<VmStatus> = {}): VmStatus {
  return {
    id: null,
    name: "ci-1",
    pool: "ci",
    slot: 1,
    cycle: "ci/1.7",
    phase: "online",
    power: "running",
    since: new Date(NOW).toISOString(),
    runner: null,
    failures: 0,
    generation: "",
    job: null,
    lease: null,
    parked: null,
    memoryMb: 4096,
    uptimeSeconds: 60,
    savedStateMb: null,
    resumedAt: null,
    address: null,
    heldUntil: null,
    why: null,
    ...more,
  };
}

/** A status in which nothing is amiss. */
export function status(more: Partial<Omit<Status, "controller">> = {}, state = "running"): Status {
  return {
    controller: {
      id: "0123456789abcdef0123456789abcdef",
      version: "1.2.3",
      state: state as Status["controller"]["state"],
      since: new Date(NOW).toISOString(),
    },
    pools: [pool()],
    vms: [vm()],
    github: { state: "ok", rate: null },
    ...more,
  };
}

/** Time that passes when it is told to. */
export class HandClock implements Clock {
  #now = NOW;
  readonly #timers = new Set<{ readonly at: Ms; readonly callback: () => void }>();

  get waiting(): number {
    return this.#timers.size;
  }

  now(): Ms {
    return this.#now;
  }

  at(at: Ms, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, timer by timer. */
  advance(ms: Ms): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = until;
  }
}

/** A log that keeps its lines. */
export function keepingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const say = (level: string) => (message: string, fields?: unknown) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields) ?? ""}`.trim());
  };
  return {
    lines,
    log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
  };
}

/** Waits, but not for ever, until something is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`It did not happen: ${what}`);
}
