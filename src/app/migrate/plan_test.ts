import assert from "node:assert/strict";
import type { ScopeKey, VmId } from "../../model/ids.ts";
import type { SeenMachine } from "../../controller/old_pool/look.ts";
import type { RunnerRow } from "../../ports/forge.ts";
import type { LooseDisk, MigrationFacts, Place } from "./facts.ts";
import { makePlan } from "./plan.ts";

const SCOPE = "orgs/acme" as ScopeKey;
const TEMPLATE = "C:\\t\\golden.vhdx";
const PLACE: Place = {
  pool: "ci",
  prefix: "r-",
  size: 2,
  template: TEMPLATE,
  storage: "C:\\s",
  scope: SCOPE,
};
const HOUR_MS = 3_600_000;

function machine(
  name: string,
  change: Partial<SeenMachine["row"]> & { disk?: string; parent?: string } = {},
): SeenMachine {
  const { disk = `C:\\s\\${name}.vhdx`, parent = TEMPLATE, ...row } = change;
  const id = `00000000-0000-4000-8000-${name.padStart(12, "0")}` as VmId;
  const power = row.power ?? "running";
  return {
    id,
    name,
    notes: row.notes ?? "",
    chains: [[{ path: disk, parent }, { path: parent, parent: null }]],
    row: {
      id,
      name,
      power,
      notes: "",
      directory: "C:\\ProgramData\\Microsoft\\Windows\\Hyper-V",
      uptimeMs: power === "off" ? 0 : HOUR_MS,
      memoryMb: 4096,
      heartbeat: null,
      cpuPercent: 0,
      ...row,
    },
  };
}

function runner(name: string, change: Partial<RunnerRow> = {}): RunnerRow {
  return { id: 1, name, status: "online", busy: false, labels: [], ...change };
}

interface Given {
  readonly machines?: readonly SeenMachine[];
  readonly runners?: readonly RunnerRow[];
  readonly loose?: readonly LooseDisk[];
  readonly facts?: Partial<MigrationFacts>;
}

function planOf({ machines = [], runners = [], loose = [], facts = {} }: Given) {
  return makePlan({
    places: [PLACE],
    service: { outcome: "ok", value: { state: "stopped", path: "", start: "disabled", processes: [] } },
    machines,
    looseDisks: loose,
    runners: new Map([[SCOPE, { outcome: "ok", value: runners }]]),
    ...facts,
  });
}

function removed(given: Given): string[] {
  return planOf(given).items.filter(({ action }) => action === "remove").map(({ kind, name }) =>
    `${kind} ${name}`
  );
}

function kept(given: Given): Record<string, string> {
  const rows = planOf(given).items
    .filter(({ action, kind }) => action === "keep" && kind !== "directory" && kind !== "template");
  return Object.fromEntries(rows.map(({ kind, name, because }) => [`${kind} ${name}`, because]));
}

function loose(path: string, parent: string | null = TEMPLATE): LooseDisk {
  return { path, place: PLACE, chain: [{ path, parent }] };
}

const REFUSED: readonly { readonly what: string; readonly given: Given; readonly because: RegExp }[] = [
  {
    what: "the service runs",
    given: {
      facts: {
        service: { outcome: "ok", value: { state: "running", path: "", start: "manual", processes: [] } },
      },
    },
    because: /^The service hyperv-runner-pool runs/,
  },
  {
    what: "the program runs without a service",
    given: {
      facts: {
        service: { outcome: "ok", value: { state: "missing", path: "", start: null, processes: [7, 9] } },
      },
    },
    because: /^hyperv-runner-pool\.exe runs \(process 7, 9\)/,
  },
  {
    what: "nobody can tell whether it runs",
    given: { facts: { service: { outcome: "unknown", message: "no answer" } } },
    because: /could not be found out: no answer/,
  },
  {
    what: "a VM has a job",
    given: { machines: [machine("r-1")], runners: [runner("r-1", { busy: true })] },
    because: /^The VM r-1 has a job/,
  },
  {
    what: "a VM that is paused has a job",
    given: {
      machines: [machine("r-1", { power: "paused" })],
      runners: [runner("r-1", { busy: true, status: "offline" })],
    },
    because: /^The VM r-1 has a job/,
  },
  {
    what: "a VM may be about to register",
    given: { machines: [machine("r-1", { uptimeMs: 200_000 })] },
    because: /^The VM r-1 was started a moment ago/,
  },
  {
    what: "GitHub does not list the runners",
    given: {
      machines: [machine("r-1")],
      facts: { runners: new Map([[SCOPE, { outcome: "failed", code: "unavailable", message: "503" }]]) },
    },
    because: /^Whether r-1 run jobs could not be found out: .* orgs\/acme: 503/,
  },
  {
    what: "a VM of such a name does not tell its disks",
    given: { machines: [{ ...machine("r-1"), chains: undefined }] },
    because: /^The VM r-1 is called as the old pool's are/,
  },
];

for (const { what, given, because } of REFUSED) {
  Deno.test(`makePlan() refuses while ${what}`, () => {
    const { refusals } = planOf(given);
    assert.deepEqual(refusals.length, 1);
    assert.match(refusals[0]?.because ?? "", because);
    assert.notEqual(refusals[0]?.remedy, "");
  });
}

const ALLOWED: readonly {
  readonly what: string;
  readonly given: Given;
  readonly removes: readonly string[];
}[] = [
  { what: "nothing is there", given: {}, removes: [] },
  {
    what: "a runner waits for a job",
    given: { machines: [machine("r-1")], runners: [runner("r-1")] },
    removes: ["registration r-1", "vm r-1", "disk C:\\s\\r-1.vhdx"],
  },
  {
    what: "a VM runs for long without a runner",
    given: { machines: [machine("r-1")] },
    removes: ["vm r-1", "disk C:\\s\\r-1.vhdx"],
  },
  {
    what: "a VM that is off left its registration behind",
    given: { machines: [machine("r-1", { power: "off" })], runners: [runner("r-1", { status: "offline" })] },
    removes: ["registration r-1", "vm r-1", "disk C:\\s\\r-1.vhdx"],
  },
  {
    what: "GitHub has not noticed that a VM is off whose job ended",
    given: { machines: [machine("r-1", { power: "off" })], runners: [runner("r-1", { busy: true })] },
    removes: ["vm r-1", "disk C:\\s\\r-1.vhdx"],
  },
  {
    what: "VMs are not in the order of their numbers",
    given: { machines: [machine("r-10", { power: "off" }), machine("r-9", { power: "off" })] },
    removes: ["vm r-9", "disk C:\\s\\r-9.vhdx", "vm r-10", "disk C:\\s\\r-10.vhdx"],
  },
  {
    what: "a disk outlived its VM",
    given: { loose: [loose("C:\\s\\r-2.vhdx")] },
    removes: ["disk C:\\s\\r-2.vhdx"],
  },
  {
    what: "GitHub does not answer and no VM is there",
    given: { facts: { runners: new Map([[SCOPE, { outcome: "unknown", message: "" }]]) } },
    removes: [],
  },
];

for (const { what, given, removes } of ALLOWED) {
  Deno.test(`makePlan() goes on when ${what}`, () => {
    assert.deepEqual(planOf(given).refusals, []);
    assert.deepEqual(removed(given), removes);
  });
}

Deno.test("makePlan() lists what only resembles the old pool, with the reason, and removes none of it", () => {
  const given: Given = {
    machines: [
      machine("r-1", { disk: "D:\\anna.vhdx" }),
      machine("r-build", { power: "off" }),
      machine("fileserver", { disk: "D:\\f.vhdx", parent: "D:\\g.vhdx" }),
    ],
    runners: [runner("r-1", { busy: true }), runner("r-7"), runner("r-1-0123abcd-7.1"), runner("other")],
    loose: [loose("C:\\s\\r-2.vhdx", null)],
  };
  assert.deepEqual(removed(given), []);
  assert.deepEqual(planOf(given).refusals, []);
  const reasons = kept(given);
  assert.deepEqual(Object.keys(reasons), [
    "vm r-1",
    "vm r-build",
    "disk C:\\s\\r-2.vhdx",
    "registration r-1",
    "registration r-7",
  ]);
  assert.match(reasons["registration r-7"] ?? "", /no VM of the old pool is called so on this host/);
});

Deno.test("makePlan() leaves a registration that is online while its VM is off: it is another host's", () => {
  const given = { machines: [machine("r-1", { power: "off" as const })], runners: [runner("r-1")] };
  assert.deepEqual(removed(given), ["vm r-1", "disk C:\\s\\r-1.vhdx"]);
  assert.match(kept(given)["registration r-1"] ?? "", /it is another host's/);
});

Deno.test("makePlan() leaves disks that another VM stands on, and the VM that they belong to", () => {
  const child = machine("anna", { disk: "D:\\anna.vhdx", parent: "C:\\s\\r-1.vhdx" });
  assert.deepEqual(removed({ machines: [machine("r-1"), child] }), []);
  assert.match(kept({ machines: [machine("r-1"), child] })["vm r-1"] ?? "", /the VM anna stands on its disk/);
  assert.deepEqual(removed({ machines: [child], loose: [loose("C:\\s\\r-1.vhdx")] }), []);
});

Deno.test("makePlan() removes a disk before the one that it stands on", () => {
  const top: LooseDisk = {
    path: "C:\\s\\r-1_A.avhdx",
    place: PLACE,
    chain: [{ path: "C:\\s\\r-1_A.avhdx", parent: "C:\\s\\r-1.vhdx" }, {
      path: "C:\\s\\r-1.vhdx",
      parent: TEMPLATE,
    }],
  };
  assert.deepEqual(removed({ loose: [loose("C:\\s\\r-1.vhdx"), top] }), [
    "disk C:\\s\\r-1_A.avhdx",
    "disk C:\\s\\r-1.vhdx",
  ]);
});
