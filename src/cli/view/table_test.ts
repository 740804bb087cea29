import assert from "node:assert/strict";
import { table } from "./table.ts";

const PLAIN = { colors: false, width: 80 };

Deno.test("table() aligns columns and leaves nothing at the end of a line", () => {
  const lines = table([{ title: "NAME" }, { title: "N", align: "right" }, { title: "WHY" }], [
    ["a", "10", ""],
    ["longer", "5", "because"],
  ], PLAIN);
  assert.deepEqual(lines, ["NAME     N  WHY", "a       10", "longer   5  because"]);
});

Deno.test("table() cuts the last column at the width", () => {
  const lines = table([{ title: "A" }, { title: "WHY" }], [["x", "0123456789"]], { colors: false, width: 9 });
  assert.deepEqual(lines, ["A  WHY", "x  01234…"]);
});

Deno.test("table() aligns the same with colours, and takes control characters out", () => {
  const rows = [[{ text: "ok", style: "green" as const }, "a\u001b[31m\nb"]];
  const columns = [{ title: "STATE" }, { title: "WHY" }];
  const plain = table(columns, rows, PLAIN);
  const painted = table(columns, rows, { ...PLAIN, colors: true });
  assert.deepEqual(plain[1], "ok     a [31m b");
  assert.notDeepEqual(painted, plain);
  // deno-lint-ignore no-control-regex
  assert.deepEqual(painted.map((line) => line.replaceAll(/\u001b\[\d+m/g, "").trimEnd()), plain);
});
