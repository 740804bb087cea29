/** Agents' machines whose address, probe or desktop does not come, comes late, or is an old one. */
import assert from "node:assert/strict";
import { AgentPlant } from "./agent_plant.ts";
import { HOUR, MINUTE, simulatedSettings, TEMPLATE } from "./settings.ts";

const [{ template: TEMPLATE_SETTINGS } = { template: undefined }] = simulatedSettings(1).pools;

function withTemplate(over: Record<string, unknown>) {
  assert.ok(TEMPLATE_SETTINGS);
  return { template: { ...TEMPLATE_SETTINGS, ...over } };
}

Deno.test("old address first: a holder is told where its machine is, never where it was before it was saved", () => {
  const agents = new AgentPlant({ pool: { hot: 0 } });
  agents.assertReady(0, 2);
  for (const lateMs of [3_000, 45_000, 10 * MINUTE]) {
    const mend = agents.plant.first.host.trouble({ what: "old_address", lateMs });
    const lease = agents.acquire();
    assert.ok(agents.granted(lease), agents.why("leases/ci"));
    const { told, truth } = agents.addresses(lease);
    assert.equal(told, truth, `reported late by ${lateMs} ms`);
    assert.equal(agents.lease(lease)?.origin, "standby");
    agents.release(lease);
    agents.assertReady(0, 2);
    mend();
  }
});

Deno.test("old address first: an image whose loader says no address is believed when that stood for long enough", () => {
  const agents = new AgentPlant({ pool: { hot: 0 } });
  agents.plant.first.host.trouble({ what: "old_loader" });
  agents.plant.first.host.trouble({ what: "old_address", lateMs: 8_000 });
  agents.assertReady(0, 2);
  const lease = agents.acquire();
  assert.ok(agents.granted(lease));
  const { told, truth } = agents.addresses(lease);
  assert.equal(told, truth);
});

Deno.test("old address first: a probe is not answered there, so its holder waits for the new one", () => {
  const agents = new AgentPlant({
    pool: { hot: 0, ...withTemplate({ probe: { http: "http://{address}:8080/mcp" } }) },
  });
  agents.plant.first.host.trouble({ what: "old_loader" });
  agents.plant.first.host.trouble({ what: "old_address", lateMs: 40_000 });
  agents.assertReady(0, 2);
  const lease = agents.acquire();
  agents.plant.advance(30_000);
  const cycle = agents.lease(lease)?.cycle ?? "";
  assert.equal(agents.lease(lease)?.state, "starting");
  assert.match(agents.why(cycle), /waiting for http:.* of the guest at .*did not answer/);
  assert.ok(agents.granted(lease));
  const { told, truth } = agents.addresses(lease);
  assert.equal(told, truth);
});

Deno.test("address never comes: machines are not ready, say why, and are when their switch gives addresses again", () => {
  const agents = new AgentPlant();
  const mend = agents.plant.first.host.trouble({ what: "no_address" });
  const lease = agents.acquire(5 * HOUR);
  agents.plant.advance(2 * MINUTE);
  assert.match(agents.why(agents.inPhase("booting")[0]?.id ?? ""), /guest's address: it has none yet/);
  let failed = "";
  agents.plant.advanceUntil(() => {
    for (const { failure } of agents.plant.cyclesOf(agents.plant.first)) failed = failure?.message ?? failed;
    return failed !== "";
  }, HOUR);
  assert.match(failed, /no address/);
  agents.plant.advance(HOUR);
  assert.equal(agents.lease(lease)?.state, "queued");
  assert.equal(agents.inPhase("online").length + agents.inPhase("standby").length, 0);
  mend();
  assert.ok(agents.granted(lease, 2 * HOUR));
  assert.equal(agents.lease(lease)?.origin, "cold");
  agents.plant.assertLaws();
});

Deno.test("address never comes after a resume: its holder is given another machine, and the first is put back", () => {
  const agents = new AgentPlant({ pool: { hot: 0 } });
  agents.assertReady(0, 2);
  const mend = agents.plant.first.host.trouble({ what: "no_address", vmPrefix: "runner-1" });
  const lease = agents.acquire();
  assert.ok(agents.granted(lease, HOUR));
  assert.match(agents.lease(lease)?.cycle ?? "", /^ci\/2\./);
  mend();
  agents.assertReady(0, 1);
});

Deno.test("a pool whose switch gives no addresses says so, and its machines are ready without", () => {
  const agents = new AgentPlant({ agent: { addressless: true } });
  agents.plant.first.host.trouble({ what: "no_address" });
  agents.assertReady(1, 1);
  assert.ok(agents.granted(agents.acquire()));
});

Deno.test("a probe that is never answered keeps machines from being ready, and one that is answered does not", () => {
  const agents = new AgentPlant({ pool: withTemplate({ probe: { tcp: 3389 } }) });
  const mend = agents.plant.first.host.trouble({ what: "no_answer" });
  agents.plant.advance(3 * MINUTE);
  assert.match(
    agents.why(agents.inPhase("booting")[0]?.id ?? ""),
    /port 3389 of the guest at 172\..*did not answer/,
  );
  agents.plant.advance(20 * MINUTE);
  assert.equal(agents.inPhase("online").length + agents.inPhase("standby").length, 0);
  mend();
  agents.assertReady(1, 1, 2 * HOUR);
  assert.ok(agents.granted(agents.acquire()));
});

Deno.test("a desktop is ready once its own beacon has gone on after a resume", () => {
  const path = TEMPLATE.replace("windows", "desktop");
  const agents = new AgentPlant({
    pool: { hot: 0, ...withTemplate({ path }) },
    agent: { desktop: true },
    latencies: { "guest.desktop": 40_000 },
  });
  agents.assertReady(0, 2);
  const { now } = agents.plant.timeline;
  const lease = agents.acquire();
  assert.ok(agents.granted(lease));
  assert.ok((agents.lease(lease)?.grantedAt ?? 0) >= now + 40_000, "its loader went on long before");
});

Deno.test("a running machine whose address went away is not handed out while another one is there", () => {
  const agents = new AgentPlant();
  agents.assertReady(1, 1);
  const [hot] = agents.inPhase("online");
  const slot = hot?.slot ?? 0;
  agents.plant.first.host.trouble({ what: "no_address", vmPrefix: `runner-${slot}` });
  agents.plant.advance(MINUTE);
  const lease = agents.acquire();
  assert.ok(agents.granted(lease, MINUTE));
  assert.equal(
    agents.plant.first.controller.state?.cycles.get(agents.lease(lease)?.cycle ?? "" as never)?.slot,
    3 - slot,
  );
});

Deno.test("after a restart of the program a running machine is handed out with the address that it has", () => {
  const agents = new AgentPlant({ slots: 1 });
  agents.assertReady(1, 0);
  const { controller } = agents.plant.first;
  controller.crash();
  controller.start();
  const lease = agents.acquire();
  assert.ok(agents.granted(lease, MINUTE));
  assert.equal(agents.lease(lease)?.origin, "hot");
  const { told, truth } = agents.addresses(lease);
  assert.ok(told !== undefined);
  assert.equal(told, truth);
});
