import { deepEqual, equal, match, throws } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countJunit } from "./junit.ts";

const WRAPPER = fileURLToPath(new URL("./run.ts", import.meta.url));

const PASSES = `Deno.test("passes", () => {});`;
const FAILS =
  `Deno.test('says tests="9" failures="0" <testsuite >', () => { throw new Error('tests="7" <x>'); });`;
const IGNORED = `Deno.test({ name: "ignored", ignore: true, fn() {} });`;
const STEPS = `Deno.test("steps", async (t) => { await t.step("one", () => {}); });`;
const THROWS_AT_LOAD = `throw new Error("no database");`;
const TYPE_ERROR = `const n: number = "text"; Deno.test("typed", () => { void n; });`;

/** Runs the wrapper over these files in a folder of their own. */
async function runOver(
  files: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ code: number; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-lock",
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-run",
        WRAPPER,
        ...args,
      ],
      cwd: folder,
      stderr: "null",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function verdict(
  files: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<[string, number]> {
  const { code, lines } = await runOver(files, ...args);
  return [lines.at(-1) ?? "", code];
}

Deno.test("the test run ends with what passed", async () => {
  deepEqual(await verdict({ "deno.json": "{}", "a_test.ts": PASSES }), ["1 passed, 0 failed", 0]);
});

Deno.test("the test run counts steps as tests, and ignored ones as skipped", async () => {
  const files = { "deno.json": "{}", "a_test.ts": STEPS + IGNORED, "b_test.ts": PASSES };
  deepEqual(await verdict(files), ["3 passed, 0 failed, 1 skipped", 0]);
});

Deno.test("the test run fails with a failing test, whatever its name and message look like", async () => {
  deepEqual(await verdict({ "deno.json": "{}", "a_test.ts": PASSES + FAILS }), ["1 passed, 1 failed", 1]);
});

Deno.test("the test run counts a file that throws while it is loaded", async () => {
  const files = { "deno.json": "{}", "a_test.ts": PASSES, "b_test.ts": THROWS_AT_LOAD };
  deepEqual(await verdict(files), ["1 passed, 1 failed", 1]);
});

Deno.test("the test run counts files that throw beside tests that fail", async () => {
  const files = {
    "deno.json": "{}",
    "a_test.ts": PASSES + FAILS,
    "b_test.ts": THROWS_AT_LOAD,
    "c_test.ts": THROWS_AT_LOAD,
  };
  deepEqual(await verdict(files), ["1 passed, 3 failed", 1]);
});

Deno.test("the test run counts a file that cannot be parsed or found as one failure", async () => {
  const { code, lines } = await runOver({ "deno.json": "{}", "a_test.ts": PASSES, "b_test.ts": "const = ;" });
  equal(code, 1);
  equal(lines.at(-1), "0 passed, 1 failed");
  match(lines.at(-2) ?? "", /no report of this run/);
  deepEqual(await verdict({ "deno.json": "{}", "a_test.ts": PASSES }, "missing"), ["0 passed, 1 failed", 1]);
});

Deno.test("the test run leaves types alone unless it is asked with --check", async () => {
  const files = { "deno.json": "{}", "a_test.ts": TYPE_ERROR };
  deepEqual(await verdict(files), ["1 passed, 0 failed", 0]);
  deepEqual(await verdict(files, "--check"), ["0 passed, 1 failed", 1]);
});

Deno.test("the test run hands its arguments on", async () => {
  const files = { "deno.json": "{}", "a_test.ts": PASSES, "b_test.ts": FAILS };
  deepEqual(await verdict(files, "a_test.ts"), ["1 passed, 0 failed", 0]);
});

Deno.test("the test run does not believe a report of an earlier run", async () => {
  const old = `<testsuites tests="5" failures="0" errors="0">
    <testsuite tests="5" disabled="0" errors="0" failures="0"></testsuite></testsuites>`;
  deepEqual(countJunit(old), { passed: 5, failed: 0, skipped: 0 });
  const files = { "deno.json": "{}", "a_test.ts": "const = ;", "junit.xml": old };
  deepEqual(await verdict(files, "--junit-path=junit.xml"), ["0 passed, 1 failed", 1]);
});

Deno.test("countJunit() refuses a report that is cut off or does not add up", () => {
  const cut =
    `<testsuites tests="1" failures="0" errors="0"><testsuite tests="1" disabled="0" errors="0" failures="0">`;
  throws(() => countJunit(cut), /cut off/);
  throws(() => countJunit(""), /not a report/);
  throws(() => countJunit(`<testsuites tests="2" failures="0" errors="0"></testsuites>`), /add up/);
  throws(
    () => countJunit(`<testsuites tests="" failures="0" errors="0"></testsuites>`),
    /no number of tests/,
  );
});
