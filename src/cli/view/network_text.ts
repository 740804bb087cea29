/** A switch with NAT, as people read it. */
import type { NetworkPart, SwitchInfo, Wanted } from "../../app/network/plan.ts";
import { printable } from "./table.ts";

/** Name server that the configuration to write begins with; people put in their own. */
export const EXAMPLE_DNS = "1.1.1.1";

/** What the parts are called in a sentence. */
export function partsText(
  parts: readonly NetworkPart[],
  { name, subnet, gateway }: Wanted & { readonly gateway: string },
): string {
  const prefix = subnet.slice(subnet.indexOf("/"));
  const words: Readonly<Record<NetworkPart, string>> = {
    switch: `the internal switch ${name}`,
    address: `the host's address ${gateway}${prefix} on ${
      parts.includes("switch") ? "it" : `the switch ${name}`
    }`,
    nat: `a NAT of ${subnet}`,
  };
  return listed(parts.map((part) => words[part]));
}

/** What is to be removed, in a sentence. */
export function removedText(parts: readonly NetworkPart[], name: string): string {
  return listed(parts.map((part) => part === "nat" ? `the NAT ${name}` : `the switch ${name}`));
}

/** The configuration that goes with the switch. */
export function configurationLines({ name, subnet }: Wanted): string[] {
  return [
    "There is no DHCP on it: pools on it need network.addresses: static, and hvpool gives their machines addresses.",
    "Write into the configuration, with the name servers of your own network if it has some:",
    "",
    "  hyperv:",
    `    switch: ${name}`,
    "  network:",
    `    subnet: ${subnet}`,
    "    addresses: static",
    `    dns: [${EXAMPLE_DNS}]`,
  ];
}

/** `hvpool network show` */
export function networkLines(info: SwitchInfo, name: string): string[] {
  const own = info.addresses.filter((address) => address.own).map(({ address, prefixLength }) =>
    `${address}/${prefixLength}`
  );
  const none = (texts: readonly string[]) => texts.length === 0 ? "none" : texts.join(", ");
  return [
    `switch    ${info.switch === null ? `there is none called ${name}` : `${name}, ${info.switch.type}`}`,
    `address   ${none(own)}`,
    `nat       ${none(info.nats.map((nat) => `${nat.name} of ${nat.subnet}`))}`,
    `machines  ${none(info.vms)}`,
  ].map(printable);
}

function listed(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "nothing";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}
