/** The reference of host calls in Markdown, from the call list itself. */
import { z } from "zod";
import { HOST_CALLS, type HostCall } from "../host.ts";

/** Width that `deno fmt` wraps prose at, from `deno.json`. */
const LINE_WIDTH = 110;

const UNKNOWN = {
  repeat: "asked again: a repetition does no harm",
  "end-cycle": "the cycle ends: a repetition could do it twice",
  "tell-caller": "whoever asked is told, and looks for themselves",
} as const;

/** The part of JSON Schema that the call list comes to. */
export interface CallShape {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, CallShape>>;
  readonly required?: readonly string[];
  readonly items?: CallShape;
  readonly anyOf?: readonly CallShape[];
  readonly oneOf?: readonly CallShape[];
  readonly additionalProperties?: CallShape | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Arguments and result of a call as JSON Schema. */
export function callShapes(name: HostCall): { args: CallShape; result: CallShape } {
  const shape = (of: z.ZodType) => z.toJSONSchema(of) as CallShape;
  return { args: shape(HOST_CALLS[name].args), result: shape(HOST_CALLS[name].result) };
}

/** The whole text of `docs/host-calls.md`. */
export function hostCallsReference(): string {
  const names = Object.keys(HOST_CALLS) as HostCall[];
  const blocks = [
    "# Host calls",
    prose(
      "Everything that hvpool asks of a Hyper-V host, generated from the list in `src/ports/host.ts`. PowerShell workers and",
      'the simulated host answer the same calls: `{"id","call","args"}` is answered by `{"id","ok":true,"value","ms"}` or',
      '`{"id","ok":false,"error":{"message","category","fqid","hresult","command","target"}}`. Arguments are data: any Unicode',
      "but NUL, never pasted into a script.",
    ),
    table(
      ["column", "what it says"],
      [
        ["lane", "the limit, common to the whole host, that the call counts against"],
        ["unknown", "what an answer that never came means: the effect may still land"],
        ["uses", "opening the call marks the cycle used: a job or a holder may have seen the machine"],
        ["limit", "after so long the answer counts as unknown"],
      ],
    ),
    table(["unknown", "then"], Object.entries(UNKNOWN).map(([word, then]) => [code(word), then])),
    table(
      ["call", "lane", "unknown", "uses", "limit"],
      names.map((name) => {
        const { lane, unknown, uses, limitMs } = HOST_CALLS[name];
        return [
          `[${code(name)}](#${name.replace(".", "").toLowerCase()})`,
          lane,
          unknown,
          uses ? "yes" : "no",
          `${limitMs / 1_000} s`,
        ];
      }),
    ),
    ...names.flatMap(callBlocks),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function callBlocks(name: HostCall): string[] {
  const { args, result } = callShapes(name);
  return [
    `## ${name}`,
    prose(HOST_CALLS[name].about),
    ...fieldBlock("Arguments", args),
    ...fieldBlock("Answer", result),
  ];
}

function fieldBlock(title: string, shape: CallShape): string[] {
  const rows = fields(shape, "");
  if (rows.length === 0) return [`${title}: none.`];
  return [`${title}:`, table(["field", "type", "meaning"], rows)];
}

/** One row a field, inner ones by their path. */
function fields(shape: CallShape, at: string): string[][] {
  const inner = shape.items ?? shape;
  const prefix = at === "" ? "" : `${at}${shape.items === undefined ? "" : "[]"}.`;
  const variants = inner.oneOf ?? inner.anyOf ?? [inner];
  return variants.flatMap((variant) =>
    Object.entries(variant.properties ?? {}).flatMap(([name, field]) => {
      const optional = variant.required?.includes(name) !== true;
      const when = variants.length > 1 && name === "action" ? `one of ${variants.length} forms` : "";
      const meaning = [field.description ?? "", when, optional ? "Optional." : ""].filter((part) =>
        part !== ""
      ).join(" ");
      return [[code(`${prefix}${name}`), typeText(field), meaning], ...fields(field, `${prefix}${name}`)];
    })
  );
}

function typeText(shape: CallShape): string {
  const variants = shape.anyOf ?? shape.oneOf;
  if (variants !== undefined) return [...new Set(variants.map(typeText))].join(" or ");
  if (shape.const !== undefined) return code(JSON.stringify(shape.const));
  if (shape.enum !== undefined) return shape.enum.map((one) => code(String(one))).join(", ");
  if (shape.items !== undefined) return `list of ${typeText(shape.items)}`;
  if (typeof shape.additionalProperties === "object") {
    return `object of ${typeText(shape.additionalProperties)}`;
  }
  return [shape.type ?? "any"].flat().join(" or ") + range(shape);
}

/** Limits of numbers, and of the length of strings; those of JavaScript's integers say nothing. */
function range(shape: CallShape): string {
  const small = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  const min = small(shape.minimum);
  const max = small(shape.maximum);
  if (min !== undefined && max !== undefined) return ` ${min}–${max}`;
  if (min !== undefined) return `, at least ${min}`;
  if (max !== undefined) return `, at most ${max}`;
  return shape.maxLength === undefined ? "" : `, at most ${shape.maxLength} characters`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function prose(...parts: string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const word of parts.join(" ").split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

/** A table as `deno fmt` leaves it: cells padded to the widest of their column. */
function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " "))
  );
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = [], ...rest] = all;
  return [line(first), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join(
    "\n",
  );
}
