/** A migration, as people read it: the plan, each step, and what is left. */
import type { DoneItem, Outcome } from "../../app/migrate/carry_out.ts";
import type { OldService } from "../../app/migrate/facts.ts";
import type { MigrationPlan, PlanItem } from "../../app/migrate/plan.ts";
import { type Cell, type Column, paint, printable, table } from "./table.ts";

const COLUMNS: readonly Column[] = [{ title: "WHAT" }, { title: "NAME" }, { title: "WHY" }];

/** The plan, and why it is not carried out for now. */
export function planLines(
  { items, refusals }: MigrationPlan,
  service: OldService,
  view: { readonly colors: boolean; readonly width: number },
): string[] {
  const removed = items.filter(({ action }) => action === "remove");
  const kept = items.filter(({ action }) => action === "keep");
  return [
    serviceLine(service),
    "",
    ...(removed.length === 0
      ? ["Nothing of hyperv-runner-pool would be removed."]
      : ["Would be removed, in this order:", ...tableOf(removed, view)]),
    ...(kept.length === 0 ? [] : ["", "Would not be touched:", ...tableOf(kept, view)]),
    ...(refusals.length === 0 ? [] : ["", paint("Cannot be done now:", "red", view.colors)]),
    ...refusals.map(({ because, remedy }) => printable(`- ${because} ${remedy}`)),
  ];
}

function tableOf(items: readonly PlanItem[], view: { colors: boolean; width: number }): string[] {
  return table(COLUMNS, items.map(({ kind, name, because }): Cell[] => [kind, name, because]), view);
}

function serviceLine({ state, start, processes }: OldService): string {
  if (state === "unknown") return "The service hyperv-runner-pool could not be asked for.";
  const program = processes.length === 0 ? "" : ` Its program runs: process ${processes.join(", ")}.`;
  if (state === "missing") return `There is no service hyperv-runner-pool.${program}`;
  return `The service hyperv-runner-pool is ${state}; it starts ${
    start === "automatic" ? "with Windows" : start === "manual" ? "by hand" : "no more"
  }.${program}`;
}

/** One step. */
export function doneLine({ kind, name, done }: DoneItem): string {
  return printable(`${done}: ${kind} ${name}`);
}

/** What is left after it. */
export function leftLines({ done, left, stopped }: Outcome, { state, start }: OldService): string[] {
  const lines = left.map(({ kind, name, because }) =>
    printable(`left: ${kind} ${name}${because === stopped ? "" : ` (${because})`}`)
  );
  const sum = left.length > 0
    ? `Not all is gone. ${stopped ?? "Mend what is in the way, then run this again."}`
    : done.length === 0
    ? "Nothing of hyperv-runner-pool is left on this host."
    : "All of it is gone. hvpool can be started.";
  const comesBack = state === "stopped" && start !== "disabled"
    ? [
      "The service hyperv-runner-pool is still installed. When it starts, it turns off and removes every VM with " +
      "its prefix, also those of hvpool. Remove it: sc.exe delete hyperv-runner-pool",
    ]
    : [];
  return [...lines, printable(sum), ...comesBack];
}
