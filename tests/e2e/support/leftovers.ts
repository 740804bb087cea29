/** What the simulated world must look like beside live machines: nothing left over, nothing doubled. */
import type { StatusAnswer } from "../../../src/api/schemas.ts";
import type { Truth } from "../../../src/simulator/schemas.ts";

/** Where the default storage lies when the configuration is on a system without drives. */
const STORAGE = "C:\\hvpool\\vms\\storage\\";

/** Things of ours that are there now. */
export interface Present {
  readonly vms: readonly string[];
  /** Paths of disks below the storage. */
  readonly disks: readonly string[];
  readonly runners: readonly string[];
}

/** What is there now that controllers made; sorted. */
export function present({ vms, disks, runners }: Truth): Present {
  const there = ({ removedAt }: { removedAt: number | null }) => removedAt === null;
  return {
    vms: vms.filter((vm) => there(vm) && !vm.foreign).map(({ id }) => id).toSorted(),
    disks: disks.filter((disk) => there(disk) && disk.parent !== null).map(({ path }) => path).toSorted(),
    runners: runners.filter(there).map(({ name }) => name).toSorted(),
  };
}

/** What should be there by these controllers' own words; `undefined` while some machine is on its way. */
export function expected(statuses: readonly StatusAnswer[]): Present | undefined {
  const vms = statuses.flatMap((status) =>
    status.vms.map((vm) => ({ ...vm, controller: status.controller.id }))
  );
  const ids: string[] = [];
  const runners: string[] = [];
  const disks: string[] = [];
  for (const { id, runner, phase, cycle, controller } of vms) {
    if (id === null || runner === null || phase !== "online") return undefined;
    ids.push(id);
    runners.push(runner);
    disks.push(`${STORAGE}${controller}\\${cycle.replace("/", "-")}\\disk.vhdx`);
  }
  return { vms: ids.toSorted(), runners: runners.toSorted(), disks: disks.toSorted() };
}
