/** What is there beside the machines of pools, as a person reads it. */
import type { Inventory } from "../../client/mod.ts";
import { table } from "./table.ts";

/** A table, and what to do when a journal was lost. */
export function inventoryText(
  { items, listedAt, lostUpTo }: Inventory,
  view: { readonly colors: boolean; readonly width: number },
): string[] {
  if (listedAt === null) return ["The host was not listed yet. Ask again in a moment."];
  const lines = items.length === 0 ? ["Nothing is there beside the machines of the pools."] : table(
    ["WHAT", "NAME", "WHERE", "BELONGS", "PLAN", "WHY"].map((title) => ({ title })),
    items.map(({ kind, name, place = "", belongs, plan, why }) => [kind, name, place, belongs, plan, why]),
    view,
  );
  const lost = lostUpTo === 0 ? [] : [
    "",
    `A journal was lost: what carries a number up to ${lostUpTo} waits for \`hvpool reconcile --adopt\` or --retire.`,
  ];
  return [...lines, ...lost];
}
