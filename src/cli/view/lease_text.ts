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
  changing: "yellow",
  paused: "cyan",
};

/** What becomes of a machine after its lease. */
const THEN: Readonly<Record<LeaseAnswer["release"], string>> = {
  reset: "back to its clean checkpoint",
  destroy: "made anew",
  save: "saved for its holder's next lease",
  keep: "kept running for its holder's next lease",
};

/** A table. */
export function leaseLines(leases: readonly LeaseAnswer[], view: View): string[] {
  return table(COLUMNS, leases.map((lease) => row(lease, view)), view);
}

/** Everything about one lease, a line for each part; with its token when its holder is to see it. */
export function leaseText(lease: LeaseAnswer, { colors, now }: View, token?: string): string[] {
  const { vm, labels, position, state, endpoints } = lease;
  const since = lease.pausedAt ?? lease.grantedAt ?? lease.requestedAt;
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const rows: [label: string, text: string | null, style?: Style][] = [
    ["vm", vm?.name ?? null],
    ["address", vm?.address ?? null],
    ["endpoints", endpoints.length === 0 ? null : endpoints.map(({ url }) => url).join(", ")],
    ["lease", lease.id],
    ["token", token ?? null],
    ["state", `${state} for ${formatAge(now - Date.parse(since))}`, STATE_STYLE[state]],
    ["change", lease.change === null ? null : changeName(lease.change)],
    ["position", position === null ? null : String(position)],
    ["why", lease.why],
    ["pool", lease.pool],
    ["holder", lease.holder],
    ["cycle", vm?.cycle ?? null],
    ["vm id", vm?.id ?? null],
    ["origin", lease.origin],
    ["steps", stepsText(lease.steps)],
    ["checkpoints", checkpointsText(lease.checkpoints)],
    ["priority", lease.priority === 0 ? null : String(lease.priority)],
    ["labels", pairs.length === 0 ? null : pairs.join(", ")],
    ["purpose", lease.purpose],
    [
      state === "queued" || state === "starting" ? "waits until" : "expires",
      formatLocalTime(Date.parse(lease.expiresAt)),
    ],
    [
      "idle",
      `${lease.onIdle === "save" ? "is paused" : "ends"} after ${
        seconds(lease.idleSeconds)
      } without a heartbeat`,
    ],
    ["total", `ends after ${seconds(lease.totalSeconds)} in any case`],
    ["then", THEN[lease.release]],
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

/** `reset goes on: every lane is busy`, for whoever waits. */
export function changeText({ change, why }: LeaseAnswer): string {
  const what = change === null ? "it" : changeName(change);
  return printable(`${what} goes on${why === null ? "" : `: ${why}`}`);
}

/** `checkpoint installed`, `pause` */
function changeName({ kind, name }: NonNullable<LeaseAnswer["change"]>): string {
  return name === null ? kind : `${kind} ${name}`;
}

function checkpointsText(checkpoints: LeaseAnswer["checkpoints"]): string | null {
  if (checkpoints.length === 0) return null;
  return checkpoints.map(({ name, at }) => `${name} (${formatLocalTime(Date.parse(at))})`).join(", ");
}

/** `queued 2.0s, ready after 4.5s (start 3.1s, network 0.4s, guest 1.0s)` */
function stepsText(steps: LeaseAnswer["steps"]): string | null {
  const { queuedMs, madeMs, startingMs, startMs, networkMs, readyMs } = steps;
  const made = took([["made", madeMs]]);
  const parts = startMs === null && networkMs === null
    ? []
    : took([["start", startMs], ["network", networkMs], ["guest", readyMs]]);
  const whole = [
    ...took([["queued", queuedMs]]).map((text) => within(text, made)),
    ...(startingMs === null ? parts : took([["ready after", startingMs]]).map((text) => within(text, parts))),
  ];
  return whole.length === 0 ? null : whole.join(", ");
}

/** `start 3.1s`; nothing of what is not known. */
function took(steps: readonly (readonly [name: string, ms: number | null])[]): string[] {
  return steps.flatMap(([name, ms]) => ms === null ? [] : [`${name} ${milliseconds(ms)}`]);
}

function within(text: string, parts: readonly string[]): string {
  return parts.length === 0 ? text : `${text} (${parts.join(", ")})`;
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
      ...(lease.change === null ? [] : [changeName(lease.change)]),
      ...(lease.why === null ? [] : [lease.why]),
    ].join("; "),
  ];
}

function seconds(value: number): string {
  return formatAge(value * 1000);
}

/** Below ten seconds tenths count. */
function milliseconds(value: number): string {
  return value < 10_000 ? `${(value / 1000).toFixed(1)}s` : formatAge(value);
}
