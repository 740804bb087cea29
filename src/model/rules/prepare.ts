/** Rules for a machine on which an image is prepared. */
import type { Ms } from "../ids.ts";
import { preparationOf } from "../preparation.ts";
import { type Facts, failed, open, retire, type Step, unwanted, wait } from "./step.ts";

/** When its guest has to be done: counted from its first start, and from the start of the program. */
function deadline({ s, cycle }: Facts): Ms {
  const begun = preparationOf(s, cycle)?.bootedAt ?? cycle.since;
  return Math.max(begun, s.startedAt) + s.settings.times.prepareMs;
}

/** The runner's package, the copy of the disk, then the machine. */
export function copyDisk(facts: Facts): Step {
  const { s, cycle } = facts;
  const reason = unwanted(facts);
  const preparation = preparationOf(s, cycle);
  if (reason !== undefined || preparation === undefined) return retire(reason ?? "it is not wanted any more");
  if (cycle.vmId !== undefined) return failed("vm-gone", "The VM disappeared while its image was prepared");
  const { runner, fetched, copied, size } = preparation;
  if (runner !== undefined && !fetched) return open("runner.fetch");
  return size === undefined || copied < size ? open("file.copy") : open("vm.create");
}

/** It is started once; once its guest has everything and went off, its disk is kept. */
export function startOrKeep(facts: Facts): Step {
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (preparationOf(facts.s, facts.cycle)?.installed === true) return open("template.publish");
  return late(facts) ?? open("vm.start");
}

/** Its guest is given what it needs, and shuts down. */
export function install(facts: Facts): Step {
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  const given = late(facts);
  if (given !== undefined) return given;
  if (preparationOf(facts.s, facts.cycle)?.installed !== true) return open("guest.install");
  return wait("waiting for the prepared guest to shut down", { until: deadline(facts), reading: "vm" });
}

function late(facts: Facts): Step | undefined {
  const { s, v, cycle, now } = facts;
  // Copying a disk, and waiting for a place to start, are not charged to its guest.
  if (preparationOf(s, cycle)?.bootedAt === undefined || now < deadline(facts)) return undefined;
  const last = v.failures.get(cycle.id);
  return failed(
    "prepare-timeout",
    `The image was not prepared in time${last === undefined ? "" : `: ${last}`}`,
  );
}

/** Hyper-V is at work on it. */
export function betweenStates(facts: Facts, why: string): Step {
  return late(facts) ?? wait(why, { until: deadline(facts), reading: "vm" });
}
