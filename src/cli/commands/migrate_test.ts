import assert from "node:assert/strict";
import { call, recordingPrograms } from "../testing/called.ts";

Deno.test("hvpool migrate hands on what it was given, and only --yes as yes", async () => {
  const base = { configFile: "c.yaml", version: "0.1.0" };
  const cases: [string[], object][] = [
    [[], { ...base, mode: "ask", json: false }],
    [["--dry-run"], { ...base, mode: "dry-run", json: false }],
    [["--yes", "--json", "--data-dir", "d"], { ...base, mode: "yes", json: true, dataDir: "d" }],
  ];
  for (const [args, expected] of cases) {
    const { programs, calls } = recordingPrograms();
    const { code } = await call(["migrate", "-c", "c.yaml", ...args], {
      programs: () => Promise.resolve(programs),
    });
    assert.deepEqual([code, calls], [0, [{ runMigrate: expected }]], args.join(" "));
  }
});

Deno.test("hvpool migrate refuses --dry-run with --yes, and loads nothing", async () => {
  const { code, err } = await call(["migrate", "-c", "c.yaml", "--yes", "--dry-run"]);
  assert.equal(code, 2);
  assert.match(err, /--dry-run and --yes do not go together/);
});
