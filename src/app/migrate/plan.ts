/** From facts to what is removed, what stays, and what forbids it all for now. Pure. */
import {
  judgeVm,
  numberIn,
  OLD_POOL_PROGRAM,
  oldDisks,
  pathKey,
  type Verdict,
} from "../../controller/old_pool/judge.ts";
import type { SeenMachine } from "../../controller/old_pool/look.ts";
import { parseRunnerName } from "../../model/ids.ts";
import type { RunnerRow } from "../../ports/forge.ts";
import type { MigrationFacts, Place } from "./facts.ts";

/** A VM that runs without a runner may still register one and take a job before this much time has gone by. */
export const MAY_REGISTER_MS = 300_000;

/** A VM of the old pool, with what goes with it. */
export interface OldMachine {
  readonly place: Place;
  readonly machine: SeenMachine;
  /** Above the template, the uppermost first. */
  readonly disks: readonly string[];
  /** Its registration, unless it is another machine's. */
  readonly runner: RunnerRow | undefined;
}

/** What a row of the plan is about. */
export type ItemKind = "registration" | "vm" | "disk" | "directory" | "template";

/** One row of the plan, for people and programs. */
export interface PlanItem {
  readonly kind: ItemKind;
  readonly name: string;
  readonly pool: string;
  readonly action: "remove" | "keep";
  readonly because: string;
}

/** Why nothing is removed for now. */
export interface Refusal {
  readonly because: string;
  readonly remedy: string;
}

/** What would be done. */
export interface MigrationPlan {
  readonly machines: readonly OldMachine[];
  /** Disks whose VM is gone. */
  readonly disks: readonly { readonly path: string; readonly place: Place }[];
  readonly refusals: readonly Refusal[];
  /** All of it row by row, in the order in which it is done; what stays comes last. */
  readonly items: readonly PlanItem[];
}

/** Makes the plan. */
export function makePlan(facts: MigrationFacts): MigrationPlan {
  const judged = facts.machines.map((machine) => ({ machine, ...judge(machine, facts.places) }));
  const machines: OldMachine[] = [];
  const kept: PlanItem[] = [];
  for (const { machine, place, verdict } of judged) {
    if (verdict.is === "resembles") {
      kept.push(keep("vm", machine.name, place.pool, verdict.because));
    } else if (verdict.is === "old") {
      const user = userOf(verdict.disks, facts.machines, machine);
      if (user === undefined) {
        machines.push({ place, machine, disks: verdict.disks, runner: runnerOf(machine, place, facts) });
      } else {
        kept.push(keep("vm", machine.name, place.pool, `the VM ${user.name} stands on its disk as well`));
      }
    }
  }
  machines.sort((a, b) =>
    facts.places.indexOf(a.place) - facts.places.indexOf(b.place) || numberOf(a) - numberOf(b)
  );
  const { disks, kept: keptDisks } = planDisks(facts);
  return {
    machines,
    disks,
    refusals: [
      ...refuseService(facts),
      ...judged.filter(({ verdict }) => verdict.is === "unknown").map(({ machine }) => refuseUnseen(machine)),
      ...refuseLists(facts, machines),
      ...machines.flatMap((one) => refuseMachine(one, facts)),
    ],
    items: [
      ...machines.flatMap(itemsOf),
      ...disks.map(({ path, place }) => strayItem(path, place)),
      ...machines.flatMap((one) => keptRunner(one, facts)),
      ...kept,
      ...keptDisks,
      ...otherRunners(facts, machines),
      ...keptFolders(machines, disks),
    ],
  };
}

/** By the place that fits best: a host may have had several pools. */
function judge(machine: SeenMachine, places: readonly Place[]): { place: Place; verdict: Verdict } {
  const order: readonly Verdict["is"][] = ["ours", "old", "unknown", "resembles", "other"];
  const verdicts = places.map((place) => ({ place, verdict: judgeVm(machine, place) }))
    .toSorted((a, b) => order.indexOf(a.verdict.is) - order.indexOf(b.verdict.is));
  const [best] = verdicts;
  if (best === undefined) throw new TypeError("A configuration has at least one pool");
  return best;
}

function numberOf({ machine, place }: OldMachine): number {
  return numberIn(machine.name, place.prefix) ?? 0;
}

function userOf(
  disks: readonly string[],
  machines: readonly SeenMachine[],
  self?: SeenMachine,
): SeenMachine | undefined {
  const keys = new Set(disks.map(pathKey));
  return machines.find((other) =>
    other !== self && other.chains?.some((chain) => chain.some(({ path }) => keys.has(pathKey(path))))
  );
}

function rowsOf({ runners }: MigrationFacts, { scope }: Place): readonly RunnerRow[] {
  const list = runners.get(scope);
  return list?.outcome === "ok" ? list.value : [];
}

function namesake(machine: SeenMachine, place: Place, facts: MigrationFacts): RunnerRow | undefined {
  if (parseRunnerName(machine.name) !== undefined) return undefined;
  return rowsOf(facts, place).find(({ name }) => name === machine.name);
}

/** A runner that is connected while its VM is off is another host's of the same name. */
function runnerOf(machine: SeenMachine, place: Place, facts: MigrationFacts): RunnerRow | undefined {
  const runner = namesake(machine, place, facts);
  return machine.row.power === "off" && runner?.status === "online" ? undefined : runner;
}

function planDisks(
  facts: MigrationFacts,
): { disks: { path: string; place: Place }[]; kept: PlanItem[] } {
  const disks = new Map<string, { path: string; place: Place }>();
  const kept: PlanItem[] = [];
  // What stands on another disk goes before it.
  const byHeight = facts.looseDisks.toSorted((a, b) => (b.chain?.length ?? 0) - (a.chain?.length ?? 0));
  for (const { path, place, chain } of byHeight) {
    const user = userOf([path], facts.machines);
    const found = chain === undefined ? undefined : oldDisks(chain, place);
    const because = user !== undefined
      ? `the VM ${user.name} stands on it`
      : found === undefined
      ? "it could not be read"
      : "because" in found
      ? found.because
      : undefined;
    if (because !== undefined) kept.push(keep("disk", path, place.pool, because));
    else disks.set(pathKey(path), { path, place });
  }
  return { disks: [...disks.values()], kept };
}

function keep(kind: ItemKind, name: string, pool: string, because: string): PlanItem {
  return { kind, name, pool, action: "keep", because };
}

function itemsOf({ place, machine, disks, runner }: OldMachine): PlanItem[] {
  const row = (kind: ItemKind, name: string, because: string): PlanItem => ({
    kind,
    name,
    pool: place.pool,
    action: "remove",
    because,
  });
  const { power } = machine.row;
  return [
    ...runner === undefined
      ? []
      : [row("registration", runner.name, `it is the runner of this VM in ${place.scope}, ${runner.status}`)],
    row(
      "vm",
      machine.name,
      `${
        power === "off" ? "off" : `${power}, turned off first`
      }: its name, its disk's folder and its disk's ` +
        "parent are the old pool's",
    ),
    ...disks.map((path) => row("disk", path, `it is a disk of ${machine.name} above the template`)),
  ];
}

function strayItem(path: string, { pool, template }: Place): PlanItem {
  const because = `it is a child of ${template} in the storage folder, and no VM uses it`;
  return { kind: "disk", name: path, pool, action: "remove", because };
}

/** The template, and folders in which others have their things, too. */
function keptFolders(
  machines: readonly OldMachine[],
  disks: MigrationPlan["disks"],
): PlanItem[] {
  const places = new Set([...machines, ...disks].map(({ place }) => place));
  const kept = [...places].flatMap(({ pool, template, storage }) => [
    keep("template", template, pool, "machines are made from it"),
    keep("directory", storage, pool, "hvpool keeps its machines below it"),
  ]);
  const folders = new Map(
    machines.map(({ machine: { row }, place }) => [pathKey(row.directory), { row, place }]),
  );
  for (const { row, place } of folders.values()) {
    const because = "Hyper-V takes out what carries the ids of the VMs; the rest may be others'";
    kept.push(keep("directory", row.directory, place.pool, because));
  }
  return kept;
}

function keptRunner({ machine, place, runner }: OldMachine, facts: MigrationFacts): PlanItem[] {
  const found = namesake(machine, place, facts);
  if (found === undefined || runner !== undefined) return [];
  return [keep(
    "registration",
    found.name,
    place.pool,
    "it is online while the VM of this name is off here: it is another host's, or GitHub has not noticed yet",
  )];
}

function otherRunners(facts: MigrationFacts, machines: readonly OldMachine[]): PlanItem[] {
  return facts.places.flatMap((place) => {
    const names = new Set(
      machines.filter((one) => one.place.scope === place.scope).map(({ machine }) => machine.name),
    );
    return rowsOf(facts, place)
      .filter(({ name }) => numberIn(name, place.prefix) !== undefined && !names.has(name))
      .map(({ name }) =>
        keep(
          "registration",
          name,
          place.pool,
          "no VM of the old pool is called so on this host: another host may have it",
        )
      );
  });
}

function refuseService({ service }: MigrationFacts): Refusal[] {
  if (service.outcome !== "ok") {
    return [{
      because: `Whether the service ${OLD_POOL_PROGRAM} runs could not be found out: ${service.message}`,
      remedy: "Run this again as an administrator of the host.",
    }];
  }
  const { state, processes } = service.value;
  if (state === "running") {
    return [{
      because: `The service ${OLD_POOL_PROGRAM} runs: it would make anew what is removed here.`,
      remedy: "Wait until its VMs have no job, since it turns them off as it stops. Then: " +
        `Stop-Service ${OLD_POOL_PROGRAM}; Set-Service ${OLD_POOL_PROGRAM} -StartupType Disabled`,
    }];
  }
  if (processes.length === 0) return [];
  const ids = processes.join(", ");
  return [{
    because: `${OLD_POOL_PROGRAM}.exe runs (process ${ids}): it would make anew what is removed here.`,
    remedy:
      "Wait until its VMs have no job, since it turns them off as it ends. Then press Ctrl+C in its window, " +
      `or: Stop-Process -Id ${ids}`,
  }];
}

function refuseUnseen({ name }: SeenMachine): Refusal {
  return {
    because: `The VM ${name} is called as the old pool's are, and Hyper-V does not say what its disks are.`,
    remedy: "Look at it in Hyper-V Manager, then run this again.",
  };
}

function refuseLists({ runners }: MigrationFacts, machines: readonly OldMachine[]): Refusal[] {
  const scopes = new Set(machines.map(({ place }) => place.scope));
  return [...scopes].flatMap((scope) => {
    const list = runners.get(scope);
    if (list?.outcome === "ok") return [];
    const names = machines.filter(({ place }) => place.scope === scope).map(({ machine }) => machine.name);
    return [{
      because: `Whether ${names.join(", ")} run jobs could not be found out: GitHub does not list the ` +
        `runners of ${scope}: ${list?.message ?? "it was not asked"}`,
      remedy: "`hvpool doctor --only github,app` tells what is in the way.",
    }];
  });
}

function refuseMachine({ machine, place }: OldMachine, facts: MigrationFacts): Refusal[] {
  const { name, row: { power, uptimeMs } } = machine;
  const runner = namesake(machine, place, facts);
  // A machine that is off has no job, whatever GitHub has not heard yet.
  if (runner?.busy === true && power !== "off") {
    return [{
      because: `The VM ${name} has a job: GitHub says that its runner is busy.`,
      remedy: "Wait until the job has ended, or cancel it on GitHub, then run this again.",
    }];
  }
  const mayRegister = runner === undefined && ["running", "starting"].includes(power) &&
    facts.runners.get(place.scope)?.outcome === "ok" && uptimeMs < MAY_REGISTER_MS;
  if (!mayRegister) return [];
  const minutes = Math.ceil((MAY_REGISTER_MS - uptimeMs) / 60_000);
  return [{
    because:
      `The VM ${name} was started a moment ago and has no runner yet: it may register one and take a job.`,
    remedy: `Run this again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}, or shut it down: ` +
      `Stop-VM -Name ${name}`,
  }];
}
