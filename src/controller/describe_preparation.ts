/** How far an image is that is being prepared. */
import type { State } from "../model/state.ts";
import type { PreparationStatus } from "../model/status.ts";
import type { Preparation } from "../model/templates.ts";
import type { View } from "../model/view.ts";

function stepOf(
  s: State,
  { cycle, runner, fetched, copied, size, installed }: Preparation,
): PreparationStatus["step"] {
  const call = s.cycles.get(cycle)?.op?.call;
  if (runner !== undefined && !fetched) return "fetching";
  if (size === undefined || copied < size) return "copying";
  if (!installed) {
    return s.cycles.get(cycle)?.vmId === undefined || call === "vm.start" ? "starting" : "installing";
  }
  return call === "template.publish" ? "keeping" : "stopping";
}

/** What is being prepared now, if anything is. */
export function describePreparation(s: State, v: View): PreparationStatus | undefined {
  const { preparation } = s;
  if (preparation === undefined) return undefined;
  const { cycle, copied, size, startedAt, runner } = preparation;
  return {
    cycle,
    step: stepOf(s, preparation),
    copied,
    size: size ?? null,
    since: new Date(startedAt).toISOString(),
    runner: runner ?? null,
    why: v.why.get(cycle) ?? null,
  };
}
