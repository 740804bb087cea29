import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { doctorAnswer } from "./support/doctor_answers.ts";
import { present } from "./support/leftovers.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

const LOGIN = "simulated";

interface Trouble {
  readonly what: string;
  readonly sections?: Readonly<Record<string, unknown>>;
  readonly before?: (simulator: SimulatorProcess) => Promise<unknown>;
  readonly after?: (simulator: SimulatorProcess) => Promise<unknown>;
  /** The check that says so, and how. */
  readonly id: string;
  readonly status: "warn" | "fail";
  readonly says: RegExp;
}

const account = (change: Record<string, unknown>) => (simulator: SimulatorProcess) =>
  simulator.atGitHub({ account: { login: LOGIN, ...change } });
const skew = (clockSkewMs: number) => (simulator: SimulatorProcess) => simulator.atGitHub({ clockSkewMs });
const fault = (request: Parameters<SimulatorProcess["fault"]>[0]) => (simulator: SimulatorProcess) =>
  simulator.fault(request);
const clear = (simulator: SimulatorProcess) => simulator.clearFaults();

const TROUBLES: readonly Trouble[] = [
  {
    what: "a Hyper-V service that does not answer",
    before: fault({ call: "host.info", kind: "error", code: "unavailable" }),
    after: clear,
    id: "hyperv",
    status: "fail",
    says: /service does not answer/,
  },
  {
    what: "no rights on the host",
    before: fault({ call: "host", kind: "error", code: "access_denied" }),
    after: clear,
    id: "hyperv",
    status: "fail",
    says: /permission/,
  },
  {
    what: "a storage folder without rights",
    before: fault({ call: "file.write", kind: "error", code: "access_denied" }),
    after: clear,
    id: "storage",
    status: "fail",
    says: /Cannot write to/,
  },
  {
    what: "a missing template",
    sections: { hyperv: { template_path: "C:\\templates\\missing.vhdx" } },
    id: "template:runners",
    status: "fail",
    says: /C:\\templates\\missing\.vhdx/,
  },
  {
    what: "an unknown switch",
    sections: { hyperv: { switch: "nope" } },
    id: "switch:runners",
    status: "fail",
    says: /"nope" does not exist/,
  },
  {
    what: "more machines than memory",
    sections: { runners: { pool_size: 300 } },
    id: "memory",
    status: "fail",
    says: /want 1200 GB.*has 1024 GB/,
  },
  {
    what: "a group that does not exist",
    sections: { runners: { runner_group: "nope" } },
    id: "group:runners",
    status: "fail",
    says: /group "nope"/,
  },
  {
    what: "a group that no repository may use",
    sections: { runners: { runner_group: "builders" } },
    before: (simulator) => simulator.atGitHub({ group: { name: "builders", visibility: "selected" } }),
    id: "group:runners",
    status: "fail",
    says: /"builders".*none is selected/,
  },
  {
    what: "a clock 45 s off",
    before: skew(45_000),
    after: skew(0),
    id: "time",
    status: "warn",
    says: /4[3-6] s/,
  },
  {
    what: "a clock 600 s off",
    before: skew(600_000),
    after: skew(0),
    id: "github",
    status: "fail",
    says: /clock is \d+ s behind/,
  },
  {
    what: "a clock 45 s off, told by a GitHub that knows no installation",
    sections: { github: { org: LOGIN } },
    before: async (simulator) => {
      await account({ installed: false })(simulator);
      await skew(45_000)(simulator);
    },
    after: async (simulator) => {
      await skew(0)(simulator);
      await account({ installed: true })(simulator);
    },
    id: "time",
    status: "warn",
    says: /4[3-6] s/,
  },
  {
    what: "an app that is not installed",
    sections: { github: { org: LOGIN } },
    before: account({ installed: false }),
    after: account({ installed: true }),
    id: "app",
    status: "fail",
    says: /Install the app/,
  },
  {
    what: "a key that is not there",
    sections: { github: { app_id: 1, app_private_key_path: "nowhere.pem", org: LOGIN } },
    id: "secrets",
    status: "fail",
    says: /nowhere\.pem/,
  },
  {
    what: "a configuration that cannot be loaded",
    sections: { runners: { pool_size: -1 } },
    id: "config",
    status: "fail",
    says: /runners\.pool_size/,
  },
  {
    what: "a simulator that is not there",
    sections: { debug: { simulator: "http://127.0.0.1:9" } },
    id: "platform",
    status: "fail",
    says: /no simulator answers/,
  },
];

Deno.test("doctor finds what is wrong with host, GitHub and configuration, and nothing when nothing is", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const examine = async (sections: Readonly<Record<string, unknown>> = {}) => {
    const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
    const { code, out, err } = await hvpool([
      "doctor",
      "--json",
      "-c",
      file,
      "--data-dir",
      scratch.at("data"),
    ]);
    return { code, err, checks: doctorAnswer.parse(JSON.parse(out)).checks };
  };
  await t.step("nothing", async () => {
    const { code, err, checks } = await examine();
    assert.equal(code, 0, JSON.stringify(checks.filter(({ status }) => status !== "ok")));
    assert.equal(err, "");
    const trouble = checks.filter(({ status }) => status !== "ok").map(({ id }) => id);
    // Nobody has made it read-only yet.
    assert.deepEqual(trouble, ["template:runners"]);
    assert.ok(checks.some(({ id }) => id === `outbound:${new URL(simulator.listen).host}`));
  });
  await t.step("a group that two repositories may use", async () => {
    const repositories = ["app", "web"];
    await simulator.atGitHub({ group: { name: "few", visibility: "selected", repositories } });
    const { code, checks } = await examine({ runners: { runner_group: "few" } });
    assert.equal(code, 0);
    const group = checks.find(({ id }) => id === "group:runners");
    assert.match(`${group?.status} ${group?.message}`, /^ok .*may use it: [\w-]+\/app, [\w-]+\/web\./);
  });
  for (const { what, sections, before, after, id, status, says } of TROUBLES) {
    await t.step(what, async () => {
      await before?.(simulator);
      const { code, checks } = await examine(sections);
      await after?.(simulator);
      const found = checks.find((one) => one.id === id);
      assert.equal(found?.status, status, JSON.stringify(checks, null, 1));
      assert.match(found?.message ?? "", says);
      assert.notEqual(found?.remedy, "");
      assert.equal(code, checks.some((one) => one.status === "fail") ? 1 : 0);
    });
  }
  assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
  await assert.rejects(Deno.stat(scratch.at("data")), Deno.errors.NotFound);
});

Deno.test("doctor says it in lines, and looks beside a running controller", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  // Most of what the host has: what the pool's own machine takes of it is not missing for the pool.
  const sections = { hyperv: { "vm_memory_mb": 920_000 } };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  const { code, out, err } = await hvpool(["doctor", "-c", file, "--data-dir", scratch.at("data")]);
  assert.equal(code, 0, out + err);
  assert.match(out, /^ok {4}api +hvpool \S+ answers: running since/m);
  assert.match(out, /^ok {4}journal +Sound.*held by the running controller/m);
  assert.match(out, /^ok {4}memory +The pools' running machines want 898 GB, 898 GB of which run already/m);
  assert.match(out, /^ok {4}addresses +Machines with an address: runners 1 of 1\./m);
  assert.match(out, /^ok {4}template:runners +.*read-only VHDX/m);
  assert.match(out, /^\d+ ok, 0 to look at, 0 failed\.\n$/m);
});

Deno.test("doctor sees a journal that is lost, and what is left of it after a start", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  const dataDir = scratch.at("data");
  const journal = async () => {
    const { code, out } = await hvpool([
      "doctor",
      "--json",
      "--only",
      "journal",
      "-c",
      file,
      "--data-dir",
      dataDir,
    ]);
    const [found] = doctorAnswer.parse(JSON.parse(out)).checks;
    return { code, status: found?.status, remedy: found?.remedy ?? "" };
  };
  const run = async () => {
    await using controller = new ControllerProcess(file, dataDir);
    await controller.untilFull();
    await controller.stop();
  };
  await run();
  assert.equal((await journal()).status, "ok");
  for (const suffix of ["", "-wal", "-shm"]) {
    await Deno.remove(scratch.at(`data/journal.sqlite${suffix}`)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  const lost = await journal();
  assert.deepEqual([lost.code, lost.status], [1, "fail"]);
  assert.match(lost.remedy, /reconcile --dry-run.*reconcile --adopt.*--retire/);
  await run();
  const after = await journal();
  assert.deepEqual([after.code, after.status], [0, "warn"]);
  assert.match(after.remedy, /reconcile --dry-run.*reconcile --adopt.*--retire/);
});

Deno.test("doctor asks for no DHCP where hvpool gives addresses, and names the pool's own switch", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const network = { addresses: "static", subnet: "192.168.240.0/24", dns: ["1.1.1.1"] };
  const pools = [
    { name: "nat", size: 1, switch: "hvpool", network },
    { name: "wrong", size: 1, switch: "nope" },
  ];
  const templates = [{ name: "win", path: "C:\\templates\\windows.vhdx" }];
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, {
      templates,
      pools: pools.map((pool) => ({ ...pool, template: "win" })),
    }),
  );
  const args = ["-c", file, "--data-dir", scratch.at("data")];
  assert.equal((await hvpool(["network", "create", "--yes", ...args])).code, 0);
  const { out } = await hvpool(["doctor", "--json", "--only", "switch", ...args]);
  const { checks } = doctorAnswer.parse(JSON.parse(out));
  const [nat, wrong] = checks;
  assert.deepEqual([nat?.id, nat?.status, wrong?.id, wrong?.status], [
    "switch:nat",
    "ok",
    "switch:wrong",
    "fail",
  ]);
  assert.doesNotMatch(nat?.message ?? "", /DHCP/);
  assert.match(wrong?.remedy ?? "", /pools\[1\]\.switch/);
});
