import assert from "node:assert/strict";
import { planCreate, planRemove, type SwitchInfo } from "./plan.ts";

const WANTED = { name: "hvpool", subnet: "192.168.240.0/24" };
const NOTHING: SwitchInfo = {
  switch: null,
  vms: [],
  addresses: [{ address: "10.20.30.40", prefixLength: 24, own: false }],
  nats: [],
};
const SWITCH = { id: "00000000-0000-4000-8000-000000000001", name: "hvpool", type: "internal" } as const;
const OWN = { address: "192.168.240.1", prefixLength: 24, own: true };
const NAT = { name: "hvpool", subnet: "192.168.240.0/24" };
const ALL: SwitchInfo = { ...NOTHING, switch: SWITCH, addresses: [OWN], nats: [NAT] };

Deno.test("planCreate() makes what is missing, and nothing twice", () => {
  const missing = (info: SwitchInfo) => {
    const plan = planCreate(info, WANTED);
    return "missing" in plan ? plan.missing : assert.fail(plan.refusal);
  };
  assert.deepEqual(missing(NOTHING), ["switch", "address", "nat"]);
  assert.deepEqual(missing(ALL), []);
  assert.deepEqual(missing({ ...ALL, nats: [] }), ["nat"]);
  const selfGiven = { address: "169.254.8.9", prefixLength: 16, own: true };
  assert.deepEqual(missing({ ...ALL, addresses: [selfGiven] }), ["address"]);
  const plan = planCreate(NOTHING, WANTED);
  assert.deepEqual("args" in plan ? plan.args : undefined, {
    name: "hvpool",
    gateway: "192.168.240.1",
    prefixLength: 24,
    nat: NAT,
  });
});

Deno.test("planCreate() refuses what would change or cross something that is there, and says what to do", () => {
  const cases: [SwitchInfo, RegExp][] = [
    [{ ...ALL, switch: { ...SWITCH, type: "external" } }, /it is external.*another --name/],
    [
      { ...ALL, addresses: [{ ...OWN, address: "192.168.7.1" }] },
      /192\.168\.7\.1\/24 on the switch hvpool, not 192\.168\.240\.1\/24.*network remove --name hvpool/,
    ],
    [{ ...ALL, addresses: [{ ...OWN, prefixLength: 25 }] }, /192\.168\.240\.1\/25/],
    [
      { ...NOTHING, nats: [{ name: "Docker's", subnet: "10.0.75.0/24" }] },
      /Docker's of 10\.0\.75\.0\/24 already, and Windows knows one NAT only.*Remove-NetNat -Name 'Docker''s'/,
    ],
    [{ ...NOTHING, nats: [{ ...NAT, subnet: "192.168.0.0/16" }] }, /one NAT only/],
    [
      { ...NOTHING, addresses: [{ address: "192.168.240.77", prefixLength: 20, own: false }] },
      /in common with 192\.168\.240\.77\/20.*another --subnet/,
    ],
  ];
  for (const [info, says] of cases) {
    const plan = planCreate(info, WANTED);
    assert.ok("refusal" in plan);
    assert.match(plan.refusal, says);
  }
});

Deno.test("planRemove() removes the switch and the NAT of its name alone", () => {
  assert.deepEqual(planRemove(ALL, "hvpool"), { there: ["switch", "nat"] });
  assert.deepEqual(planRemove({ ...ALL, nats: [{ ...NAT, name: "other" }] }, "hvpool"), {
    there: ["switch"],
  });
  assert.deepEqual(planRemove({ ...ALL, switch: null }, "hvpool"), { there: ["nat"] });
  assert.deepEqual(planRemove(NOTHING, "hvpool"), { there: [] });
});

Deno.test("planRemove() leaves a switch with machines, and one that is no internal one", () => {
  const busy = planRemove({ ...ALL, vms: ["a", "b", "c", "d", "e", "f", "g"] }, "hvpool");
  assert.match("refusal" in busy ? busy.refusal : "", /machines on it: a, b, c, d, e and 2 more/);
  const external = planRemove({ ...ALL, switch: { ...SWITCH, type: "external" } }, "hvpool");
  assert.match("refusal" in external ? external.refusal : "", /is external/);
});
