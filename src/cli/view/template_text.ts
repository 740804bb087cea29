/** Templates as people read them. */
import type { TemplateAnswer, TemplateChecks } from "../../client/mod.ts";
import { formatLocalTime } from "../options/duration.ts";
import { formatMegabytes, inMebibytes } from "../options/size.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";

/** How to show it. */
export interface TemplateView {
  readonly colors: boolean;
  readonly width: number;
}

const COLUMNS: readonly Column[] = [
  { title: "TEMPLATE" },
  { title: "ORIGIN" },
  { title: "VERSION", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "CPUS", align: "right" },
  { title: "RUNNER" },
  { title: "BUILT" },
  { title: "USERS", align: "right" },
  { title: "STATE" },
];

/** One line each. */
export function templateLines(templates: readonly TemplateAnswer[], view: TemplateView): string[] {
  if (templates.length === 0) {
    return [
      "There is no template. `hvpool template register NAME --vhdx PATH` makes one out of a golden disk.",
    ];
  }
  return table(COLUMNS, templates.map(row), view);
}

/** Everything about one, a line for each part. */
export function templateText(template: TemplateAnswer, { colors }: TemplateView): string[] {
  const { memoryMb, processors, secureBoot, tpm, nested, gpu, software, probe, users } = template;
  const hardware = [
    formatMegabytes(memoryMb),
    `${processors} ${processors === 1 ? "processor" : "processors"}`,
    secureBoot === "off" ? "no secure boot" : `secure boot ${secureBoot}`,
    ...(tpm ? ["TPM"] : []),
    ...(nested ? ["nested virtualization"] : []),
    ...(gpu ? [gpuText(template.gpuPartition)] : []),
  ];
  const rows: [label: string, text: string | null, style?: Style][] = [
    ["template", template.name],
    [
      "origin",
      template.version === null ? template.origin : `${template.origin}, version ${template.version}`,
    ],
    ["registered", time(template.registeredAt)],
    ["source", template.source],
    ["disk", template.path],
    ["hardware", hardware.join(", ")],
    ["software", Object.entries(software).map(([name, version]) => `${name} ${version}`).join(", ")],
    ["runner", template.runner],
    ["built", time(template.builtAt)],
    ["expires", time(template.expiresAt)],
    ["credentials", template.credentials],
    ["probe", probe === null ? null : "tcp" in probe ? `tcp:${probe.tcp}` : probe.http],
    ["users", users.join(", ")],
    ["preparing", preparing(template), "cyan"],
    ["failed", template.failed, "red"],
  ];
  return rows.flatMap(([label, text, style]) =>
    text === null || text === "" ? [] : [`${label.padEnd(12)}${paint(printable(text), style, colors)}`]
  );
}

const CHECK_STYLE: Readonly<Record<TemplateChecks["checks"][number]["status"], Style>> = {
  ok: "green",
  warn: "yellow",
  fail: "red",
};

/** What was checked, and below each finding what to do. */
export function checkLines({ checks }: TemplateChecks, { colors }: TemplateView): string[] {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return checks.flatMap(({ id, status, message, remedy }) => {
    const head = paint(status, CHECK_STYLE[status], colors) + " ".repeat(4 - status.length);
    const line = `${head}  ${printable(id).padEnd(width)}  ${printable(message)}`;
    return remedy === "" ? [line] : [line, `${" ".repeat(width + 8)}${printable(remedy)}`];
  });
}

/** `GPU, its video memory 80000000 at least, ...`, in the host's own units. */
function gpuText(partition: TemplateAnswer["gpuPartition"]): string {
  const { gpu, minVram, optimalVram, maxVram } = partition ?? {};
  const sizes = [
    ...(minVram === undefined ? [] : [`at least ${minVram}`]),
    ...(optimalVram === undefined ? [] : [`${optimalVram}`]),
    ...(maxVram === undefined ? [] : [`at most ${maxVram}`]),
  ];
  const name = gpu === undefined ? "GPU" : `GPU ${gpu}`;
  return sizes.length === 0 ? name : `${name} (video memory: ${sizes.join(", ")})`;
}

function row(template: TemplateAnswer): Cell[] {
  const { name, origin, version, memoryMb, processors, runner, builtAt, users, failed } = template;
  const going = preparing(template);
  return [
    name,
    origin,
    version === null ? "" : String(version),
    formatMegabytes(memoryMb),
    String(processors),
    runner ?? "",
    builtAt === null ? "" : formatLocalTime(Date.parse(builtAt)).slice(0, 10),
    String(users.length),
    going !== null ? { text: going, style: "cyan" } : { text: failed ?? "", style: "red" },
  ];
}

/** `copying, 430 of 1024 MiB: <why>`; `null` while nothing is prepared. */
function preparing({ preparing }: TemplateAnswer): string | null {
  if (preparing === null) return null;
  const { step, copied, size, why } = preparing;
  const amount = step === "copying" && size !== null
    ? `, ${inMebibytes(copied)} of ${inMebibytes(size)} MiB`
    : "";
  return `${step}${amount}${why === null ? "" : `: ${why}`}`;
}

function time(at: string | null): string | null {
  return at === null ? null : formatLocalTime(Date.parse(at));
}
