/** Keys of `network:`, of the whole host and of a pool. */
import { z } from "zod";
import { count, key, text } from "./schema_key.ts";

/** What machines are kept from. */
export const ISOLATION = ["none", "guests", "lan"] as const;
/** Who gives machines their addresses. */
export const ADDRESSES = ["dhcp", "static"] as const;

/** The highest VLAN of IEEE 802.1Q. */
const MAX_VLAN = 4094;

const isolation = z.enum(ISOLATION);
const addresses = z.enum(ADDRESSES);
const vlan = count(1, MAX_VLAN);

/** The section `network:`; `docs/network.md` says more. */
export const networkSection = z.strictObject({
  isolation: key(
    isolation,
    "What machines are kept from: their neighbours and the host's services (`guests`), besides that every private network " +
      "(`lan`), or nothing (`none`). Nothing by default because the rules have not been run on Windows yet.",
    { default: "none" },
  ),
  subnet: key(
    text,
    "The network of the machines' switch; its first address is the gateway. Needed for addresses of hvpool's own, and for " +
      "isolation on another switch than the Default Switch.",
    { examples: ["192.168.240.0/24"] },
  ),
  addresses: key(
    addresses,
    "Whether machines get their addresses by DHCP, or from hvpool (`static`): the switch that `hvpool network create` makes " +
      "has no DHCP.",
    { default: "dhcp" },
  ),
  dns: key(
    z.array(text),
    "Name servers of the machines, by address; else those of DHCP. With `static` addresses nobody else names one.",
    { examples: [["1.1.1.1"]] },
  ),
  vlan: key(vlan, "VLAN of the machines' adapters, on an external switch.", { examples: [20] }),
});

/** `network:` of one pool; what it leaves out comes from the section of the whole host. */
export const poolNetwork = z.strictObject({
  isolation: key(isolation, "What this pool's machines are kept from. Else `network.isolation`."),
  subnet: key(text, "The network of this pool's switch. Else `network.subnet`."),
  addresses: key(addresses, "Who gives this pool's machines their addresses. Else `network.addresses`."),
  dns: key(z.array(text), "Name servers of this pool's machines. Else `network.dns`."),
  vlan: key(vlan, "VLAN of this pool's adapters. Else `network.vlan`."),
});
