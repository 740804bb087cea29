/** VMs as people read them. */
import type { StatusAnswer } from "../../client/mod.ts";
import { formatAge, formatLocalTime } from "../options/duration.ts";
import { counted, styled } from "./state_style.ts";
import { type Cell, type Column, paint, printable, type Style, table } from "./table.ts";
import type { View } from "./view.ts";

/** A VM as the status has it. */
export type VmAnswer = StatusAnswer["vms"][number];

const COLUMNS: readonly Column[] = [
  { title: "VM" },
  { title: "POOL" },
  { title: "CYCLE" },
  { title: "PHASE" },
  { title: "POWER" },
  { title: "FOR", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "FAILURES", align: "right" },
  { title: "RUNNER" },
  { title: "JOB OR LEASE" },
  { title: "WHY" },
];

/** A table. */
export function vmLines(vms: readonly VmAnswer[], view: View): string[] {
  return table(COLUMNS, vms.map((vm) => row(vm, view)), view);
}

/** `acme/app build`, as far as it is known; nothing without a job. */
export function jobName({ job }: VmAnswer): string {
  return [job?.repository, job?.job].filter((part) => part !== undefined && part !== null).join(" ");
}

/** Its job, or who has it or is to have it. */
function useText(vm: VmAnswer): string {
  if (vm.lease !== null) return `${vm.lease.holder} (${vm.lease.id})`;
  return vm.parked === null ? jobName(vm) : `parked for ${vm.parked.holder}`;
}

/** Everything about one VM, a line for each part. */
export function vmText(vm: VmAnswer, { colors, now }: View): string[] {
  const { job } = vm;
  const rows: [label: string, text: string | null, style?: Style][] = [
    ["vm", vm.name],
    ["pool", vm.pool],
    ["cycle", vm.cycle],
    ["id", vm.id],
    ["phase", `${vm.phase} for ${formatAge(now - Date.parse(vm.since))}`],
    ["power", vm.power],
    ["generation", vm.generation === "" ? null : vm.generation],
    ["runner", vm.runner],
    ["job", job === null ? null : job.name, "cyan"],
    ["repository", job?.repository ?? null],
    ["run", job?.run ?? null],
    ["job key", job?.job ?? null],
    ["job since", job === null ? null : formatLocalTime(Date.parse(job.since))],
    ["lease", vm.lease?.id ?? null, "cyan"],
    ["holder", vm.lease?.holder ?? null],
    [
      "parked",
      vm.parked === null
        ? null
        : `for ${vm.parked.holder} until ${formatLocalTime(Date.parse(vm.parked.until))}`,
      "yellow",
    ],
    ["memory", vm.memoryMb === null ? null : `${vm.memoryMb} MB`],
    ["uptime", vm.uptimeSeconds === null ? null : formatAge(vm.uptimeSeconds * 1000)],
    ["saved state", vm.savedStateMb === null ? null : `${vm.savedStateMb} MB`],
    ["resumed", vm.resumedAt === null ? null : formatLocalTime(Date.parse(vm.resumedAt))],
    ["address", vm.address],
    ["held until", vm.heldUntil === null ? null : formatLocalTime(Date.parse(vm.heldUntil)), "yellow"],
    ["failures", String(vm.failures)],
    ["why", vm.why],
  ];
  return rows.flatMap(([label, text, style]) =>
    text === null ? [] : [`${label.padEnd(12)}${paint(printable(text), style, colors)}`]
  );
}

function row(vm: VmAnswer, { now }: View): Cell[] {
  const held = vm.heldUntil === null ? [] : [`held until ${formatLocalTime(Date.parse(vm.heldUntil))}`];
  return [
    vm.name,
    vm.pool,
    vm.cycle,
    styled(vm.phase),
    styled(vm.power),
    formatAge(now - Date.parse(vm.since)),
    vm.memoryMb === null || vm.memoryMb === 0 ? "" : `${vm.memoryMb} MB`,
    counted(vm.failures, "red"),
    vm.runner ?? "",
    useText(vm),
    [...held, ...(vm.why === null ? [] : [vm.why])].join("; "),
  ];
}
