import assert from "node:assert/strict";
import type { HostFacts } from "../facts.ts";
import { checkAddresses, checkSwitch, isRoutable } from "./network.ts";
import { FAILED, info, pool } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

const switches = (type: "private" | "internal" | "external") => ({
  info: info({ switches: [{ id: "0".repeat(8), name: "LAN", isDefault: false, type }] }),
});
const STATIC = pool({ switchName: "LAN", network: { addresses: "static", subnet: "10.7.0.0/24" } });
/** What `switch.info` says where the host is 10.7.0.1 on the switch. */
function around(nats: readonly string[]): NonNullable<HostFacts["networks"]> {
  return new Map([["LAN", {
    outcome: "ok",
    value: {
      switch: { id: "0".repeat(8), name: "LAN", type: "internal" },
      vms: [],
      addresses: [{ address: "10.7.0.1", prefixLength: 24, own: true }],
      nats: nats.map((subnet) => ({ name: "hvpool", subnet })),
    },
  }]]);
}

table("switch:ci", [
  [
    "the Default Switch",
    () => checkSwitch({ info: info() }, pool({ switchName: "" })),
    "ok",
    /Default Switch/,
  ],
  [
    "no Default Switch",
    () => checkSwitch(switches("external"), pool({ switchName: "" })),
    "fail",
    /its switches: LAN.*hvpool network create/,
  ],
  [
    "a missing switch",
    () => checkSwitch({ info: info() }, pool({ switchName: "LAN" })),
    "fail",
    /"LAN" does not exist/,
  ],
  [
    "an external switch",
    () => checkSwitch(switches("external"), pool({ switchName: "LAN" })),
    "ok",
    /external switch "LAN"/,
  ],
  [
    "an internal switch",
    () => checkSwitch(switches("internal"), pool({ switchName: "LAN" })),
    "warn",
    /NAT \(Get-NetNat\) and a DHCP server/,
  ],
  [
    "an internal switch without a NAT, where hvpool gives addresses",
    () => checkSwitch({ ...switches("internal"), networks: around([]) }, STATIC),
    "warn",
    /^(?!.*DHCP).*NAT.*10\.7\.0\.0\/24.*network create/,
  ],
  [
    "an internal switch with a NAT, where hvpool gives addresses",
    () => checkSwitch({ ...switches("internal"), networks: around(["10.7.0.0/24"]) }, STATIC),
    "ok",
    /^(?!.*DHCP).*NAT for 10\.7\.0\.0\/24/,
  ],
  [
    "an internal switch with a NAT of another network",
    () => checkSwitch({ ...switches("internal"), networks: around(["10.8.0.0/24"]) }, STATIC),
    "warn",
    /^(?!.*DHCP).*Check that a NAT/,
  ],
  [
    "an internal switch with a NAT alone",
    () =>
      checkSwitch(
        { ...switches("internal"), networks: around(["10.7.0.0/24"]) },
        pool({ switchName: "LAN" }),
      ),
    "warn",
    /with a NAT for.*DHCP server serves.*network\.addresses: static/,
  ],
  [
    "a missing switch of one pool",
    () => checkSwitch({ info: info() }, pool({ switchName: "LAN" }), { switch: "pools[1].switch" }),
    "fail",
    /Correct pools\[1\]\.switch/,
  ],
  [
    "a missing switch of all pools",
    () => checkSwitch({ info: info() }, pool({ switchName: "LAN" }), { switch: "hyperv.switch" }),
    "fail",
    /Correct hyperv\.switch/,
  ],
  [
    "a private switch of one pool",
    () => checkSwitch(switches("private"), pool({ switchName: "LAN" }), { switch: "pools[1].switch" }),
    "fail",
    /in pools\[1\]\.switch/,
  ],
  [
    "a private switch",
    () => checkSwitch(switches("private"), pool({ switchName: "LAN" })),
    "fail",
    /private/,
  ],
  ["an unread host", () => checkSwitch({ info: FAILED }, pool()), "warn", /not known/],
]);

const seen = (...addresses: string[]) => ({ pool: "ci", vm: "ci-1", addresses });
table("addresses", [
  ["nobody who runs", () => checkAddresses({ addresses: [] }), "ok", /not known.*--template/],
  [
    "a machine with an address",
    () => checkAddresses({ addresses: [seen("fe80::1", "172.20.0.2"), seen()] }),
    "ok",
    /ci 1 of 2/,
  ],
  [
    "machines without one",
    () => checkAddresses({ addresses: [seen("169.254.3.4", "fe80::1"), seen()] }),
    "warn",
    /No running machine of ci.*DHCP/,
  ],
  [
    "machines without one that hvpool was to give",
    () => checkAddresses({ addresses: [seen()] }, [STATIC]),
    "warn",
    /^(?!.*DHCP)No running machine of ci.*loader/,
  ],
]);

Deno.test("isRoutable() leaves out link-local and loopback addresses", () => {
  for (const good of ["10.0.0.1", "172.20.1.2", "fd00::1", "2001:db8::1"]) assert.ok(isRoutable(good), good);
  for (const bad of ["169.254.1.1", "127.0.0.1", "0.0.0.0", "fe80::1", "::1", "::"]) {
    assert.ok(!isRoutable(bad), bad);
  }
});
