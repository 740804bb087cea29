import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { classifyError } from "../../ports/errors.ts";
import type { HostArgs } from "../../ports/host.ts";
import { readCapture } from "../../screen/capture.ts";
import { rgb565 } from "../display/canvas.ts";
import { LAYOUT } from "../display/desktop.ts";
import { Bench } from "../testing/host_bench.ts";

type Steps = HostArgs<"display.mouse">["steps"];

function clickAt(x: number, y: number): Steps {
  return [{ action: "move", x, y }, { action: "wait", ms: 50 }, { action: "click", button: 1 }];
}

function center(box: { x: number; y: number; width: number; height: number }): [number, number] {
  return [box.x + box.width / 2, box.y + box.height / 2];
}

function pixels(bench: Bench, vmId: string, width = 320, height = 240): Uint8Array {
  return readCapture(bench.ok("display.capture", { vmId, width, height })).rgb565;
}

Deno.test("a picture has the size asked for, after four bytes with the length of the whole", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  assert.deepEqual(bench.ok("display.size", { vmId }), { width: 1024, height: 768 });
  const { data, format, encoding } = bench.ok("display.capture", { vmId, width: 320, height: 240 });
  assert.deepEqual([format, encoding], ["rgb565", "deflate+base64"]);
  const bytes = inflateRawSync(Uint8Array.fromBase64(data));
  assert.equal(bytes.length, 153_604);
  assert.equal(bytes.readUInt32BE(0), 153_604);
  assert.equal(bytes.readUInt16LE(4 + 2 * (320 * 100 + 318)), rgb565(0x1f5f8b), "wallpaper");
  assert.equal(pixels(bench, vmId, 1024, 768).length, 1_572_864);
});

Deno.test("a picture of another shape has black bars", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const wide = pixels(bench, vmId, 600, 200);
  const at = (x: number, y: number) =>
    (wide[2 * (600 * y + x)] ?? 0) + 256 * (wide[2 * (600 * y + x) + 1] ?? 0);
  assert.equal(at(5, 100), 0);
  assert.equal(at(594, 100), 0);
  assert.notEqual(at(300, 100), 0);
});

Deno.test("there is no picture of a machine that is off or saved, nor one larger than its display", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const small = { vmId, width: 320, height: 240 };
  assert.deepEqual(bench.ok("display.size", { vmId }), { width: 0, height: 0 });
  assert.equal(bench.fails("display.capture", small), "wrong_state");
  bench.ok("vm.start", { vmId });
  const logo = pixels(bench, vmId);
  assert.ok(logo.some((byte) => byte !== 0) && logo.subarray(0, 1_000).every((byte) => byte === 0));
  bench.later(40_000);
  assert.equal(bench.fails("display.capture", { vmId, width: 1025, height: 769 }), "wrong_state");
  assert.ok(pixels(bench, vmId, 1_030, 700).length > 0, "larger in one direction only is no harm");
  bench.ok("vm.pause", { vmId });
  assert.ok(pixels(bench, vmId).length > 0);
  bench.ok("vm.resume", { vmId });
  bench.ok("vm.save", { vmId });
  assert.equal(bench.fails("display.capture", small), "wrong_state");
});

Deno.test("a desktop reacts to clicks, and its picture with it", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const before = pixels(bench, vmId);
  assert.deepEqual(pixels(bench, vmId), before, "nothing moves by itself");
  bench.ok("display.mouse", { vmId, steps: clickAt(...center(LAYOUT.counter)) });
  assert.equal(bench.host.desktop(vmId)?.count, 1);
  assert.notDeepEqual(pixels(bench, vmId), before);
  bench.ok("display.mouse", { vmId, steps: [{ action: "click", button: 1 }] });
  assert.equal(bench.host.desktop(vmId)?.count, 1, "a click is dropped unless the pointer has just moved");
  bench.ok("display.mouse", { vmId, steps: clickAt(10, 760) });
  assert.equal(bench.host.desktop(vmId)?.menu, true);
});

Deno.test("a window is dragged by its title", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const at = bench.host.desktop(vmId)?.notepad ?? { x: 0, y: 0 };
  bench.ok("display.mouse", {
    vmId,
    steps: [
      { action: "move", x: at.x + 50, y: at.y + 10 },
      { action: "press", button: 1 },
      { action: "move", x: at.x + 150, y: at.y + 40 },
      { action: "release", button: 1 },
      { action: "move", x: 0, y: 0 },
    ],
  });
  const now = bench.host.desktop(vmId)?.notepad;
  assert.deepEqual([now?.x, now?.y], [at.x + 100, at.y + 30]);
});

Deno.test("text, keys and scan codes write the same", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const written = (act: () => void): string | undefined => {
    bench.ok("display.keys", {
      vmId,
      keys: [{ action: "press", code: 17 }, { action: "tap", code: 65 }, { action: "release", code: 17 }],
    });
    act();
    bench.later(2_000);
    return bench.host.desktop(vmId)?.text;
  };
  assert.equal(written(() => bench.ok("display.type", { vmId, text: "Hi 1!\n" })), "Hi 1!\n");
  const tap = (code: number) => ({ action: "tap", code }) as const;
  const keys = [
    { action: "press", code: 16 },
    tap(72),
    { action: "release", code: 16 },
    tap(73),
    tap(32),
    tap(49),
  ] as const;
  const shifted = [{ action: "press", code: 16 }, tap(49), { action: "release", code: 16 }, tap(13)] as const;
  assert.equal(written(() => bench.ok("display.keys", { vmId, keys: [...keys, ...shifted] })), "Hi 1!\n");
  const codes = [
    0x2a,
    0x23,
    0xa3,
    0xaa,
    0x17,
    0x97,
    0x39,
    0xb9,
    0x02,
    0x82,
    0x2a,
    0x02,
    0x82,
    0xaa,
    0x1c,
    0x9c,
  ];
  assert.equal(written(() => bench.ok("display.scancodes", { vmId, codes })), "Hi 1!\n");
  assert.equal(written(() => bench.ok("display.keys", { vmId, keys: [tap(65), tap(66), tap(8)] })), "a");
});

Deno.test("Ctrl+Alt+Del shows the security screen, Escape leaves it", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  bench.ok("display.keys", { vmId, keys: [{ action: "ctrl-alt-del" }] });
  bench.later(100);
  assert.equal(bench.host.desktop(vmId)?.locked, true);
  bench.ok("display.keys", { vmId, keys: [{ action: "tap", code: 27 }] });
  bench.later(100);
  assert.equal(bench.host.desktop(vmId)?.locked, false);
});

Deno.test("the keyboard's buffer fills up and empties at the guest's pace", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const codes = Array.from({ length: 480 }, (_, n) => n % 2 === 0 ? 0x1e : 0x9e);
  bench.ok("display.scancodes", { vmId, codes });
  assert.equal(bench.fails("display.scancodes", { vmId, codes }), "busy");
  bench.later(10_000);
  bench.ok("display.scancodes", { vmId, codes });
  bench.later(10_000);
  assert.equal(bench.host.desktop(vmId)?.text, "a".repeat(480));
});

Deno.test("input needs a machine that runs, the mouse a system that is up, typed text letters that have keys", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const steps = clickAt(1, 1);
  assert.equal(bench.fails("display.type", { vmId, text: "a" }), "wrong_state");
  assert.equal(bench.fails("display.mouse", { vmId, steps }), "wrong_state");
  bench.ok("vm.start", { vmId });
  bench.ok("display.scancodes", { vmId, codes: [0x1c, 0x9c] });
  const early = bench.call("display.mouse", { vmId, steps });
  assert.ok(!early.ok && early.error.hresult === "32768");
  bench.later(40_000);
  assert.equal(bench.ok("display.mouse", { vmId, steps }) instanceof Object, true);
  const untranslatable = bench.call("display.type", { vmId, text: "日本" });
  assert.ok(!untranslatable.ok && untranslatable.error.hresult === "1");
  assert.equal(classifyError(untranslatable.error), "invalid");
});

Deno.test("a checkpoint keeps the desktop as it was", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  bench.ok("display.type", { vmId, text: "before" });
  bench.later(1_000);
  assert.equal(bench.host.desktop(vmId)?.text, "before");
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.ok("display.type", { vmId, text: " after" });
  bench.later(1_000);
  assert.equal(bench.host.desktop(vmId)?.text, "before after");
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  bench.ok("vm.start", { vmId });
  assert.equal(bench.host.desktop(vmId)?.text, "before");
});

Deno.test("vm.set gives a display its size", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("vm.set", { vmId, resolution: { width: 1920, height: 1080 } });
  bench.ok("vm.start", { vmId });
  assert.deepEqual(bench.ok("display.size", { vmId }), { width: 1920, height: 1080 });
});
