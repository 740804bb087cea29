import { checkMemory } from "./memory.ts";
import { FAILED, info, SETTINGS, vm, vms } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

// 4 × 4 GB all run, of 4 × 4 GB with hot 1 one does: 20 GB.
const room = (gb: number, freeGb = gb) => ({
  info: info({ memoryMb: gb * 1_024, freeMemoryMb: freeGb * 1_024 }),
});
const own = (pool: string, count: number) =>
  Array.from({ length: count }, () => vm({ memoryMb: 4_096, pool }));
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
    "another VM that runs",
    () => checkMemory({ ...room(64, 18), vms: vms(vm({ memoryMb: 46_080 })) }, SETTINGS.pools),
    "fail",
    /1 other VM holds 45 GB/,
  ],
  [
    "a host whose other programs take the memory",
    () => checkMemory({ ...room(64, 10), vms: vms() }, SETTINGS.pools),
    "fail",
    /10 GB of it free/,
  ],
  [
    "other VMs that are off",
    () => checkMemory({ ...room(64), vms: vms(vm({ memoryMb: 46_080, power: "saved" })) }, SETTINGS.pools),
    "ok",
    /20 GB; the/,
  ],
  [
    "full pools on a host that they fill",
    () => checkMemory({ ...room(23, 2), vms: vms(...own("ci", 4), ...own("fast", 1)) }, SETTINGS.pools),
    "ok",
    /want 20 GB, 20 GB of which run already; the host has 23 GB, 2 GB of it free/,
  ],
  [
    "half a pool, with room for the other half",
    () => checkMemory({ ...room(26, 16), vms: vms(...own("ci", 2)) }, SETTINGS.pools),
    "ok",
    /8 GB of which run already; the host/,
  ],
  [
    "half a pool, without room for the other half",
    () => checkMemory({ ...room(26, 11), vms: vms(...own("ci", 2)) }, SETTINGS.pools),
    "fail",
    /11 GB of it free/,
  ],
  [
    "a pool that has more than it wants, beside one that has nothing",
    () => checkMemory({ ...room(26, 3), vms: vms(...own("ci", 5)) }, SETTINGS.pools),
    "fail",
    /want 20 GB, 16 GB of which run already, machines of hvpool beyond those hold 4 GB; the host/,
  ],
  [
    "machines of before a lost journal, beside those that took their place",
    () => checkMemory({ ...room(64, 20), vms: vms(...own("ci", 8), ...own("fast", 1)) }, SETTINGS.pools),
    "ok",
    /want 20 GB, 20 GB of which run already, machines of hvpool beyond those hold 16 GB; the host/,
  ],
  [
    "machines that are not saved yet, and those of a pool that is no more",
    () =>
      checkMemory(
        { ...room(64, 20), vms: vms(...own("fast", 3), ...own("gone", 1), vm({ memoryMb: 1_024 })) },
        SETTINGS.pools,
      ),
    "ok",
    /want 20 GB, 4 GB of which run already, machines of hvpool beyond those hold 12 GB, and 1 other VM holds 1 GB;/,
  ],
  ["an unread host", () => checkMemory({ info: FAILED, vms: vms() }, SETTINGS.pools), "warn", /not known/],
  [
    "VMs that were not listed",
    () => checkMemory({ ...room(64), vms: FAILED }, SETTINGS.pools),
    "warn",
    /not listed/,
  ],
]);
