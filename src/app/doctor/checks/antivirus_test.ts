import { checkAntivirus } from "./antivirus.ts";
import { config, local } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("antivirus", [
  [
    "a host without Defender",
    () => checkAntivirus(config(), local()),
    "ok",
    /D:\\vms, D:\\templates.*vmms\.exe/,
  ],
  [
    "a host with Defender",
    () => checkAntivirus(config(), local({ defender: true })),
    "warn",
    /Add-MpPreference -ExclusionPath 'D:\\vms', 'D:\\templates'/,
  ],
  [
    "a simulated host",
    () => checkAntivirus(config({ mode: "mock" }), local({ defender: true })),
    "ok",
    /should leave alone/,
  ],
]);
