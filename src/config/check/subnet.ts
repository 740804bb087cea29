/** Rules for networks and name servers of machines. */
import { formatSubnet, overlap, parseAddress, parseSubnet } from "../../model/network_ipv4.ts";
import type { NameFault } from "./names.ts";

/** What an own network of machines may look like. */
const EXPECTED = "a network such as 192.168.240.0/24";
/** Most name servers of a guest. */
const MAX_SERVERS = 4;

/** Networks in which no machine can have its address. Source: IANA's registry of special-purpose addresses. */
const NOBODYS = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

/** Checks a network of machines. */
export function subnetFault(text: string): NameFault | undefined {
  const subnet = parseSubnet(text.trim());
  if (subnet === undefined) {
    const alone = parseAddress(text.trim());
    return {
      message: `${JSON.stringify(text)} is not a network`,
      expected: EXPECTED,
      suggestion: alone === undefined
        ? undefined
        : formatSubnet({ base: alone - alone % 256, prefixLength: 24 }),
    };
  }
  if (subnet.prefixLength < 8 || subnet.prefixLength > 30) {
    return { message: `${JSON.stringify(text)} is no size for a network of machines`, expected: "/8 to /30" };
  }
  const plain = formatSubnet(subnet);
  if (plain !== text) {
    return {
      message: `${JSON.stringify(text)} is an address inside of a network`,
      expected: EXPECTED,
      suggestion: plain,
    };
  }
  const special = NOBODYS.map(parseSubnet).find((one) => one !== undefined && overlap(one, subnet));
  if (special === undefined) return undefined;
  return { message: `${plain} is in ${formatSubnet(special)}, where no machine can have its address` };
}

/** Checks one name server. */
export function nameServerFault(text: string): NameFault | undefined {
  if (parseAddress(text) !== undefined) return undefined;
  return {
    message: `${JSON.stringify(text)} is not the address of a name server`,
    expected: "an IPv4 address",
  };
}

/** Checks how many name servers there are. */
export function nameServersFault(servers: readonly string[]): NameFault | undefined {
  if (servers.length <= MAX_SERVERS) return undefined;
  return { message: `${servers.length} name servers are more than the ${MAX_SERVERS} that a guest is given` };
}
