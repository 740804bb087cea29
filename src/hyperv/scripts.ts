/** The bridge's scripts, carried inside the program as text. */
import bootstrap from "../../scripts/host/bootstrap.ps1" with { type: "text" };
import checkpoint from "../../scripts/bridge/checkpoint.ps1" with { type: "text" };
import cim from "../../scripts/bridge/cim.ps1" with { type: "text" };
import create from "../../scripts/bridge/create.ps1" with { type: "text" };
import device from "../../scripts/bridge/device.ps1" with { type: "text" };
import disk from "../../scripts/bridge/disk.ps1" with { type: "text" };
import display from "../../scripts/bridge/display.ps1" with { type: "text" };
import errors from "../../scripts/bridge/errors.ps1" with { type: "text" };
import guest from "../../scripts/bridge/guest.ps1" with { type: "text" };
import host from "../../scripts/bridge/host.ps1" with { type: "text" };
import inGuest from "../../scripts/bridge/in_guest.ps1" with { type: "text" };
import inject from "../../scripts/bridge/inject.ps1" with { type: "text" };
import kvp from "../../scripts/bridge/kvp.ps1" with { type: "text" };
import list from "../../scripts/bridge/list.ps1" with { type: "text" };
import mount from "../../scripts/bridge/mount.ps1" with { type: "text" };
import network from "../../scripts/bridge/network.ps1" with { type: "text" };
import preferences from "../../scripts/bridge/preferences.ps1" with { type: "text" };
import readFiles from "../../scripts/bridge/read_files.ps1" with { type: "text" };
import remove from "../../scripts/bridge/remove.ps1" with { type: "text" };
import shapes from "../../scripts/bridge/shapes.ps1" with { type: "text" };
import vm from "../../scripts/bridge/vm.ps1" with { type: "text" };
import watch from "../../scripts/bridge/watch.ps1" with { type: "text" };
import worker from "../../scripts/bridge/worker.ps1" with { type: "text" };

/** Preferences first; the rest are functions, in any order. */
const FILES = [
  preferences,
  errors,
  shapes,
  cim,
  host,
  list,
  vm,
  create,
  remove,
  device,
  network,
  disk,
  mount,
  inject,
  readFiles,
  checkpoint,
  kvp,
  inGuest,
  guest,
  display,
  worker,
  watch,
];

/** All functions of the bridge as one script that does nothing by itself. ASCII, lines end with LF. */
export function bridgeScript(): string {
  return FILES.map(plainLines).join("\n");
}

function plainLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** What goes into `-EncodedCommand`: reads a length line and that many UTF-16 units of script, and runs them. */
export const BOOTSTRAP: string = plainLines(bootstrap);

/** Answers calls until stdin ends. Its first line says that it is ready. */
export const CALL_WORKER: string = `${bridgeScript()}\nStart-HvWorker\n`;

/** Tells what happens to VMs, and once a second that it lives, until it is ended. Its first line says that it is ready. */
export const WATCH_WORKER: string = `${bridgeScript()}\nStart-HvWatch\n`;
