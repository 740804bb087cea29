/** What befalls a host with several pools within a day: short of memory and space, silent services, meddling, GitHub. */
import type { Ms } from "../../src/model/ids.ts";
import type { Random } from "../../src/simulator/random.ts";
import type { Plant } from "./plant.ts";
import { HOUR, MINUTE } from "./settings.ts";
import { TROUBLES } from "./trouble.ts";

/** A hang's effect may land so late, and the call's limit after it. */
const HANG_MS: Ms = 5 * MINUTE;
/** More than any host here has. */
const HOG_MB = 1_048_576;

type Death = "crash" | "crashAfterCommit" | "failedCommit";

/** Brings one disturbance about; answers when it is over. */
type Trouble = (plant: Plant, random: Random) => Ms;

/** Somebody's machine takes all the memory that is left, and is gone later. */
const outOfMemory: Trouble = ({ timeline, first: { host } }, random) => {
  const forMs = random.between(10 * MINUTE, HOUR);
  const hog = host.addForeign({ name: "hog", memoryMb: HOG_MB, power: "running" });
  timeline.at(timeline.now + forMs, () => host.meddle("remove", hog));
  return timeline.now + forMs;
};

/** Nothing can be written to the volume of the storage folder. */
const storageFull: Trouble = ({ timeline, first: { faults } }) => {
  for (const call of ["disk.createChild", "vm.create", "checkpoint.create", "checkpoint.restore"]) {
    faults.add({ call, kind: "error", code: "no_space", forMs: HOUR });
  }
  return timeline.now + HOUR;
};

/** The Hyper-V service is restarted: what is under way is never answered, and for a while there is nobody to ask. */
const vmmsSilent: Trouble = ({ timeline, first: { faults } }, random) => {
  const forMs = random.between(MINUTE, 5 * MINUTE);
  faults.add({ call: "host", kind: random.chance(0.5) ? "hang" : "error", code: "unavailable", forMs });
  return timeline.now + forMs + HANG_MS;
};

const byHand: Trouble = (plant, random) => {
  const { host, foreign } = plant.first;
  for (let i = 0; i < 3; i++) {
    const ours = host.vmIds().filter((id) => !foreign.includes(id) && host.find(id)?.name !== "hog");
    const vmId = ours[random.int(0, Math.max(0, ours.length - 1))];
    if (vmId !== undefined) host.meddle(random.pick(["turnOff", "remove"]), vmId);
  }
  return plant.timeline.now;
};

/** GitHub answers so to everything, or to registrations alone. */
function github(code: number, call: string, longestMs: Ms): Trouble {
  return (plant, random) => {
    const forMs = random.between(MINUTE, longestMs);
    plant.forgeFaults.add({ call, kind: "error", code, forMs });
    return plant.timeline.now + forMs;
  };
}

const lostAnswers: Trouble = (plant, random) => {
  const forMs = random.between(5 * MINUTE, 15 * MINUTE);
  for (const faults of [plant.forgeFaults, plant.first.faults]) {
    faults.add({ call: "*", kind: "lost_answer", probability: 0.2, forMs });
  }
  return plant.timeline.now + forMs + HANG_MS;
};

/** Every kind. */
export const YEAR_TROUBLES = {
  outOfMemory,
  storageFull,
  vmmsSilent,
  byHand,
  github500: github(500, "github", 20 * MINUTE),
  secondaryLimit: github(429, "runner.register", 10 * MINUTE),
  lostAnswers,
  death: (plant, random) => {
    return TROUBLES[random.pick<Death>(["crash", "crashAfterCommit", "failedCommit"])](
      plant,
      plant.first,
      random,
    );
  },
  lateAnswers: (plant, random) => TROUBLES.lateAnswers(plant, plant.first, random),
} as const satisfies Record<string, Trouble>;

type Kind = keyof typeof YEAR_TROUBLES;
const KINDS = Object.keys(YEAR_TROUBLES) as Kind[];

/** What came within a day. */
export interface Year {
  /** How often each kind came. */
  readonly came: Map<string, number>;
  /** When the last of them is over. */
  readonly over: () => Ms;
}

/** Each kind once in every round, in an order of its own, until `until`. */
export function scheduleYear(plant: Plant, { until, everyMs }: { until: Ms; everyMs: Ms }): Year {
  const random = plant.random.fork("year");
  const came = new Map<string, number>();
  let over = plant.timeline.now;
  let round: Kind[] = [];
  const next = () => {
    plant.timeline.at(plant.timeline.now + everyMs * random.between(0.5, 1.5), () => {
      if (plant.timeline.now > until) return;
      if (round.length === 0) round = [...KINDS];
      const [kind] = round.splice(random.int(0, round.length - 1), 1);
      if (kind !== undefined) {
        came.set(kind, (came.get(kind) ?? 0) + 1);
        over = Math.max(over, YEAR_TROUBLES[kind](plant, random));
        plant.capacity.disturb(plant.first.id, over);
      }
      next();
    });
  };
  next();
  return { came, over: () => over };
}
