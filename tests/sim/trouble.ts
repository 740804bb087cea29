/** Every kind of trouble that a pool can meet, one function each, and a schedule that brings them at random. */
import type { Ms } from "../../src/model/ids.ts";
import type { Random } from "../../src/simulator/random.ts";
import type { Plant, Station } from "./plant.ts";
import { HOUR, MINUTE, withPool } from "./settings.ts";

/** A hang's effect may land so late, and the call's limit after it. */
const HANG_MS: Ms = 5 * MINUTE;
/** A host that went down comes back after this. */
const DOWN_MS: Ms = MINUTE;

/** Brings one disturbance about; answers when it is over. */
type Trouble = (plant: Plant, station: Station, random: Random) => Ms;

function restartIn(plant: Plant, { controller, id }: Station, afterMs: Ms): Ms {
  const at = plant.timeline.now + afterMs;
  plant.timeline.at(at, () => {
    // A death that was to come at the next commit, and did not.
    controller.dieAfterCommit = false;
    controller.failCommit = false;
    controller.crash();
    controller.start();
    // A drain, a stop or a death in between may have been another one's; the clock starts at the last of them.
    plant.capacity.disturb(id, plant.timeline.now);
  });
  return at;
}

const crash: Trouble = (plant, station, random) => {
  station.controller.crash();
  return restartIn(plant, station, random.between(1_000, 2 * MINUTE));
};

/** Exactly between a commit and the start of its effects. */
const crashAfterCommit: Trouble = (plant, station, random) => {
  station.controller.dieAfterCommit = true;
  return restartIn(plant, station, random.between(MINUTE, 5 * MINUTE));
};

/** The disk is full: the turn's events are lost, and the program ends. */
const failedCommit: Trouble = (plant, station, random) => {
  station.controller.failCommit = true;
  return restartIn(plant, station, random.between(MINUTE, 5 * MINUTE));
};

const hostFaults: Trouble = (plant, { faults }, random) => {
  const forMs = random.between(MINUTE, 10 * MINUTE);
  for (const kind of ["error", "lost_answer", "hang", "slow"] as const) {
    faults.add({ call: "*", kind, probability: 0.08, forMs });
  }
  return plant.timeline.now + forMs + HANG_MS;
};

function disturbAll(plant: Plant, until: Ms): Ms {
  for (const { id } of plant.stations) plant.capacity.disturb(id, until);
  return until;
}

const forgeFaults: Trouble = (plant, _station, random) => {
  const forMs = random.between(MINUTE, 10 * MINUTE);
  for (const kind of ["error", "lost_answer", "hang", "slow"] as const) {
    plant.forgeFaults.add({ call: "*", kind, probability: 0.08, forMs });
  }
  return disturbAll(plant, plant.timeline.now + forMs + HANG_MS);
};

const outage: Trouble = (plant, _station, random) => {
  const forMs = random.between(MINUTE, 25 * MINUTE);
  plant.forge.outage(forMs);
  return disturbAll(plant, plant.timeline.now + forMs);
};

function down(plant: Plant, station: Station, fall: (host: Station["host"]) => void): Ms {
  // A host that is down already cannot fall.
  if (plant.timeline.now <= station.downUntil) return station.downUntil;
  fall(station.host);
  station.downUntil = plant.timeline.now + DOWN_MS;
  return station.downUntil;
}

const reboot: Trouble = (plant, station) => down(plant, station, (host) => host.reboot(DOWN_MS));

const powerCut: Trouble = (plant, station) => down(plant, station, (host) => host.cutPower(DOWN_MS));

const meddling: Trouble = (plant, { host, foreign }, random) => {
  const ours = host.vmIds().filter((id) => !foreign.includes(id));
  const vm = ours[random.int(0, Math.max(0, ours.length - 1))];
  if (vm !== undefined) host.meddle(random.pick(["turnOff", "remove", "pause", "save", "rename"]), vm);
  return plant.timeline.now;
};

const hangs: Trouble = (plant, { faults }, random) => {
  const forMs = 10 * MINUTE;
  faults.add({
    call: random.pick(["vm.create", "vm.start", "vm.remove", "dir.remove"]),
    kind: "hang",
    times: 2,
    forMs,
  });
  return plant.timeline.now + forMs + HANG_MS;
};

/** Answers arrive after their limit, while another operation may be open. */
const lateAnswers: Trouble = (plant, { controller }, random) => {
  const forMs = random.between(5 * MINUTE, 15 * MINUTE);
  controller.lateness = () => random.chance(0.5) ? random.between(MINUTE, 5 * MINUTE) : 0;
  const until = plant.timeline.now + forMs;
  plant.timeline.at(until, () => controller.lateness = () => 0);
  return until + HANG_MS;
};

/** Somebody edits the configuration and starts the program anew, and later puts it back. */
function reconfigure(plant: Plant, station: Station, settings: Plant["settings"], backAfterMs: Ms): Ms {
  const { controller, id } = station;
  controller.settings = settings;
  controller.crash();
  controller.start();
  plant.timeline.at(plant.timeline.now + backAfterMs, () => {
    controller.settings = plant.settings;
    controller.crash();
    controller.start();
    plant.capacity.disturb(id, plant.timeline.now);
  });
  return plant.timeline.now;
}

const smaller: Trouble = (plant, station, random) => {
  const half = withPool(plant.settings, { size: Math.ceil((plant.settings.pools[0]?.size ?? 0) / 2) });
  return reconfigure(plant, station, half, random.between(10 * MINUTE, 2 * HOUR));
};

const otherLabels: Trouble = (plant, station, random) => {
  const labels = [...plant.settings.pools[0]?.labels ?? [], `extra-${random.int(1, 9)}`];
  return reconfigure(
    plant,
    station,
    withPool(plant.settings, { labels }),
    random.between(10 * MINUTE, 2 * HOUR),
  );
};

const drain: Trouble = (plant, station, random) => {
  station.controller.push({ type: "command", command: { type: "stop", drain: true, source: "simulation" } });
  return restartIn(plant, station, random.between(MINUTE, HOUR));
};

const stop: Trouble = (plant, station, random) => {
  station.controller.push({ type: "command", command: { type: "stop", drain: false, source: "simulation" } });
  return restartIn(plant, station, random.between(1_000, 10 * MINUTE));
};

/** Every kind; the first ones are the most common. */
export const TROUBLES = {
  crash,
  crashAfterCommit,
  failedCommit,
  hostFaults,
  forgeFaults,
  outage,
  reboot,
  powerCut,
  meddling,
  hangs,
  lateAnswers,
  smaller,
  otherLabels,
  drain,
  stop,
} as const satisfies Record<string, Trouble>;

/** One disturbance at one station. */
export function bring(plant: Plant, kind: keyof typeof TROUBLES, station: Station, random: Random): void {
  plant.capacity.disturb(station.id, plant.timeline.now);
  plant.capacity.disturb(station.id, TROUBLES[kind](plant, station, random));
}

/** Trouble of every kind at random until `until`. */
export function scheduleTrouble(
  plant: Plant,
  { until, everyMs = 2 * HOUR }: { until: Ms; everyMs?: Ms },
): void {
  const random = plant.random.fork("trouble");
  const kinds = Object.keys(TROUBLES) as (keyof typeof TROUBLES)[];
  const next = () => {
    plant.timeline.at(plant.timeline.now + random.exponential(everyMs), () => {
      if (plant.timeline.now > until) return;
      const station = plant.stations[random.int(0, plant.stations.length - 1)];
      const kind = kinds[random.int(0, kinds.length - 1)];
      if (station !== undefined && kind !== undefined) bring(plant, kind, station, random);
      next();
    });
  };
  next();
}
