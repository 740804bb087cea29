import { deepEqual, equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import plugin from "./layers.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the plugin says about a file with this source. */
function complaints(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, join(ROOT, file), source).map(({ message }) => message);
}

/** Whether a file of one layer may import this path. */
function mayImport(file: string, path: string): boolean {
  return complaints(file, `import { x } from "${path}"; export const y = x;`).length === 0;
}

const ALLOWED: readonly (readonly [from: string, path: string])[] = [
  ["src/model/plan.ts", "./state.ts"],
  ["src/ports/host.ts", "../model/calls.ts"],
  ["src/config/build/pools.ts", "../../model/settings.ts"],
  ["src/journal/journal.ts", "../model/ids.ts"],
  ["src/journal/journal.ts", "node:sqlite"],
  ["src/controller/loop.ts", "../journal/journal.ts"],
  ["src/controller/loop.ts", "../ports/log.ts"],
  ["src/api/app.ts", "../controller/event_log.ts"],
  ["src/api/app.ts", "../ports/operations.ts"],
  ["src/api/app.ts", "@hono/zod-openapi"],
  ["src/client/client.ts", "../api/schemas.ts"],
  ["src/simulator/host.ts", "../ports/host.ts"],
  ["src/github/forge.ts", "../model/ids.ts"],
  ["src/hyperv/worker.ts", "../../scripts/bridge/vm.ps1"],
  ["src/telemetry/log.ts", "../ports/log.ts"],
  ["src/cli/commands/status.ts", "../../client/mod.ts"],
  ["src/cli/version.ts", "../../deno.json"],
  ["src/cli/run_cli.ts", "../app/programs.ts"],
  ["src/app/world.ts", "../simulator/host.ts"],
  ["src/app/world.ts", "../telemetry/log.ts"],
  ["src/model/plan_test.ts", "../simulator/host.ts"],
  ["src/model/plan_test.ts", "node:sqlite"],
  ["src/api/testing/served.ts", "../../simulator/host.ts"],
  ["tests/sim/plant.ts", "../../src/simulator/host.ts"],
  ["main.ts", "./src/cli/main.ts"],
];

const FORBIDDEN: readonly (readonly [from: string, path: string])[] = [
  ["src/model/plan.ts", "../ports/clock.ts"],
  ["src/model/plan.ts", "../journal/journal.ts"],
  ["src/ports/host.ts", "../controller/loop.ts"],
  ["src/config/load.ts", "../ports/log.ts"],
  ["src/journal/journal.ts", "../controller/loop.ts"],
  ["src/controller/loop.ts", "../api/app.ts"],
  ["src/controller/loop.ts", "../simulator/host.ts"],
  ["src/controller/loop.ts", "../telemetry/log.ts"],
  ["src/controller/loop.ts", "node:sqlite"],
  ["src/app/world.ts", "node:sqlite"],
  ["src/api/app.ts", "../client/client.ts"],
  ["src/api/app.ts", "../github/forge.ts"],
  ["src/client/client.ts", "../api/app.ts"],
  ["src/client/client.ts", "../model/ids.ts"],
  ["src/github/forge.ts", "../simulator/forge.ts"],
  ["src/simulator/host.ts", "../hyperv/worker.ts"],
  ["src/hyperv/worker.ts", "../github/forge.ts"],
  ["src/simulator/host.ts", "../controller/loop.ts"],
  ["src/telemetry/log.ts", "../model/ids.ts"],
  ["src/cli/run_cli.ts", "../telemetry/log.ts"],
  ["src/cli/run_cli.ts", "../controller/loop.ts"],
  ["src/cli/commands/run.ts", "../../journal/journal.ts"],
  ["src/model/plan.ts", "./plan_test.ts"],
  ["src/journal/journal.ts", "./journal_fixture.ts"],
  ["src/api/app.ts", "./testing/served.ts"],
  ["src/app/world.ts", "../../tests/sim/plant.ts"],
];

for (const [from, path] of ALLOWED) {
  Deno.test(`layers let ${from} import ${path}`, () => equal(mayImport(from, path), true));
}

for (const [from, path] of FORBIDDEN) {
  Deno.test(`layers keep ${from} from importing ${path}`, () => equal(mayImport(from, path), false));
}

Deno.test("layers see every form of an import", () => {
  const target = `"../simulator/host.ts"`;
  const forms = [
    `import ${target};`,
    `import type { A } from ${target}; export type B = A;`,
    `import { type A } from ${target}; export type B = A;`,
    `export * from ${target};`,
    `export { a } from ${target};`,
    `export type { A } from ${target};`,
    `export const a = await import(${target});`,
    `export type A = typeof import(${target});`,
    `export type A = import(${target}).A;`,
  ];
  const missed = forms.filter((form) => complaints("src/controller/loop.ts", form).length !== 1);
  deepEqual(missed, []);
});

Deno.test("layers let an export without a source alone", () => {
  deepEqual(complaints("src/model/ids.ts", `const a = "../simulator/host.ts"; export { a };`), []);
});

Deno.test("layers do not know a new folder of src/ before the table has it", () => {
  match(complaints("src/helpers/x.ts", "export const x = 1;").join(), /src\/helpers is not in the table/);
});

Deno.test("layers say what a file may import instead", () => {
  const [complaint] = Deno.lint.runPlugin(
    plugin,
    join(ROOT, "src/ports/host.ts"),
    `export * from "../app/world.ts";`,
  );
  equal(complaint?.message, "src/ports may not import src/app/world.ts.");
  equal(complaint?.hint, "src/ports may import model. The table is in tests/lint/layers.ts.");
});
