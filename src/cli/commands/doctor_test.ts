import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, inFolder, recordingPrograms } from "../testing/called.ts";

async function called(...args: string[]) {
  const { programs, calls } = recordingPrograms();
  const { code, err } = await call(["doctor", "-c", "c.yaml", ...args], {
    programs: () => Promise.resolve(programs),
  });
  return { code, err, calls };
}

Deno.test("hvpool doctor hands on what it was given", async () => {
  const base = { configFile: "c.yaml", version: "0.1.0" };
  const cases: [string[], object][] = [
    [[], { ...base, json: false }],
    [["--json", "--data-dir", "d"], { ...base, json: true, dataDir: "d" }],
    [["--only", "memory, template:ci,"], { ...base, json: false, only: ["memory", "template:ci"] }],
    [["--live"], { ...base, json: false, live: { rounds: 3, report: "doctor-report.md" } }],
    [
      ["--live", "--template", "win", "--rounds", "7", "--report", "r.md", "--json"],
      { ...base, json: true, live: { rounds: 7, report: "r.md", template: "win" } },
    ],
  ];
  for (const [args, expected] of cases) {
    const { code, calls } = await called(...args);
    assert.deepEqual([code, calls], [0, [{ runDoctor: expected }]], args.join(" "));
  }
});

Deno.test("hvpool doctor refuses options that do not go together, with exit code 2", async () => {
  for (
    const [args, says] of [
      [["--template", "win"], /go with --live/],
      [["--rounds", "3"], /go with --live/],
      [["--report", "x.md"], /go with --live/],
      [["--only", " ,"], /Name at least one check/],
      [["--live", "--only", "memory"], /--only does not go with --live/],
      [["--live", "--rounds", "0"], /from 1 to 100/],
    ] as const
  ) {
    const { code, err, calls } = await called(...args);
    assert.deepEqual([code, calls], [2, []], args.join(" "));
    assert.match(err, says);
  }
});

Deno.test("hvpool doctor names the checks there are when --only names another, and asks nobody", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, "debug:\n  use_mock: true\n");
    const { programs } = await import("../../app/programs.ts");
    const { code, out, err } = await call(["doctor", "-c", file, "--only", "memory,memmory"], {
      programs: () => Promise.resolve(programs),
    });
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /There is no check memmory\. There are: config, secrets, platform, /);
  });
});
