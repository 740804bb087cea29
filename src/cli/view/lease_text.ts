/** Leases as people read them. */
import type { LeaseAnswer } from "../../client/mod.ts";
import { formatAge, formatLocalTime } from "../options/duration.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";
import type { View } from "./view.ts";

const COLUMNS: readonly Column[] = [
  { title: "LEASE" },
  { title: "POOL" },
  { title: "HOLDER" },
  { title: "STATE" },
  { title: "VM" },
  { title: "ADDRESS" },
  { title: "FOR", align: "right" },
  { title: "LEFT", align: "right" },
  { title: "WHY" },
];

const STATE_STYLE: Readonly<Record<LeaseAnswer["state"], Style>> = {
  queued: "yellow",
  starting: "yellow",
  active: "green",
};

/** A table. */
export function leaseLines(leases: readonly LeaseAnswer[], view: View): string[] {
  return table(COLUMNS, leases.map((lease) => row(lease, view)), view);
}

/** Everything about one lease, a line for each part; with its token when its holder is to see it. */
export function leaseText(lease: LeaseAnswer, { colors, now }: View, token?: string): string[] {
  const { vm, labels, position, state } = lease;
  const since = lease.grantedAt ?? lease.requestedAt;
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const rows: [label: string, text: string | null, style?: Style][] = [
    ["vm", vm?.name ?? null],
    ["address", vm?.address ?? null],
    ["lease", lease.id],
    ["token", token ?? null],
    ["state", `${state} for ${formatAge(now - Date.parse(since))}`, STATE_STYLE[state]],
    ["position", position === null ? null : String(position)],
    ["why", lease.why],
    ["pool", lease.pool],
    ["holder", lease.holder],
    ["cycle", vm?.cycle ?? null],
    ["vm id", vm?.id ?? null],
    ["origin", lease.origin],
    ["priority", lease.priority === 0 ? null : String(lease.priority)],
    ["labels", pairs.length === 0 ? null : pairs.join(", ")],
    ["purpose", lease.purpose],
    [state === "active" ? "expires" : "waits until", formatLocalTime(Date.parse(lease.expiresAt))],
    ["idle", `ends after ${seconds(lease.idleSeconds)} without a heartbeat`],
    ["total", `ends after ${seconds(lease.totalSeconds)} in any case`],
    ["then", lease.release === "reset" ? "back to its clean checkpoint" : "made anew"],
  ];
  return rows.flatMap(([label, text, style]) =>
    text === null ? [] : [`${label.padEnd(13)}${paint(printable(text), style, colors)}`]
  );
}

/** `position 3: every machine has a holder`, for whoever waits. */
export function waitingText({ state, position, why, vm }: LeaseAnswer): string {
  const where = state === "starting" && vm !== null
    ? `${vm.name} starts`
    : position === null
    ? "waiting"
    : `waiting, position ${position}`;
  return printable(why === null ? where : `${where}: ${why}`);
}

function row(lease: LeaseAnswer, { now }: View): Cell[] {
  return [
    lease.id,
    lease.pool,
    lease.holder,
    { text: lease.state, style: STATE_STYLE[lease.state] },
    lease.vm?.name ?? "",
    lease.vm?.address ?? "",
    formatAge(now - Date.parse(lease.grantedAt ?? lease.requestedAt)),
    formatAge(Date.parse(lease.expiresAt) - now),
    [
      ...(lease.position === null ? [] : [`position ${lease.position}`]),
      ...(lease.why === null ? [] : [lease.why]),
    ].join("; "),
  ];
}

function seconds(value: number): string {
  return formatAge(value * 1000);
}
