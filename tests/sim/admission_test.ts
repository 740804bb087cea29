/** Agents on a host whose memory or disk is short, and machines that stay off until somebody needs them. */
import assert from "node:assert/strict";
import { AgentPlant, type AgentPlantOptions } from "./agent_plant.ts";
import { HOUR, MINUTE } from "./settings.ts";

const HOST_MB = 40_960;
const RESERVE_MB = 8_192;
const MACHINE_MB = 4_096;
/** What the host keeps for itself, and what the machines of others take that run. */
const TAKEN_MB = 2_048 + 5 * 1_024;
/** Room for so many machines of agents. */
const ROOM_FOR = Math.floor((HOST_MB - RESERVE_MB - TAKEN_MB) / MACHINE_MB);

/** A plant that is looked at every second: no machine of ours is ever started into the reserve. */
class Watched extends AgentPlant {
  /** Memory of others beside those that are always there. */
  foreignMb = 0;
  most = 0;

  constructor(options: AgentPlantOptions) {
    super({ memoryMb: HOST_MB, ...options });
  }

  until(condition: () => boolean, withinMs: number): boolean {
    let before = this.usedMb();
    return this.plant.advanceUntil(() => {
      const used = this.usedMb();
      const limit = HOST_MB - RESERVE_MB - TAKEN_MB - this.foreignMb;
      assert.ok(
        used <= Math.max(before, limit),
        `${used} MiB are ours where ${limit} MiB are free beside the reserve`,
      );
      before = used;
      this.most = Math.max(this.most, used / MACHINE_MB);
      return condition();
    }, withinMs);
  }

  /** Somebody else starts a VM; the function that is answered turns it off. */
  take(memoryMb: number): () => void {
    const { host } = this.plant.first;
    const vm = host.addForeign({ name: "hog", memoryMb, power: "running" });
    this.foreignMb += memoryMb;
    return () => {
      assert.ok(host.meddle("turnOff", vm));
      this.foreignMb -= memoryMb;
    };
  }
}

Deno.test("a pool that is larger than its host runs as many machines as fit beside the reserve, and serves with those", () => {
  const agents = new Watched({ slots: 10, pool: { hot: 10 } });
  assert.ok(agents.until(() => agents.inPhase("online").length === ROOM_FOR, 2 * HOUR));
  assert.ok(!agents.until(() => agents.inPhase("online").length > ROOM_FOR, HOUR));
  assert.equal(agents.most, ROOM_FOR);
  const leases = Array.from({ length: ROOM_FOR }, () => agents.acquire());
  for (const lease of leases) assert.ok(agents.until(() => agents.lease(lease)?.state === "active", MINUTE));
  const last = agents.acquire();
  agents.until(() => false, 5 * MINUTE);
  assert.equal(agents.lease(last)?.state, "queued");
  for (const lease of leases.slice(0, 2)) agents.release(lease);
  assert.ok(agents.until(() => agents.lease(last)?.state === "active", HOUR));
  agents.plant.assertLaws();
});

Deno.test("memory taken by somebody else: a lease waits and says for what, and is granted when it is back", () => {
  const agents = new Watched({ slots: 2, pool: { hot: 0 } });
  assert.ok(agents.until(() => agents.inPhase("standby").length === 2, HOUR));
  const giveBack = agents.take(HOST_MB - RESERVE_MB - TAKEN_MB - MACHINE_MB / 2);
  // Long enough for the host to be read.
  agents.until(() => false, 2 * MINUTE);
  const lease = agents.acquire();
  assert.ok(!agents.until(() => agents.lease(lease)?.state !== "queued", 10 * MINUTE));
  assert.equal(
    agents.why("leases/ci"),
    `waiting for host memory: needs ${MACHINE_MB} MiB, ${
      MACHINE_MB / 2
    } MiB are free beside the reserve of ${RESERVE_MB} MiB`,
  );
  giveBack();
  assert.ok(agents.until(() => agents.lease(lease)?.state === "active", MINUTE));
  assert.equal(agents.lease(lease)?.origin, "standby");
});

Deno.test("memory taken by somebody else: whoever waits no longer than they said ends, and a machine is not lost for it", () => {
  const agents = new Watched({ slots: 1, pool: { hot: 0 } });
  assert.ok(agents.until(() => agents.inPhase("standby").length === 1, HOUR));
  const [before] = agents.inPhase("standby");
  agents.take(HOST_MB - RESERVE_MB - TAKEN_MB);
  agents.until(() => false, 2 * MINUTE);
  const lease = agents.acquire(5 * MINUTE);
  agents.until(() => false, 6 * MINUTE);
  assert.equal(agents.lease(lease), undefined);
  assert.match(
    agents.plant.first.controller.state?.endedLeases.get(lease)?.cause ?? "",
    /^no machine was free in time: waiting for host memory/,
  );
  assert.equal(agents.inPhase("standby")[0]?.id, before?.id);
  assert.equal(before?.rung, 0);
});

Deno.test("memory taken by somebody else: waiting for it is not charged to a machine that is made", () => {
  const agents = new Watched({ slots: 1, pool: { hot: 1 } });
  const giveBack = agents.take(HOST_MB - RESERVE_MB - TAKEN_MB);
  agents.until(() => false, HOUR);
  const [made] = agents.inPhase("provisioning");
  assert.match(agents.why(made?.id ?? ""), /waiting for host memory/);
  giveBack();
  assert.ok(agents.until(() => agents.inPhase("online").length === 1, HOUR));
  assert.equal(agents.inPhase("online")[0]?.id, made?.id, "it is still the same");
});

Deno.test("what is resumed for a lease comes before machines that are to run without one", () => {
  const agents = new Watched({ slots: 3, pool: { hot: 2 } });
  assert.ok(
    agents.until(() => agents.inPhase("online").length === 2 && agents.inPhase("standby").length === 1, HOUR),
  );
  // Nothing is left beside the two that run.
  const giveBack = agents.take(HOST_MB - RESERVE_MB - TAKEN_MB - 2 * MACHINE_MB);
  agents.until(() => false, 2 * MINUTE);
  const leases = [agents.acquire(), agents.acquire(), agents.acquire()];
  agents.until(() => false, 5 * MINUTE);
  assert.deepEqual(leases.map((lease) => agents.lease(lease)?.state), ["active", "active", "queued"]);
  giveBack();
  assert.ok(agents.until(() => leases.every((lease) => agents.lease(lease)?.state === "active"), MINUTE));
});

Deno.test("a machine that is off is started for a lease that finds no other, which is told that it was cold", () => {
  const agents = new Watched({ slots: 4, pool: { hot: 1 }, agent: { warm: 1 } });
  const settled = () => agents.inPhase("online").length === 1 && agents.inPhase("standby").length === 1;
  assert.ok(agents.until(settled, HOUR));
  agents.until(() => false, HOUR);
  assert.equal(agents.inPhase("provisioning").length, 2);
  const leases = [agents.acquire(), agents.acquire(), agents.acquire()];
  assert.ok(agents.until(() => leases.every((lease) => agents.lease(lease)?.state === "active"), HOUR));
  // The saved one was being resumed by then, to run in the place of the first.
  assert.deepEqual(leases.map((lease) => agents.lease(lease)?.origin), ["hot", "hot", "cold"]);
  for (const lease of leases) agents.release(lease);
  assert.ok(
    agents.until(() => agents.inPhase("claimed").length === 0 && agents.inPhase("online").length === 1, HOUR),
  );
  agents.plant.assertLaws();
});

Deno.test("a pool without warm machines makes all of them and starts none until one is asked for", () => {
  const agents = new Watched({ slots: 2, pool: { hot: 0 }, agent: { warm: 0 } });
  agents.until(() => false, HOUR);
  const vms = agents.plant.first.host.truth().vms.filter(({ foreign, power }) => !foreign && power === "off");
  assert.equal(vms.length, 2);
  const lease = agents.acquire();
  assert.ok(agents.until(() => agents.lease(lease)?.state === "active", HOUR));
  assert.equal(agents.lease(lease)?.origin, "cold");
});
