/**
 * Which address of a guest can be relied on. After a resume the one from before is still reported for a while, so an
 * address counts once it stood in reports of two beats that both began after the network was renewed last.
 */
import type { Ms } from "./ids.ts";
import type { Cycle } from "./state.ts";
import type { GuestSeen, Seen, View } from "./view.ts";

/** What only the integration service says has to stand so long: it goes on for seconds with what was so before. */
const LATE_STANDS_MS: Ms = 10_000;

/** Where the present address of a report was seen first, of the reports before it that have it, too. */
export function stood(
  before: GuestSeen | undefined,
  { address, beat }: Pick<GuestSeen, "address" | "beat">,
  begin: Seen,
  cycle: Cycle,
): Pick<GuestSeen, "stood"> {
  if (address === undefined || begin.asOf < movedAt(cycle)) return {};
  const same = before?.address === address && before.stood !== undefined &&
    before.stood.asOf >= movedAt(cycle);
  return { stood: same ? before.stood : { ...begin, beat } };
}

/** The address at which a machine's guest is reached now; nothing while that is not certain. Memory of this run only. */
export function freshAddress(v: View, cycle: Cycle): string | undefined {
  const seen = cycle.vmId === undefined ? undefined : v.guests.get(cycle.vmId);
  if (seen?.stood === undefined || seen.stood.asOf < movedAt(cycle)) return undefined;
  const long = seen.late !== true || seen.at - seen.stood.at >= LATE_STANDS_MS;
  return long && seen.beat !== seen.stood.beat ? seen.address : undefined;
}

/** Journal position after which readings tell the guest's present address. */
export function movedAt({ moved, closed }: Cycle): number {
  return moved ?? closed;
}
