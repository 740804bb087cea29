/** The console: picture, keyboard, mouse. */
import { deflateRawSync } from "node:zlib";
import type { HostArgs } from "../../ports/host.ts";
import type { Canvas } from "../display/canvas.ts";
import type { Input } from "../display/desktop.ts";
import { drawBoot, drawDesktop } from "../display/draw.ts";
import { keyOfScan } from "../display/keys.ts";
import type { Machine } from "../machine.ts";
import type { Plays, World } from "./play.ts";
import { wmiFailed } from "./refusals.ts";

const THUMBNAIL = "Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage";
const WRONG_STATE = 32_775;
const BUFFER_FULL = 32_773;
const NO_DRIVER = 32_768;
const UNTRANSLATABLE = 1;
/** A guest takes a few dozen keys a second. */
const KEY_MS = 15;

/** `display.*`. */
export const DISPLAY_PLAYS: Plays<
  | "display.size"
  | "display.capture"
  | "display.type"
  | "display.keys"
  | "display.scancodes"
  | "display.mouse"
> = {
  "display.size": {
    land: (world, { vmId }) => {
      const machine = world.machines.get(vmId);
      return hasPicture(machine) ? machine.resolution : { width: 0, height: 0 };
    },
  },
  "display.capture": {
    land: (world, { vmId, width, height }) => {
      const machine = world.machines.get(vmId);
      const { resolution } = machine;
      if (!hasPicture(machine) || (width > resolution.width && height > resolution.height)) {
        throw wmiFailed(THUMBNAIL, WRONG_STATE, machine.name);
      }
      const data = packed(draw(world, machine).scaled(width, height));
      return { width, height, format: "rgb565", encoding: "deflate+base64", data };
    },
  },
  "display.type": {
    land: (world, { vmId, text }) => {
      const machine = world.machines.get(vmId);
      if (/[^\x20-\x7e\t\r\n]/.test(text)) {
        throw wmiFailed("Msvm_Keyboard.TypeText", UNTRANSLATABLE, machine.name);
      }
      keyboard(world, machine, "TypeText", Array.from(text, (letter) => ({ do: "text", text: letter })));
      return {};
    },
  },
  "display.keys": {
    land: (world, { vmId, keys }) => {
      keyboard(world, world.machines.get(vmId), "TypeKey", keys.flatMap(inputsOfKey));
      return {};
    },
  },
  "display.scancodes": {
    land: (world, { vmId, codes }) => {
      const inputs = codes.flatMap((scan): Input[] => {
        const code = scan === 0xe0 ? undefined : keyOfScan(scan);
        return code === undefined ? [] : [{ do: "key", code, down: scan < 0x80 }];
      });
      keyboard(world, world.machines.get(vmId), "TypeScancodes", inputs);
      return {};
    },
  },
  "display.mouse": {
    lasts: (world, { steps }) =>
      world.scaled(steps.reduce((sum, step) => sum + (step.action === "wait" ? step.ms : 0), 0)),
    land: (world, { vmId, steps }) => {
      const machine = world.machines.get(vmId);
      const inputs = steps.flatMap(inputsOfStep);
      if (machine.power !== "running" || machine.guest?.isUp !== true) {
        throw wmiFailed("Msvm_SyntheticMouse.SetAbsolutePosition", NO_DRIVER, machine.name);
      }
      if (!machine.guest.isFrozen) machine.guest.desktop.queue(inputs, world.timeline.now, 0);
      return {};
    },
  },
};

function hasPicture(machine: Machine): boolean {
  return machine.power === "running" || machine.power === "paused";
}

/** Keys are queued, not consumed: before the system is up they go nowhere, and nobody says so. */
function keyboard(world: World, machine: Machine, method: string, inputs: readonly Input[]): void {
  if (machine.power !== "running") throw wmiFailed(`Msvm_Keyboard.${method}`, WRONG_STATE, machine.name);
  const { guest } = machine;
  if (guest?.isUp !== true) return;
  // A frozen guest takes nothing out of its buffer.
  const eachMs = guest.isFrozen ? Infinity : world.scaled(KEY_MS);
  if (!guest.desktop.queue(inputs, world.timeline.now, eachMs)) {
    throw wmiFailed(`Msvm_Keyboard.${method}`, BUFFER_FULL, machine.name);
  }
}

function inputsOfKey(key: HostArgs<"display.keys">["keys"][number]): Input[] {
  if (key.action === "ctrl-alt-del") return [{ do: "ctrl-alt-del" }];
  const press: Input = { do: "key", code: key.code, down: true };
  const release: Input = { do: "key", code: key.code, down: false };
  if (key.action === "tap") return [press, release];
  return [key.action === "press" ? press : release];
}

function inputsOfStep(step: HostArgs<"display.mouse">["steps"][number]): Input[] {
  switch (step.action) {
    case "move":
      return [{ do: "move", x: step.x, y: step.y }];
    case "click":
      return [true, false].map((down) => ({ do: "button", button: step.button, down }));
    case "press":
    case "release":
      return [{ do: "button", button: step.button, down: step.action === "press" }];
    case "scroll":
      return [{ do: "scroll", delta: step.delta }];
    case "wait":
      return [];
    default:
      return step satisfies never;
  }
}

function draw(world: World, machine: Machine): Canvas {
  const { guest, resolution } = machine;
  if (guest?.isUp !== true) return drawBoot(resolution);
  return drawDesktop(resolution, guest.desktop.state(world.timeline.now, resolution), guest.phase);
}

/** As the provider gives it: the length of the whole in front, high byte first; then packed for the way. */
function packed(pixels: Uint8Array): string {
  const bytes = new Uint8Array(pixels.length + 4);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(pixels, 4);
  return new Uint8Array(deflateRawSync(bytes, { level: 1 })).toBase64();
}
