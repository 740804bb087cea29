import assert from "node:assert/strict";
import { configuration, SHORT_TIMES } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

const SEED_IMAGE = "C:\\images\\windows-no-loader.vhdx";
const STORAGE = "C:\\hvpool\\vms";
const PASSWORD = "hunter-2-secret";

function written(simulator: SimulatorProcess, sections: Readonly<Record<string, unknown>> = {}): string {
  return configuration(simulator.listen, {
    hyperv: { storage_path: STORAGE, vm_password: PASSWORD },
    runners: {},
    pools: [{ name: "ci", template: "ready", size: 2, name_prefix: "ci-" }],
    ...sections,
  });
}

/** Disks of the store that are there, without what is being copied. */
async function kept(simulator: SimulatorProcess): Promise<string[]> {
  const { disks } = await simulator.truth();
  return disks.filter(({ path, removedAt }) => removedAt === null && /\\templates\\/i.test(path))
    .map(({ path }) => path);
}

Deno.test("an image without the loader is prepared, its pool runs jobs, and the template goes from host to host", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 31, speed: 40 });
  const file = await scratch.write("config.yaml", written(simulator));
  const dataDir = scratch.at("data");
  await using controller = new ControllerProcess(file, dataDir);
  const template = async (...args: string[]) => await hvpool(["template", ...args, "--data-dir", dataDir]);

  await t.step("its pool waits for the template, and says how to get it", async () => {
    await controller.untilStatus("the pool says why", ({ pools: [pool] }) => {
      return /"ready" is neither in templates: nor registered.*hvpool template register ready/.test(
        pool?.why ?? "",
      );
    });
  });

  await t.step("hvpool template prepare makes it and waits for it", async () => {
    const { code, err } = await template("prepare", "ready", "--from", SEED_IMAGE, "--runner", "latest");
    assert.equal(code, 0, err);
    const shown = JSON.parse((await template("show", "ready", "--json")).out);
    assert.deepEqual(
      [shown.origin, shown.version, shown.runner, shown.preparing, shown.failed],
      ["registered", 1, "2.336.0", null, null],
    );
    assert.ok(shown.path.startsWith(`${STORAGE}\\`), shown.path);
  });

  await t.step("its pool is full and runs jobs without PowerShell Direct", async () => {
    await controller.untilFull();
    const { operations } = await simulator.truth();
    const last = Math.max(...operations.map(({ seq }) => seq));
    await simulator.jobs({ count: 4, durationMs: 300 });
    const truth = await until("the jobs are done", async () => {
      const now = await simulator.truth(last);
      return now.jobs.every(({ state }) => state === "done") ? now : undefined;
    });
    assert.equal(truth.operations.filter(({ call }) => call.startsWith("guest.")).length, 0);
    assert.equal((await controller.status()).pools[0]?.image.runner, "2.336.0");
    assert.ok(!JSON.stringify(await simulator.truth()).includes(PASSWORD), "the password is in the log");
  });

  await t.step("the machine on which it was prepared is gone with its directory", async () => {
    await until("nothing is left of it", async () => {
      const { vms, disks } = await simulator.truth();
      const machines = vms.filter(({ name, removedAt }) => name === "hvpool-prepare1" && removedAt === null);
      const files = disks.filter(({ path, removedAt }) => removedAt === null && /\\prepare-1\./.test(path));
      return machines.length + files.length === 0 ? true : undefined;
    });
  });

  await t.step("it is checked, exported, and imported under another name", async () => {
    const verified = await template("verify", "ready", "--json");
    assert.equal(verified.code, 0, verified.out + verified.err);
    const { checks } = JSON.parse(verified.out);
    assert.ok(checks.length >= 5 && checks.every(({ status }: { status: string }) => status !== "fail"));
    const place = "C:\\share\\ready";
    assert.equal((await template("export", "ready", place)).code, 0);
    const imported = await template("import", "copy", place);
    assert.equal(imported.code, 0, imported.err);
    const list = JSON.parse((await template("list", "--json")).out).templates;
    assert.deepEqual(list.map(({ name }: { name: string }) => name).sort(), ["copy", "ready"]);
    const copy = list.find(({ name }: { name: string }) => name === "copy");
    assert.deepEqual([copy.runner, copy.users], ["2.336.0", []]);
  });

  await t.step("one in use is not deleted, and says by whom; another one is, with its disk", async () => {
    const refused = await template("delete", "ready");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /pool ci/);
    assert.equal((await kept(simulator)).length, 2);
    assert.equal((await template("delete", "copy")).code, 0);
    await until("its disk is gone", async () => (await kept(simulator)).length === 1 ? true : undefined);
  });
  assert.equal((await controller.stop()).code, 0);
});

Deno.test("a preparation goes on after every death of the controller", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 32, speed: 8 });
  const file = await scratch.write("config.yaml", written(simulator));
  const dataDir = scratch.at("data");
  let deaths = 0;
  const seen = new Set<string>();
  const asked = new ControllerProcess(file, dataDir);
  try {
    await asked.untilStatus("it runs", () => true);
    const { code, err } = await hvpool(
      [
        "template",
        "prepare",
        "ready",
        "--from",
        SEED_IMAGE,
        "--runner",
        "latest",
        "--no-wait",
        "--data-dir",
        dataDir,
      ],
    );
    assert.equal(code, 0, err);
  } finally {
    await asked.process.kill();
  }
  // Dies at each step that it is seen to begin, once.
  for (;;) {
    const controller = new ControllerProcess(file, dataDir);
    try {
      await controller.untilStatus("it runs", () => true);
      const step = await until("another step, or the end", async () => {
        const events = await controller.events();
        if (events.some(({ type }) => type === "template.registered")) return "registered";
        return events.filter(({ type, stream }) =>
          type === "op.opened" && stream.startsWith("cycle/prepare/")
        )
          .map(({ data }) => String(data["call"])).find((call) => !seen.has(call));
      });
      if (step === "registered") break;
      seen.add(step);
      deaths++;
    } finally {
      await controller.process.kill();
    }
  }
  assert.ok(deaths >= 4, `it died only ${deaths} times: ${[...seen].join(", ")}`);
  await using controller = new ControllerProcess(file, dataDir);
  await controller.untilFull(120);
  await simulator.jobs({ count: 2, durationMs: 300 });
  await until("the jobs are done", async () => {
    const { jobs } = await simulator.truth();
    return jobs.every(({ state }) => state === "done") ? true : undefined;
  });
  assert.equal((await kept(simulator)).length, 1);
});

Deno.test("a newer runner comes into a pool's image by itself, one machine first", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 33, speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, {
      hyperv: {
        template_path: "C:\\images\\windows.vhdx",
        storage_path: STORAGE,
        loader: true,
        vm_password: PASSWORD,
      },
      runners: { pool_size: 2, version: "auto" },
      deadlines: { ...SHORT_TIMES, poll_checks_seconds: 0.5, poll_releases_seconds: 0.5 },
    }),
  );
  await using controller = new ControllerProcess(file, scratch.at("data"));
  const onVersion = async (version: string) => {
    const jobs = setInterval(() => void simulator.jobs({ count: 1, durationMs: 200 }), 1_000);
    try {
      await controller.untilStatus(`all are on ${version}`, ({ pools: [pool] }) => {
        return pool?.image.runner === version && pool.rollout === null;
      }, 120);
    } finally {
      clearInterval(jobs);
    }
  };
  await onVersion("2.336.0");
  await controller.untilFull();
  const released = await fetch(`${simulator.listen}/runner-release`, {
    method: "POST",
    body: JSON.stringify({ version: "2.340.0" }),
  });
  assert.ok(released.ok, await released.text());
  await onVersion("2.340.0");
  const types = async (type: string) => {
    const { out } = await hvpool(["events", "--type", type, "--json", "--data-dir", controller.dataDir]);
    return out.trim().split("\n").filter((line) => line !== "").length;
  };
  assert.equal(await types("template.refreshed"), 2);
  assert.ok(await types("rollout.finished") >= 1, "nobody tried it first");
  await until("only the present image is kept", async () => {
    const disks = await kept(simulator);
    // The link of the file at the template's path, and what was prepared from it last.
    return disks.length <= 2 ? true : undefined;
  });
});
