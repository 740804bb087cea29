/** Starts effects, once each, and turns what the ports answer into results. It decides nothing. */
import { type OperationName, OPERATIONS } from "../model/calls.ts";
import type { Result } from "../model/conclude.ts";
import type { Delivery, Effect } from "../model/effects.ts";
import type { Ms, ScopeKey, VmId } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { EvidencePort, EvidenceRequest } from "../ports/evidence.ts";
import type { ForgePort, ForgeResult } from "../ports/forge.ts";
import { type GuestAccount, type GuestSetup, HOST_KEYS } from "../ports/guest.ts";
import type { HostArgs, HostPort, HostResult } from "../ports/host.ts";
import type { PackageResult, RunnerPackages } from "../ports/runner_packages.ts";
import { SEED_CONFIG_FILE } from "../ports/seed_config.ts";
import type { WebPort } from "../ports/web.ts";
import { filesOnDisk, introductionFiles, seedFile } from "./delivery.ts";
import { captureScreen } from "./capture_screen.ts";
import { installGuest } from "./install_guest.ts";
import { prepareGuest } from "./prepare_guest.ts";
import { publishTemplate } from "./publish_template.ts";
import { packageOf } from "./runner_release.ts";
import { diskInStore } from "./template_store.ts";

/** The ports that effects reach. */
export interface Ports {
  readonly host: HostPort;
  readonly forge: ForgePort;
  readonly clock: Clock;
  /** What a pool's guests are told beyond the core's settings. @default nothing */
  readonly guestSetup?: (pool: string) => GuestSetup | undefined;
  /** Account in the guests for PowerShell Direct; needed where an image has no loader. */
  readonly guestAccount?: GuestAccount;
  /** The account of that name in `guest_accounts:`. */
  readonly namedAccount?: (name: string) => GuestAccount | undefined;
  /** Keeps what machines that failed show. @default nothing is kept */
  readonly evidence?: EvidencePort;
  /** Runner programs. @default none can be installed */
  readonly packages?: RunnerPackages;
  /** Web servers that templates are exported to. @default none can be reached */
  readonly web?: WebPort;
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

/** Arguments of a delivery's call on the host: its files are made at the last moment. */
export function deliveryCall(
  effect: Effect,
  now: Ms,
  setup?: GuestSetup,
): { call: "media.put"; args: HostArgs<"media.put"> } | {
  call: "disk.inject";
  args: HostArgs<"disk.inject">;
} {
  if (effect.call === "disk.inject") {
    const delivery = args<Delivery & { path: string }>(effect);
    return { call: "disk.inject", args: { path: delivery.path, files: filesOnDisk(delivery, now, setup) } };
  }
  const delivery = args<Delivery & { vmId: VmId; directory: string }>(effect);
  const { vmId, directory, use, credentials } = delivery;
  // A guest that registers by itself has no loader that would read a drive; the configuration is refused at load.
  if (credentials.kind !== "jit") throw new Error(`${effect.call} needs a just-in-time configuration`);
  const files = introductionFiles(delivery, credentials.jitConfig, now, setup);
  return { call: "media.put", args: { vmId, directory, use, files } };
}

/** The pool of a cycle, `<pool>/<slot>.<n>`. */
function poolOf(cycle: string): string {
  return cycle.slice(0, cycle.indexOf("/"));
}

async function deliver(effect: Effect, { host, clock, guestSetup }: Ports): Promise<Result> {
  const sent = deliveryCall(effect, clock.now(), guestSetup?.(poolOf(effect.cycle)));
  return sent.call === "media.put"
    ? fromHost(await host.call(sent.call, sent.args), none)
    : fromHost(await host.call(sent.call, sent.args), none);
}

const NO_ACCOUNT: Result = {
  outcome: "failed",
  code: "access_denied",
  message:
    "No account for PowerShell Direct is known. Set hyperv.vm_username and hyperv.vm_password, or the entry " +
    "of guest_accounts: that the template names.",
};

async function register(effect: Effect, { forge }: Ports): Promise<Result> {
  const { registration, ...request } = args<
    Parameters<ForgePort["register"]>[0] & { registration: "jit" | "token" }
  >(effect);
  if (registration === "token") {
    return fromForge(await forge.registrationToken(request.scope), ({ token }) => ({
      credentials: { kind: "token", token },
    }));
  }
  return fromForge(await forge.register(request), ({ runnerId, jitConfig }) => ({
    runnerId,
    credentials: { kind: "jit", jitConfig },
  }));
}

/** What is asked of packages, in the words of answers to operations. */
function fromPackages<V>(
  answer: PackageResult<V>,
): Exclude<Result, { outcome: "ok" }> | { outcome: "ok"; value: V } {
  return answer;
}

/** The account in a guest: the one that its template names, else the one of `hyperv:`. */
function accountOf(
  { guestAccount, namedAccount }: Ports,
  name: string | undefined,
): GuestAccount | undefined {
  return name === undefined ? guestAccount : namedAccount?.(name);
}

/** A piece of a disk; one that is another disk now, or was written to meanwhile, is not copied on. */
async function copyPiece(effect: Effect, { host }: Ports): Promise<Result> {
  const { identity, ...piece } = args<HostArgs<"file.copy"> & { identity: string }>(effect);
  const same = async (): Promise<Result | undefined> => {
    const disk = await host.call("disk.info", { path: piece.path });
    if (disk.outcome !== "ok") return disk;
    if (disk.value.identity === identity) return undefined;
    return {
      outcome: "failed",
      code: "invalid",
      message: `The disk ${piece.path} was replaced or written to while it was copied. Prepare it again.`,
    };
  };
  const before = await same();
  if (before !== undefined) return before;
  const copied = await host.call("file.copy", piece);
  if (copied.outcome !== "ok") return copied;
  const after = await same();
  if (after !== undefined) return after;
  const { copied: bytes, size } = copied.value;
  return { outcome: "ok", value: { copied: piece.offset + bytes, size } };
}

/** Accounts in GitHub that the runner program may be asked of. */
type Scopes = () => readonly ScopeKey[];

async function install(effect: Effect, ports: Ports, scopes: Scopes): Promise<Result> {
  const { vmId, credentials, runner } = args<{ vmId: VmId; credentials?: string; runner?: string }>(effect);
  const account = accountOf(ports, credentials);
  if (account === undefined) return NO_ACCOUNT;
  if (runner === undefined) return await installGuest(ports.host, vmId, account, {});
  const fetched = fromPackages(await packageOf(runner, ports, scopes()));
  if (fetched.outcome !== "ok") return fetched;
  return await installGuest(ports.host, vmId, account, { runner: fetched.value });
}

/** A picture of its screen, where there is one, beside what the journal says. */
async function keepEvidence(effect: Effect, { host, evidence }: Ports): Promise<Result> {
  if (evidence === undefined) return { outcome: "ok", value: {} };
  const { vmId, ...request } = args<EvidenceRequest & { vmId?: VmId }>(effect);
  const screen = vmId === undefined ? undefined : await captureScreen(host, vmId);
  try {
    await evidence.keep({ ...request, ...(screen === undefined ? {} : { screen }) });
    return { outcome: "ok", value: {} };
  } catch (error) {
    return {
      outcome: "failed",
      code: "unknown",
      message: `The evidence could not be kept: ${String(error)}`,
    };
  }
}

async function publish(effect: Effect, { host }: Ports): Promise<Result> {
  const { path, store, name, key, runner } = args<
    { path: string; store: string; name: string; key: string; runner?: string }
  >(effect);
  const target = diskInStore(store, name, key);
  return await publishTemplate(host, { path, target, ...(runner === undefined ? {} : { runner }) });
}

type Start = (effect: Effect, ports: Ports, scopes: Scopes) => Promise<Result>;

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
  "vm.save": async (effect, { host }) =>
    fromHost(await host.call("vm.save", args(effect)), ({ power }) => ({ power })),
  "vm.turnOff": async (effect, { host }) =>
    fromHost(await host.call("vm.turnOff", args(effect)), ({ power }) => ({ power })),
  "checkpoint.create": async (effect, { host }) =>
    fromHost(await host.call("checkpoint.create", args(effect)), ({ checkpointId }) => ({ checkpointId })),
  "checkpoint.restore": async (effect, { host }) =>
    fromHost(await host.call("checkpoint.restore", args(effect)), ({ power }) => ({ power })),
  "savedState.remove": async (effect, { host }) =>
    fromHost(await host.call("savedState.remove", args(effect)), ({ power }) => ({ power })),
  "nic.reconnect": async (effect, { host }) => fromHost(await host.call("nic.reconnect", args(effect)), none),
  "vm.remove": async (effect, { host }) => fromHost(await host.call("vm.remove", args(effect)), none),
  "guest.prepare": async (effect, ports) => {
    const { vmId, credentials } = args<{ vmId: VmId; credentials?: string }>(effect);
    const account = accountOf(ports, credentials);
    return account === undefined ? NO_ACCOUNT : await prepareGuest(ports.host, vmId, account);
  },
  "net.isolate": async (effect, { host }) => fromHost(await host.call("net.isolate", args(effect)), none),
  "evidence.keep": keepEvidence,
  "gpu.add": async (effect, { host }) => fromHost(await host.call("gpu.add", args(effect)), none),
  "file.copy": copyPiece,
  "runner.fetch": async (effect, ports, scopes) => {
    const { runner } = args<{ runner: string }>(effect);
    const fetched = fromPackages(await packageOf(runner, ports, scopes()));
    return fetched.outcome === "ok" ? { outcome: "ok", value: {} } : fetched;
  },
  "guest.install": install,
  "template.publish": publish,
  "guest.deliver": async (effect, ports) => {
    const { host } = ports;
    const delivery = args<Delivery & { vmId: VmId }>(effect);
    const { vmId, credentials } = delivery;
    const account = accountOf(ports, delivery.account);
    if (account === undefined) return NO_ACCOUNT;
    if (credentials.kind !== "token") throw new Error("guest.deliver needs a registration token");
    const data = new TextEncoder().encode(seedFile(delivery, credentials.token)).toBase64();
    const file = { vmId, ...account, path: `C:\\${SEED_CONFIG_FILE}`, offset: 0, data };
    return fromHost(await host.call("guest.copyIn", file), none);
  },
  "guest.bye": async (effect, { host }) => {
    const { vmId, use } = args<{ vmId: VmId; use: number }>(effect);
    return fromHost(await host.call("kvp.push", { vmId, items: { [HOST_KEYS.bye]: String(use) } }), none);
  },
  "disk.inject": deliver,
  "media.put": deliver,
  "media.take": async (effect, { host }) => fromHost(await host.call("media.take", args(effect)), none),
  "dir.remove": async (effect, { host }) => fromHost(await host.call("dir.remove", args(effect)), none),
  "runner.register": register,
  "runner.remove": async (effect, { forge }) => {
    const { scope, runnerId } = args<{ scope: ScopeKey; runnerId: number }>(effect);
    return fromForge(await forge.remove(scope, runnerId), none);
  },
};

/** Starts one effect. Resolves always: past its limit the answer is unknown, and a later one is dropped. */
export function execute(effect: Effect, ports: Ports, scopes: Scopes = () => []): Promise<Result> {
  const { clock } = ports;
  const limitMs = OPERATIONS[effect.call].limitMs + SLACK_MS;
  return new Promise((resolve) => {
    const cancel = clock.at(clock.now() + limitMs, () => {
      resolve({ outcome: "unknown", message: `${effect.call} was not answered within ${limitMs / 1000} s` });
    });
    STARTS[effect.call](effect, ports, scopes).then((result) => {
      cancel();
      resolve(result);
    }, (error: unknown) => {
      // A port never rejects; if one does, nothing is known about the effect.
      cancel();
      resolve({ outcome: "unknown", message: `${effect.call} ended with ${String(error)}` });
    });
  });
}
