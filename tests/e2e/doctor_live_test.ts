import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { doctorAnswer, liveAnswer } from "./support/doctor_answers.ts";
import { present } from "./support/leftovers.ts";
import { hvpool, HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

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
  const { code, out, err } = await hvpool([
    "doctor",
    "--live",
    "--rounds",
    "1",
    "--template",
    "default",
    ...args,
  ]);
  const { checks, steps, left } = liveAnswer.parse(JSON.parse(out));
  assert.deepEqual(checks.filter(({ status }) => status !== "ok"), []);
  assert.equal(code, 0, err);
  const went = steps.filter(({ runs }) => runs === 1).map(({ step }) => step);
  for (
    const step of ["guest: boot", "guest: address", "guest: outbound", "guest: goes on", "display.mouse"]
  ) {
    assert.ok(went.includes(step), `${step}: ${out}`);
  }
  assert.deepEqual(left, []);
  assert.deepEqual(present(await simulator.truth()), { vms: [], disks: [], runners: [] });
});

Deno.test("doctor names what a killed doctor --live left, and the next one removes that and nothing else", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 20 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen));
  const args = ["-c", file, "--data-dir", scratch.at("data")];
  const live = ["doctor", "--live", ...args, "--report", scratch.at("report.md")];
  const theirs = "hvpool-doctor-0badf00d";
  await simulator.host({ do: "addVm", name: theirs });
  const machines = async () => {
    const { vms } = await simulator.truth();
    return vms.filter(({ name, removedAt }) => removedAt === null && name.startsWith("hvpool-doctor-"));
  };
  let left = "";
  {
    await using process = new HvpoolProcess([...live, "--rounds", "100"]);
    left = await until("a machine runs", async () => {
      const found = (await machines()).find(({ name, power }) => name !== theirs && power === "running");
      return found?.name;
    }, { detail: () => process.err });
    await process.kill();
  }
  const leftovers = async () => {
    const { out } = await hvpool(["doctor", "--json", "--only", "leftovers", ...args]);
    const [found] = doctorAnswer.parse(JSON.parse(out)).checks;
    return `${found?.status} ${found?.message} ${found?.remedy}`;
  };
  const before = await leftovers();
  assert.match(before, new RegExp(`^warn An earlier hvpool doctor left the VM ${left} .* in the folder `));
  assert.match(before, new RegExp(`the VM ${theirs} .*by hand`));
  const { code, err } = await hvpool([...live, "--rounds", "1"]);
  assert.equal(code, 0, err);
  assert.match(err, new RegExp(`Removed what an earlier run left: the VM ${left} `));
  assert.deepEqual((await machines()).map(({ name }) => name), [theirs]);
  const after = await leftovers();
  assert.match(after, new RegExp(`^warn the VM ${theirs} `));
  assert.doesNotMatch(after, new RegExp(left));
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
