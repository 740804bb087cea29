import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "./command_list.ts";
import { call, inFolder, recordingOutput, recordingPrograms } from "./testing/called.ts";

Deno.test("hvpool alone shows its commands and examples", async () => {
  const { code, out, err } = await call([]);
  assert.equal(code, 0);
  assert.equal(err, "");
  for (const { name, summary } of COMMANDS) assert.match(out, new RegExp(`^ {2}${name} +${summary}$`, "m"));
  assert.match(out, /^Examples:\n {2}hvpool dev /m);
  assert.match(out, /Exit codes: 0 ok, 1 failed, 2 bad use or configuration, 3 not reachable, 124 timed out/);
});

for (const { name } of COMMANDS) {
  Deno.test(`hvpool ${name} --help shows options and examples, and so does hvpool help ${name}`, async () => {
    const asked = await call([name, "--help"]);
    assert.equal(asked.code, 0);
    assert.match(asked.out, new RegExp(`^Usage: hvpool ${name} `));
    assert.match(asked.out, new RegExp(`^Examples:\n {2}hvpool ${name}`, "m"));
    assert.match(asked.out, /--config <file>/);
    assert.deepEqual(await call(["help", name]), asked);
  });
}

for (const name of ["validate", "show", "schema"]) {
  Deno.test(`hvpool config ${name} --help has examples`, async () => {
    assert.match(
      (await call(["config", name, "--help"])).out,
      new RegExp(`Examples:\n {2}hvpool config ${name}`),
    );
  });
}

Deno.test("a misspelt command or option is bad use, with a suggestion", async () => {
  const command = await call(["statsu"]);
  assert.equal(command.code, 2);
  assert.match(command.err, /unknown command 'statsu'\n\(Did you mean status\?\)/);
  const option = await call(["events", "--folow"]);
  assert.equal(option.code, 2);
  assert.match(option.err, /unknown option '--folow'\n\(Did you mean --follow\?\)/);
});

Deno.test("wrong values and superfluous words are bad use, and say what was expected", async () => {
  const cases: [string[], RegExp][] = [
    [["events", "--since", "yesterday"], /--since.*2026-03-01T10:00:00Z/],
    [["events", "--limit", "0"], /--limit.*whole number from 1/],
    [["stop", "--timeout", "5"], /--timeout.*60s/],
    [["dev", "--for", "long"], /--for.*60s/],
    [["simulator", "--listen", "0.0.0.0:7500"], /--listen.*other machines/],
    [["simulator", "--seed", "-1"], /--seed/],
    [["simulator", "--speed", "0"], /--speed.*above 0/],
    [["simulator", "--latency", "vm.create"], /--latency.*vm\.create=500/],
    [["version", "please"], /too many arguments/],
    [["config", "chek"], /unknown command/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await call(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, message);
  }
});

Deno.test("hvpool -c FILE alone means run", async () => {
  for (
    const args of [["-c", "x.yaml"], ["--config=x.yaml"], ["--data-dir", "d", "-c", "x.yaml"], [
      "run",
      "-c",
      "x.yaml",
    ]]
  ) {
    const { programs, calls } = recordingPrograms();
    assert.equal((await call(args, { programs: () => Promise.resolve(programs) })).code, 0);
    const dataDir = args.includes("d") ? { dataDir: "d" } : {};
    assert.deepEqual(
      calls,
      [{ runDaemon: { configFile: "x.yaml", ...dataDir, version: "0.1.0" } }],
      args.join(" "),
    );
  }
});

Deno.test("hvpool --data-dir DIR alone is bad use", async () => {
  assert.equal((await call(["--data-dir", "d"])).code, 2);
});

Deno.test("a command ends with the exit code of its program", async () => {
  const { programs } = recordingPrograms({ runDaemon: () => Promise.resolve(2) });
  assert.equal((await call(["run", "-c", "x.yaml"], { programs: () => Promise.resolve(programs) })).code, 2);
});

Deno.test("hvpool run without a configuration is bad use", async () => {
  const { code, err } = await call(["run"]);
  assert.equal(code, 2);
  assert.match(err, /no config\.yaml.*--config.*hvpool dev/);
});

Deno.test("hvpool simulator and dev hand on their options", async () => {
  const { programs, calls } = recordingPrograms();
  const context = { programs: () => Promise.resolve(programs) };
  const latencies = ["--latency", "vm.create=500", "--latency", "vm.start=2s"];
  await call(
    ["simulator", "--listen", "localhost:7500", "--seed", "7", "--speed", "2.5", ...latencies],
    context,
  );
  await call(["simulator"], context);
  await call(["dev", "--for", "60s", "--json"], context);
  await call(["dev"], context);
  assert.deepEqual(calls, [
    {
      runSimulator: {
        listen: { host: "127.0.0.1", port: 7500 },
        seed: 7,
        speed: 2.5,
        latencies: { "vm.create": 500, "vm.start": 2000 },
      },
    },
    { runSimulator: { listen: { host: "127.0.0.1", port: 0 }, latencies: {} } },
    { runDev: { forMs: 60_000, json: true, version: "0.1.0" } },
    { runDev: { json: false, version: "0.1.0" } },
  ]);
});

Deno.test("hvpool version says which it is, for people and programs", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.match((await call(["version"])).out, new RegExp(`^hvpool ${version} \\(deno `));
  assert.equal(JSON.parse((await call(["version", "--json"])).out).version, version);
  assert.deepEqual(await call(["--version"]), { code: 0, out: version, err: "" });
});

Deno.test("a reader that went away is no error", async () => {
  const { output } = recordingOutput(() => {
    throw new Deno.errors.BrokenPipe();
  });
  assert.equal((await call(["version"], { output })).code, 0);
  assert.equal((await call(["--help"], { output })).code, 0);
});

const CONFIG = `github:
  app_id: 1
  app_private_key_path: key.pem
  org: acme
runners:
  pool_size: 3
`;

Deno.test("hvpool config validate says how much a valid configuration asks for", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, CONFIG);
    const expected = { code: 0, out: `${file} is valid: 1 pool, 3 machines` };
    for (const args of [["validate", file], ["validate", "-c", file]]) {
      const { code, out } = await call(["config", ...args]);
      assert.deepEqual({ code, out }, expected);
    }
    const json = await call(["config", "validate", file, "--json"]);
    assert.deepEqual(JSON.parse(json.out).valid, true);
    assert.deepEqual(JSON.parse(json.out).problems, []);
  });
});

Deno.test("hvpool config validate says all that is wrong, and where, with exit code 2", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, CONFIG.replace("pool_size: 3", "pool_size: -3\n  labls: [a]"));
    const { code, out, err } = await call(["config", "validate", file]);
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, /config\.yaml:6:\d+: runners\.pool_size:/);
    assert.match(err, /config\.yaml:7:\d+: .*labls.*Did you mean .*labels/);
    const json = await call(["config", "validate", file, "--json"]);
    assert.equal(json.code, 2);
    const { valid, problems } = JSON.parse(json.out);
    assert.deepEqual([valid, problems.length, problems[0].line], [false, 2, 6]);
    assert.equal((await call(["config", "show", file])).code, 2);
    assert.equal((await call(["config", "validate", join(folder, "none.yaml")])).code, 2);
  });
});

Deno.test("hvpool config show names the data directory of the command line", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, CONFIG);
    const { code, out } = await call(["config", "show", file, "--data-dir", "/else/where"]);
    assert.equal(code, 0);
    assert.match(out, /^data_dir +\/else\/where/m);
    assert.ok(Array.isArray(JSON.parse((await call(["config", "show", file, "--json"])).out).values));
  });
});

Deno.test("hvpool config schema prints a JSON schema", async () => {
  const { code, out } = await call(["config", "schema"]);
  assert.equal(code, 0);
  assert.ok(JSON.parse(out).properties.github);
});
