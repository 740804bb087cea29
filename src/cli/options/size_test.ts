import assert from "node:assert/strict";
import { byteSize, formatMegabytes, memoryValue, parseMegabytes } from "./size.ts";

Deno.test("parseMegabytes() reads a number with or without a unit", () => {
  const cases: [string, number | undefined][] = [
    ["8192", 8192],
    ["8192MB", 8192],
    ["8192 MiB", 8192],
    ["8GB", 8192],
    ["8GiB", 8192],
    ["8g", 8192],
    ["1.5gb", 1536],
    ["1TB", 1_048_576],
    ["0.3MB", undefined],
    ["8K", undefined],
    ["-1", undefined],
    ["", undefined],
    ["GB", undefined],
    ["8e3", undefined],
  ];
  for (const [text, megabytes] of cases) assert.equal(parseMegabytes(text), megabytes, text);
});

Deno.test("memoryValue() refuses what no machine can have", () => {
  assert.equal(memoryValue("4GB"), 4096);
  assert.throws(() => memoryValue("much"), /8192MB, 8GB or 8GiB/);
  assert.throws(() => memoryValue("8"), /512MB to 12288 GiB\. A number alone counts megabytes/);
  assert.throws(() => memoryValue("4097"), /multiple of 2 MB, such as 4098MB/);
});

Deno.test("formatMegabytes() uses GiB where that is exact", () => {
  assert.deepEqual([formatMegabytes(8192), formatMegabytes(4098)], ["8 GiB", "4098 MiB"]);
});

Deno.test("byteSize() uses the largest unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_048_575, "1.0 MiB"],
    [67_108_864, "64.0 MiB"],
    [5_000 * 1_073_741_824, "5000.0 GiB"],
  ];
  for (const [bytes, text] of cases) assert.equal(byteSize(bytes), text);
});
