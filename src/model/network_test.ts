import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { DEVICE } from "../ports/calls/device.ts";
import { gatewayOf, type Isolation, isolationRules, type PortRule, rulesFor } from "./network.ts";

interface Packet {
  readonly direction: "inbound" | "outbound";
  /** Address and port of the other end. */
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
  readonly localPort?: number;
}

function matchesAddress(pattern: string, address: string): boolean {
  if (pattern === "any") return true;
  const list = new BlockList();
  const [network = "", bits] = pattern.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(network, family);
  else list.addSubnet(network, Number(bits), family);
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** What a switch does with the first packet of an exchange: the highest weight that matches decides, else it passes. */
function decide(rules: readonly PortRule[], { direction, to, protocol, port, localPort }: Packet): string {
  const isPort = (pattern: string, value: number | undefined) =>
    pattern === "any" || pattern === String(value);
  const [first] = rules.filter((rule) =>
    rule.direction === direction && matchesAddress(rule.remote, to) &&
    (rule.protocol === "any" || rule.protocol === protocol) &&
    isPort(rule.remotePort, port) && isPort(rule.localPort, localPort)
  ).sort((a, b) => b.weight - a.weight);
  if (first === undefined) return "allow";
  return first.stateful ? `${first.action}, answers too` : first.action;
}

const KNOWN = { subnet: "10.7.0.0/24", gateway: "10.7.0.1", dns: ["9.9.9.9", "10.1.1.1"] };
const YES = "allow, answers too";

type Case = readonly [packet: string, expected: { [M in "guests" | "lan"]: string }];

/** `out tcp 1.2.3.4:443` */
function packet(text: string): Packet {
  const match = /^(in|out) (tcp|udp|icmp) ([0-9a-f.:]+?)(?: (\d+))?(?: from (\d+))?$/.exec(text);
  const [, way, protocol, to = "", port, localPort] = match ?? assert.fail(text);
  return {
    direction: way === "in" ? "inbound" : "outbound",
    to,
    protocol: protocol as Packet["protocol"],
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(localPort === undefined ? {} : { localPort: Number(localPort) }),
  };
}

function check(surroundings: Parameters<typeof isolationRules>[1], cases: readonly Case[]): void {
  for (const [text, expected] of cases) {
    for (const mode of ["guests", "lan"] as const) {
      assert.equal(
        decide(isolationRules(mode, surroundings), packet(text)),
        expected[mode],
        `${mode}: ${text}`,
      );
    }
  }
}

const both = (what: string) => ({ guests: what, lan: what });

Deno.test("isolationRules() keeps machines from their neighbours and their host, and lets them out", () => {
  check(KNOWN, [
    ["out tcp 140.82.121.4 443", both(YES)],
    ["out udp 140.82.121.4 443", both(YES)],
    ["out icmp 140.82.121.4", both("allow")],
    ["out tcp 2606:50c0:8000::64 443", both(YES)],
    ["out tcp 10.7.0.9 445", both("deny")],
    ["out icmp 10.7.0.9", both("deny")],
    ["out tcp 10.7.0.1 445", both("deny")],
    ["out tcp 10.7.0.1 3128", both("deny")],
    ["out udp 10.7.0.1 53", both(YES)],
    ["out tcp 10.7.0.1 53", both(YES)],
    ["out udp 10.7.0.1 67 from 68", both("allow")],
    ["out udp 255.255.255.255 67 from 68", both("allow")],
    ["out udp 255.255.255.255 7 from 9", both("deny")],
    ["out udp 10.7.0.9 67 from 68", both("deny")],
    ["out udp 10.7.0.9 53", both("deny")],
    ["out udp 10.7.0.255 137", both("deny")],
    ["out udp 224.0.0.251 5353", both("deny")],
    ["out udp ff02::fb 5353", both("deny")],
    ["out tcp fe80::1 445", both("deny")],
    ["out tcp 169.254.3.4 445", both("deny")],
    ["out udp 9.9.9.9 53", both(YES)],
    ["in tcp 140.82.121.4 443 from 3389", both("deny")],
    ["in tcp 10.7.0.1 50000 from 5985", both("deny")],
    ["in tcp 10.7.0.9 50000 from 445", both("deny")],
    ["in icmp 10.7.0.9", both("deny")],
    ["in tcp fe80::1 50000 from 445", both("deny")],
    ["in udp 10.7.0.1 67 from 68", both("allow")],
    ["in udp 10.7.0.1 67 from 69", both("deny")],
  ]);
});

Deno.test("isolationRules() keeps machines from every private network only where it is told to", () => {
  const apart = { guests: YES, lan: "deny" };
  check(KNOWN, [
    ["out tcp 10.8.0.1 443", apart],
    ["out tcp 172.16.0.1 443", apart],
    ["out tcp 172.31.255.254 443", apart],
    ["out tcp 192.168.1.1 80", apart],
    ["out tcp 100.64.0.1 80", apart],
    ["out tcp fd00::1 80", apart],
    ["out tcp 10.1.1.1 80", apart],
    ["out udp 10.1.1.1 53", both(YES)],
    ["out tcp 172.32.0.1 443", both(YES)],
    ["out tcp 11.0.0.1 443", both(YES)],
    ["out tcp 192.169.0.1 443", both(YES)],
  ]);
});

Deno.test("isolationRules() takes what the Default Switch may have where the network is not known", () => {
  check({}, [
    ["out tcp 172.20.1.10 445", both("deny")],
    ["out tcp 192.168.5.5 445", both("deny")],
    ["out udp 172.20.1.1 53", both(YES)],
    ["out udp 172.20.1.1 67 from 68", both("allow")],
    ["out tcp 10.0.0.1 443", { guests: YES, lan: "deny" }],
    ["out tcp 140.82.121.4 443", both(YES)],
    ["in tcp 172.20.1.1 50000 from 3389", both("deny")],
  ]);
  check({ dns: ["1.1.1.1"] }, [
    ["out udp 1.1.1.1 53", both(YES)],
    ["out udp 172.20.1.1 53", both("deny")],
  ]);
});

Deno.test("isolationRules() makes rules that net.isolate and a switch take", () => {
  const modes: Isolation[] = ["none", "guests", "lan"];
  for (const mode of modes) {
    for (const surroundings of [KNOWN, {}, { dns: ["1.1.1.1"] }]) {
      const rules = isolationRules(mode, surroundings);
      assert.equal(rules.length === 0, mode === "none");
      const args = { vmId: "00000000-0000-4000-8000-000000000000", guard: true, rules };
      assert.ok(DEVICE["net.isolate"].args.safeParse(args).success);
      const weights = rules.map(({ direction, weight }) => `${direction} ${weight}`);
      assert.equal(new Set(weights).size, rules.length);
      // Refused by the switch when the adapter is connected, though the cmdlet takes it.
      for (const rule of rules.filter(({ stateful }) => stateful)) {
        assert.equal(rule.action, "allow");
        assert.notEqual(rule.protocol, "any");
      }
    }
  }
});

Deno.test("rulesFor() takes the first address of the subnet for the host's", () => {
  assert.deepEqual(rulesFor({}), []);
  assert.deepEqual(rulesFor({ subnet: "10.7.0.0/24" }), []);
  const network = { isolation: "lan", subnet: "10.7.0.0/24", dns: ["9.9.9.9"] } as const;
  const { subnet, dns } = network;
  assert.deepEqual(rulesFor(network), isolationRules("lan", { subnet, gateway: "10.7.0.1", dns }));
  assert.equal(gatewayOf("192.168.240.0/20"), "192.168.240.1");
  assert.equal(gatewayOf("nonsense"), undefined);
});
