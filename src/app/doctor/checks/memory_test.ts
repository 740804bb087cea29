import { checkMemory } from "./memory.ts";
import { FAILED, info, SETTINGS, vm, vms } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

// 4 × 4 GB all run, of 4 × 4 GB with hot 1 one does: 20 GB.
const room = (gb: number) => ({ info: info({ memoryMb: gb * 1_024 }) });
table("memory", [
  [
    "plenty",
    () => checkMemory({ ...room(64), vms: vms() }, SETTINGS.pools),
    "ok",
    /want 20 GB; the host has 64 GB/,
  ],
  ["exactly 80 %", () => checkMemory({ ...room(25), vms: vms() }, SETTINGS.pools), "ok", /want 20 GB/],
  [
    "more than 80 %",
    () => checkMemory({ ...room(24), vms: vms() }, SETTINGS.pools),
    "warn",
    /80 %.*Lower size/,
  ],
  [
    "more than there is",
    () => checkMemory({ ...room(19), vms: vms() }, SETTINGS.pools),
    "fail",
    /Lower size/,
  ],
  [
    "other people's machines that run",
    () => checkMemory({ ...room(64), vms: vms(vm({ memoryMb: 46_080 })) }, SETTINGS.pools),
    "fail",
    /1 other VMs hold 45 GB/,
  ],
  [
    "other people's machines that are off",
    () => checkMemory({ ...room(64), vms: vms(vm({ memoryMb: 46_080, power: "saved" })) }, SETTINGS.pools),
    "ok",
    /20 GB; the/,
  ],
  [
    "our own machines",
    () => checkMemory({ ...room(64), vms: vms(vm({ memoryMb: 46_080, pool: "ci" })) }, SETTINGS.pools),
    "ok",
    /20 GB; the/,
  ],
  ["an unread host", () => checkMemory({ info: FAILED, vms: vms() }, SETTINGS.pools), "warn", /not known/],
]);
