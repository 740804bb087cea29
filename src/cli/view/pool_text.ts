/** Pools as people read them. */
import type { StatusAnswer } from "../../client/mod.ts";
import { formatAge } from "../options/duration.ts";
import { rolloutLine } from "./rollout_text.ts";
import { counted, painted } from "./state_style.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";
import type { View } from "./view.ts";

/** A pool as the status has it. */
export type PoolAnswer = StatusAnswer["pools"][number];

/** A column of the table; without `some` it is always there, else where some pool has any. */
interface PoolColumn extends Column {
  readonly cell: (pool: PoolAnswer) => Cell;
  readonly some?: (pool: PoolAnswer) => number;
}

const COLUMNS: readonly PoolColumn[] = [
  { title: "POOL", cell: ({ name }) => name },
  { title: "KIND", cell: ({ kind }) => kind },
  { title: "SIZE", align: "right", cell: ({ size }) => String(size) },
  { title: "READY", align: "right", cell: ({ ready }) => counted(ready, "green") },
  { title: "CLAIMED", align: "right", cell: ({ claimed }) => counted(claimed, "cyan") },
  {
    title: "PARKED",
    align: "right",
    cell: ({ parked }) => counted(parked, "cyan"),
    some: ({ parked }) => parked,
  },
  { title: "STANDBY", align: "right", cell: ({ standby }) => counted(standby, "green") },
  { title: "OFF", align: "right", cell: ({ off }) => String(off), some: ({ off }) => off },
  { title: "STARTING", align: "right", cell: ({ starting }) => counted(starting, "yellow") },
  { title: "FAILED", align: "right", cell: ({ failed }) => counted(failed, "red") },
  {
    title: "WAITING",
    align: "right",
    cell: ({ queued }) => counted(queued, "yellow"),
    some: ({ queued }) => queued,
  },
  { title: "WHY", cell: ({ why }) => why ?? "" },
];

/** A table, and below it who keeps which pool from what it should be, what is rolled out and whose image is old. */
export function poolLines(pools: readonly PoolAnswer[], view: View): string[] {
  if (pools.length === 0) return ["No pools: `hvpool pool create` makes one, or the configuration."];
  const columns = COLUMNS.filter(({ some }) => some === undefined || pools.some((pool) => some(pool) > 0));
  const rows = pools.map((pool) => columns.map(({ cell }) => cell(pool)));
  return [...table(columns, rows, view), ...pools.flatMap((pool) => notes(pool, view))];
}

/** Everything about one pool, a line for each part. */
export function poolText(pool: PoolAnswer, view: View): string[] {
  const { name, kind, size, configuredSize, cordon, image, why, rollout } = pool;
  const counts = ["ready", "claimed", "standby", "starting", "failed"] as const;
  const more = (["parked", "off"] as const).filter((count) => pool[count] > 0);
  const rows: [label: string, text: string | null, style?: Style][] = [
    ["pool", name],
    ["kind", kind],
    ["size", size === configuredSize ? String(size) : `${size}, ${origin(pool)} ${configuredSize}`],
    ["made", pool.created ? "at run time (hvpool pool create)" : null],
    ["machines", [...counts, ...more].map((count) => `${pool[count]} ${count}`).join(", ")],
    ["waiting", pool.queued === 0 ? null : pool.queued === 1 ? "1 lease" : `${pool.queued} leases`],
    ["cold", pool.cold, "yellow"],
    [cordon?.drain === true ? "drained" : "paused", cordon === null ? null : askedBy(cordon, view), "yellow"],
    ["why", why],
    ["template", image.template],
    ["built", image.builtAt],
    ["runner", image.runner],
    ["newest", image.runnerLatest === image.runner ? null : image.runnerLatest],
    ["expires", image.expiresAt],
    ["image", image.why, image.level === "error" ? "red" : "yellow"],
  ];
  const lines = rows.flatMap(([label, text, style]) =>
    text === null ? [] : [`${label.padEnd(10)}${paint(printable(text), style, view.colors)}`]
  );
  return rollout === null ? lines : [...lines, rolloutLine({ pool: name, rollout }, view)];
}

/** Where its size comes from when nobody asked for another one. */
function origin({ created }: PoolAnswer): string {
  return created ? "made with" : "in the configuration";
}

function notes(pool: PoolAnswer, view: View): string[] {
  const { name, size, configuredSize, cordon, rollout, image } = pool;
  const lines: string[] = [];
  const of = printable(name);
  if (cordon !== null) {
    const state = cordon.drain ? "drained" : "paused";
    lines.push(`Cordon of ${of}  ${painted(state, view)} by ${printable(askedBy(cordon, view))}`);
  }
  if (size !== configuredSize) {
    lines.push(
      `Size of ${of}  ${size}, ${origin(pool)} ${configuredSize}: ` +
        `\`hvpool pool resize ${of} --reset\` goes back to it`,
    );
  }
  if (rollout !== null) lines.push(rolloutLine({ pool: name, rollout }, view));
  if (image.level !== "ok") lines.push(imageLine(name, image, view));
  return lines;
}

/** `api (hvpool drain) for 5m: a new disk` */
function askedBy({ source, actor, reason, since }: NonNullable<PoolAnswer["cordon"]>, { now }: View): string {
  const who = actor === null ? source : `${actor}, through ${source}`;
  return `${who} for ${formatAge(now - Date.parse(since))}${reason === null ? "" : `: ${reason}`}`;
}

/** `Image of ci  warn  <why>` */
function imageLine(
  pool: string,
  { level, why, template }: PoolAnswer["image"],
  { colors }: View,
): string {
  const style = level === "error" ? "red" : "yellow";
  const text = why ?? `Template ${template} is old.`;
  return `Image of ${printable(pool)}  ${paint(level, style, colors)}  ${
    paint(printable(text), style, colors)
  }`;
}
