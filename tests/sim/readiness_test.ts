/** Agents' machines whose clock, address, probe or desktop does not come, comes late, or is an old one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LeaseId } from "../../src/model/leases/lease.ts";
import { CLOCK_TOLERANCE_MS } from "../../src/model/rules/ready.ts";
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

Deno.test("a machine that was saved for hours is its holder's once its clock was set, however long that takes", () => {
  const agents = new AgentPlant({ pool: { hot: 0 }, latencies: { "guest.clock": 45_000 } });
  agents.assertReady(0, 2);
  agents.plant.advance(3 * HOUR);
  const { now } = agents.plant.timeline;
  const lease = agents.acquire();
  agents.plant.advance(30_000);
  assert.match(agents.why(agents.lease(lease)?.cycle ?? ""), /its clock is 3 h( \d+ min)? behind/);
  assert.ok(agents.granted(lease));
  assert.equal(agents.clockBehindMs(lease), 0);
  assert.ok((agents.lease(lease)?.grantedAt ?? 0) >= now + 45_000);
  assert.equal(agents.lease(lease)?.origin, "standby");
});

Deno.test("a clock that stays wrong: its holder is given another machine, and the first is put back, then made anew", () => {
  const agents = new AgentPlant({ pool: { hot: 0 } });
  agents.assertReady(0, 2);
  agents.plant.advance(2 * HOUR);
  const mend = agents.plant.first.host.trouble({ what: "old_time", vmPrefix: "runner-1" });
  const lease = agents.acquire();
  assert.ok(agents.granted(lease, HOUR));
  assert.match(agents.lease(lease)?.cycle ?? "", /^ci\/2\./);
  assert.equal(agents.clockBehindMs(lease), 0);
  const first = agents.plant.cyclesOf(agents.plant.first).find(({ slot }) => slot === 1)?.id;
  const anew = () =>
    agents.plant.cyclesOf(agents.plant.first).some(({ slot, id }) => slot === 1 && id !== first);
  assert.ok(agents.plant.advanceUntil(anew, 2 * HOUR), "it was made anew");
  mend();
  agents.assertReady(0, 1, 3 * HOUR);
  agents.plant.assertLaws();
});

Deno.test("a loader that does not say the time is not asked for it", () => {
  const agents = new AgentPlant({ pool: { hot: 0 } });
  for (const what of ["old_loader", "old_time"] as const) agents.plant.first.host.trouble({ what });
  agents.assertReady(0, 2);
  agents.plant.advance(2 * HOUR);
  const lease = agents.acquire();
  assert.ok(agents.granted(lease));
  assert.ok((agents.clockBehindMs(lease) ?? 0) >= 2 * HOUR, "nobody could know");
});

Deno.test("a lease paused for hours goes on once the clock of its machine was set", () => {
  const agents = new AgentPlant({ slots: 1, latencies: { "guest.clock": 30_000 } });
  agents.assertReady(1, 0);
  const lease = agents.acquire();
  assert.ok(agents.granted(lease));
  agents.change(lease, "pause");
  assert.ok(agents.plant.advanceUntil(() => agents.lease(lease)?.state === "paused", MINUTE));
  agents.plant.advance(30 * MINUTE);
  agents.change(lease, "resume");
  agents.plant.advance(20_000);
  assert.equal(agents.lease(lease)?.state, "changing");
  assert.ok(agents.granted(lease, MINUTE));
  assert.equal(agents.clockBehindMs(lease), 0);
});

Deno.test("whatever comes, nobody is handed a machine whose clock is wrong", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer({ min: 1, max: 1_000_000 }),
        hot: fc.integer({ min: 0, max: 2 }),
        setAfterMs: fc.constantFrom(0, 1_000, 20_000, 90_000),
        days: fc.array(
          fc.record({
            doing: fc.constantFrom("acquire", "acquire", "release", "spoil", "mend", "restart"),
            slot: fc.integer({ min: 1, max: 3 }),
            waitMs: fc.constantFrom(1_000, 10_000, MINUTE, 10 * MINUTE, HOUR),
          }),
          { minLength: 5, maxLength: 25 },
        ),
      }),
      ({ seed, hot, setAfterMs, days }) => {
        const agents = new AgentPlant({
          seed,
          slots: 3,
          pool: { hot },
          latencies: { "guest.clock": setAfterMs },
        });
        agents.assertReady(hot, 3 - hot);
        const leases = new Set<LeaseId>();
        const granted = new Set<LeaseId>();
        for (const { doing, slot, waitMs } of days) {
          const { host, controller } = agents.plant.first;
          if (doing === "acquire") leases.add(agents.acquire());
          else if (doing === "release") {
            const [lease] = granted;
            if (lease !== undefined) agents.release(lease);
          } else if (doing === "spoil") host.trouble({ what: "old_time", vmPrefix: `runner-${slot}` });
          else if (doing === "mend") host.mendNetwork();
          else {
            controller.crash();
            controller.start();
          }
          agents.plant.advanceUntil(() => {
            for (const lease of leases) {
              const is = agents.lease(lease)?.state;
              if (is === undefined) leases.delete(lease);
              if (is !== "active" || granted.has(lease)) continue;
              granted.add(lease);
              const behindMs = agents.clockBehindMs(lease) ?? 0;
              assert.ok(behindMs <= CLOCK_TOLERANCE_MS, `${lease} was handed a clock ${behindMs} ms behind`);
            }
            return false;
          }, waitMs);
        }
      },
    ),
    { numRuns: 15, seed: 7 },
  );
});
