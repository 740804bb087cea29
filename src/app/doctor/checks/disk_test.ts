import { checkDisk, checkStorage } from "./disk.ts";
import { FAILED, info, SETTINGS, UNKNOWN, vm, vms } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

// 4 × 10 GB, and 4 × (10 GB + two times 4 GB).
const free = (gb: number) => ({
  info: info({ volumes: [{ root: "d:\\", sizeMb: 900_000, freeMb: gb * 1_024 }] }),
});
const present = Array.from({ length: 4 }, () => vm({ pool: "ci" }));
table("disk", [
  [
    "room for all",
    () => checkDisk({ ...free(112), vms: vms() }, SETTINGS),
    "ok",
    /d:\\ has 112 GB free.*need 112 GB/,
  ],
  [
    "too little for new machines",
    () => checkDisk({ ...free(111), vms: vms() }, SETTINGS),
    "fail",
    /lower the pools' size/,
  ],
  [
    "room for new ones, not for the growth of the others",
    () => checkDisk({ ...free(111), vms: vms(...present) }, SETTINGS),
    "warn",
    /may grow by 40 GB/,
  ],
  [
    "the larger part there already",
    () => checkDisk({ ...free(112), vms: vms(...present) }, SETTINGS),
    "ok",
    /need 72 GB/,
  ],
  [
    "a volume that is not there",
    () => checkDisk({ info: info({ volumes: [] }), vms: vms() }, SETTINGS),
    "fail",
    /No volume.*storage_path/,
  ],
  [
    "a share",
    () => checkDisk({ info: info(), vms: vms() }, { ...SETTINGS, storage: "\\\\nas\\vms" }),
    "ok",
    /not known.*share/,
  ],
  ["an unread host", () => checkDisk({ info: FAILED, vms: vms() }, SETTINGS), "warn", /not known/],
]);

const written = { outcome: "ok", value: {} } as const;
table("storage", [
  ["a folder that takes a file", () => checkStorage({ write: written }, "D:\\vms"), "ok", /can be written/],
  [
    "a folder that refuses",
    () => checkStorage({ write: { ...FAILED, code: "access_denied" } }, "D:\\vms"),
    "fail",
    /Cannot write to D:\\vms/,
  ],
  ["another failure", () => checkStorage({ write: FAILED }, "D:\\vms"), "warn", /nobody answers/],
  ["no answer", () => checkStorage({ write: UNKNOWN }, "D:\\vms"), "warn", /not known.*--live/],
]);
