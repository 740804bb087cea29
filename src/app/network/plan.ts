/** What is to be made or removed of a switch with NAT, or why not. */
import { gatewayOf } from "../../model/network.ts";
import { overlap, parseSubnet } from "../../model/network_ipv4.ts";
import type { HostArgs, HostValue } from "../../ports/host.ts";

/** What the host says of the switch and around it. */
export type SwitchInfo = HostValue<"switch.info">;

/** A part of the network. */
export type NetworkPart = "switch" | "address" | "nat";

/** What is wanted. */
export interface Wanted {
  /** Of the switch, and of its NAT. */
  readonly name: string;
  /** A network in its plain form. */
  readonly subnet: string;
}

/** The parts that are missing and the call that makes them, or why nothing can be made. */
export type CreatePlan =
  | { readonly missing: readonly NetworkPart[]; readonly args: HostArgs<"switch.create"> }
  | { readonly refusal: string };

/** Compares what is there with what is wanted. */
export function planCreate(info: SwitchInfo, { name, subnet }: Wanted): CreatePlan {
  const gateway = gatewayOf(subnet);
  const parsed = parseSubnet(subnet);
  if (gateway === undefined || parsed === undefined) return { refusal: `${subnet} is not a network.` };
  const { prefixLength } = parsed;
  if (info.switch !== null && info.switch.type !== "internal") {
    return {
      refusal:
        `There is a switch ${name} already, and it is ${info.switch.type}: a NAT needs an internal one. ` +
        "Choose another --name.",
    };
  }
  const own = info.addresses.filter((one) => one.own && !isSelfGiven(one.address));
  const other = own.find((one) => one.address !== gateway || one.prefixLength !== prefixLength);
  if (other !== undefined) {
    return {
      refusal:
        `The host has the address ${other.address}/${other.prefixLength} on the switch ${name}, not ${gateway}/${prefixLength}. ` +
        `Give its network as --subnet, choose another --name, or remove it first: hvpool network remove --name ${name}`,
    };
  }
  const nat = info.nats.find((one) => one.name !== name || one.subnet !== subnet);
  if (nat !== undefined) return { refusal: secondNat(nat) };
  const crossing = info.addresses.find((one) => {
    const network = parseSubnet(`${one.address}/${one.prefixLength}`);
    return !one.own && network !== undefined && overlap(network, parsed);
  });
  if (crossing !== undefined) {
    return {
      refusal:
        `${subnet} has addresses in common with ${crossing.address}/${crossing.prefixLength}, where this host is already. ` +
        "Choose another --subnet.",
    };
  }
  const missing: NetworkPart[] = [
    ...(info.switch === null ? ["switch" as const] : []),
    ...(own.length === 0 ? ["address" as const] : []),
    ...(info.nats.length === 0 ? ["nat" as const] : []),
  ];
  return { missing, args: { name, gateway, prefixLength, nat: { name, subnet } } };
}

/** What is there to remove, or why it stays. */
export type RemovePlan = { readonly there: readonly NetworkPart[] } | { readonly refusal: string };

/** Looks whether the switch may go. Only a NAT of its name goes with it. */
export function planRemove(info: SwitchInfo, name: string): RemovePlan {
  if (info.switch !== null && info.switch.type !== "internal") {
    return {
      refusal: `The switch ${name} is ${info.switch.type}: it is not one that hvpool makes, and stays.`,
    };
  }
  if (info.vms.length > 0) {
    const some = info.vms.slice(0, 5).join(", ");
    const more = info.vms.length > 5 ? ` and ${info.vms.length - 5} more` : "";
    return {
      refusal:
        `The switch ${name} has machines on it: ${some}${more}. Remove them or put them on another switch first.`,
    };
  }
  return {
    there: [
      ...(info.switch === null ? [] : ["switch" as const]),
      ...(info.nats.some((nat) => nat.name === name) ? ["nat" as const] : []),
    ],
  };
}

function secondNat({ name, subnet }: SwitchInfo["nats"][number]): string {
  return `This host has the NAT ${name} of ${subnet} already, and Windows knows one NAT only. Put the machines on the ` +
    "switch that it belongs to, whose network is then network.subnet; or, if nothing needs it any more (containers may), " +
    `remove it in PowerShell: Remove-NetNat -Name '${name.replaceAll("'", "''")}'`;
}

/** Windows gives itself an address of this network where nobody gives one. */
function isSelfGiven(address: string): boolean {
  return address.startsWith("169.254.");
}
