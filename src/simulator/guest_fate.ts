/** What may go wrong in a guest, and what a hostile one writes. */
import { GUEST_KEYS, GUEST_PHASES } from "../ports/guest.ts";
import type { Random } from "./random.ts";

/** Every way in which a guest misbehaves. */
export const FATES = [
  /** Powered on, but its system never comes up. */
  "never_boots",
  "crash_in_boot",
  /** Says `waiting` and then nothing moves any more. */
  "hangs_waiting",
  "hangs_after_got",
  /** Freezes in a job: the forge loses contact, the VM runs on. */
  "hangs_in_job",
  "crash_in_job",
  /** Key-value exchange shows nothing; the rest works. */
  "silent",
  /** Takes its introduction, but the runner never comes online. */
  "never_online",
  /** Writes what it likes into key-value exchange. */
  "hostile",
  /** Loses its network for seconds to minutes once it is online. */
  "network_away",
  /** Its runner is too old for GitHub: it cannot begin a session, and ends at once with 7. */
  "deprecated",
] as const;

/** What becomes of one boot of a guest. */
export type Fate = typeof FATES[number] | "well";

/** Probability (0–1) of each misbehaviour, drawn at each boot; what is left is a guest that does well. */
export type GuestOdds = Readonly<Partial<Record<typeof FATES[number], number>>>;

/** Draws one. */
export function fateOf(odds: GuestOdds, random: Random): Fate {
  let draw = random.next();
  for (const fate of FATES) {
    const probability = odds[fate] ?? 0;
    if (draw < probability) return fate;
    draw -= probability;
  }
  return "well";
}

/** Garbage, oversized values, other phases, a forged use number, a job of somebody else: a different mixture at each beat. */
export function hostileItems(seed: number, beat: number, use: number): Record<string, string> {
  const turn = (seed + beat) % 6;
  const phase = GUEST_PHASES[(seed + beat) % GUEST_PHASES.length] ?? "waiting";
  const honest = {
    [GUEST_KEYS.phase]: phase,
    [GUEST_KEYS.beat]: String(beat),
    [GUEST_KEYS.use]: String(use),
  };
  switch (turn) {
    case 0:
      return { ...honest, [GUEST_KEYS.phase]: "A".repeat(2_000), "": "no key", [GUEST_KEYS.exit]: "-1" };
    case 1:
      return { ...honest, [GUEST_KEYS.use]: String(use + 1), [GUEST_KEYS.exit]: "0" };
    case 2:
      return { ...honest, [GUEST_KEYS.beat]: "99999999999999999999", [GUEST_KEYS.use]: "1e3" };
    case 3:
      return { ...honest, [GUEST_KEYS.phase]: "done\u0000\u202e", constructor: "x", toString: "y" };
    case 4:
      return { ...honest, [GUEST_KEYS.phase]: "done", [GUEST_KEYS.exit]: "0" };
    default:
      return { ...honest, [GUEST_KEYS.job]: "running somebody/else 1.1 build" };
  }
}
