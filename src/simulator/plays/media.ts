/** The DVD drive and the config drive in it. */
import { win32 } from "node:path";
import type { Machine } from "../machine.ts";
import { fileNotFound, RecordError } from "../records.ts";
import type { Plays } from "./play.ts";

/** `dvd.*` and `media.*`. */
export const MEDIA_PLAYS: Plays<"dvd.set" | "dvd.eject" | "media.put" | "media.take"> = {
  "dvd.set": {
    locks: (args) => args.vmId,
    land: (world, { vmId, path }) => {
      const machine = world.machines.get(vmId);
      const files = world.disks.files.driveAt(path) ?? world.imageAt(path);
      if (files === undefined) throw new RecordError(fileNotFound("Set-VMDvdDrive", path));
      change(machine, { path, files });
      return { path };
    },
  },
  "dvd.eject": {
    locks: (args) => args.vmId,
    land: (world, { vmId }) => {
      change(world.machines.get(vmId), null);
      return {};
    },
  },
  "media.put": {
    locks: (args) => args.vmId,
    land: (world, { vmId, directory, use, files }) => {
      const machine = world.machines.get(vmId);
      const path = win32.join(directory, `config-${use}.iso`);
      world.disks.files.write(path, 1, "Set-VMDvdDrive", files);
      change(machine, { path, files });
      return { path };
    },
  },
  "media.take": {
    locks: (args) => args.vmId,
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      if (machine.media !== null) world.disks.files.take(machine.media.path);
      change(machine, null);
      return {};
    },
  },
};

function change(machine: Machine, media: Machine["media"]): void {
  machine.media = media;
  machine.guest?.look();
}
