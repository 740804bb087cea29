/**
 * The contract of the calls: the same cases through every door to the simulated host, or through the engine at
 * `HVPOOL_CONTRACT_POWERSHELL`, which `deno task test:contract --powershell PATH` sets.
 */
import { openEngine } from "../../src/app/engine.ts";
import { NO_STAND_IN } from "../../src/hyperv/testing/stand_in.ts";
import { hostPort } from "../../src/ports/engine.ts";
import { TEMPLATE_PATH } from "../../src/simulator/host_options.ts";
import type { Case } from "./case.ts";
import { DISK_CASES } from "./cases/disk_cases.ts";
import { ENGINE_CASES } from "./cases/engine_cases.ts";
import { FILE_CASES } from "./cases/file_cases.ts";
import { GUEST_CASES } from "./cases/guest_cases.ts";
import { MACHINE_CASES } from "./cases/machine_cases.ts";
import { NETWORK_CASES } from "./cases/network_cases.ts";
import { RECYCLE_CASES } from "./cases/recycle_cases.ts";
import { STATE_CASES } from "./cases/state_cases.ts";
import { TROUBLE_CASES } from "./cases/trouble_cases.ts";
import { type DoorName, openDoor } from "./doors.ts";
import { Stage } from "./stage.ts";

const CASES: readonly Case[] = [
  ...ENGINE_CASES,
  ...MACHINE_CASES,
  ...STATE_CASES,
  ...DISK_CASES,
  ...FILE_CASES,
  ...NETWORK_CASES,
  ...RECYCLE_CASES,
  ...GUEST_CASES,
  ...TROUBLE_CASES,
];
const DOORS: readonly DoorName[] = ["direct", "tcp", "stdio"];

const SIMULATED = { store: "C:\\hvpool\\contract", template: TEMPLATE_PATH, switchName: "" };
/** Guests and calls a hundred times as fast as real ones. */
const SPEED = 100;

function throughDoor(door: DoorName, one: Case): void {
  Deno.test({
    name: `${door} door: ${one.name}`,
    ignore: door === "stdio" && NO_STAND_IN,
    async fn() {
      const host = { templates: [{ path: TEMPLATE_PATH, sizeMb: 65_536 }], ...one.host };
      await using opened = await openDoor(door, { speed: SPEED, host });
      await one.run(new Stage(opened.host, SIMULATED, opened.simulator));
    },
  });
}

/** A template says that machines may be made there. */
function throughEngine(powershell: string, one: Case): void {
  const template = Deno.env.get("HVPOOL_CONTRACT_TEMPLATE");
  const store = Deno.env.get("HVPOOL_CONTRACT_STORE") ?? "C:\\hvpool\\contract";
  const switchName = Deno.env.get("HVPOOL_CONTRACT_SWITCH") ?? "";
  Deno.test({
    name: `${powershell}: ${one.name}`,
    ignore: one.needs === "simulator" || one.needs === "hyperv" && template === undefined,
    async fn() {
      const host = hostPort(openEngine({ powershell }));
      try {
        await one.run(new Stage(host, { store, template: template ?? "", switchName }));
      } finally {
        await host.close();
      }
    },
  });
}

const powershell = Deno.env.get("HVPOOL_CONTRACT_POWERSHELL");
for (const one of CASES) {
  if (powershell !== undefined) throughEngine(powershell, one);
  else for (const door of DOORS) throughDoor(door, one);
}
