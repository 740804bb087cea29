/** `hvpool bridge` as a person calls it, against a simulated host behind a fake PowerShell. */
import assert from "node:assert/strict";
import { makeStandIn, NO_STAND_IN } from "../../src/hyperv/testing/stand_in.ts";
import { HOST_CALLS } from "../../src/ports/host.ts";
import { startSimulator } from "../../src/simulator/start.ts";
import { hvpool } from "../e2e/support/process.ts";
import { Scratch } from "../e2e/support/scratch.ts";
import { FAKE_ENGINE } from "./doors.ts";

async function bridgeCall(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  await using scratch = await Scratch.make();
  const simulator = await startSimulator({ speed: 100 });
  try {
    const powershell = await makeStandIn(scratch.path, FAKE_ENGINE, { HVPOOL_FAKE_HOST: simulator.host });
    return await hvpool(["bridge", "call", ...args, "--powershell", powershell]);
  } finally {
    await simulator.close();
  }
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: NO_STAND_IN, fn: body });
}

test("hvpool bridge call prints the line that answers, and exits 0", async () => {
  const echo = "$(1) 'Größe' \"👩‍🔬\"\n";
  const { code, out } = await bridgeCall("bridge.ping", "--args", JSON.stringify({ echo }));
  const { id, ok, value } = JSON.parse(out);
  assert.deepEqual([code, id, ok, value.echo], [0, 1, true, echo]);
});

test("hvpool bridge call exits 1 with the error's record when the call failed", async () => {
  const vmId = "00000000-0000-4000-8000-000000000000";
  const { code, out } = await bridgeCall("vm.start", "--args", JSON.stringify({ vmId }));
  const { ok, error } = JSON.parse(out);
  assert.equal(code, 1);
  assert.equal(ok, false);
  assert.equal(error.category, "ObjectNotFound");
});

test("hvpool bridge call does not send arguments that the call does not take", async () => {
  const { code, out } = await bridgeCall("vm.start", "--args", '{"vmid":"x"}');
  assert.equal(code, 1);
  assert.match(JSON.parse(out).error.message, /not sent: .*vmId/);
});

Deno.test("hvpool bridge call says what is wrong with a call that is none, and with arguments that are no JSON", async () => {
  const none = await hvpool(["bridge", "call", "vm.begin"]);
  assert.equal(none.code, 2);
  assert.match(none.err, /no call vm\.begin.*bridge calls/);
  const broken = await hvpool(["bridge", "call", "vm.list", "--args", "{"]);
  assert.equal(broken.code, 2);
  assert.match(broken.err, /--args is no JSON/);
});

Deno.test("hvpool bridge calls --json lists every call with the schemas of what it takes and answers", async () => {
  const { code, out } = await hvpool(["bridge", "calls", "--json"]);
  assert.equal(code, 0);
  const rows: { name: string; [key: string]: unknown }[] = JSON.parse(out);
  assert.deepEqual(rows.map(({ name }) => name), Object.keys(HOST_CALLS));
  for (const row of rows) {
    assert.deepEqual(Object.keys(row), ["name", "args", "result", "lane", "unknown", "uses", "limitMs"]);
    assert.equal((row.args as { type?: unknown }).type, "object", row.name);
  }
});
