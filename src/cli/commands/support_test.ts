import assert from "node:assert/strict";
import { call, recordingPrograms } from "../testing/called.ts";

async function called(...args: string[]) {
  const { programs, calls } = recordingPrograms();
  const { code, err } = await call(["support", "bundle", ...args], {
    programs: () => Promise.resolve(programs),
  });
  const [made] = calls as { runSupport: Record<string, unknown> }[];
  return { code, err, options: made?.runSupport };
}

Deno.test("hvpool support bundle hands on what it was given", async () => {
  const base = {
    configFile: "c.yaml",
    file: "x.zip",
    version: "0.1.0",
    screens: false,
    names: false,
    json: false,
  };
  const cases: [string[], object][] = [
    [["--no-events"], base],
    [["--since", "2026-03-01T10:00:00Z"], { ...base, eventsSince: "2026-03-01T10:00:00.000Z" }],
    [
      ["--no-events", "--screens", "--names", "--json", "--data-dir", "d"],
      { ...base, screens: true, names: true, json: true, dataDir: "d" },
    ],
  ];
  for (const [args, expected] of cases) {
    const { code, options } = await called("-c", "c.yaml", "--output", "x.zip", ...args);
    assert.deepEqual([code, options], [0, expected], args.join(" "));
  }
});

Deno.test("hvpool support bundle takes the events of seven days, and names the file by the time", async () => {
  const before = Date.now();
  const { options } = await called("-c", "c.yaml");
  const since = Date.parse(String(options?.["eventsSince"])) + 7 * 86_400_000;
  assert.ok(since >= before && since <= Date.now());
  assert.match(String(options?.["file"]), /^hvpool-support-\d{8}-\d{6}\.zip$/);
});

Deno.test("hvpool support bundle works without a configuration", async () => {
  const { code, options } = await called("--data-dir", "d", "--output", "x.zip", "--no-events");
  assert.equal(code, 0);
  assert.ok(options !== undefined && !("configFile" in options));
});

Deno.test("hvpool support bundle refuses a time that is none, with exit code 2", async () => {
  const { code, err, options } = await called("--since", "yesterday");
  assert.deepEqual([code, options], [2, undefined]);
  assert.match(err, /--since <time>/);
});
