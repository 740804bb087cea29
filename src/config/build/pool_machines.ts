/** What pools of every kind say of their machines. */
import type { PoolSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";

/** The virtual switch; empty: the host's Default Switch. */
export function chooseSwitch(context: BuildContext, at: KeyPath, item: PoolValues): string {
  const { values: { hyperv = {} }, recorder } = context;
  return recorder.choose(
    [[[...at, "switch"], item.switch], [["hyperv", "switch"], hyperv.switch]],
    "",
    { as: [...at, "switch"], note: "the host's Default Switch" },
  ).value;
}

/** Whether one machine tries what is new first, which is what happens where nothing is said. */
export function chooseCanary(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
): Pick<PoolSettings, "canary"> {
  const { values: { runners = {} }, recorder } = context;
  const { value } = recorder.choose(
    [[[...at, "canary"], item.canary], [["runners", "canary"], runners.canary]],
    1,
    { as: [...at, "canary"] },
  );
  return value === 0 ? { canary: 0 } : {};
}
