/** Says in the log what an event means to a person; how much it matters decides the level. */
import { by } from "../model/by.ts";
import type { Event } from "../model/events.ts";
import { runnerExit } from "../ports/guest.ts";
import type { Log } from "../ports/log.ts";

/**
 * That a runner is gone, or runs a job, is an answer and no failure: it is why one asks. A guest that sets itself up
 * is asked again until it is ready.
 */
function isExpected({ call, code }: Extract<Event, { type: "op.closed" }>["data"]): boolean {
  if (call === "guest.install") return code === "unavailable";
  return call === "runner.remove" && (code === "not_found" || code === "busy");
}

function runnerExited(log: Log, data: Extract<Event, { type: "runner.exited" }>["data"]): void {
  const { exit } = data;
  const about = exit === undefined ? data : { ...data, meaning: runnerExit(exit) };
  if (exit === 0) return log.debug("A runner ended", about);
  const deprecated = exit !== undefined && runnerExit(exit) === "deprecated";
  log.warn(
    deprecated
      ? "GitHub refuses the runner's version: build the image anew, or pin a current one with runners.program"
      : "A runner did not end well, as its guest says",
    about,
  );
}

/** Writes one event to the log. The journal has all of it; the log has what is worth reading. */
export function describeEvent(log: Log, event: Event): void {
  switch (event.type) {
    case "run.started":
      return log.info("Controller started", {
        controller: event.data.controller,
        version: event.data.version,
      });
    case "controller.stopping":
      return log.info(event.data.drain ? "Draining" : "Stopping", { ...by(event.data) });
    case "starts.paused":
      return log.warn("The host has no room: starts are paused", event.data);
    case "pool.degraded":
      return log.error("Half of the pool fails alike: one machine at a time is tried", event.data);
    case "pool.recovered":
      return log.info("The pool works again", event.data);
    case "cycle.opened":
      return log.debug("A new machine is made", event.data);
    case "cycle.found":
      if (event.data.runner !== undefined && event.data.vmId === undefined) {
        return log.info("A registration of ours is not needed any more; it is removed", {
          cycle: event.data.cycle,
          runner: event.data.runner.name,
        });
      }
      return log.warn("Found something of ours without a record; it is removed", {
        cycle: event.data.cycle,
        cause: event.data.cause,
      });
    case "cycle.phase":
      if (event.data.phase === "online") return log.info("A runner is online", event.data);
      if (event.data.phase === "claimed") return log.info("A runner took a job", event.data);
      return log.debug("A machine went on", event.data);
    case "cycle.retired":
      return log.info("A machine is removed", event.data);
    case "cycle.failed":
      return log.warn("A machine failed; its slot is filled again", event.data);
    case "cycle.quarantined":
      return log.error("A machine failed again and is kept for inspection", event.data);
    case "rollout.started":
      return log.info("The pool's machines have a new generation: one of them tries it", event.data);
    case "rollout.advanced":
      return log.info(
        event.data.source === undefined
          ? "A machine of the new generation ran a job: the others follow"
          : "The others follow the first machine of the new generation, as asked for",
        event.data,
      );
    case "rollout.finished":
      return log.info("Every machine of the pool is of the new generation", event.data);
    case "rollout.paused":
      return log.info("The new generation waits until somebody lets it go on", event.data);
    case "rollout.resumed":
      return log.info("The new generation goes on", event.data);
    case "rollout.reverted":
      return log.error(
        "A new generation was taken back: the pool's machines are of the last good one. Mend the new one and run " +
          `\`hvpool pool rollout ${event.data.pool} --resume\`, or change the configuration back`,
        event.data,
      );
    case "template.changed":
      return log.info("A golden disk that was not seen before is at the template's path", event.data);
    case "template.registered": {
      const { template, disk: { path }, origin } = event.data;
      return log.info("A template is registered", { template, path, origin, ...by(event.data) });
    }
    case "template.refreshed": {
      const { template, disk: { path, image } } = event.data;
      return log.info("A template's image was prepared anew", { template, path, runner: image?.runner });
    }
    case "template.deleted":
      return log.info("A template is no longer registered", event.data);
    case "preparation.started": {
      const { cycle, settings: { name, path }, runner } = event.data;
      return log.info("An image is prepared", {
        template: name,
        disk: path,
        runner,
        ...by(event.data),
        cycle,
      });
    }
    case "host.cordoned":
    case "pool.cordoned": {
      const { drain, ...about } = event.data;
      return log.info(
        drain ? "Drained until it is uncordoned: idle machines are removed" : "Paused: no machine is made",
        about,
      );
    }
    case "host.uncordoned":
    case "pool.uncordoned":
      return log.info("Machines are made again", event.data);
    case "pool.resized":
      return log.info("The pool has another size", event.data);
    case "cycle.hold":
      return log.info("A machine is kept after its job", event.data);
    case "cycle.kept":
      return log.warn("A machine is kept for somebody to look at", event.data);
    case "cycle.wished":
      return log.info("An operator wishes something of a machine", event.data);
    case "cycle.released":
      return log.info("A machine is not kept any longer", event.data);
    case "job.ended":
      return log.info("A job ended", event.data);
    case "job.result": {
      const { job, result, why } = event.data;
      return log.debug("How a job ended", { job, conclusion: result?.conclusion, name: result?.name, why });
    }
    case "template.spoilt":
      return log.error(
        "A golden disk was written to: machines made from it may be broken, and none is made from it any more",
        event.data,
      );
    case "journal.reconciled":
      return log.warn("What a lost journal knew is taken up", event.data);
    case "cycle.adopted": {
      const { cycle, vmId, phase } = event.data;
      return log.info("A machine of a lost journal goes on", { cycle, vmId, phase });
    }
    case "runner.released":
      return log.info("GitHub offers a newer runner program", event.data);
    case "runner.exited":
      return runnerExited(log, event.data);
    case "op.closed":
      if (event.data.outcome === "ok" || isExpected(event.data)) {
        const { cycle, call, code = "ok" } = event.data;
        return log.debug("Answered", { cycle, call, code });
      }
      return log.warn("A call did not succeed", {
        cycle: event.data.cycle,
        call: event.data.call,
        outcome: event.data.outcome,
        code: event.data.code,
        reason: event.data.message,
      });
    case "journal.lost":
      return log.error(
        `${
          event.data.olderCopy === true
            ? "The journal is an older copy: this controller made machines after it"
            : "The journal is new although this controller made machines before"
        }. What carries its earlier numbers is left alone: look at it with \`hvpool reconcile --dry-run\`, then ` +
          "take it up with --adopt or --retire",
        event.data,
      );
    default:
      return log.debug(event.type, { ...event.data });
  }
}
