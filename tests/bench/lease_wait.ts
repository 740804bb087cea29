/**
 * What the controller adds to an acquire on saved machines: time that it lets pass between the steps, in simulated
 * time, where its turns take none. From the network's renewal on it waits for the guest, which is told apart.
 */
import type { CycleId, Ms } from "../../src/model/ids.ts";
import type { Turn } from "../../src/controller/turn.ts";
import { DEFAULT_LANES } from "../../src/model/settings.ts";
import { AgentPlant } from "../sim/agent_plant.ts";
import { HOUR } from "../sim/settings.ts";
import { type Figure, median, quantile } from "./figure.ts";

/** How guests are read: an address counts that stands in two reports after the renewal. */
const POLL_MS: Ms = 150;

/** One lease on its way. */
interface Way {
  readonly askedAt: Ms;
  openedAt: Ms;
  operationsMs: Ms;
  renewedAt: Ms;
}

/** All machines are saved, and so many ask at once. */
export function waitsOfAcquires(callers = 100): Figure[] {
  const under = new Map<CycleId, Way>();
  const waits: Ms[] = [];
  const guests: Ms[] = [];
  let askedAt: Ms = 0;
  const onTurn = ({ events }: Turn): void => {
    for (const { type, at, data } of events) {
      if (type === "lease.assigned") {
        under.set(data.cycle, { askedAt, openedAt: at, operationsMs: 0, renewedAt: at });
      }
      const way = "cycle" in data ? under.get(data.cycle as CycleId) : undefined;
      if (way === undefined) continue;
      if (type === "op.opened") way.openedAt = at;
      if (type === "op.closed") {
        way.operationsMs += at - way.openedAt;
        if (data.call === "nic.reconnect") way.renewedAt = at;
      }
      if (type !== "lease.granted") continue;
      guests.push(at - way.renewedAt);
      waits.push(way.renewedAt - way.askedAt - way.operationsMs);
      under.delete(data.cycle);
    }
  };
  const there = new AgentPlant({
    slots: callers,
    memoryMb: callers * 8_192,
    times: { pollGuestsMs: POLL_MS },
    latencies: { "kvp.read": 40, "guest.beat": POLL_MS, "guest.clock": POLL_MS },
    pool: { hot: 0 },
    rest: { lanes: { ...DEFAULT_LANES, vm: callers, boot: callers, query: callers } },
    onTurn,
  });
  there.assertReady(0, callers);
  askedAt = there.plant.timeline.now;
  const leases = Array.from({ length: callers }, () => there.acquire());
  if (!there.plant.advanceUntil(() => guests.length === callers, HOUR)) {
    throw new Error(`Only ${guests.length} of ${leases.length} leases were granted`);
  }
  const what =
    `leases: between the steps of an acquire on saved machines, ${callers} callers at once, simulated`;
  return [
    { name: `${what} (p50)`, value: median(waits), unit: "ms", goal: 5 },
    { name: `${what} (p95)`, value: quantile(waits, 0.95), unit: "ms", goal: 20 },
    {
      name:
        `leases: from the renewal of the network until the guest is ready, read every ${POLL_MS} ms (p50)`,
      value: median(guests),
      unit: "ms",
    },
  ];
}
