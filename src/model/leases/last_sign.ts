/** When something was last heard of a lease's holder, or could have been. */
import type { Ms } from "../ids.ts";
import type { View } from "../view.ts";
import type { LeaseId } from "./lease.ts";

/** There is a turn every minute; without one for so long the program stood still, or the clock has jumped. */
const STOOD_STILL_MS: Ms = 120_000;

/** A turn begins: after a computer's sleep, or a jump of its clock, nobody could be heard meanwhile. */
export function turnBegins(v: View, now: Ms): void {
  if (stoodStill(v, now)) v.hearsSince = now;
  v.turnedAt = now;
}

/** The last sign of a holder that is in memory, or since when it could give one. */
export function lastSign(v: View, lease: LeaseId, now: Ms): Ms {
  return Math.max(v.touches.get(lease) ?? 0, stoodStill(v, now) ? now : v.hearsSince);
}

function stoodStill(v: View, now: Ms): boolean {
  return now - v.turnedAt > STOOD_STILL_MS;
}
