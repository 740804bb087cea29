import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { allKeyPaths } from "./key_paths.ts";
import { FILE_SCHEMA } from "./schema.ts";
import { formatProblem } from "./file/problem.ts";
import { readConfigFile } from "./file/read.ts";
import { configSchema, entryOf, type JsonSchemaNode } from "./json_schema.ts";
import { loadConfig } from "./load.ts";
import { configReference } from "./reference.ts";

const root = new URL("../../", import.meta.url);
const text = async (path: string): Promise<string> =>
  (await readFile(new URL(path, root), "utf8")).replaceAll("\r\n", "\n");
const REFRESH = "run: deno run -A src/config/write_reference.ts";

Deno.test("docs/configuration.md is what the schema says", async () => {
  assert.equal(await text("docs/configuration.md"), configReference(), REFRESH);
});

Deno.test("docs/config.schema.json is what the schema says", async () => {
  assert.equal(
    await text("docs/config.schema.json"),
    `${JSON.stringify(configSchema(), null, 2)}\n`,
    REFRESH,
  );
});

Deno.test("configReference() has every key", () => {
  const reference = configReference();
  const inner = allKeyPaths().filter((path, _, all) =>
    !all.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[].`))
  );
  assert.ok(inner.length > 70);
  for (const path of inner) assert.ok(reference.includes(`| \`${path}\` `), path);
});

Deno.test("configSchema() describes every key", () => {
  const missing: string[] = [];
  const walk = (node: JsonSchemaNode, at: string): void => {
    for (const [name, inner] of Object.entries(node.properties ?? {})) {
      if (typeof inner.description !== "string" || inner.description === "") missing.push(`${at}${name}`);
      walk(entryOf(inner) ?? inner, `${at}${name}.`);
    }
  };
  const schema = configSchema();
  walk(schema, "");
  assert.deepEqual(missing, []);
  assert.equal(schema.$schema, "http://json-schema.org/draft-07/schema#");
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual(schema.properties?.pools?.items?.required, ["name"]);
  const accounts = entryOf(schema.properties?.guest_accounts ?? {});
  assert.deepEqual(Object.keys(accounts?.properties ?? {}), ["username", "password"]);
  assert.deepEqual(accounts?.required, ["password"]);
});

Deno.test("config.example.yaml validates as it is, on every system", async () => {
  const file = await readConfigFile(fileURLToPath(new URL("config.example.yaml", root)));
  assert.ok("read" in file);
  for (const platform of ["windows", "linux", "macos"] as const) {
    const { problems, warnings } = loadConfig({ ...file.read, platform });
    assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  }
});

Deno.test("config.example.yaml validates with everything in it that is commented out and goes together", async () => {
  const example = await text("config.example.yaml");
  const open = example
    .replaceAll(/^( *)# ((?: *- )?[a-z_]+:(?: .*)?| {2,}.*)$/gm, "$1$2")
    .replaceAll(/^( *)(user|repo|app_private_key|pool_size|name_prefix): .*$/gm, "");
  const { problems } = loadConfig({
    text: open,
    file: "config.example.yaml",
    folder: "C:\\hv",
    platform: "windows",
  });
  assert.deepEqual(problems.map(formatProblem), []);
  assert.match(open, /^pools:$/m);
});

Deno.test("the schema refuses keys that it does not know in every section", () => {
  for (
    const section of [
      "github",
      "runners",
      "hyperv",
      "guest_accounts",
      "monitoring",
      "deadlines",
      "logging",
      "api",
      "journal",
      "debug",
    ]
  ) {
    assert.equal(FILE_SCHEMA.safeParse({ [section]: { nothing_like_it: 1 } }).success, false, section);
  }
});
