/** Whether an image has an account that logs on by itself, with hvpool's desktop beacon in its session. */
import type { SimulatedDisks } from "./disks.ts";

/** The resolution of such an image's display. */
export const DESKTOP_RESOLUTION = { width: 1920, height: 1080 } as const;

/**
 * What the beacon of an image says of its desktop; `undefined`: the image has none. Its path tells: `desktop` or `agent`
 * is in it, and `locks` where the desktop is never unlocked.
 */
export function desktopOf(disks: SimulatedDisks, disk: string): "unlocked" | "locked" | undefined {
  const image = [...disks.chain(disk)].at(-1);
  if (image === undefined) return undefined;
  const paths = `${image.path}\n${image.file.madeAs}`;
  if (!/desktop|agent/i.test(paths)) return undefined;
  return /locks/i.test(paths) ? "locked" : "unlocked";
}
