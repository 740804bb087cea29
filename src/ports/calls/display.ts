/** Calls about a VM's console: picture, keyboard, mouse. Nothing is needed in the guest. */
import { z } from "zod";
import { base64, guid, nothing, text, vmOnly } from "./shapes.ts";
import { call } from "./spec.ts";

/** Input is queued, not consumed: whether it came is for the caller to look at. */
const INPUT = { lane: "display", unknown: "tell-caller", uses: true, limitMs: 15_000 } as const;
const LOOKS = { lane: "display", unknown: "repeat", uses: false, limitMs: 15_000 } as const;

const side = z.int().min(1).max(7_680);
const coordinate = z.int().min(0).max(7_679).describe("In pixels of `display.size`.");
const button = z.int().min(1).max(3).describe("1 left, 2 right, 3 middle.");

/** `display.*`. */
export const DISPLAY = {
  "display.size": call({
    args: vmOnly,
    result: z.strictObject({
      width: z.int().min(0),
      height: z.int().min(0).describe("Both are 0 where there is no picture: off, saved, or too early."),
    }),
    ...LOOKS,
    about: "Size of the VM's display in pixels, as the guest has set it.",
  }),
  "display.capture": call({
    args: z.strictObject({ vmId: guid, width: side, height: side }),
    result: z.strictObject({
      width: side,
      height: side,
      format: z.literal("rgb565").describe("Little-endian, rows from the top, no padding."),
      encoding: z.literal("deflate+base64").describe("Raw deflate (RFC 1951), then base64."),
      data: base64.describe(
        "The bytes as Hyper-V gives them: 2 × width × height, mostly after four bytes with the whole length, high byte first.",
      ),
    }),
    ...LOOKS,
    about:
      "A picture of the VM's display, scaled to the size asked for (never above the display's own), bars where the shape differs.",
  }),
  "display.type": call({
    args: z.strictObject({ vmId: guid, text: text.min(1).max(256) }),
    result: nothing,
    ...INPUT,
    about: "Types text by Hyper-V's own translation; consoles ignore it: scancodes reach everything.",
  }),
  "display.keys": call({
    args: z.strictObject({
      vmId: guid,
      keys: z.array(z.discriminatedUnion("action", [
        z.strictObject({
          action: z.enum(["tap", "press", "release"]),
          code: z.int().min(1).max(254).describe("Virtual-key code of Windows."),
        }),
        z.strictObject({ action: z.literal("ctrl-alt-del") }),
      ])).min(1).max(100),
    }),
    result: nothing,
    ...INPUT,
    about:
      "Taps, presses and releases keys in order; keys that this call pressed are released when one fails.",
  }),
  "display.scancodes": call({
    args: z.strictObject({ vmId: guid, codes: z.array(z.int().min(0).max(255)).min(1).max(480) }),
    result: nothing,
    ...INPUT,
    about: "Sends scan codes of set 1, makes and breaks; `busy` while the guest's buffer is full.",
  }),
  "display.mouse": call({
    args: z.strictObject({
      vmId: guid,
      steps: z.array(z.discriminatedUnion("action", [
        z.strictObject({ action: z.literal("move"), x: coordinate, y: coordinate }),
        z.strictObject({ action: z.literal("click"), button }),
        z.strictObject({ action: z.enum(["press", "release"]), button }),
        z.strictObject({
          action: z.literal("scroll"),
          delta: z.int().min(-12_000).max(12_000).describe("120 a notch; up is positive."),
        }),
        z.strictObject({ action: z.literal("wait"), ms: z.int().min(0).max(1_000) }),
      ])).min(1).max(50),
    }),
    result: nothing,
    ...INPUT,
    about:
      "Moves, clicks, drags and scrolls in order; fails until the guest's mouse driver is up. A click needs a pointer that has just moved.",
  }),
} as const;
