/** Rules for a machine that is given up: stopped under law 7, removed, or kept for inspection. */
import { registrationListed } from "../view.ts";
import { type Facts, GITHUB_SILENT, open, retire, runnerNow, type Step, wait } from "./step.ts";

/** Before anything is taken away of a machine that failed, what it shows is kept. */
function evidenceFirst({ cycle }: Facts): Step | undefined {
  return cycle.failure?.kept === false ? open("evidence.keep") : undefined;
}

/** Law 7: a running VM that was given credentials is not stopped until GitHub confirms the removal. */
export function stopSafely(facts: Facts): Step {
  const { s, cycle, now } = facts;
  const { runner } = cycle;
  const evidence = evidenceFirst(facts);
  if (evidence !== undefined) return evidence;
  // A lease gives no credentials of GitHub: nobody there has to confirm anything.
  const leased = facts.pool?.settings.kind === "agent" && runner === undefined;
  if (!cycle.used || cycle.forced === true || leased || runner?.gone === true) return open("vm.turnOff");
  if (runner === undefined) return stopUnregistered(facts);
  if (runner.missingAt !== undefined) {
    const until = runner.missingAt + s.settings.times.graceMs;
    return now >= until ? open("vm.turnOff") : wait("giving the guest time to end by itself", { until });
  }
  const { answering, row } = runnerNow(facts);
  if (!answering) return wait(GITHUB_SILENT, { reading: "runners" });
  if (runner.id === undefined && row === undefined) return removeUnknown(facts);
  return open("runner.remove");
}

/** A used machine whose registration is not known: it runs on while any list shows one of its number. */
function stopUnregistered({ s, v, cycle }: Facts): Step {
  const old = cycle.since + s.settings.times.youngMs;
  const scopes = new Set([
    ...s.scopes.keys(),
    ...s.settings.pools.filter(({ kind }) => kind === "runner").map(({ scope }) => scope),
  ]);
  const settled = [...scopes].every((scope) => {
    const forge = v.forges.get(scope);
    return forge?.failing === undefined && (forge?.list?.at ?? 0) >= old;
  });
  if (settled && !registrationListed(s, v, cycle.n)) return open("vm.turnOff");
  return wait("waiting for GitHub's lists to show that it has no registration", { reading: "runners" });
}

export function removeVm(facts: Facts): Step {
  return evidenceFirst(facts) ?? open("vm.remove");
}

/** The machine is gone: its directory, then its registration, then the record. */
export function cleanUp(facts: Facts): Step {
  const { cycle } = facts;
  if (cycle.vm !== "none") return { step: "gone" };
  const evidence = evidenceFirst(facts);
  if (evidence !== undefined) return evidence;
  if (cycle.directory) return open("dir.remove");
  const { runner } = cycle;
  if (runner === undefined || runner.gone === true || runner.missingAt !== undefined) return { step: "end" };
  const { answering, row } = runnerNow(facts);
  if (!answering) return wait(GITHUB_SILENT, { reading: "runners" });
  // An older list may still show what GitHub removed by itself after the job.
  const fresh = (facts.v.forges.get(runner.scope)?.list?.at ?? 0) >= cycle.since;
  if (!fresh) return wait("waiting for GitHub's next list", { reading: "runners" });
  return row === undefined ? removeUnknown(facts) : open("runner.remove");
}

/** A registration that no list shows is gone once a complete list began long enough after all that made it. */
function removeUnknown({ s, v, cycle, now }: Facts): Step {
  const { runner } = cycle;
  const list = runner === undefined ? undefined : v.forges.get(runner.scope)?.list;
  const old = Math.max(runner?.registeredAt ?? 0, cycle.since) + s.settings.times.youngMs;
  if (list !== undefined && list.at >= old) return { step: "missing" };
  const why = "waiting for GitHub's lists to show that its registration is gone";
  return now < old ? wait(why, { until: old, reading: "runners" }) : wait(why, { reading: "runners" });
}

/** A machine that somebody wants to look at is unregistered and isolated, and runs on if it runs. */
export function keepRunning(facts: Facts): Step {
  const { cycle, now } = facts;
  const step = stopSafely(facts);
  if (cycle.hold === undefined || step.step !== "open" || step.call !== "vm.turnOff") return step;
  if (cycle.until === undefined || now >= cycle.until) return retire(cycle.cause ?? "its time is over");
  if (cycle.walls !== "held") return open("net.isolate");
  return wait("kept for inspection", { until: cycle.until });
}

export function keep(facts: Facts): Step {
  const { cycle, now } = facts;
  const evidence = evidenceFirst(facts);
  if (evidence !== undefined) return evidence;
  if (cycle.until === undefined || now >= cycle.until) return retire(cycle.cause ?? "its quarantine ended");
  const runner = cycle.runner;
  const settled = runner === undefined || runner.gone === true || runner.missingAt !== undefined;
  if (!settled && runnerNow(facts).answering && runner.id !== undefined) return open("runner.remove");
  if (cycle.hold !== undefined && cycle.walls !== "held") return open("net.isolate");
  return wait("kept for inspection", { until: cycle.until });
}

export function quarantineEmpty(): Step {
  return retire("nothing is left of it");
}
