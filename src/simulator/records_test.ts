import assert from "node:assert/strict";
import type { HostErrorClass } from "../model/calls.ts";
import { classifyError } from "../ports/errors.ts";
import { germanRecord, RECORD_BY_CLASS, vmNotFound, wrongState } from "./records.ts";

for (const [name, make] of Object.entries(RECORD_BY_CLASS)) {
  Deno.test(`the raw record of ${name} is classified as ${name}, in English and in German`, () => {
    const record = make("vm.start", "runner-1");
    assert.equal(classifyError(record), name as HostErrorClass);
    assert.equal(classifyError(germanRecord(record)), name as HostErrorClass);
    assert.notEqual(germanRecord(record).message, record.message);
  });
}

Deno.test("records carry ids as the module builds them", () => {
  assert.equal(vmNotFound("x").fqid, "ObjectNotFound,Microsoft.HyperV.PowerShell.Commands.GetVM");
  assert.equal(
    wrongState("Remove-VM", "x").fqid,
    "InvalidState,Microsoft.HyperV.PowerShell.Commands.RemoveVM",
  );
});
