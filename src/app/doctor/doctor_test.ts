import assert from "node:assert/strict";
import { join } from "node:path";
import { recordingOutput } from "../../cli/testing/called.ts";
import { runDoctor } from "./doctor.ts";

const SIGNALS = { onStop: () => () => {} };

async function withMock(
  run: (options: Omit<Parameters<typeof runDoctor>[0], "output">, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const configFile = join(folder, "config.yaml");
    await Deno.writeTextFile(configFile, "debug:\n  use_mock: true\n");
    const dataDir = join(folder, "data");
    await run({ configFile, dataDir, json: true, version: "0.1.0", signals: SIGNALS }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runDoctor() looks at a mock in this program", async () => {
  await withMock(async (options) => {
    const { output, outLines } = recordingOutput();
    assert.equal(await runDoctor({ ...options, output }), 0);
    assert.equal(outLines.length, 1);
    const answer = JSON.parse(outLines[0] ?? "");
    assert.deepEqual(Object.keys(answer), ["checks"]);
    for (const check of answer.checks) {
      assert.deepEqual(Object.keys(check), ["id", "status", "message", "remedy"]);
      assert.notEqual(check.status, "fail", check.message);
    }
  });
});

Deno.test("runDoctor() finds nothing wrong with agent pools alone, for which there is no account", async () => {
  await withMock(async (options) => {
    const text = ["kind: agent", "size: 2"].map((line) => `    ${line}\n`).join("");
    await Deno.writeTextFile(
      options.configFile,
      `debug:\n  use_mock: true\npools:\n  - name: desktops\n${text}`,
    );
    const { output, outLines } = recordingOutput();
    assert.equal(await runDoctor({ ...options, output }), 0, outLines.join());
    const checks: { id: string; message: string }[] = JSON.parse(outLines[0] ?? "").checks;
    assert.equal(checks.find(({ id }) => id === "app")?.message, "No pool needs it.");
    assert.deepEqual(checks.filter(({ id }) => /^(group|rate|runner|outbound)\b/.test(id)), []);
  });
});

Deno.test("runDoctor() asks only what the wanted checks need", async () => {
  await withMock(async (options) => {
    const { output, outLines } = recordingOutput();
    assert.equal(
      await runDoctor({ ...options, output, json: false, only: ["config", "template:runners"] }),
      0,
    );
    assert.deepEqual(outLines.slice(0, -2).map((line) => line.slice(6).split(" ")[0]), [
      "config",
      "template:runners",
    ]);
  });
});

Deno.test("runDoctor() refuses a live run with a template that it does not know, and makes nothing", async () => {
  await withMock(async (options, folder) => {
    const { output, outLines, errLines } = recordingOutput();
    const live = { rounds: 1, template: "nope", report: join(folder, "report.md") };
    assert.equal(await runDoctor({ ...options, output, live }), 2);
    assert.deepEqual(outLines, []);
    assert.match(errLines.join(), /No pool has the template "nope"/);
    await assert.rejects(Deno.stat(live.report), Deno.errors.NotFound);
  });
});

Deno.test("runDoctor() says that a report could not be written, after everything was removed", async () => {
  await withMock(async (options, folder) => {
    const { output, outLines, errLines } = recordingOutput();
    const signals = {
      onStop(listener: (name: string) => void) {
        // Stopped before the first step: the report is all that is left to do.
        listener("SIGINT");
        return () => {};
      },
    };
    const live = { rounds: 1, report: join(folder, "nowhere", "report.md") };
    assert.equal(await runDoctor({ ...options, output, signals, live }), 1);
    assert.match(errLines.join("\n"), /Cannot write the report to .*nowhere/);
    assert.deepEqual(JSON.parse(outLines[0] ?? "").left, []);
  });
});
