/** Starts effects, once each, and turns what the ports answer into results. It decides nothing. */
import { type OperationName, OPERATIONS } from "../model/calls.ts";
import type { Result } from "../model/conclude.ts";
import type { Effect } from "../model/effects.ts";
import type { Ms, ScopeKey, VmId } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { ForgePort, ForgeResult } from "../ports/forge.ts";
import {
  CONFIG_DRIVE_FILE,
  GUEST_PROTOCOL,
  type GuestAccount,
  type GuestSetup,
  type Introduction,
} from "../ports/guest.ts";
import type { HostArgs, HostPort, HostResult } from "../ports/host.ts";
import { GUEST_SCRIPTS } from "./guest_scripts.ts";
import { prepareGuest } from "./prepare_guest.ts";

/** The ports that effects reach. */
export interface Ports {
  readonly host: HostPort;
  readonly forge: ForgePort;
  readonly clock: Clock;
  /** What a pool's guests are told beyond the core's settings. @default nothing */
  readonly guestSetup?: (pool: string) => GuestSetup | undefined;
  /** Account in the guests for PowerShell Direct; needed where an image has no loader. */
  readonly guestAccount?: GuestAccount;
}

/** How much longer than a call's own limit the executor waits before it calls the answer unknown. */
const SLACK_MS: Ms = 5_000;

type Good = Extract<Result, { outcome: "ok" }>["value"];

function fromHost<V>(answer: HostResult<V>, pick: (value: V) => Good): Result {
  return answer.outcome === "ok" ? { outcome: "ok", value: pick(answer.value) } : answer;
}

function fromForge<V>(answer: ForgeResult<V>, pick: (value: V) => Good): Result {
  return answer.outcome === "ok" ? { outcome: "ok", value: pick(answer.value) } : answer;
}

/** Arguments were made by `effects.ts` for this very call. */
function args<T>(effect: Effect): T {
  return effect.args as T;
}

const none = (): Good => ({});

/** What `media.put` is opened with; the config drive's file is written here, at the last moment. */
export interface Delivery {
  readonly vmId: VmId;
  readonly directory: string;
  readonly use: number;
  readonly cycle: string;
  readonly jitConfig: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Nobody reads a guest's end in this version, so it need not wait for a `bye`. */
const BYE_SECONDS = 0;

/** Arguments of `media.put` on the host: the config drive, written at the last moment. */
export function configDrive(delivery: Delivery, now: Ms, setup?: GuestSetup): HostArgs<"media.put"> {
  const { vmId, directory, use, cycle, jitConfig, env } = delivery;
  const { pinned, caCertificates = [] } = setup ?? {};
  const introduction: Introduction = {
    protocol: GUEST_PROTOCOL,
    cycle,
    use,
    now: new Date(now).toISOString(),
    jitConfig,
    env,
    byeSeconds: BYE_SECONDS,
    runner: { user: setup?.user ?? "standard", ...(pinned === undefined ? {} : { pinned }) },
    ...(caCertificates.length === 0 ? {} : { caCertificates }),
  };
  const files = [{ name: CONFIG_DRIVE_FILE, text: JSON.stringify(introduction) }, ...GUEST_SCRIPTS];
  return { vmId, directory, use, files };
}

/** The pool of a cycle, `<pool>/<slot>.<n>`. */
function poolOf(cycle: string): string {
  return cycle.slice(0, cycle.indexOf("/"));
}

type Start = (effect: Effect, ports: Ports) => Promise<Result>;

const STARTS: Readonly<Record<OperationName, Start>> = {
  "disk.createChild": async (effect, { host }) =>
    fromHost(await host.call("disk.createChild", args(effect)), none),
  "vm.create": async (effect, { host }) =>
    fromHost(
      await host.call("vm.create", args(effect)),
      ({ vmId, power }) => ({ vmId: vmId as VmId, power }),
    ),
  "vm.start": async (effect, { host }) =>
    fromHost(await host.call("vm.start", args(effect)), ({ power }) => ({ power })),
  "vm.turnOff": async (effect, { host }) =>
    fromHost(await host.call("vm.turnOff", args(effect)), ({ power }) => ({ power })),
  "vm.remove": async (effect, { host }) => fromHost(await host.call("vm.remove", args(effect)), none),
  "guest.prepare": async (effect, { host, guestAccount }) => {
    const { vmId } = args<{ vmId: VmId }>(effect);
    if (guestAccount !== undefined) return await prepareGuest(host, vmId, guestAccount);
    const message =
      "No account for PowerShell Direct is known. Set hyperv.vm_username and hyperv.vm_password.";
    return { outcome: "failed", code: "access_denied", message };
  },
  "media.put": async (effect, { host, clock, guestSetup }) => {
    const delivery = args<Delivery>(effect);
    const drive = configDrive(delivery, clock.now(), guestSetup?.(poolOf(delivery.cycle)));
    return fromHost(await host.call("media.put", drive), none);
  },
  "media.take": async (effect, { host }) => fromHost(await host.call("media.take", args(effect)), none),
  "dir.remove": async (effect, { host }) => fromHost(await host.call("dir.remove", args(effect)), none),
  "runner.register": async (effect, { forge }) =>
    fromForge(await forge.register(args(effect)), ({ runnerId, jitConfig }) => ({ runnerId, jitConfig })),
  "runner.remove": async (effect, { forge }) => {
    const { scope, runnerId } = args<{ scope: ScopeKey; runnerId: number }>(effect);
    return fromForge(await forge.remove(scope, runnerId), none);
  },
};

/** Starts one effect. Resolves always: past its limit the answer is unknown, and a later one is dropped. */
export function execute(effect: Effect, ports: Ports): Promise<Result> {
  const { clock } = ports;
  const limitMs = OPERATIONS[effect.call].limitMs + SLACK_MS;
  return new Promise((resolve) => {
    const cancel = clock.at(clock.now() + limitMs, () => {
      resolve({ outcome: "unknown", message: `${effect.call} was not answered within ${limitMs / 1000} s` });
    });
    STARTS[effect.call](effect, ports).then((result) => {
      cancel();
      resolve(result);
    }, (error: unknown) => {
      // A port never rejects; if one does, nothing is known about the effect.
      cancel();
      resolve({ outcome: "unknown", message: `${effect.call} ended with ${String(error)}` });
    });
  });
}
