/** The status as people read it. */
import type { StatusAnswer } from "../../client/mod.ts";
import { formatAge, formatLocalTime } from "../options/duration.ts";
import { rolloutLine } from "./rollout_text.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";

/** How to show it. */
export interface StatusView {
  readonly colors: boolean;
  readonly width: number;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

const STATE_STYLE: Readonly<Record<string, Style>> = {
  running: "green",
  ok: "green",
  online: "green",
  standby: "green",
  claimed: "cyan",
  failing: "red",
  quarantined: "red",
  critical: "red",
  draining: "yellow",
  stopping: "yellow",
  retiring: "dim",
};

const POOL_COLUMNS: readonly Column[] = [
  { title: "POOL" },
  { title: "KIND" },
  { title: "SIZE", align: "right" },
  { title: "READY", align: "right" },
  { title: "CLAIMED", align: "right" },
  { title: "STANDBY", align: "right" },
  { title: "STARTING", align: "right" },
  { title: "FAILED", align: "right" },
  { title: "WHY" },
];

const VM_COLUMNS: readonly Column[] = [
  { title: "VM" },
  { title: "POOL" },
  { title: "CYCLE" },
  { title: "PHASE" },
  { title: "POWER" },
  { title: "FOR", align: "right" },
  { title: "FAILURES", align: "right" },
  { title: "RUNNER" },
  { title: "WHY" },
];

/** Lines: the controller, GitHub, pools, what is rolled out in them, VMs. */
export function statusLines(status: StatusAnswer, view: StatusView): string[] {
  const { controller, pools, vms } = status;
  const since = Date.parse(controller.since);
  const lines = [
    `hvpool ${printable(controller.version)}  ${painted(controller.state, view)} since ${
      formatLocalTime(since)
    } ` +
    `(${formatAge(view.now - since)})  controller ${controller.id.slice(0, 8)}`,
    githubLine(status.github, view),
    "",
  ];
  if (pools.length === 0) lines.push("No pools.");
  else lines.push(...table(POOL_COLUMNS, pools.map(poolRow), view));
  for (const { name, rollout } of pools) {
    if (rollout !== null) lines.push(rolloutLine({ pool: name, rollout }, view));
  }
  if (vms.length > 0) lines.push("", ...table(VM_COLUMNS, vms.map((vm) => vmRow(vm, view)), view));
  return lines;
}

function githubLine(github: StatusAnswer["github"], view: StatusView): string {
  const parts = [`GitHub  ${painted(github.state, view)}`];
  if (github.why !== undefined) parts.push(printable(github.why));
  if (github.rate !== null) {
    const { remaining, limit, reset } = github.rate;
    parts.push(
      `${remaining} of ${limit} requests left until ${formatLocalTime(Date.parse(reset)).slice(11)}`,
    );
  }
  return parts.join("  ");
}

function poolRow(pool: StatusAnswer["pools"][number]): Cell[] {
  return [
    pool.name,
    pool.kind,
    String(pool.size),
    counted(pool.ready, "green"),
    counted(pool.claimed, "cyan"),
    counted(pool.standby, "green"),
    counted(pool.starting, "yellow"),
    counted(pool.failed, "red"),
    pool.why ?? "",
  ];
}

function vmRow(vm: StatusAnswer["vms"][number], view: StatusView): Cell[] {
  return [
    vm.name,
    vm.pool,
    vm.cycle,
    styled(vm.phase),
    styled(vm.power),
    formatAge(view.now - Date.parse(vm.since)),
    counted(vm.failures, "red"),
    vm.runner ?? "",
    vm.why ?? "",
  ];
}

function counted(count: number, style: Style): Cell {
  return count === 0 ? "0" : { text: String(count), style };
}

function styled(word: string): Cell {
  const style = STATE_STYLE[word];
  return style === undefined ? word : { text: word, style };
}

function painted(word: string, { colors }: StatusView): string {
  return paint(word, STATE_STYLE[word], colors);
}
