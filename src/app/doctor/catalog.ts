/** Every check: its id, the facts that it needs, and what makes its lines. The order is that of the output. */
import type { PoolSettings, Settings } from "../../model/settings.ts";
import { type Check, notKnown, ok } from "./check.ts";
import { checkAntivirus } from "./checks/antivirus.ts";
import { checkConfig, checkSecrets } from "./checks/config.ts";
import { checkDisk, checkStorage, volumeOf } from "./checks/disk.ts";
import { checkApp, checkGitHub, checkGroup, checkRate, checkTime } from "./checks/github.ts";
import { checkHyperV, checkPowerShell, checkRights } from "./checks/hyperv.ts";
import { checkImages, checkRunner } from "./checks/image.ts";
import { checkLeftovers } from "./checks/leftovers.ts";
import { checkApi, checkJournal } from "./checks/local.ts";
import { checkMemory } from "./checks/memory.ts";
import { checkAddresses, checkSwitch } from "./checks/network.ts";
import { checkGuests, checkOutbound } from "./checks/outbound.ts";
import { checkPlatform } from "./checks/platform.ts";
import { checkGpu, checkTemplate } from "./checks/template.ts";
import type { FactGroup, Facts } from "./facts.ts";

/** One kind of check. */
export interface CheckRow {
  /** Without its subject: `template` for `template:<pool>`. */
  readonly id: string;
  readonly needs: readonly FactGroup[];
  run(facts: Facts): Check[];
}

function pools({ config }: Facts): readonly PoolSettings[] {
  return config.settings?.pools ?? [];
}

/** Whether anything is asked of GitHub: agent pools need none. Without settings nobody knows, so it is. */
export function wantsGitHub(settings: Settings | undefined): boolean {
  return settings === undefined || settings.pools.some(({ kind }) => kind === "runner");
}

/** Lines that need the host; one that says why where it could not be had. */
function withHost(id: string, facts: Facts, lines: (host: NonNullable<Facts["host"]>) => Check[]): Check[] {
  if (facts.host !== undefined) return lines(facts.host);
  return [notKnown(id, "the host was not reached", facts.config.problems.length > 0 ? "config" : "platform")];
}

/** What is said, instead of nothing, where nobody needs GitHub. */
const SAID_WITHOUT_GITHUB = new Set(["github", "app"]);

/** Lines that need GitHub; one that says why where it could not be asked. */
function withGitHub(
  id: string,
  facts: Facts,
  lines: (github: NonNullable<Facts["github"]>) => Check[],
): Check[] {
  if (!wantsGitHub(facts.config.settings)) {
    return SAID_WITHOUT_GITHUB.has(id) ? [ok(id, "No pool needs it.")] : [];
  }
  if (facts.github !== undefined) return lines(facts.github);
  const { problems, secretProblems = [] } = facts.config;
  const first = problems.length > 0 ? "config" : secretProblems.length > 0 ? "secrets" : "platform";
  return [notKnown(id, "GitHub was not asked", first)];
}

function withLocal(facts: Facts, lines: (local: NonNullable<Facts["local"]>) => Check[]): Check[] {
  return facts.local === undefined ? [] : lines(facts.local);
}

/** Where this system does not tell the data directory's space, the Hyper-V host does, being the same machine. */
function withFreeSpace(local: NonNullable<Facts["local"]>, { config, host }: Facts): typeof local {
  if (local.freeMb !== undefined || config.mode !== "host" || host?.info.outcome !== "ok") return local;
  const volume = volumeOf(host.info.value.volumes, local.dataDir);
  return volume === undefined ? local : { ...local, freeMb: volume.freeMb };
}

/** What a running controller says of a pool; `undefined` where none runs, or it does not know the pool. */
function whyOf({ local }: Facts, pool: string): string | null | undefined {
  if (local?.api.state !== "answers") return undefined;
  return local.api.status.pools.find(({ name }) => name === pool)?.why;
}

/** The table. */
export const CHECKS: readonly CheckRow[] = [
  { id: "config", needs: [], run: ({ config }) => [checkConfig(config)] },
  { id: "secrets", needs: [], run: ({ config }) => [checkSecrets(config)] },
  { id: "platform", needs: ["host"], run: (facts) => [checkPlatform(facts)] },
  {
    id: "powershell",
    needs: ["host"],
    run: (facts) => withHost("powershell", facts, (host) => [checkPowerShell(host, facts.config)]),
  },
  { id: "hyperv", needs: ["host"], run: (facts) => withHost("hyperv", facts, (host) => [checkHyperV(host)]) },
  {
    id: "rights",
    needs: ["host"],
    run: (facts) => withHost("rights", facts, (host) => [checkRights(host, pools(facts))]),
  },
  {
    id: "memory",
    needs: ["host"],
    run: (facts) => withHost("memory", facts, (host) => [checkMemory(host, pools(facts))]),
  },
  {
    id: "disk",
    needs: ["host"],
    run: (facts) => {
      const { settings } = facts.config;
      return settings === undefined ? [] : withHost("disk", facts, (host) => [checkDisk(host, settings)]);
    },
  },
  {
    id: "storage",
    needs: ["host"],
    run: (facts) => {
      const { settings } = facts.config;
      return settings === undefined
        ? []
        : withHost("storage", facts, (host) => [checkStorage(host, settings.storage)]);
    },
  },
  {
    id: "leftovers",
    needs: ["host"],
    run: (facts) => {
      const { settings } = facts.config;
      return settings === undefined ? [] : withHost("leftovers", facts, (host) => [checkLeftovers(host)]);
    },
  },
  {
    id: "template",
    needs: ["host", "local"],
    run: (facts) =>
      pools(facts).map((pool) =>
        checkTemplate(pool, facts.host?.disks.get(pool.name), whyOf(facts, pool.name))
      ),
  },
  {
    id: "gpu",
    needs: ["host"],
    run: (facts) =>
      pools(facts).filter(({ template }) => template.gpu === true).flatMap((pool) =>
        withHost("gpu", facts, (host) => [checkGpu(pool, host)])
      ),
  },
  {
    id: "switch",
    needs: ["host"],
    run: (facts) =>
      pools(facts).flatMap((pool) =>
        withHost(`switch:${pool.name}`, facts, (host) => [
          checkSwitch(host, pool, facts.config.poolKeys?.get(pool.name)),
        ])
      ),
  },
  {
    id: "addresses",
    needs: ["host"],
    run: (facts) => withHost("addresses", facts, (host) => [checkAddresses(host, pools(facts))]),
  },
  {
    id: "antivirus",
    needs: ["local"],
    run: (facts) =>
      facts.config.settings === undefined
        ? []
        : withLocal(facts, (local) => [checkAntivirus(facts.config, local)]),
  },
  {
    id: "github",
    needs: ["github"],
    run: (facts) => withGitHub("github", facts, (github) => [checkGitHub(github)]),
  },
  {
    id: "time",
    needs: ["github"],
    run: (facts) => withGitHub("time", facts, (github) => [checkTime(github)]),
  },
  { id: "app", needs: ["github"], run: (facts) => withGitHub("app", facts, (github) => [checkApp(github)]) },
  {
    id: "group",
    needs: ["github"],
    run: (facts) =>
      pools(facts).filter(({ kind }) => kind === "runner").flatMap((pool) =>
        withGitHub(`group:${pool.name}`, facts, (github) => [
          checkGroup(github, pool, facts.config.poolKeys?.get(pool.name)),
        ])
      ),
  },
  {
    id: "rate",
    needs: ["github"],
    run: (facts) => withGitHub("rate", facts, (github) => [checkRate(github)]),
  },
  {
    id: "runner",
    needs: ["github", "local"],
    run: (facts) => withGitHub("runner", facts, (github) => [checkRunner(github, facts.local)]),
  },
  { id: "image", needs: ["local"], run: ({ local }) => checkImages(local) },
  { id: "outbound", needs: ["outbound"], run: ({ outbound = [] }) => outbound.map(checkOutbound) },
  {
    id: "guests",
    needs: [],
    run: ({ config }) => wantsGitHub(config.settings) ? [checkGuests()] : [],
  },
  {
    id: "journal",
    needs: ["local", "host"],
    run: (facts) => withLocal(facts, (local) => [checkJournal(withFreeSpace(local, facts))]),
  },
  { id: "api", needs: ["local"], run: (facts) => withLocal(facts, (local) => [checkApi(local)]) },
];

/** Rows that `--only` leaves: all without it. Each of `only` is an id, or its part before the colon. */
export function rowsFor(only: readonly string[] | undefined): readonly CheckRow[] {
  if (only === undefined) return CHECKS;
  return CHECKS.filter(({ id }) => only.some((wanted) => baseOf(wanted) === id));
}

/** Which of `only` name no check. */
export function unknownIds(only: readonly string[]): string[] {
  return only.filter((wanted) => !CHECKS.some(({ id }) => id === baseOf(wanted)));
}

/** Whether `--only` leaves this line. */
export function isWanted(id: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((wanted) => wanted === id || wanted === baseOf(id));
}

function baseOf(id: string): string {
  const [base = ""] = id.split(":");
  return base;
}
