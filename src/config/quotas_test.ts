import assert from "node:assert/strict";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

const DESKS = `templates: [{name: win11, path: 'C:\\t\\win11.vhdx'}]
pools: [{name: desks, kind: agent, template: win11}]
`;

function load(text: string): LoadedConfig {
  return loadConfig({
    text: `${DESKS}${text}`,
    file: "config.yaml",
    folder: "C:\\hvpool",
    platform: "windows",
  });
}

Deno.test("loadConfig() takes quotas in their order, and a reserve of memory", () => {
  const { config, problems } = load(`quotas:
  - {holder: ci-42, leases: 9}
  - {holder: ci-*, leases: 2, memory_mb: 16384, queued: 20}
  - {holder: nightly}
  - {holder: '*', leases: 0}
hyperv: {memory_reserve_percent: 30}
`);
  assert.deepEqual(problems.map(formatProblem), []);
  assert.deepEqual(config?.settings.quotas, [
    { holder: "ci-42", leases: 9 },
    { holder: "ci-*", leases: 2, memoryMb: 16384, queued: 20 },
    { holder: "nightly" },
    { holder: "*", leases: 0 },
  ]);
  assert.equal(config?.settings.reservePercent, 30);
});

Deno.test("loadConfig() leaves out what is not written, and shows it", () => {
  const { config } = load("quotas: [{holder: ann, queued: 3}]\n");
  assert.ok(config !== undefined && !("reservePercent" in config.settings));
  const shown = config.effective.filter(({ path }) => /^quotas|reserve/.test(path));
  assert.deepEqual(shown.map(({ path, value, origin }) => [path, value, origin.kind]), [
    ["hyperv.memory_reserve_percent", 20, "default"],
    ["quotas[0].holder", "ann", "file"],
    ["quotas[0].leases", null, "default"],
    ["quotas[0].memory_mb", null, "default"],
    ["quotas[0].queued", 3, "file"],
  ]);
  const without = load("").config;
  assert.ok(without !== undefined && !("quotas" in without.settings));
});

const BAD = [
  [
    "two of one holder",
    "[{holder: ann}, {holder: ann}]",
    "quotas[1].holder",
    "3:34",
    /a quota of "ann" already, on line 3.*Remove one of the two/,
  ],
  [
    "two of everybody",
    "[{holder: '*'}, {holder: '*'}]",
    "quotas[1].holder",
    "3:34",
    /a quota of "\*" already/,
  ],
  [
    "one after everybody",
    "[{holder: '*'}, {holder: ann}]",
    "quotas[1].holder",
    "3:34",
    /never counts: "\*" on line 3 comes first.*Write it above/,
  ],
  [
    "one after its beginning",
    "[{holder: ci-*}, {holder: ci-1}]",
    "quotas[1].holder",
    "3:35",
    /never counts: "ci-\*"/,
  ],
  [
    "a beginning after a shorter one",
    "[{holder: c*}, {holder: ci-*}]",
    "quotas[1].holder",
    "3:33",
    /never counts: "c\*"/,
  ],
  ["no holder", "[{leases: 1}]", "quotas[0].holder", "3:10", /is missing.*a holder's name, or \*/],
  ["a star in the middle", "[{holder: 'a*b'}]", "quotas[0].holder", "3:19", /"a\*b" holds \* before its end/],
  ["two stars", "[{holder: 'a**'}]", "quotas[0].holder", "3:19", /holds \* before its end/],
  [
    "a long name",
    `[{holder: ${"a".repeat(201)}}]`,
    "quotas[0].holder",
    "3:19",
    /is longer than a holder's name/,
  ],
  ["less than no machine", "[{holder: a, leases: -1}]", "quotas[0].leases", "3:30", /must be 0 or more/],
  ["no memory", "[{holder: a, memory_mb: 0}]", "quotas[0].memory_mb", "3:33", /must be 512 or more/],
  ["no place in the queue", "[{holder: a, queued: 0}]", "quotas[0].queued", "3:30", /must be 1 or more/],
  ["an unknown limit", "[{holder: a, cpus: 3}]", "quotas[0].cpus", "3:22", /unknown|no such|not a key/i],
] as const; // deno-fmt-ignore

for (const [name, quotas, path, at, says] of BAD) {
  Deno.test(`loadConfig() refuses quotas with ${name}`, () => {
    const { config, problems } = load(`quotas: ${quotas}\n`);
    assert.equal(config, undefined);
    const [problem, ...more] = problems;
    assert.deepEqual([problem?.path, `${problem?.line}:${problem?.column}`, more], [path, at, []]);
    assert.match(problem === undefined ? "" : formatProblem(problem), says);
  });
}

Deno.test("a longer beginning before a shorter one counts for itself", () => {
  assert.deepEqual(
    load("quotas: [{holder: ci-*}, {holder: c*}, {holder: c}, {holder: '*'}]\n").problems.length,
    1,
  );
  assert.deepEqual(load("quotas: [{holder: ci-*}, {holder: ci}, {holder: '*'}]\n").problems, []);
});

Deno.test("loadConfig() refuses a reserve that leaves nothing", () => {
  const { problems } = load("hyperv: {memory_reserve_percent: 96}\n");
  assert.deepEqual(problems.map(({ path }) => path), ["hyperv.memory_reserve_percent"]);
});
