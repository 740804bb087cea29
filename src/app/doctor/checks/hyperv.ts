/** Hyper-V itself, our rights there, and the engine that its calls go through. */
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, notKnown, ok, sentence, warn } from "../check.ts";
import type { ConfigFacts, HostFacts } from "../facts.ts";

/** `hyperv` */
export function checkHyperV({ info }: Pick<HostFacts, "info">): Check {
  if (info.outcome !== "ok") {
    return fail(
      "hyperv",
      `The host did not say how it is: ${sentence(info.message)}`,
      "Look at `powershell`, then try: hvpool bridge call host.info.",
    );
  }
  const { service, hypervisor } = info.value;
  if (service === "missing") {
    return fail(
      "hyperv",
      "Hyper-V is not installed on this host.",
      "Enable the feature and restart: Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All " +
        "(on a server: Install-WindowsFeature Hyper-V -IncludeManagementTools).",
    );
  }
  if (service === "stopped") {
    return fail(
      "hyperv",
      "The Hyper-V service (vmms) is not running.",
      "Start it: Start-Service vmms; and let it start by itself: Set-Service vmms -StartupType Automatic.",
    );
  }
  if (!hypervisor) {
    return fail(
      "hyperv",
      "The hypervisor does not run below Windows.",
      "Enable virtualization in the firmware, then: bcdedit /set hypervisorlaunchtype auto, and restart. " +
        "In a VM, its host has to expose virtualization.",
    );
  }
  return ok("hyperv", "Hyper-V is installed, its service and the hypervisor run.");
}

/** `rights` */
export function checkRights({ info }: Pick<HostFacts, "info">, pools: readonly PoolSettings[]): Check {
  if (info.outcome !== "ok") return notKnown("rights", "the host was not read", "hyperv");
  const { rights } = info.value;
  if (rights === "administrator") return ok("rights", "This account is an administrator.");
  if (rights === "none") {
    return fail(
      "rights",
      "This account may not manage Hyper-V.",
      "Run hvpool as an administrator (elevated), or join Hyper-V Administrators and log on anew.",
    );
  }
  const mounts = pools.filter((pool) => pool.delivery === "vhdx").map((pool) => pool.name);
  if (mounts.length === 0) return ok("rights", "This account is in Hyper-V Administrators.");
  return fail(
    "rights",
    `This account is in Hyper-V Administrators, which may not mount disks; delivery vhdx does so (${
      mounts.join(", ")
    }).`,
    "Run hvpool as an administrator, or set delivery to iso or direct.",
  );
}

const OLDEST_ENGINE = 5.1;

/** `powershell` */
export function checkPowerShell(
  { ping }: Pick<HostFacts, "ping">,
  config: Pick<ConfigFacts, "scriptFiles">,
): Check {
  if (ping.outcome !== "ok") {
    return fail(
      "powershell",
      `The engine did not answer: ${sentence(ping.message)}`,
      "Check hyperv.powershell, and that no policy (AppLocker, WDAC, an antivirus by AMSI) keeps powershell.exe or its script from running.",
    );
  }
  const { engine, edition, languageMode, hyperv, echo } = ping.value;
  const name = `${edition === "Desktop" ? "Windows PowerShell" : "PowerShell"} ${engine}`;
  if (languageMode !== "FullLanguage") {
    return fail(
      "powershell",
      `${name} runs in ${languageMode}: a policy (WDAC or AppLocker) restricts its language.`,
      "Allow hvpool's scripts in that policy: set hyperv.scripts to files, and sign or allow the folder.",
    );
  }
  if (!(Number.parseFloat(engine) >= OLDEST_ENGINE)) {
    return fail("powershell", `${name} is too old.`, "Install Windows Management Framework 5.1.");
  }
  if (!hyperv) {
    return fail(
      "powershell",
      `${name} has no Hyper-V module.`,
      "Enable the feature Microsoft-Hyper-V-Management-PowerShell (on a server: Install-WindowsFeature Hyper-V-PowerShell).",
    );
  }
  if (echo !== PING_ECHO) {
    return fail(
      "powershell",
      `${name} changes text on its way: ${JSON.stringify(echo)} came back.`,
      "Report it with this line; a tool between hvpool and PowerShell may be the cause.",
    );
  }
  const scripts = config.scriptFiles === true
    ? "its scripts run as files, so the execution policy allows them"
    : "its scripts go in over stdin, which no execution policy keeps out";
  if (edition === "Core") {
    return warn(
      "powershell",
      `${name} answers in FullLanguage; ${scripts}.`,
      "Prefer Windows PowerShell 5.1 (leave hyperv.powershell out): the Hyper-V module is made for it.",
    );
  }
  return ok("powershell", `${name} answers in FullLanguage; ${scripts}.`);
}

/** Comes back unchanged where text passes through unharmed. */
export const PING_ECHO = "hvpool \u00e4\u4e16\u{1f600}";
