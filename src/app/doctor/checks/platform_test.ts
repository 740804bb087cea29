import { checkPlatform } from "./platform.ts";
import { config, info } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("platform", [
  [
    "Windows Server 2025",
    () => checkPlatform({ config: config(), host: { info: info() } as never }),
    "ok",
    /Windows Server \(10\.0\.26100\)/,
  ],
  [
    "an old build",
    () =>
      checkPlatform({
        config: config(),
        host: { info: info({ osBuild: "10.0.14393", product: "client" }) } as never,
      }),
    "warn",
    /older.*17763/,
  ],
  [
    "a simulated host",
    () => checkPlatform({ config: config({ mode: "simulator", os: "linux" }) }),
    "ok",
    /simulated/,
  ],
  [
    "another system",
    () => checkPlatform({ config: config({ os: "linux" }) }),
    "fail",
    /This is linux.*debug\.simulator/,
  ],
  [
    "a simulator that is not there",
    () => checkPlatform({ config: config({ worldProblem: "no simulator answers" }) }),
    "fail",
    /no simulator/,
  ],
]);
