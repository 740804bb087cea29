/** The configuration reference in Markdown: every key with its type, default and meaning, from the schema itself. */
import { DEFAULT_TIMES } from "../model/settings.ts";
import { DEFAULT_LABELS, PLATFORM_DEFAULTS } from "./defaults.ts";
import { ANY_NAME, SECRET_KEYS } from "./key_paths.ts";
import { configSchema, entryOf, type JsonSchemaNode } from "./json_schema.ts";
import { RECOVERY_FORMULA, recoveryBound } from "./recovery.ts";
import { RENAMED_KEYS } from "./schema.ts";
import { seedVariableRows } from "./seed_variables.ts";

/** Width that `deno fmt` wraps prose at, from `deno.json`. */
const LINE_WIDTH = 110;

/** The whole text of `docs/configuration.md`. */
export function configReference(): string {
  const schema = configSchema();
  const { longestPhaseMs, longestBackoffMs, cycleMs, totalMs } = recoveryBound(DEFAULT_TIMES);
  const blocks = [
    "# Configuration",
    prose(
      "One YAML file, `config.yaml`, says everything. `hvpool config validate` checks it without opening another",
      "file or reading a variable, on any system; `hvpool config show` prints what it comes to and where each value is",
      "from. This page is generated from the schema that the program checks with.",
    ),
    list([
      "`config.example.yaml` is a file to start from; `docs/config.schema.json` helps editors to complete keys.",
      "Unknown keys, wrong types and impossible combinations are errors with file, line and column, all at once.",
      "Relative paths start from the configuration file's folder.",
      "Put Windows paths into single quotes or none: in double quotes a backslash begins an escape.",
      "A key that is left empty counts as not written.",
      "The file is UTF-8, with or without a byte-order mark.",
    ]),
    "## Sections",
    table(
      ["section", "what it is for"],
      Object.entries(schema.properties ?? {}).map(([name, node]) => [
        code(name),
        node.description ?? "",
      ]),
    ),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, node]) => sectionBlocks(name, node)),
    "## Defaults that differ by system",
    table(
      ["key", "Windows", "Linux", "macOS"],
      PLATFORM_DEFAULTS.map(({ key, on }) => [code(key), code(on.windows), code(on.linux), code(on.macos)]),
    ),
    prose(
      "Paths below `hyperv:` and `templates:` are the Hyper-V host's and always Windows paths. Where the configuration",
      "file lies on a system without drives, relative ones start from `C:\\hvpool`, so that the file can be checked there.",
    ),
    "## Secrets",
    prose(
      `${SECRET_KEYS.slice(0, -1).map(code).join(", ")} and ${
        code(SECRET_KEYS.at(-1) ?? "")
      } take \`env:NAME\`, the value of an environment variable, or`,
      "`file:PATH`, the text of a file. They are fetched when hvpool starts, before anything is made. A password may be",
      "written plainly, which is answered with a warning; a private key may not. No secret is ever shown or recorded.",
    ),
    prose(
      "The whole address of a proxy, or of where something is told, can be such a secret. Guests get a proxy only where",
      "its address is written, and without user name and password: their environment is kept in the journal.",
    ),
    "## Labels, groups and names",
    list([
      `Runners have the labels ${DEFAULT_LABELS.map(code).join(", ")} and then those of \`labels:\`.`,
      "A runner has at most 100 labels; those that differ in case only are one label to GitHub.",
      "A repository's runners are always in the group `default`; other groups are an organization's.",
      "A pool's `template` that `templates:` does not have is one that `hvpool template register` made; a name that is " +
      "nearly one of `templates:` is taken for a slip.",
      "No pool may be called `prepare`: hvpool prepares images under this name.",
      "A pool's `org` or `user` replaces the account of `github:` as a whole; `repo` alone keeps the owner.",
      "Prefixes of two pools must differ by more than digits at the end: `r` and `r1` would both make `r11`.",
      "With `pools:`, write sizes and prefixes there; `runners.pool_size` and `runners.name_prefix` are refused.",
    ]),
    "## Agent pools",
    list([
      "Machines of a pool with `kind: agent` are leased to whoever asks, one holder at a time. Beside what they are made " +
      "from, it says how many of them run (`hot`), and how long leases last.",
      "Keys of runners are refused there, and what `runners:` says does not reach it, except for `canary`.",
      "Where all pools are agent pools nothing is asked of GitHub, and no GitHub App is needed.",
      "After a lease a machine is put back to its clean checkpoint. One with a GPU partition (`gpu`), or that runs Hyper-V " +
      "itself (`nested`), can have none: all machines of its pool run, and each is made anew.",
      "`hot` machines run, `warm` ones are saved, the rest of `size` are made and off; together they are at most `size`.",
      "What leases may do counts for running pools as soon as it is read, and makes no machine anew.",
      "Of `quotas:` the first entry that fits a holder's name counts, for each such holder by itself. One that ends in " +
      "an asterisk is the beginning of names. An entry without limits sets no limit; an entry that can never count is refused.",
    ]),
    "## A simulated host",
    prose(
      "With `debug.use_mock` or `debug.simulator` no disk is opened. What an image is, its path tells, in any case of its",
      "letters; of a registered template the path that it was registered from, or its name:",
    ),
    list([
      "`desktop` or `agent` in it: an account logs on and its desktop comes up. Without either nobody is ever logged on, " +
      "and machines of an agent pool become ready only with `desktop: false`. With `locks`, too, the desktop stays locked.",
      "`no-loader` in it: hvpool's loader is not in the image.",
      "`missing`, `absent`, `no-such`, `nope` or `not-there` in it: there is no such disk.",
    ]),
    "## Times",
    prose(
      "`monitoring:` has the names of hyperv-runner-pool for three of the `deadlines:`; both at once must agree.",
      "`reading_max_age_seconds`, unless written, is at least twice `poll_vms_seconds`, and `no_trace_seconds` at least",
      "three times `poll_directories_seconds`; `prepare_seconds` is at least `boot_seconds`.",
    ),
    prose(
      `After faults the pool is whole again within ${RECOVERY_FORMULA}. With the default deadlines and every call taking`,
      `as long as it may, that is at most ${longestPhaseMs / 1000} + ${longestBackoffMs / 1000} + 2 × ${
        cycleMs / 1000
      } =`,
      `${
        totalMs / 1000
      } seconds; \`hvpool config show\` computes it for a file. Waiting for GitHub, for memory or for a`,
      "lane is not counted.",
    ),
    "## Older names",
    table(
      ["older", "today"],
      Object.entries(RENAMED_KEYS).map(([older, today]) => [code(older), code(today)]),
    ),
    prose(
      "No setting is read from an environment variable, except through `env:NAME` and for the places above. When one",
      "of these names of older set-ups is set and its key is not written, a warning names the key.",
    ),
    table(
      ["variable", "write instead"],
      seedVariableRows().map(({ name, instead }) => [code(name), instead]),
    ),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sectionBlocks(name: string, node: JsonSchemaNode): string[] {
  const entry = entryOf(node);
  const named = node.items === undefined;
  const title = entry === undefined ? code(name) : `${code(name)}, ${named ? "names of your own" : "a list"}`;
  const rows = keyRows(entry ?? node, entry === undefined ? name : `${name}${named ? `.${ANY_NAME}` : "[]"}`);
  return [
    `## ${title}`,
    table(["key", "type", "default", "what it does"], rows.length > 0 ? rows : [keyRow(name, node)]),
  ];
}

function keyRows(node: JsonSchemaNode, at: string): string[][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${at}.${name}`;
    return inner.properties === undefined ? [keyRow(path, inner)] : keyRows(inner, path);
  });
}

function keyRow(path: string, node: JsonSchemaNode): string[] {
  const fallback = node.default === undefined || node.default === "" || JSON.stringify(node.default) === "[]"
    ? PLATFORM_DEFAULTS.some(({ key }) => key === path) ? "by system, below" : ""
    : code(String(node.default));
  return [code(path), typeText(node), fallback, node.description ?? ""];
}

function typeText(node: JsonSchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(", ");
  if (typeof node.const === "string") return code(node.const);
  switch (node.type) {
    case "integer":
      return `whole number, ${rangeText(node)}`;
    case "number":
      return `number, ${rangeText(node)}`;
    case "boolean":
      return "`true`, `false`";
    case "array":
      return "list of text";
    case "object":
      return "names with text";
    default:
      return "text";
  }
}

function rangeText({ minimum, maximum }: JsonSchemaNode): string {
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
    ? `from ${minimum}`
    : `${minimum} to ${maximum}`;
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

/** Joins lines and wraps them as `deno fmt` does. */
function prose(...parts: string[]): string {
  return wrapped(parts, LINE_WIDTH);
}

function wrapped(parts: readonly string[], width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of parts.join(" ").split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function list(items: string[]): string {
  return items.map((item) => `- ${wrapped([item], LINE_WIDTH - 2).replaceAll("\n", "\n  ")}`).join("\n");
}

/** A table with columns as wide as `deno fmt` makes them. */
function table(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [first = [], ...others] = cells;
  return [line(first), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others.map(line)]
    .join("\n");
}
