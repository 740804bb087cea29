import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { LANES } from "../../model/calls.ts";
import { HOST_CALLS, type HostCall } from "../host.ts";
import { type CallShape, callShapes, hostCallsReference } from "./reference.ts";

const NAMES = Object.keys(HOST_CALLS) as HostCall[];

Deno.test("docs/host-calls.md is what the call list says", async () => {
  const page = await readFile(new URL("../../../docs/host-calls.md", import.meta.url), "utf8");
  assert.equal(
    page.replaceAll("\r\n", "\n"),
    hostCallsReference(),
    "run: deno run -A src/ports/calls/write_reference.ts",
  );
});

Deno.test("every call has a row that can be: a lane, a limit, one sentence, no repetition of what may happen twice", () => {
  const rooms = Map.groupBy(NAMES, (name) => name.slice(0, name.indexOf(".")));
  assert.deepEqual(Object.fromEntries(Array.from(rooms, ([room, names]) => [room, names.length])), {
    bridge: 1,
    host: 1,
    vm: 11,
    nic: 1,
    net: 1,
    gpu: 1,
    switch: 3,
    disk: 7,
    dir: 2,
    checkpoint: 4,
    savedState: 1,
    service: 1,
    dvd: 2,
    file: 5,
    media: 2,
    kvp: 2,
    guest: 5,
    display: 6,
  });
  for (const name of NAMES) {
    const { lane, limitMs, unknown, about } = HOST_CALLS[name];
    assert.match(name, /^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
    assert.ok(LANES.includes(lane) && lane !== "forge", name);
    assert.ok(limitMs >= 1_000 && limitMs <= 600_000, name);
    assert.match(about, /^[A-Z].*\.$/, name);
    if (lane === "query") assert.equal(unknown, "repeat", name);
  }
});

Deno.test("every shape refuses what it does not know, and strings with NUL", () => {
  const walk = (shape: CallShape, at: string): void => {
    if (shape.properties !== undefined) {
      assert.equal(shape.additionalProperties, false, at);
      for (const [key, inner] of Object.entries(shape.properties)) walk(inner, `${at}.${key}`);
    }
    if (shape.type === "string" && shape.enum === undefined && shape.const === undefined) {
      assert.ok(shape.pattern !== undefined || "allOf" in shape, `${at} takes any string, NUL among them`);
    }
    if (shape.items !== undefined) walk(shape.items, `${at}[]`);
    for (const variant of [...shape.anyOf ?? [], ...shape.oneOf ?? []]) walk(variant, at);
    if (typeof shape.additionalProperties === "object") walk(shape.additionalProperties, `${at}{}`);
  };
  for (const name of NAMES) walk(callShapes(name).args, name);
});

Deno.test("texts take any Unicode but NUL and halves of pairs", () => {
  const { args } = HOST_CALLS["bridge.ping"];
  for (
    const echo of ["", "a\nb\r\t", "$(calc) `\"' ; | & %PATH%", "😀 שלום \u202e \ufeff", "\u0001\u001f\u007f"]
  ) {
    assert.deepEqual(args.parse({ echo }), { echo });
  }
  for (const echo of ["\u0000", "a\u0000b", "\ud83d", "\ude00\ud83d"]) {
    assert.equal(args.safeParse({ echo }).success, false, JSON.stringify(echo));
  }
});

Deno.test("disk.inject takes paths below the volume only", () => {
  const { args } = HOST_CALLS["disk.inject"];
  const taken = (path: string) =>
    args.safeParse({ path: "C:\\a\\b.vhdx", files: [{ path, text: "x" }] }).success;
  for (const path of ["a.txt", "ProgramData\\hvpool\\a b.json", "a..b/c"]) assert.ok(taken(path), path);
  for (const path of ["", "\\a", "/a", "C:\\a", "..\\a", "a\\..\\b", "a/..", "a:b", "a*"]) {
    assert.ok(!taken(path), path);
  }
});
