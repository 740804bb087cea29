/** Keys that only agent pools have. */
import { z } from "zod";
import { count, key, text } from "./schema_key.ts";

/** What pools are for. */
export const POOL_KINDS = ["runner", "agent"] as const;

/** A day, as the longest that leases last elsewhere, too. */
const MAX_LEASE_MINUTES = 24 * 60;

const minutes = count(1, MAX_LEASE_MINUTES);
/** A week: what is saved holds a disk, and grows old. */
const keptMinutes = count(1, 7 * 24 * 60);
/** What happens to the lease of a silent holder. */
export const ON_IDLE = ["release", "save"] as const;
/** Each one holds the machine's memory on disk, and makes every later read of its disk slower. */
const MAX_CHECKPOINTS = 20;

/** More machines than any host holds; as `size`. */
const MACHINES = 10_000;

/** They stand among the other keys of an entry of `pools:`. */
export const leaseKeys = {
  "idle_minutes": key(
    minutes,
    "Agent pools: a lease ends when its holder says nothing for so long; whoever asks may ask for less.",
    { default: 30 },
  ),
  "max_lease_minutes": key(
    minutes,
    "Agent pools: a lease ends so long after it began, whatever its holder does; whoever asks may ask for less.",
    { default: 90 },
  ),
  desktop: key(
    z.boolean(),
    "Agent pools: whether a machine is ready only once its desktop is up and unlocked, as the image's desktop beacon " +
      "says (`docs/guest-protocol.md`).",
    { default: true },
  ),
  warm: key(
    count(0, MACHINES),
    "Agent pools: beside the `hot` ones so many are saved and proven; the rest are made and stay off, and boot when they " +
      "are leased. Else all the rest are saved.",
    { examples: [4] },
  ),
  max: key(
    count(1, MACHINES),
    "Agent pools: `hvpool pool resize` goes no further. Else any size that a pool may have.",
    { examples: [10] },
  ),
  "on_idle": key(
    z.enum(ON_IDLE),
    "Agent pools: what happens when a holder says nothing for `idle_minutes`: its lease ends (`release`), or is paused, " +
      "with its machine saved (`save`). Whoever asks may say it otherwise.",
    { default: "release" },
  ),
  "max_pause_minutes": key(
    keptMinutes,
    "Agent pools: a lease that is paused for so long ends.",
    { default: 1440 },
  ),
  "keep_minutes": key(
    keptMinutes,
    "Agent pools: how long a machine that is released with `save` or `keep` waits for its holder's next lease at most.",
    { default: 60 },
  ),
  "max_checkpoints": key(
    count(0, MAX_CHECKPOINTS),
    "Agent pools: most checkpoints that one lease may have at a time; 0: none.",
    { default: 3 },
  ),
  "wait_for_address": key(
    z.boolean(),
    "Agent pools: whether a machine is ready only once its guest tells an address that is newer than its last start. " +
      "`false` where its switch gives none.",
    { default: true },
  ),
};

/** One entry of `quotas:`. */
export const quotaItem = z.strictObject({
  holder: key(
    text,
    "A holder's name, or a beginning of it with `*` at the end: `ci-*`; `*` is everybody else.",
    { examples: ["ci-*"] },
  ),
  leases: key(
    count(0, MACHINES),
    "Machines that each such holder may have at once: leased, paused or parked ones. What is over waits; 0: none.",
    { examples: [4] },
  ),
  "memory_mb": key(
    count(512, 1_000_000_000),
    "Memory in MB of those of its machines that are not saved. What is over waits.",
    { examples: [32768] },
  ),
  queued: key(
    count(1, 100_000),
    "Leases of it that may wait at once. What is over is refused.",
    { examples: [20] },
  ),
});

/** One entry of `quotas:` after its types are checked. */
export type QuotaValues = z.infer<typeof quotaItem>;
