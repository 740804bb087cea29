/** What each host call does to the simulated host: one row a call, by rooms as in the call list. */
import type { HostCall } from "../ports/host.ts";
import { CHECKPOINT_PLAYS } from "./plays/checkpoint.ts";
import { DEVICE_PLAYS } from "./plays/device.ts";
import { DISK_PLAYS } from "./plays/disk.ts";
import { DISPLAY_PLAYS } from "./plays/display.ts";
import { FILE_PLAYS } from "./plays/file.ts";
import { GUEST_PLAYS } from "./plays/guest.ts";
import { HOST_PLAYS } from "./plays/host.ts";
import { MACHINE_PLAYS } from "./plays/machine.ts";
import { MEDIA_PLAYS } from "./plays/media.ts";
import { NETWORK_PLAYS } from "./plays/network.ts";
import type { Plays } from "./plays/play.ts";

/** The table: none of the call list is missing. */
export const PLAYS: Plays<HostCall> = {
  ...HOST_PLAYS,
  ...MACHINE_PLAYS,
  ...DEVICE_PLAYS,
  ...NETWORK_PLAYS,
  ...DISK_PLAYS,
  ...FILE_PLAYS,
  ...CHECKPOINT_PLAYS,
  ...MEDIA_PLAYS,
  ...GUEST_PLAYS,
  ...DISPLAY_PLAYS,
};
