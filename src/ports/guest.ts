/**
 * What a guest says of itself through Hyper-V's key-value exchange, and what it is given on the config drive.
 *
 * Everything from a guest is a hint from a writer who may be hostile: fixed keys, ASCII, bounded, matched to
 * enumerations. What does not match is as if it had not been said.
 */

/** Keys a guest writes. */
export const GUEST_KEYS = {
  phase: "hvpool.phase",
  beat: "hvpool.beat",
  use: "hvpool.use",
  exit: "hvpool.exit",
} as const;

/**
 * `waiting`: booted, wants its introduction · `got`: has read it · `running`: the runner was started ·
 * `done`: the runner ended, `exit` has its code · `failed`: it could not be started.
 */
export const GUEST_PHASES = ["starting", "waiting", "got", "running", "done", "failed"] as const;
/** A phase a guest may report. */
export type GuestPhase = typeof GUEST_PHASES[number];

/** A guest's report after all checks. */
export interface GuestReport {
  readonly phase: GuestPhase;
  /** Counts up while the guest script lives. */
  readonly beat: number;
  /** Use number of the introduction it has, 0 before it. */
  readonly use: number;
  /** Exit code of the runner, 0–255. */
  readonly exit?: number;
}

const NUMBER = /^\d{1,10}$/;

/** Reads a guest's items; `undefined` unless phase, beat and use are all there and well formed. */
export function parseGuestItems(items: Readonly<Record<string, string>>): GuestReport | undefined {
  const phase = GUEST_PHASES.find((known) => known === items[GUEST_KEYS.phase]);
  const beat = items[GUEST_KEYS.beat] ?? "";
  const use = items[GUEST_KEYS.use] ?? "";
  if (phase === undefined || !NUMBER.test(beat) || !NUMBER.test(use)) return undefined;
  const exit = items[GUEST_KEYS.exit] ?? "";
  const report = { phase, beat: Number(beat), use: Number(use) };
  return NUMBER.test(exit) && Number(exit) <= 255 ? { ...report, exit: Number(exit) } : report;
}

/** File on the config drive that the loader in the image looks for. */
export const CONFIG_DRIVE_FILE = "hvpool.json";

/** Content of {@linkcode CONFIG_DRIVE_FILE}. */
export interface Introduction {
  /** Version of this protocol. */
  readonly protocol: 1;
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
}
