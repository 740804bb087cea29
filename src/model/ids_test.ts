import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type ControllerId,
  cycleId,
  directoryName,
  hash32,
  parseCycleId,
  parseDirectoryName,
  parseNotes,
  parseRunnerName,
  runnerName,
  shortId,
  slotId,
  vmNotes,
} from "./ids.ts";

const pool = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);
const slot = fc.integer({ min: 1, max: 999_999 });
const n = fc.integer({ min: 1, max: 999_999_999_999_999 });
const parts = fc.record({ pool, slot, n }, { noNullPrototype: true });
const controller = fc.stringMatching(/^[0-9a-f]{32}$/).map((text) => text as ControllerId);

Deno.test("parseCycleId() reads back what cycleId() writes", () => {
  fc.assert(fc.property(parts, (given) => {
    assert.deepEqual(parseCycleId(cycleId(given.pool, given.slot, given.n)), given);
  }));
});

Deno.test("parseDirectoryName() reads back what directoryName() writes", () => {
  fc.assert(fc.property(parts, (given) => {
    assert.deepEqual(parseDirectoryName(directoryName(given)), given);
  }));
});

Deno.test("parseNotes() reads back what vmNotes() writes", () => {
  fc.assert(fc.property(controller, parts, (id, given) => {
    const notes = vmNotes(id, cycleId(given.pool, given.slot, given.n));
    assert.deepEqual(parseNotes(notes), { controller: id, cycle: given });
  }));
});

Deno.test("parseRunnerName() reads back what runnerName() writes", () => {
  const prefix = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/);
  fc.assert(fc.property(prefix, slot, controller, n, slot, (start, position, id, number, use) => {
    const name = runnerName({ prefix: start, slot: position, controller: id, n: number, use });
    assert.deepEqual(parseRunnerName(name), {
      prefixAndSlot: `${start}${position}`,
      controller: shortId(id),
      n: number,
      use,
    });
  }));
});

Deno.test("runnerName() stays within GitHub's 64 characters for a slot and numbers of years", () => {
  const id = "f".repeat(32) as ControllerId;
  const name = runnerName({ prefix: "a".repeat(30), slot: 999, controller: id, n: 99_999_999, use: 99 });
  assert.ok(name.length <= 64, `${name.length} characters`);
});

Deno.test("what hvpool did not write is not read as its own", () => {
  for (
    const text of [
      "",
      "ci/1",
      "ci/0.1",
      "ci/1.0",
      "CI/1.1",
      "ci/01.1",
      "ci/1.1 ",
      "-/1.1",
      "ci/1.1.1",
      "ci/1e3.1",
    ]
  ) {
    assert.equal(parseCycleId(text), undefined, text);
  }
  for (const text of ["ci-1", "ci-1.01", "..", "ci-1.1\\disk.vhdx", "CI-1.1"]) {
    assert.equal(parseDirectoryName(text), undefined, text);
  }
  for (
    const text of [
      "runner-1",
      "runner-1-0123456-1.1",
      "runner-1-0123456789-1.1",
      "runner-1-01234567-1",
      "x-01234567-1.1",
    ]
  ) {
    assert.equal(parseRunnerName(text), undefined, text);
  }
});

Deno.test("parseNotes() takes Notes of people for what they are", () => {
  const strange = [
    "",
    "{",
    "{}",
    "null",
    "[]",
    '{"hvpool":1,"cycle":"ci/1.1"}',
    '{"hvpool":"a"}',
    '{"hvpool":"a","cycle":"x"}',
  ];
  for (const text of [...strange, `{"hvpool":"a","cycle":"ci/1.1","more":"${"x".repeat(400)}"}`]) {
    assert.equal(parseNotes(text), undefined, text);
  }
  fc.assert(fc.property(fc.string(), (text) => {
    parseNotes(text); // never throws
  }));
});

Deno.test("slotId() is the beginning of every cycle of the slot", () => {
  assert.ok(cycleId("ci", 3, 17).startsWith(`${slotId("ci", 3)}.`));
});

Deno.test("hash32() is the same for the same text and stays within 32 bits", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const hash = hash32(text);
    assert.equal(hash, hash32(text));
    assert.ok(Number.isInteger(hash) && hash >= 0 && hash <= 0xffff_ffff);
  }));
});
