/** What the simulated controllers are told: mostly one pool on one account, and slower polls, so that days pass quickly. */
import type { Ms, ScopeKey } from "../../src/model/ids.ts";
import {
  DEFAULT_LANES,
  DEFAULT_TIMES,
  type PoolSettings,
  REAP_SHARE,
  REAP_WINDOW_MS,
  type Settings,
  type Times,
} from "../../src/model/settings.ts";

/** Where simulated time begins; any moment will do. */
export const START: Ms = 1_767_225_600_000;
/** One minute. */
export const MINUTE: Ms = 60_000;
/** One hour. */
export const HOUR: Ms = 3_600_000;
/** The account of every pool. */
export const SCOPE = "orgs/simulated" as ScopeKey;
/** What jobs ask for. */
export const LABELS: readonly string[] = ["self-hosted", "windows", "x64"];
/** Name of the pool. */
export const POOL = "ci";

/** The golden disk of every host. */
export const TEMPLATE = "C:\\hvpool\\templates\\windows.vhdx";

/** Settings as every controller has them. */
export function simulatedSettings(slots: number, times: Partial<Times> = {}): Settings {
  return {
    storage: "D:\\vms",
    lanes: DEFAULT_LANES,
    times: {
      ...DEFAULT_TIMES,
      pollVmsMs: 30_000,
      pollRunnersMs: 20_000,
      pollDirectoriesMs: 300_000,
      ...times,
    },
    pools: [{
      name: POOL,
      kind: "runner",
      size: slots,
      prefix: "runner-",
      scope: SCOPE,
      group: "Default",
      labels: LABELS,
      workFolder: "_work",
      env: {},
      template: {
        name: "default",
        path: TEMPLATE,
        memoryMb: 4096,
        processors: 2,
        secureBoot: "MicrosoftWindows",
        tpm: false,
        nested: false,
      },
      switchName: "",
    }],
  };
}

/** The same settings with something of the pool changed. */
export function withPool(settings: Settings, change: Partial<Settings["pools"][number]>): Settings {
  return { ...settings, pools: settings.pools.map((pool) => ({ ...pool, ...change })) };
}

/** One of several pools; what it does not say is as in the ordinary one. */
export type OneOfPools = Partial<PoolSettings> & Pick<PoolSettings, "name" | "prefix" | "size">;

/** Several pools in the place of the one. */
export function withPools(settings: Settings, pools: readonly OneOfPools[]): Settings {
  const [ordinary] = settings.pools;
  if (ordinary === undefined) throw new Error("Settings without a pool");
  return { ...settings, pools: pools.map((pool) => ({ ...ordinary, ...pool })) };
}

/** From power on to a runner in GitHub's list, with polls and lags, when nothing disturbs it. */
const CYCLE_MS: Ms = 3 * MINUTE;
/** Longest wait of a reading that failed, and of GitHub's list after it. */
const READING_MS: Ms = 2 * MINUTE;
/** Longest limit of one call. */
const CALL_MS: Ms = 3 * MINUTE;
/** A boot, with the calls around it. */
const BOOT_MS: Ms = MINUTE;

/** Until the last runner of a pool is given up for its absence, of which there are only so many a minute. */
function reapingMs({ size }: PoolSettings): Ms {
  return Math.ceil(size / Math.max(1, Math.floor(size * REAP_SHARE))) * REAP_WINDOW_MS;
}

/**
 * How long after the last disturbance a pool is full again: the longest phase deadline under way, retiring
 * included, the longest back-off, and two undisturbed cycles. Beside that the wait for the lane, where more
 * machines boot than go through it within two cycles.
 */
export function capacityBoundMs({ times, pools, lanes }: Settings): Ms {
  const slots = pools.reduce((sum, { size }) => sum + size, 0);
  const rounds = Math.max(0, Math.ceil(slots / lanes.boot) - 2);
  const offline = times.offlineMs + Math.max(0, ...pools.map(reapingMs));
  const retiring = CALL_MS + Math.max(times.youngMs + times.graceMs, times.noTraceMs);
  const deadline = Math.max(times.bootMs, times.joinMs, offline, retiring);
  return deadline + 1.2 * times.slotBackoffMaxMs + READING_MS + 2 * CYCLE_MS + rounds * BOOT_MS;
}
