/** A host with memory for four machines of six. */
import type { Ms } from "../../src/model/ids.ts";
import { LawBroken } from "./law_broken.ts";
import { Plant } from "./plant.ts";
import { capacityBoundMs, HOUR } from "./settings.ts";

const HOST_MB = 65_536;
/** What the host keeps for itself, and what the machines of others take that run. */
const TAKEN_MB = 2_048 + 5 * 1_024;
const MACHINE_MB = 4_096;
const ROOM_FOR = 4;
/** So long is there no memory for the rest. */
const SHORT_MS: Ms = 3 * HOUR;

/** The pool fills as far as memory goes, serves with that, and is full soon after the memory is back. */
export function runShortOfMemory(seed: number): void {
  const plant = new Plant({ seed, memoryMb: HOST_MB });
  const boundMs = capacityBoundMs(plant.settings);
  const hogs = plant.stations.map((station) => {
    plant.capacity.disturb(station.id, plant.timeline.now + boundMs + SHORT_MS);
    const memoryMb = HOST_MB - TAKEN_MB - ROOM_FOR * MACHINE_MB - 1_024;
    return station.host.addForeign({ name: "hog", memoryMb, power: "running" });
  });
  const online = () => plant.stations.map((station) => plant.onlineOf(station));
  const numbers = () => `${online().join(" and ")} machines serve`;
  plant.start();
  if (!plant.advanceUntil(() => online().every((count) => count === ROOM_FOR), boundMs)) {
    throw new LawBroken(`${numbers()} where there is memory for ${ROOM_FOR}`);
  }
  plant.scheduleJobs({ until: plant.timeline.now + SHORT_MS, perHour: 12, meanMs: HOUR / 4 });
  const end = plant.timeline.now + SHORT_MS;
  while (plant.timeline.now < end) {
    plant.advance(60_000);
    plant.assertLaws();
    if (online().some((count) => count > ROOM_FOR)) {
      throw new LawBroken(`${numbers()} where there is memory for ${ROOM_FOR}`);
    }
  }
  if (!plant.advanceUntil(() => online().every((count) => count === ROOM_FOR), boundMs)) {
    throw new LawBroken(`${numbers()} where there is memory for ${ROOM_FOR}`);
  }
  plant.stations.forEach(({ host }, i) => host.meddle("turnOff", hogs[i] ?? ""));
  plant.assertFullAndClean(boundMs);
  plant.assertLaws();
}
