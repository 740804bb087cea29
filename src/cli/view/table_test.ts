import assert from "node:assert/strict";
import { printable, printableLines, table } from "./table.ts";

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

Deno.test("printable() lets through nothing that drives a terminal, turns text around or hides in it", () => {
  for (const mark of ["\u001b[2J", "\u0085", "\u2028", "\u202e", "\u2066", "\u200f", "\u200b", "\ufeff"]) {
    assert.doesNotMatch(
      printable(`ann${mark}bob`),
      /[\p{Cc}\p{Zl}\p{Bidi_Control}\u200b\ufeff]/u,
      JSON.stringify(mark),
    );
  }
  assert.equal(printable("Ærø ❤️ 日本"), "Ærø ❤️ 日本");
  assert.equal(printableLines("one\u202e\ntwo\u0007\n"), "one \ntwo \n");
});
