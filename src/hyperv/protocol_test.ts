import assert from "node:assert/strict";
import fc from "fast-check";
import { MARKER, readWorkerLine, requestLine } from "./protocol.ts";

Deno.test("requestLine() is one line of ASCII that says the same", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const line = requestLine(7, "bridge.ping", { echo: text });
    assert.match(line, /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(line), { id: 7, call: "bridge.ping", args: { echo: text } });
  }));
});

Deno.test("readWorkerLine() reads answers, errors, beats and hints", () => {
  assert.deepEqual(readWorkerLine(`${MARKER}{"id":1,"ok":true,"value":{"a":[]},"ms":12}`), {
    type: "answer",
    id: 1,
    answer: { ok: true, value: { a: [] }, ms: 12 },
  });
  assert.deepEqual(readWorkerLine(`${MARKER}{"id":2,"ok":false,"error":{"message":"no","fqid":null}}`), {
    type: "answer",
    id: 2,
    answer: {
      ok: false,
      error: { message: "no", category: "", fqid: "", hresult: "", command: "", target: "" },
      ms: 0,
    },
  });
  assert.deepEqual(readWorkerLine(`${MARKER}{"type":"beat"}`), { type: "beat" });
  assert.deepEqual(readWorkerLine(`${MARKER}{"type":"vm.power","vmId":"ABC"}`), {
    type: "vm.power",
    vmId: "abc",
  });
});

Deno.test("readWorkerLine() takes everything else for noise", () => {
  const noise = [
    "",
    "WARNING: The virtual machine is already in the specified state.",
    '{"id":1,"ok":true,"value":{},"ms":1}',
    ` ${MARKER}{"type":"beat"}`,
    `${MARKER}{"id":1,"ok":tr`,
    `${MARKER}null`,
    `${MARKER}[]`,
    `${MARKER}{"id":"1","ok":true}`,
    `${MARKER}{"id":1}`,
    `${MARKER}{"type":"vm.power"}`,
    `${MARKER}{"type":"other"}`,
  ];
  for (const line of noise) assert.deepEqual(readWorkerLine(line), { type: "noise" }, line);
});
