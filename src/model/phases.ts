/** The words for where a cycle is in its life and for what Hyper-V says of its machine. */

/** Where a cycle is in its life, from the journal. */
export const PHASES = [
  "provisioning",
  "booting",
  "waiting",
  "sealing",
  "standby",
  "resuming",
  "joining",
  "online",
  "claimed",
  "preparing",
  "retiring",
  "quarantined",
] as const;
/** One of {@linkcode PHASES}. */
export type Phase = typeof PHASES[number];

/** What Hyper-V says, what a reading that found nothing says, and what is said without a reading new enough. */
export const POWERS = [
  "off",
  "starting",
  "running",
  "saving",
  "saved",
  "paused",
  "stopping",
  "critical",
  "absent",
  "unseen",
] as const;
/** One of {@linkcode POWERS}. */
export type Power = typeof POWERS[number];
