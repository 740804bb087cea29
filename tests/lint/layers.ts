/**
 * The lint plugin behind docs/architecture.md: imports point one way.
 *
 * A layer is a folder of `src/`. Each may import itself and what the table gives it; imports of types alone count
 * as well. Tests (`tests/`, `*_test.ts` and their fixtures) are free, but nothing that is shipped may import them.
 *
 * @module
 */
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Which layers a layer may import, besides itself. An entry with a file name allows that file only. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ports: ["model"],
  screen: ["model"],
  config: ["model"],
  telemetry: ["ports"],
  journal: ["ports", "screen", "model"],
  controller: ["journal", "ports", "screen", "model"],
  api: ["controller", "journal", "ports", "screen", "model"],
  client: ["api/schemas.ts"],
  hyperv: ["ports", "screen", "model"],
  github: ["ports", "screen", "model"],
  simulator: ["ports", "screen", "model"],
  cli: ["client", "config", "app"],
  app: [
    "model",
    "ports",
    "screen",
    "config",
    "telemetry",
    "journal",
    "controller",
    "api",
    "client",
    "hyperv",
    "github",
    "simulator",
    "cli",
  ],
};

/** Modules that only one layer may import: an effect has one owner. */
const OWNERS: Readonly<Record<string, string>> = { "node:sqlite": "journal" };

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Path inside the repository with forward slashes; `..` first when it is outside. */
function inRepository(path: string): string {
  return relative(ROOT, resolve(ROOT, path)).split(sep).join("/");
}

/** `src/journal/schema.ts` is of the layer `journal`; files elsewhere are of none. */
function layerOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function isTest(file: string): boolean {
  return file.startsWith("tests/") || /(^|\/)testing\//.test(file) ||
    /_(test|fixture|test_support)\.ts$/.test(file);
}

/** What is wrong with this import; nothing when it is right. */
function wrongArrow(
  from: string,
  layer: string,
  specifier: string,
): { message: string; hint: string } | undefined {
  const owner = OWNERS[specifier];
  if (owner !== undefined && owner !== layer) {
    return {
      message: `Only src/${owner} may import ${specifier}; this is src/${layer}.`,
      hint: `Ask src/${owner} for what is needed.`,
    };
  }
  if (!specifier.startsWith(".")) return undefined;
  const to = inRepository(resolve(ROOT, dirname(from), specifier));
  if (isTest(to)) {
    return {
      message: `${from} is shipped and may not import ${to}, which belongs to tests.`,
      hint: "Move what both need into a file of its own.",
    };
  }
  const target = layerOf(to);
  if (target === undefined || target === layer) return undefined;
  const allowed = LAYERS[layer] ?? [];
  if (allowed.some((entry) => entry === target || to === `src/${entry}`)) return undefined;
  return {
    message: `src/${layer} may not import ${to}.`,
    hint: allowed.length === 0
      ? `src/${layer} imports nothing but itself.`
      : `src/${layer} may import ${allowed.join(", ")}. The table is in tests/lint/layers.ts.`,
  };
}

/** The value of a string literal; other expressions have none that can be known here. */
function textOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "TSLiteralType") return textOf(node.literal);
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** `layers/arrows`: an import against the table, or a folder of `src/` that the table does not have. */
const arrows: Deno.lint.Rule = {
  create(context) {
    const from = inRepository(context.filename);
    const layer = layerOf(from);
    if (layer === undefined || isTest(from)) return {};
    if (LAYERS[layer] === undefined) {
      return {
        Program(node) {
          context.report({
            node,
            message: `src/${layer} is not in the table of layers.`,
            hint: "Say in tests/lint/layers.ts and docs/architecture.md what it may import.",
          });
        },
      };
    }
    const check = (node: Deno.lint.Node) => {
      const specifier = textOf(node);
      const wrong = specifier === undefined ? undefined : wrongArrow(from, layer, specifier);
      if (wrong !== undefined) context.report({ node, ...wrong });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => {
        if (node.source !== null) check(node.source);
      },
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.argument),
    };
  },
};

const plugin: Deno.lint.Plugin = { name: "layers", rules: { arrows } };
export default plugin;
