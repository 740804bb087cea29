import assert from "node:assert/strict";
import type { NetworkSettings } from "../model/network.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

function load(text: string): LoadedConfig {
  const file = { file: "config.yaml", folder: "/home/me", platform: "linux" } as const;
  return loadConfig({ text: `debug: {use_mock: true}\n${text}`, ...file });
}

/** What the pools have, without anything that is worth a warning. */
function networks(text: string): (NetworkSettings | undefined)[] {
  const { config, problems, warnings } = load(text);
  assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  return (config?.settings.pools ?? []).map((pool) => pool.network);
}

const SWITCH = "hyperv: {switch: hvpool}\n";

Deno.test("loadConfig() isolates nobody and leaves addresses to DHCP unless it is told to", () => {
  const pool = load("").config?.settings.pools[0] ?? assert.fail();
  assert.ok(!("network" in pool));
  assert.deepEqual(networks("network: {isolation: none, addresses: dhcp, dns: []}\n"), [undefined]);
});

Deno.test("loadConfig() gives the only pool what network: says", () => {
  const text = `${SWITCH}network:
  isolation: lan
  subnet: 192.168.240.0/24
  addresses: static
  dns: [1.1.1.1, 8.8.8.8]
  vlan: 20
`;
  assert.deepEqual(networks(text), [{
    isolation: "lan",
    subnet: "192.168.240.0/24",
    addresses: "static",
    dns: ["1.1.1.1", "8.8.8.8"],
    vlan: 20,
  }]);
});

Deno.test("loadConfig() lets pools inherit network:, replace its keys one by one, and take them back", () => {
  const text = `${SWITCH}network: {isolation: guests, subnet: 10.1.0.0/24, dns: [1.1.1.1]}
pools:
  - {name: a}
  - {name: b, network: {isolation: lan, vlan: 7}}
  - {name: c, network: {isolation: none, dns: []}}
  - {name: d, network: {addresses: static, subnet: 10.2.0.0/24}}
`;
  const general = { isolation: "guests", subnet: "10.1.0.0/24", dns: ["1.1.1.1"] };
  assert.deepEqual(networks(text), [
    general,
    { ...general, isolation: "lan", vlan: 7 },
    { subnet: "10.1.0.0/24" },
    { ...general, subnet: "10.2.0.0/24", addresses: "static" },
  ]);
});

Deno.test("loadConfig() shows a pool's network, and where it is written", () => {
  const { config } = load("network: {isolation: guests}\n");
  const shown = config?.effective.filter(({ path }) => path.startsWith("pools[0].network."));
  assert.deepEqual(shown?.map(({ path, value }) => [path, value]), [
    ["pools[0].network.isolation", "guests"],
    ["pools[0].network.subnet", null],
    ["pools[0].network.addresses", "dhcp"],
    ["pools[0].network.dns", []],
    ["pools[0].network.vlan", null],
  ]);
  assert.equal(config?.at("pools[0].network.isolation").path, "network.isolation");
  assert.equal(config?.at("pools[0].network.vlan").path, "network.vlan");
});

Deno.test("loadConfig() says what is wrong with a network, once for all pools", () => {
  const cases = [
    ["{isolation: all}", "3:22", /is not possible here/],
    ["{addresses: fixed}", "3:22", /is not possible here/],
    ["{vlan: 0}", "3:17", /must be 1 or more/],
    ["{vlan: 4095}", "3:17", /must be 4094 or less/],
    ["{gateway: 10.0.0.1}", "3:11", /no such key in network/],
    ["{subnet: 10.0.0.0}", "3:19", /is not a network.*Did you mean 10\.0\.0\.0\/24\?/],
    ["{subnet: 10.0.0.7/24}", "3:19", /an address inside of a network.*Did you mean 10\.0\.0\.0\/24\?/],
    ["{subnet: 10.0.0.0/31}", "3:19", /no size for a network.*\/8 to \/30/],
    ["{subnet: 127.0.0.0/8}", "3:19", /no machine can have its address/],
    ["{subnet: 'fd00::/64'}", "3:19", /is not a network/],
    ["{dns: [dns.example.com]}", "3:17", /not the address of a name server.*IPv4/],
    ["{dns: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5]}", "3:16", /5 name servers are more than the 4/],
    ["{addresses: static, dns: [1.1.1.1]}", "3:22", /static addresses need a subnet.*192\.168\.240\.0\/24/],
  ] as const;
  for (const [network, at, says] of cases) {
    const text = `${SWITCH}network: ${network}\npools: [{name: a}, {name: b}]\n`;
    const { problems } = load(text);
    assert.equal(problems.length, 1, problems.map(formatProblem).join("\n") || network);
    assert.match(formatProblem(problems[0] ?? assert.fail()), says);
    assert.equal(`${problems[0]?.line}:${problems[0]?.column}`, at, network);
  }
});

Deno.test("loadConfig() refuses a subnet that has no room for the sizes of its pools", () => {
  const text = (sizes: [number, number], subnet = "10.0.0.0/29") =>
    `${SWITCH}network: {addresses: static, subnet: ${subnet}, dns: [1.1.1.1]}
pools: [{name: a, size: ${sizes[0]}}, {name: b, size: ${sizes[1]}}]
`;
  assert.equal(networks(text([3, 2])).length, 2);
  const { problems } = load(text([3, 3]));
  assert.deepEqual(problems.map(formatProblem), [
    "config.yaml:3:38: network.subnet: has room for 5 machines, and its pools have 6. " +
    "Write a greater subnet, or smaller sizes.",
  ]);
  assert.match(
    load(
      `${SWITCH}runners: {pool_size: 2}\nnetwork: {addresses: static, subnet: 10.0.0.0/30, dns: [1.1.1.1]}\n`,
    )
      .problems.map(formatProblem).join(),
    /has room for 1 machine, and its pools have 2/,
  );
});

Deno.test("loadConfig() refuses subnets of two pools that cross, at each of them", () => {
  const { problems } = load(`${SWITCH}network: {addresses: static, dns: [1.1.1.1]}
pools:
  - {name: a, network: {subnet: 10.0.0.0/16}}
  - {name: b, network: {subnet: 10.0.3.0/24}}
  - {name: c, network: {subnet: 10.1.0.0/24}}
`);
  assert.deepEqual(problems.map(({ path, message }) => [path, message]), [
    ["pools[0].network.subnet", "has addresses in common with the subnet of the pool b"],
    ["pools[1].network.subnet", "has addresses in common with the subnet of the pool a"],
  ]);
});

Deno.test("loadConfig() refuses addresses for guests that nobody can tell them to", () => {
  const text = `hyperv: {switch: hvpool, delivery: direct}
runners: {registration: token}
network: {addresses: static, subnet: 10.0.0.0/24, dns: [1.1.1.1]}
`;
  const { problems } = load(text);
  assert.match(problems.map(formatProblem).join("\n"), /registers by itself is told no address/);
});

Deno.test("loadConfig() warns once of what will not work as it is meant", () => {
  const cases = [
    ["network: {vlan: 3}", /the Default Switch knows no VLANs/],
    ["network: {subnet: 10.0.0.0/24}", /the Default Switch has another network after each start/],
    [`${SWITCH}network: {addresses: static, subnet: 10.0.0.0/24}`, /no name server is written/],
    [`${SWITCH}network: {isolation: guests}`, /the network of the switch "hvpool" is not known/],
    [
      "network: {isolation: lan}\nproxy: {https: 'http://10.2.3.4:3128'}",
      /keeps machines from 10\.2\.3\.4.*guests or none/,
    ],
    [
      `${SWITCH}network: {isolation: guests, subnet: 10.2.3.0/24}\nproxy: {https: 'http://10.2.3.1:3128'}`,
      /keeps machines from 10\.2\.3\.1/,
    ],
  ] as const;
  for (const [text, says] of cases) {
    const { problems, warnings } = load(`${text}\npools: [{name: a}, {name: b}]\n`);
    assert.deepEqual(problems, []);
    assert.equal(warnings.length, 1, `${text}\n${warnings.map(formatProblem).join("\n")}`);
    assert.match(formatProblem(warnings[0] ?? assert.fail()), says);
  }
  assert.deepEqual(
    networks("network: {isolation: lan}\nproxy: {https: 'http://140.1.2.3:3128'}\n").length,
    1,
  );
});
