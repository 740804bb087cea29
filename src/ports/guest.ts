/**
 * What a guest says of itself through Hyper-V's key-value exchange, and what it is given on the config drive.
 *
 * Everything from a guest is a hint from a writer who may be hostile: fixed keys, ASCII, bounded, matched to
 * enumerations. What does not match is as if it had not been said.
 */
import type { Ms } from "../model/ids.ts";
import type { GuestNetwork } from "../model/network_addresses.ts";

/** Keys a guest writes. */
export const GUEST_KEYS = {
  phase: "hvpool.phase",
  beat: "hvpool.beat",
  use: "hvpool.use",
  exit: "hvpool.exit",
  error: "hvpool.error",
  job: "hvpool.job",
  runner: "hvpool.runner",
  loader: "hvpool.loader",
  desktop: "hvpool.desktop",
  address: "hvpool.address",
  time: "hvpool.time",
} as const;

/** Keys the host writes. */
export const HOST_KEYS = {
  /** The use number whose `exit` the host has read: the guest need not wait any longer. */
  bye: "hvpool.bye",
} as const;

/** Version of the protocol of `docs/guest-protocol.md`. A loader ignores configurations of another one. */
export const GUEST_PROTOCOL = 1;

/**
 * `waiting`: booted, wants its introduction · `got`: has read it · `running`: the runner was started ·
 * `done`: the runner ended, `exit` has its code · `failed`: it could not be started.
 */
export const GUEST_PHASES = ["starting", "waiting", "got", "running", "done", "failed"] as const;
/** A phase a guest may report. */
export type GuestPhase = typeof GUEST_PHASES[number];

/** Why a guest came to nothing, or what it could not read. */
export const GUEST_ERRORS = [
  /** A configuration that cannot be read. */
  "configuration",
  /** A configuration of another protocol. */
  "protocol",
  /** No address could be had, and the loader goes on; or that of the configuration could not be set. */
  "network",
  /** The machine was started again after it had its introduction. */
  "restarted",
  /** The script that came with the configuration could not be run. */
  "script",
  /** The image has no runner, and none is pinned. */
  "runner-missing",
  "runner-download",
  "runner-checksum",
  /** The local account, its rights or its session could not be made. */
  "account",
  /** The runner program could not be started. */
  "start",
] as const;
/** An error that a guest may report. */
export type GuestError = typeof GUEST_ERRORS[number];

/** What the runner program means by its exit codes. Source: actions/runner, Constants.Runner.ReturnCode. */
export const RUNNER_EXITS = {
  0: "done",
  1: "terminated",
  2: "retryable",
  3: "updating",
  4: "updating",
  5: "session-conflict",
  6: "refreshed",
  7: "deprecated",
} as const;
/** The meaning of an exit code; `unknown` for codes that are not the runner's own. */
export type RunnerExit = typeof RUNNER_EXITS[keyof typeof RUNNER_EXITS] | "unknown";

/** What an exit code means. The guest starts the program again after 2, 3, 4 and 6, so these are seen when it gave up. */
export function runnerExit(code: number): RunnerExit {
  return (RUNNER_EXITS as Readonly<Record<number, RunnerExit>>)[code] ?? "unknown";
}

/** A job as its hooks name it. */
export interface GuestJob {
  readonly state: "running" | "done";
  /** `owner/name`. */
  readonly repository: string;
  readonly runId: string;
  readonly attempt: number;
  /** The job's key in its workflow. */
  readonly job: string;
}

/** The desktop of an agent image. */
export interface GuestDesktop {
  readonly locked: boolean;
  readonly width: number;
  readonly height: number;
  /** Counts up while the beacon lives. */
  readonly beat: number;
}

/** A guest's report after all checks. */
export interface GuestReport {
  readonly phase: GuestPhase;
  /** Counts up while the guest script lives. */
  readonly beat: number;
  /** Use number of the introduction it has, 0 before it. */
  readonly use: number;
  /** Exit code of the runner, 0–255. */
  readonly exit?: number;
  readonly error?: GuestError;
  readonly job?: GuestJob;
  /** Version of the runner program, such as `2.338.1`. */
  readonly runner?: string;
  /** Protocol of the loader in the image. */
  readonly loader?: number;
  readonly desktop?: GuestDesktop;
  /** Its IPv4 address, as the loader sees it. */
  readonly address?: string;
  /** What its clock showed at the beat. Loaders of before do not say it. */
  readonly time?: Ms;
}

const NUMBER = /^\d{1,10}$/;
const JOB =
  /^(running|done) ([A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}) (\d{1,19})\.(\d{1,5}) ([A-Za-z0-9_-]{1,100})$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const DESKTOP = /^(locked|unlocked) (\d{1,5})x(\d{1,5}) (\d{1,10})$/;

/** Reads a guest's items; `undefined` unless phase, beat and use are all there and well formed. */
export function parseGuestItems(items: Readonly<Record<string, string>>): GuestReport | undefined {
  const phase = GUEST_PHASES.find((known) => known === items[GUEST_KEYS.phase]);
  const beat = items[GUEST_KEYS.beat] ?? "";
  const use = items[GUEST_KEYS.use] ?? "";
  if (phase === undefined || !NUMBER.test(beat) || !NUMBER.test(use)) return undefined;
  const exit = items[GUEST_KEYS.exit] ?? "";
  const error = GUEST_ERRORS.find((known) => known === items[GUEST_KEYS.error]);
  const job = parseJob(items[GUEST_KEYS.job] ?? "");
  const runner = items[GUEST_KEYS.runner] ?? "";
  const loader = items[GUEST_KEYS.loader] ?? "";
  const desktop = parseDesktop(items[GUEST_KEYS.desktop] ?? "");
  const address = usableAddress(items[GUEST_KEYS.address] ?? "");
  const time = parseTime(items[GUEST_KEYS.time] ?? "");
  return {
    phase,
    beat: Number(beat),
    use: Number(use),
    ...(NUMBER.test(exit) && Number(exit) <= 255 ? { exit: Number(exit) } : {}),
    ...(error === undefined ? {} : { error }),
    ...(job === undefined ? {} : { job }),
    ...(/^\d{1,4}\.\d{1,6}\.\d{1,6}$/.test(runner) ? { runner } : {}),
    ...(/^\d{1,3}$/.test(loader) ? { loader: Number(loader) } : {}),
    ...(desktop === undefined ? {} : { desktop }),
    ...(address === undefined ? {} : { address }),
    ...(time === undefined ? {} : { time }),
  };
}

function parseTime(text: string): Ms | undefined {
  const time = TIME.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

function parseJob(text: string): GuestJob | undefined {
  const [, state, repository, runId, attempt, job] = JOB.exec(text) ?? [];
  if (repository === undefined || runId === undefined || job === undefined) return undefined;
  return { state: state === "done" ? "done" : "running", repository, runId, attempt: Number(attempt), job };
}

function parseDesktop(text: string): GuestDesktop | undefined {
  const match = DESKTOP.exec(text);
  if (match === null) return undefined;
  const [width = 0, height = 0, beat = 0] = match.slice(2).map(Number);
  return { locked: match[1] === "locked", width, height, beat };
}

const NUMBER_OF_ADDRESS = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ADDRESS = new RegExp(`^${NUMBER_OF_ADDRESS}(?:\\.${NUMBER_OF_ADDRESS}){3}$`);

/** An IPv4 address at which a guest can be reached; nothing for one that leads nowhere. */
export function usableAddress(text: string): string | undefined {
  const leadsNowhere = /^(?:0|127|169\.254|22[4-9]|2[3-5]\d)\./.test(text);
  return ADDRESS.test(text) && !leadsNowhere ? text : undefined;
}

/**
 * A report with the guest's address: its loader's, where that says one, else the first that leads anywhere of those that
 * its integration service names, with semicolons between them, which are `late`: it goes on for a while with what was so
 * before a resume.
 */
export function withAddress(report: GuestReport, intrinsic = ""): GuestReport & { readonly late?: true } {
  if (report.address !== undefined) return report;
  const address = intrinsic.split(";").map(usableAddress).find((one) => one !== undefined);
  return address === undefined ? report : { ...report, address, late: true };
}

/** File on the config drive that the loader in the image looks for. */
export const CONFIG_DRIVE_FILE = "hvpool.json";

/** Content of {@linkcode CONFIG_DRIVE_FILE}. */
export interface Introduction {
  /** Version of this protocol. */
  readonly protocol: typeof GUEST_PROTOCOL;
  /** `<pool>/<slot>.<n>`. */
  readonly cycle: string;
  /** A guest ignores a use number that it has already had. */
  readonly use: number;
  /** Host time in UTC, ISO 8601: the guest's clock may be old. */
  readonly now: string;
  /** The runner's JIT configuration. Secret. */
  readonly jitConfig: string;
  /** Environment of the runner. */
  readonly env: Readonly<Record<string, string>>;
  /** How long the guest waits for the host's `bye` before it goes off; left out: 5. */
  readonly byeSeconds?: number;
  /** What else the guest is told of the runner. */
  readonly runner?: { readonly user: RunnerUser; readonly pinned?: PinnedRunner };
  /** Certificates of authorities that the guest is to trust: DER, as base64. */
  readonly caCertificates?: readonly string[];
  /** Set before anything uses the network; left out: all is as DHCP gives it. */
  readonly network?: GuestNetwork;
}

/** What the local account of jobs may do in its machine. */
export type RunnerUser = "standard" | "admin";

/** A runner program that the guest fetches unless the image has this very version. */
export interface PinnedRunner {
  /** Such as `2.338.1`. */
  readonly version: string;
  /** Where its `.zip` is. */
  readonly url: string;
  /** Its SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What the configuration says of a pool's guests beyond the core's settings. */
export interface GuestSetup {
  readonly user: RunnerUser;
  readonly pinned?: PinnedRunner;
  /** DER, as base64. */
  readonly caCertificates: readonly string[];
}

/** An account in the guests, for PowerShell Direct. */
export interface GuestAccount {
  readonly user: string;
  /** Secret. */
  readonly password: string;
}
