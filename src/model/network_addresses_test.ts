import assert from "node:assert/strict";
import fc from "fast-check";
import { addressRanges, guestNetwork, type NetworkedPool } from "./network_addresses.ts";
import { formatAddress, formatSubnet, isWithin, overlap, parseAddress, parseSubnet } from "./network_ipv4.ts";

function pool(name: string, size: number, subnet: string, dns?: string[]): NetworkedPool {
  return { name, size, network: { addresses: "static", subnet, ...(dns === undefined ? {} : { dns }) } };
}

Deno.test("parseAddress() and parseSubnet() read what can be meant in one way only", () => {
  assert.equal(formatAddress(parseAddress("192.168.240.7") ?? assert.fail()), "192.168.240.7");
  assert.equal(formatAddress(parseAddress("255.255.255.255") ?? assert.fail()), "255.255.255.255");
  for (const text of ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "::1", "a.b.c.d", " 1.2.3.4"]) {
    assert.equal(parseAddress(text), undefined, text);
  }
  assert.equal(formatSubnet(parseSubnet("10.1.2.3/8") ?? assert.fail()), "10.0.0.0/8");
  assert.equal(formatSubnet(parseSubnet("255.255.255.255/32") ?? assert.fail()), "255.255.255.255/32");
  for (const text of ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "/8", "x/8", "fe80::/10"]) {
    assert.equal(parseSubnet(text), undefined, text);
  }
});

Deno.test("overlap() finds networks inside of one another, and none side by side", () => {
  const net = (text: string) => parseSubnet(text) ?? assert.fail(text);
  assert.ok(overlap(net("10.0.0.0/8"), net("10.255.0.0/16")));
  assert.ok(overlap(net("10.255.0.0/16"), net("10.0.0.0/8")));
  assert.ok(!overlap(net("10.0.0.0/25"), net("10.0.0.128/25")));
});

Deno.test("guestNetwork() gives each slot an address of its own", () => {
  const pools = [pool("a", 4, "192.168.240.0/24", ["1.1.1.1"])];
  assert.deepEqual(guestNetwork(pools, "a", 1), {
    address: "192.168.240.2",
    prefixLength: 24,
    gateway: "192.168.240.1",
    dns: ["1.1.1.1"],
  });
  assert.equal(guestNetwork(pools, "a", 253)?.address, "192.168.240.254");
  assert.deepEqual(guestNetwork(pools, "a", 254), { dns: ["1.1.1.1"] }, "the broadcast address is nobody's");
  assert.equal(guestNetwork(pools, "b", 1), undefined);
});

Deno.test("guestNetwork() says nothing where DHCP gives all", () => {
  assert.equal(guestNetwork([{ name: "a", size: 1 }], "a", 1), undefined);
  const named: NetworkedPool = { name: "a", size: 1, network: { subnet: "10.0.0.0/24" } };
  assert.equal(guestNetwork([named], "a", 1), undefined);
  const dns: NetworkedPool = { name: "a", size: 1, network: { dns: ["1.1.1.1"] } };
  assert.deepEqual(guestNetwork([dns], "a", 1), { dns: ["1.1.1.1"] });
});

Deno.test("addressRanges() gives pools equal parts of a subnet, which no other size moves", () => {
  const address = (sizes: [number, number], name: string) =>
    guestNetwork([pool("a", sizes[0], "10.0.0.0/24"), pool("b", sizes[1], "10.0.0.0/24")], name, 1)?.address;
  assert.equal(address([4, 4], "b"), "10.0.0.128");
  assert.equal(address([126, 1], "b"), "10.0.0.128");
  assert.equal(address([127, 1], "b"), "10.0.0.129", "only a size that does not fit moves it");
});

Deno.test("addressRanges() refuses subnets that are too small, and such as cross", () => {
  const faults = (...pools: NetworkedPool[]) =>
    [...addressRanges(pools).values()].map((range) => "fault" in range ? range : undefined);
  assert.deepEqual(faults(pool("a", 5, "10.0.0.0/29")), [undefined]);
  assert.deepEqual(faults(pool("a", 6, "10.0.0.0/29")), [{ fault: "full", free: 5, wanted: 6 }]);
  assert.deepEqual(faults(pool("a", 4, "10.0.0.0/29"), pool("b", 1, "10.0.0.0/29")), [undefined, undefined]);
  const full = { fault: "full", free: 5, wanted: 6 };
  assert.deepEqual(faults(pool("a", 4, "10.0.0.0/29"), pool("b", 2, "10.0.0.0/29")), [full, full]);
  assert.deepEqual(faults(pool("a", 1, "10.0.0.0/16"), pool("b", 1, "10.0.3.0/24")), [
    { fault: "overlap", with: "b" },
    { fault: "overlap", with: "a" },
  ]);
});

Deno.test("addressRanges() gives no address twice, and none that a subnet keeps for itself", () => {
  const subnets = ["10.0.0.0/24", "10.0.1.0/26", "172.20.0.0/20"];
  const pools = fc.array(fc.record({ size: fc.integer({ min: 0, max: 60 }), at: fc.nat({ max: 2 }) }), {
    maxLength: 6,
  });
  fc.assert(fc.property(pools, (rows) => {
    const all = rows.map(({ size, at }, i) => pool(`p${i}`, size, subnets[at] ?? ""));
    const seen = new Set<string>();
    for (const [name, range] of addressRanges(all)) {
      if ("fault" in range) continue;
      const { subnet, first, count } = range;
      for (let slot = 1; slot <= count; slot++) {
        const { address = "" } = guestNetwork(all, name, slot) ?? {};
        assert.ok(!seen.has(address), address);
        seen.add(address);
      }
      assert.ok(count === 0 || first > subnet.base + 1);
      assert.ok(isWithin(first + count, subnet), "the last one is left free");
      assert.ok(count >= (all.find((one) => one.name === name)?.size ?? 0));
    }
  }));
});
