import assert from "node:assert/strict";
import { classifyError } from "./errors.ts";
import { HYPER_V, recordOf, RECORDS } from "./testing/error_records.ts";

for (const row of RECORDS) {
  Deno.test(`classifyError() tells "${row.what}" as ${row.is}`, () => {
    assert.equal(classifyError(recordOf(row)), row.is);
  });
}

Deno.test("classifyError() comes to the same on hosts that speak other languages", () => {
  const words = [
    "Fehler beim Starten von „X“.",
    "仮想マシン 'X' を開始できませんでした。",
    "Не удалось запустить \u202e «X».",
  ];
  for (const row of RECORDS) {
    const record = recordOf(row);
    const numbers = record.message.match(/\(0x[0-9a-f]{8}\)/gi) ?? [];
    for (const word of words) {
      const localized = { ...record, message: [word, ...numbers, word].join(" ") };
      assert.equal(classifyError(localized), row.is, `${row.what}: ${word}`);
    }
  }
});

Deno.test("classifyError() takes the first number that it knows, in either case", () => {
  const base = recordOf({ what: "", is: "unknown", id: `Unspecified,${HYPER_V}.StartVM` });
  assert.equal(classifyError({ ...base, message: "(0x80004005) (0xc03a000e) (0x80070005)" }), "broken_chain");
  assert.equal(classifyError({ ...base, hresult: "0X8007000E" }), "out_of_memory");
  assert.equal(classifyError({ ...base, hresult: "0x80131500", message: "(0x80070020)" }), "busy");
  assert.equal(classifyError({ ...base, message: "0x80070020, VM (0x80070020abc)" }), "unknown");
});

Deno.test("classifyError() is not fooled by names that every object has", () => {
  const base = recordOf({ what: "", is: "unknown" });
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal(classifyError({ ...base, fqid: name, category: name, hresult: name }), "unknown");
  }
});
