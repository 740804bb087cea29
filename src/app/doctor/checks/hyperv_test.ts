import { checkHyperV, checkPowerShell, checkRights } from "./hyperv.ts";
import { FAILED, info, ping, pool, SETTINGS, UNKNOWN } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("hyperv", [
  ["a host that works", () => checkHyperV({ info: info() }), "ok", /run\./],
  [
    "a host without the feature",
    () => checkHyperV({ info: info({ service: "missing" }) }),
    "fail",
    /not installed.*Enable/,
  ],
  [
    "a stopped service",
    () => checkHyperV({ info: info({ service: "stopped" }) }),
    "fail",
    /vmms.*Start-Service vmms/,
  ],
  [
    "no hypervisor",
    () => checkHyperV({ info: info({ hypervisor: false }) }),
    "fail",
    /hypervisorlaunchtype auto/,
  ],
  ["a host that says nothing", () => checkHyperV({ info: FAILED }), "fail", /nobody answers/],
]);

table("rights", [
  ["an administrator", () => checkRights({ info: info() }, SETTINGS.pools), "ok", /administrator/],
  [
    "a Hyper-V administrator",
    () => checkRights({ info: info({ rights: "hyperv-administrator" }) }, SETTINGS.pools),
    "ok",
    /Hyper-V Administrators/,
  ],
  [
    "a Hyper-V administrator who has to mount disks",
    () => checkRights({ info: info({ rights: "hyperv-administrator" }) }, [pool({ delivery: "vhdx" })]),
    "fail",
    /may not mount.*\(ci\)/,
  ],
  [
    "somebody else",
    () => checkRights({ info: info({ rights: "none" }) }, []),
    "fail",
    /may not manage.*join/,
  ],
  ["an unread host", () => checkRights({ info: UNKNOWN }, []), "warn", /not known.*`hyperv`/],
]);

table("powershell", [
  ["Windows PowerShell 5.1", () => checkPowerShell({ ping: ping() }, {}), "ok", /5\.1\.26100\.1.*stdin/],
  ["scripts as files", () => checkPowerShell({ ping: ping() }, { scriptFiles: true }), "ok", /run as files/],
  [
    "PowerShell 7",
    () => checkPowerShell({ ping: ping({ engine: "7.6.5", edition: "Core" }) }, {}),
    "warn",
    /Prefer Windows PowerShell/,
  ],
  [
    "a constrained language",
    () => checkPowerShell({ ping: ping({ languageMode: "ConstrainedLanguage" }) }, {}),
    "fail",
    /WDAC or AppLocker/,
  ],
  ["PowerShell 3", () => checkPowerShell({ ping: ping({ engine: "3.0" }) }, {}), "fail", /too old/],
  [
    "a missing module",
    () => checkPowerShell({ ping: ping({ hyperv: false }) }, {}),
    "fail",
    /no Hyper-V module/,
  ],
  [
    "text that comes back changed",
    () => checkPowerShell({ ping: ping({ echo: "hvpool ??" }) }, {}),
    "fail",
    /changes text/,
  ],
  ["silence", () => checkPowerShell({ ping: UNKNOWN }, {}), "fail", /did not answer.*policy/],
]);
