/** The doors without a wire: host and forge in the same program, in real time. */
import { type Answer, type EngineDoor, hostPort, type Lost } from "../ports/engine.ts";
import type { ForgePort, ForgeResult } from "../ports/forge.ts";
import type { HostPort } from "../ports/host.ts";
import type { ForgeDoor } from "./forge_door.ts";
import type { SimulatedHost } from "./host.ts";
import type { RealTime } from "./real_time.ts";

/** How calls reach a simulated host in this program. */
export function directDoor(host: SimulatedHost, time: RealTime): EngineDoor {
  const open = new Set<(answer: Answer | Lost) => void>();
  const watches = new Set<() => void>();
  return {
    send(call, args, answer) {
      open.add(answer);
      time.sync();
      host.handle(call, args, (reply) => {
        if (open.delete(answer)) answer(reply);
      });
      return () => open.delete(answer);
    },
    watch(listener) {
      const unwatch = host.watch(listener);
      watches.add(unwatch);
      return () => {
        watches.delete(unwatch);
        unwatch();
      };
    },
    close() {
      for (const answer of open) answer({ lost: "the simulated host was closed." });
      open.clear();
      for (const unwatch of watches) unwatch();
      watches.clear();
      return Promise.resolve();
    },
  };
}

/** A {@linkcode HostPort} to a simulated host in this program. */
export function directHost(host: SimulatedHost, time: RealTime): HostPort {
  return hostPort(directDoor(host, time));
}

/** A {@linkcode ForgePort} to a simulated forge in this program. Requests not answered in `limitMs` are `unknown`. */
export function directForge(door: ForgeDoor, time: RealTime, limitMs = 60_000): ForgePort {
  const open = new Set<() => void>();
  function ask<V>(send: (reply: (result: ForgeResult<V>) => void) => void): Promise<ForgeResult<V>> {
    time.sync();
    return new Promise((resolve) => {
      const settle = (result: ForgeResult<V>) => {
        clearTimeout(timer);
        if (open.delete(give)) resolve(result);
      };
      const give = () => settle({ outcome: "unknown", message: "The simulated forge did not answer." });
      open.add(give);
      const timer = setTimeout(give, limitMs);
      send(settle);
    });
  }
  return {
    register: (request) => ask((reply) => door.register(request, reply)),
    registrationToken: (scope) => ask((reply) => door.registrationToken(scope, reply)),
    list: (scope) => ask((reply) => door.list(scope, reply)),
    remove: (scope, runnerId) => ask((reply) => door.remove(scope, runnerId, reply)),
    check: (scope, group) => ask((reply) => door.check(scope, group, reply)),
    access: (scope, group) => ask((reply) => door.access(scope, group, reply)),
    job: (request) => ask((reply) => door.job(request, reply)),
    downloads: (scope) => ask((reply) => door.downloads(scope, reply)),
    rate: (scope) => door.rate(scope),
    // One program has one clock.
    clockSkewMs: () => 0,
    close() {
      for (const give of [...open]) give();
      return Promise.resolve();
    },
  };
}
