/**
 * Mistakes that somebody could make in the core: each replaces one text of the source, and each is caught by a
 * scenario. `find` must be in the file exactly once, so that the list cannot rot.
 */
import type { ScenarioName } from "./scenarios.ts";

/** One mistake. */
export interface Mistake {
  /** As a sentence: the core … */
  readonly what: string;
  /** File below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly scenario: ScenarioName;
}

/** The list. */
export const MISTAKES: readonly Mistake[] = [
  {
    what: "owns a runner by its form, whoever made it",
    file: "model/observe.ts",
    find:
      "if (parts === undefined || parts.controller !== shortId(s.controller) || !issued(s, parts.n)) continue;",
    replace: "if (parts === undefined || !issued(s, parts.n)) continue;",
    scenario: "twoControllers",
  },
  {
    what: "owns a VM by Notes of another controller",
    file: "model/observe.ts",
    find: "return notes.controller === s.controller ? notes.cycle : undefined;",
    replace: "return notes.cycle;",
    scenario: "foreignThings",
  },
  {
    what: "owns a VM in the directory of another controller",
    file: "model/observe.ts",
    find: "const store = `${storeDirectory(s, storage)}\\\\`;",
    replace: 'const store = directory.split("\\\\").slice(0, 3).join("\\\\") + "\\\\";',
    scenario: "foreignThings",
  },
  {
    what: "owns numbers that were never issued",
    file: "model/observe.ts",
    find: "return n <= s.issued && n > s.lostUpTo;",
    replace: "return n > s.lostUpTo;",
    scenario: "foreignThings",
  },
  {
    what: "registers again under the same use number",
    file: "model/plan.ts",
    find: "const use = cycle.uses + 1;",
    replace: "const use = Math.max(1, cycle.uses);",
    scenario: "restartWhileRegistering",
  },
  {
    what: "treats a young 404 as gone",
    file: "model/conclude.ts",
    find: "return now >= old ? { missing: true } : { notBefore: old };",
    replace: "return now >= 0 ? { missing: true } : { notBefore: old };",
    scenario: "young404",
  },
  {
    what: "treats 422 as gone",
    file: "model/conclude.ts",
    find: 'const rest = code === "busy" ? { notBefore: now + ASK_BUSY_MS } : notFound(s, cycle, now);',
    replace: "const rest = { missing: true as const };",
    scenario: "jobWhileGivenUp",
  },
  {
    what: "stops a machine that was given credentials without asking GitHub",
    file: "model/rules/retire.ts",
    find:
      'if (!cycle.used || cycle.forced === true || leased || runner?.gone === true) return open("vm.turnOff");',
    replace: 'if (cycle.phase === "retiring") return open("vm.turnOff");',
    scenario: "jobWhileGivenUp",
  },
  {
    what: "does not mark a machine used when it opens the delivery",
    file: "model/calls.ts",
    find: '"media.put": { lane: "vm", unknown: "repeat", uses: true, limitMs: 60_000 },',
    replace: '"media.put": { lane: "vm", unknown: "repeat", uses: false, limitMs: 60_000 },',
    scenario: "jobWhileGivenUp",
  },
  {
    what: "makes new machines however many old ones wait to be removed",
    file: "model/plan.ts",
    find: "if (known !== undefined && known.retiring >= RETIRING_PER_SLOT) {",
    replace: "if (known !== undefined && known.retiring > 1_000 * RETIRING_PER_SLOT) {",
    scenario: "removalsFail",
  },
  {
    what: "trusts a reading that began before the last operation closed",
    file: "model/view.ts",
    find:
      "return seen !== undefined && seen.asOf >= cycle.closed && now - seen.at <= s.settings.times.readingMaxAgeMs;",
    replace: "return seen !== undefined && now - seen.at <= s.settings.times.readingMaxAgeMs;",
    scenario: "slowLists",
  },
  {
    what: "trusts a reading of any age",
    file: "model/view.ts",
    find:
      "return seen !== undefined && seen.asOf >= cycle.closed && now - seen.at <= s.settings.times.readingMaxAgeMs;",
    replace: "return seen !== undefined && seen.asOf >= cycle.closed && now >= seen.at;",
    scenario: "silentHost",
  },
  {
    what: "takes a VM for gone because one list lacks it",
    file: "model/view.ts",
    find: 'const gone = read?.power === "absent" || cycle.answer?.power === "absent";',
    replace: 'const gone = read?.power !== "critical";',
    scenario: "listLacksOne",
  },
  {
    what: "takes a VM for gone because the host cannot be asked",
    file: "model/view.ts",
    find:
      'if (read !== undefined && read.power !== "absent") return { power: read.power };\n  return { power: "unseen", wanted: "list" };',
    replace:
      'if (read !== undefined && read.power !== "absent") return { power: read.power };\n  return { power: "absent", wanted: "list" };',
    scenario: "unreachableHost",
  },
  {
    what: "forgets whose a machine was that was out of sight for a while",
    file: "model/observe.ts",
    find: 'const gone = record?.vm === "none" && !isLive(record);',
    replace: 'const gone = record?.vm === "none" && record.n < 0;',
    scenario: "machineOutOfSight",
  },
  {
    what: "issues a cycle's number again",
    file: "model/fold.ts",
    find: "s.issued = Math.max(s.issued, data.n);",
    replace: "s.issued = Math.max(s.issued, data.n - 1);",
    scenario: "restarts",
  },
  {
    what: "counts cycles from the beginning after a restart",
    file: "model/fold.ts",
    find: "s.run = event.data.run ?? s.run + 1;",
    replace: "s.run = event.data.run ?? s.run + 1;\n      s.issued = 0;",
    scenario: "restarts",
  },
  {
    what: "counts operations from the beginning after a restart",
    file: "model/fold.ts",
    find: "s.run = event.data.run ?? s.run + 1;",
    replace: "s.run = event.data.run ?? s.run + 1;\n      s.nextOp = 1;",
    scenario: "restarts",
  },
  {
    what: "forgets the slots when it reads a snapshot",
    file: "model/snapshot.ts",
    find: "for (const slot of slots) s.slots.set(slot.id, slot);",
    replace: "slots.length = 0;",
    scenario: "restarts",
  },
  {
    what: "leaves operations of the last run open",
    file: "controller/turn.ts",
    find: "if (cycle.op === undefined) continue;",
    replace: "if (cycle.op !== undefined) continue;\n        if (cycle.op === undefined) continue;",
    scenario: "restartWhileRegistering",
  },
  {
    what: "takes a late answer for that of the operation that is open now",
    file: "controller/turn.ts",
    find: "if (cycle?.op?.id !== op) {",
    replace: "if (cycle?.op === undefined) {",
    scenario: "lateRegistration",
  },
  {
    what: "lets an offline runner age through an outage",
    file: "model/observe.ts",
    find: "forge.offlineSince.clear();",
    replace: "",
    scenario: "outageWhileOffline",
  },
  {
    what: "gives up any number of offline runners at once",
    file: "model/rules/serve.ts",
    find: "if (recent.length < allowed) {",
    replace: "if (recent.length < 1_000 * allowed) {",
    scenario: "allOffline",
  },
  {
    what: "takes a creation that was not answered for one that failed",
    file: "model/fold.ts",
    find: 'changing(s, cycle, () => cycle.vm = data.outcome === "failed" ? "none" : "maybe");',
    replace: 'changing(s, cycle, () => cycle.vm = "none");',
    scenario: "creationNotAnswered",
  },
  {
    what: "does not wait for a trace of a creation that was not answered",
    file: "model/view.ts",
    find: "list.at >= cycle.maybeSince + s.settings.times.noTraceMs;",
    replace: "list.at >= cycle.maybeSince - s.settings.times.noTraceMs;",
    scenario: "creationNotAnswered",
  },
  {
    what: "opens a second operation on a cycle that has one",
    file: "model/plan.ts",
    find: "if (cycle.op !== undefined) {",
    replace: "if (cycle.op !== undefined && cycle.n < 0) {",
    scenario: "restarts",
  },
  {
    what: "does not free a lane when an operation closes",
    file: "model/fold.ts",
    find: "s.lanes[row.lane]--;",
    replace: "",
    scenario: "restarts",
  },
  {
    what: "makes a record for what one list shows, which may be older than its removal",
    file: "model/observe.ts",
    find: "return before.has(key);",
    replace: "return before.size >= 0;",
    scenario: "drainWithOldLists",
  },
  {
    what: "keeps a pool degraded after a machine of it came online",
    file: "model/plan.ts",
    find: 'if (step.phase === "online" || step.phase === "claimed") this.#recovered(cycle.pool);',
    replace: "",
    scenario: "allFailAlike",
  },
  {
    what: "does not wait after a failure",
    file: "model/plan.ts",
    find: "if (known !== undefined && known.notBefore > this.#now) {",
    replace: "if (known !== undefined && known.notBefore < 0) {",
    scenario: "backOff",
  },
  {
    what: "keeps a machine used that was put back to its checkpoint",
    file: "model/fold.ts",
    find: "cycle.clean = true;\n  cycle.used = false;",
    replace: "cycle.clean = true;",
    scenario: "manyJobs",
  },
  {
    what: "takes a machine for clean whose restore was refused or not answered",
    file: "model/fold.ts",
    find: 'if (data.outcome === "ok") {\n    settled(cycle);',
    replace: 'if (data.outcome === "ok" || data.call === "checkpoint.restore") {\n    settled(cycle);',
    scenario: "restoreFails",
  },
  {
    what: "starts a machine again after its job without putting it back",
    file: "model/fold.ts",
    find: 'case "cycle.recycled":',
    replace:
      'case "cycle.recycled":\n      Object.assign(cycle, { used: false, put: false, seenOnline: false });\n' +
      '      if (cycle.n > 0) return enter(s, cycle, "provisioning", event.at);',
    scenario: "manyJobs",
  },
  {
    what: "keeps the registration of a machine that is put back",
    file: "model/plan.ts",
    find: "this.#handOver(cycle, step.cause);",
    replace: "",
    scenario: "manyJobs",
  },
  {
    what: "makes a machine anew that could be put back",
    file: "model/rules/seal.ts",
    find: 'return canRecycle(facts) ? { step: "recycle", cause } : retire(cause);',
    replace: "return retire(cause);",
    scenario: "manyJobs",
  },
  {
    what: "does not prove saved machines again after the host started",
    file: "model/rules/seal.ts",
    find: "return cycle.proven !== undefined && cycle.proven === v.vms?.bootId;",
    replace: "return cycle.proven !== undefined && v.vms?.bootId !== undefined;",
    scenario: "hostRestarts",
  },
  {
    what: "takes the place of a guest that is to go on for free",
    file: "model/fold.ts",
    find: 'setResumed(s, cycle, cycle.phase === "resuming" || cycle.doing !== undefined);',
    replace: "",
    scenario: "manyToProve",
  },
  {
    what: "counts the time for which a machine waits for its place as time to go on",
    file: "model/fold.ts",
    find: 'if (cycle.phase === "resuming") cycle.since = at;',
    replace: "",
    scenario: "manyToProve",
  },
  {
    what: "takes machines that are only proven for such that will serve",
    file: "model/rules/seal.ts",
    find: "awake(facts, pool) <= hotWanted(pool.settings)",
    replace: "pool.hot <= hotWanted(pool.settings)",
    scenario: "manyToProve",
  },
  {
    what: "does not count failed resumes",
    file: "model/failures.ts",
    find: "const rung = cycle.rung + 1;",
    replace: "const rung = 1;",
    scenario: "damagedStates",
  },
  {
    what: "gives a machine up at its first failed resume",
    file: "model/failures.ts",
    find: "if (rung >= RESUMES_TO_GIVE_UP)",
    replace: "if (rung < RESUMES_TO_GIVE_UP)",
    scenario: "damagedStates",
  },
  {
    what: "takes a machine for proven although its last resume failed",
    file: "model/fold.ts",
    find: "cycle.rung = event.data.rung;\n      delete cycle.proven;",
    replace: "cycle.rung = event.data.rung;",
    scenario: "damagedStates",
  },
  {
    what: "resumes nobody when a job is taken",
    file: "model/plan.ts",
    find: 'if (step.phase === "claimed" || step.phase === "sealing") this.#work.pools.add(cycle.pool);',
    replace: "",
    scenario: "refill",
  },
  {
    what: "resumes nobody in place of one whose resume failed",
    file: "controller/turn.ts",
    find: '  "cycle.resume_failed",\n',
    replace: "",
    scenario: "damagedStates",
  },
];
