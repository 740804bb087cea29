import assert from "node:assert/strict";
import { z } from "zod";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { present } from "./support/leftovers.ts";
import { hvpool, HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

const check = z.strictObject({
  id: z.string(),
  status: z.enum(["ok", "warn", "fail"]),
  message: z.string().min(1),
  remedy: z.string(),
});
const answer = z.strictObject({ checks: z.array(check) });
const liveAnswer = z.strictObject({
  checks: z.array(check),
  steps: z.array(z.looseObject({ step: z.string(), runs: z.int(), failed: z.int() })),
  left: z.array(z.string()),
});

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
    return { code, err, checks: answer.parse(JSON.parse(out)).checks };
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
  for (const { what, sections, before, after, id, status, says } of TROUBLES) {
    await t.step(what, async () => {
      await before?.(simulator);
      const { code, checks } = await examine(sections);
      await after?.(simulator);
      const found = checks.find((one) => one.id === id);
      assert.equal(found?.status, status, JSON.stringify(checks, null, 1));
      assert.match(found?.message ?? "", says);
      assert.notEqual(found?.remedy, "");
      assert.equal(code, status === "fail" ? 1 : 0);
    });
  }
  assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
  await assert.rejects(Deno.stat(scratch.at("data")), Deno.errors.NotFound);
});

Deno.test("doctor says it in lines, and looks beside a running controller", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  const { code, out, err } = await hvpool(["doctor", "-c", file, "--data-dir", scratch.at("data")]);
  assert.equal(code, 0, out + err);
  assert.match(out, /^ok {4}api +hvpool \S+ answers: running since/m);
  assert.match(out, /^ok {4}journal +Sound.*held by the running controller/m);
  assert.match(out, /^ok {4}addresses +Machines with an address: runners 1 of 1\./m);
  assert.match(out, /^ok {4}template:runners +.*read-only VHDX/m);
  assert.match(out, /^\d+ ok, 0 to look at, 0 failed\.\n$/m);
});

Deno.test("doctor --live makes machines beside a running controller, removes them, and writes a report", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  const before = present(await simulator.truth());
  const args = ["-c", file, "--data-dir", scratch.at("data"), "--report", scratch.at("report.md")];
  const { code, out, err } = await hvpool(["doctor", "--live", "--rounds", "2", ...args]);
  assert.equal(code, 0, out + err);
  assert.match(out, /^STEP +OK +FAILED +P50 MS +P95 MS/);
  assert.match(out, /^vm\.save +2 +0 +[\d.]+ +[\d.]+$/m);
  assert.match(err, /Round 2 of 2/);
  assert.deepEqual(present(await simulator.truth()), before);
  const report = await Deno.readTextFile(scratch.at("report.md"));
  assert.match(report, /^\| vm\.save \| 2 \| 0 \| [\d.]+ \| [\d.]+ \| {2}\|$/m);
  assert.match(report, /^\| host \| simulated, /m);
  assert.doesNotMatch(report, /SIMULATED|orgs\//);
  const events = await controller.events();
  assert.equal(events.some((event) => JSON.stringify(event).includes("hvpool-doctor-")), false);
});

Deno.test("doctor --live --template boots the guest and resumes it", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  const args = ["-c", file, "--data-dir", scratch.at("data"), "--report", scratch.at("report.md"), "--json"];
  const { out } = await hvpool(["doctor", "--live", "--rounds", "1", "--template", "default", ...args]);
  const { steps, left } = liveAnswer.parse(JSON.parse(out));
  const went = steps.filter(({ runs }) => runs === 1).map(({ step }) => step);
  for (const step of ["guest: boot", "guest: address", "guest: goes on", "display.mouse"]) {
    assert.ok(went.includes(step), `${step}: ${out}`);
  }
  assert.deepEqual(left, []);
  assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
});

Deno.test("doctor --live removes everything after a fault and after Ctrl+C", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 20 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  const args = [
    "doctor",
    "--live",
    "-c",
    file,
    "--data-dir",
    scratch.at("data"),
    "--report",
    scratch.at("report.md"),
  ];
  for (const call of ["vm.start", "vm.save", "checkpoint.restore"] as const) {
    await t.step(call, async () => {
      await simulator.fault({ call, kind: "error", code: "unknown", times: 1 });
      const { code, out } = await hvpool([...args, "--rounds", "1", "--json"]);
      await simulator.clearFaults();
      assert.equal(code, 1);
      const { checks, left } = liveAnswer.parse(JSON.parse(out));
      assert.deepEqual(checks.filter(({ status }) => status === "fail").map(({ id }) => id), [
        `live:${call}`,
      ]);
      assert.deepEqual(left, []);
      assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
    });
  }
  await t.step({
    name: "Ctrl+C",
    // On Windows a signal that one process sends to another ends it at once.
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using process = new HvpoolProcess([...args, "--rounds", "100"]);
      await until("a machine runs", async () => {
        const { vms } = await simulator.truth();
        return vms.some(({ foreign, power }) => !foreign && power === "running") ? true : undefined;
      }, { detail: () => process.err });
      process.signal("SIGINT");
      const { code, err } = await process.end();
      assert.equal(code, 1, err);
      assert.match(err, /Stopping: everything is removed first/);
      assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
      assert.match(await Deno.readTextFile(scratch.at("report.md")), /interrupted/);
    },
  });
});
