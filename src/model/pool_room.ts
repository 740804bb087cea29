/** Whether every path below the storage folder can be made. */

/** Longest path that Hyper-V and most Windows programs take. */
export const MAX_PATH = 259;

/** Digits of a cycle's number that are reckoned with: a cycle a second for three hundred years. */
const CYCLE_DIGITS = 10;
/** What Hyper-V puts into the folder that bears a machine's name. */
const DEEPEST = "\\Virtual Machines\\00000000-0000-0000-0000-000000000000.vmcx".length;

/** Length of the longest path that a pool needs below the storage folder. */
export function roomBelowStorage(pool: { name: string; prefix: string; size: number }): number {
  const slot = String(Math.max(1, pool.size)).length;
  const controller = 1 + 32;
  const cycle = 1 + pool.name.length + 1 + slot + 1 + CYCLE_DIGITS;
  const machine = 1 + pool.prefix.length + slot;
  return controller + cycle + machine + DEEPEST;
}
