import assert from "node:assert/strict";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { COMMANDS } from "../command_list.ts";
import type { Invocation } from "../invocation.ts";
import { call, recordingOutput, withRunning } from "../testing/called.ts";
import { refuseMisusedOptions } from "./single_values.ts";

Deno.test("an option of one value that is given twice is refused with both, whichever it is", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const twice: [args: string[], says: string][] = [
      [["drain", "--pool", "linux", "--pool", "win"], '--pool is given twice, "linux" and "win"'],
      [["drain", "--pool=linux", "--pool=linux"], '--pool is given twice, "linux" and "linux"'],
      [
        ["pool", "resize", "linux", "3", "--reason", "a", "--reason", "b"],
        '--reason is given twice, "a" and "b"',
      ],
      [["job", "list", "--limit", "3", "--limit", "4"], '--limit is given twice, "3" and "4"'],
      [
        ["job", "list", "--result", "success", "--result", "failure"],
        '--result is given twice, "success" and',
      ],
      [
        ["lease", "acquire", "desks", "--release", "reset", "--release", "destroy"],
        '--release is given twice, "reset" and "destroy"',
      ],
      [["status", "--data-dir", "elsewhere"], '--data-dir is given twice, "elsewhere" and '],
      [["-c", "a.yaml", "run", "--config", "b.yaml"], '--config is given twice, "a.yaml" and "b.yaml"'],
    ];
    for (const [args, says] of twice) {
      const { code, out, err } = await call([...args, "--data-dir", dataDir]);
      assert.deepEqual([code, out], [2, ""], args.join(" "));
      assert.ok(err.startsWith(`error: ${says}`), err);
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("a token that is given twice is in no message", async () => {
  const secret = `hvl_${"a".repeat(43)}`;
  const args = ["lease", "show", "l-1", "--token", secret, "--token", secret];
  const { code, err } = await call(args);
  assert.deepEqual([code, err], [2, "error: --token is given twice, and only one can count. Give it once."]);
});

Deno.test("what may be given again is, and what is said to be empty may be", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const headers = ["--header", "A: 1", "--header", "B: 2"];
    const place = "https://files.example/win11";
    await call(["template", "export", "win11", place, ...headers, "--data-dir", dataDir]);
    const [asked] = operations.templates.asked;
    assert.deepEqual(asked?.what === "export" && asked.request.headers, { A: "1", B: "2" });
    const pool = ["pool", "create", "desks", "--template", "win11", "--switch", "", "--data-dir", dataDir];
    assert.equal((await call(pool)).code, 0);
  });
});

Deno.test("an empty option or argument is refused as bad use, before anything is asked", async () => {
  for (
    const [args, says] of [
      [["drain", "--pool", ""], "--pool is empty."],
      [["drain", "--reason", " "], "--reason"],
      [["vm", "destroy", "linux-1", "--reason", ""], "--reason"],
      [["job", "list", "--vm", ""], "--vm is empty."],
      [["status", "--data-dir", ""], "--data-dir is empty."],
      [["vm", "info", ""], "The argument <name> is empty."],
      [["job", "show", " "], "The argument <name> is empty."],
    ] as const
  ) {
    const { code, out, err } = await call(args);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.ok(err.includes(says), err);
  }
});

/** Options that may be given again: their values are collected. */
const REPEATABLE = ["--header", "--label", "--latency", "--software"];

Deno.test("no option of any command may be given twice, but for those that collect", async () => {
  const invocation: Invocation = {
    output: recordingOutput().output,
    env: () => undefined,
    programs: () => Promise.reject(new Error("programs were loaded")),
    signals: { onStop: () => () => {} },
    shared: () => ({}),
    exit: () => {},
  };
  const program = new Command("hvpool");
  for (const { name, load } of COMMANDS) (await load()).define(program.command(name), invocation);
  refuseMisusedOptions(program);
  const collecting = new Set<string>();
  let tried = 0;
  const tryAll = (command: CommandUnknownOpts, words: string) => {
    for (const option of command.options) {
      if (option.isBoolean() || option.negate) continue;
      tried++;
      // Whatever is given counts as a value here.
      delete option.parseArg;
      const name = option.long ?? option.flags;
      const give = () => command.parseOptions([name, "x"]);
      give();
      if (!REPEATABLE.includes(name)) {
        assert.throws(give, { message: /is given twice/ }, `${words} ${name}`);
        continue;
      }
      give();
      collecting.add(name);
    }
    for (const below of command.commands) tryAll(below, `${words} ${below.name()}`);
  };
  tryAll(program, "hvpool");
  assert.ok(tried > 50, `${tried} options`);
  assert.deepEqual([...collecting].sort(), REPEATABLE);
});
