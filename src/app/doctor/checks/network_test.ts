import assert from "node:assert/strict";
import { checkAddresses, checkSwitch, isRoutable } from "./network.ts";
import { FAILED, info, pool } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

const switches = (type: "private" | "internal" | "external") => ({
  info: info({ switches: [{ id: "0".repeat(8), name: "LAN", isDefault: false, type }] }),
});
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
  ["an internal switch", () => checkSwitch(switches("internal"), pool({ switchName: "LAN" })), "warn", /NAT/],
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
]);

Deno.test("isRoutable() leaves out link-local and loopback addresses", () => {
  for (const good of ["10.0.0.1", "172.20.1.2", "fd00::1", "2001:db8::1"]) assert.ok(isRoutable(good), good);
  for (const bad of ["169.254.1.1", "127.0.0.1", "0.0.0.0", "fe80::1", "::1", "::"]) {
    assert.ok(!isRoutable(bad), bad);
  }
});
