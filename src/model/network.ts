/** What may pass between a pool's machines and the networks around them, as rules of their switch ports. */
import { formatAddress, parseSubnet } from "./network_ipv4.ts";

/** What of `network:` differs from the defaults. */
export interface NetworkSettings {
  /**
   * What machines are kept from; see {@linkcode isolationRules}.
   * @default none: machines reach whatever their switch reaches
   */
  readonly isolation?: "guests" | "lan";
  /** The network of the switch, such as `192.168.240.0/24`; its first address is the gateway. */
  readonly subnet?: string;
  /**
   * hvpool gives each machine an address out of `subnet`.
   * @default what DHCP gives
   */
  readonly addresses?: "static";
  /** Name servers of the guests, IPv4. */
  readonly dns?: readonly string[];
  /** The VLAN of the machines' adapters, 1–4094. */
  readonly vlan?: number;
}

/** How much machines are kept from. */
export type Isolation = "none" | NonNullable<NetworkSettings["isolation"]>;

/** One rule, in the shape of `net.isolate`. */
export interface PortRule {
  /** Into the machine, or out of it. */
  readonly direction: "inbound" | "outbound";
  /** What becomes of what matches. */
  readonly action: "allow" | "deny";
  /** The other end: an address, a network, or `any`. */
  readonly remote: string;
  /** What is sent. */
  readonly protocol: "any" | "tcp" | "udp";
  /** A port of the machine, or `any`. */
  readonly localPort: string;
  /** A port of the other end, or `any`. */
  readonly remotePort: string;
  /** The highest that matches decides; unique in its direction. */
  readonly weight: number;
  /** Answers come back by themselves. A switch takes this for what allows TCP or UDP, and for nothing else. */
  readonly stateful: boolean;
}

/** What the rules must know of the network. */
export interface Surroundings {
  /** The network of the switch; absent: what the Default Switch may have. */
  readonly subnet?: string | undefined;
  /** Address of the host, or of the router, in that network. */
  readonly gateway?: string | undefined;
  /** Name servers beside the gateway. */
  readonly dns?: readonly string[] | undefined;
}

/**
 * Where the Default Switch has its network, another one after each start of the host. Source: Microsoft's
 * documentation of the Default Switch, and addresses seen.
 */
const DEFAULT_SWITCH_RANGES = ["172.16.0.0/12", "192.168.0.0/16"];
/** Where machines find one another without anybody who gives addresses, and by calling out to all. */
const NEIGHBOURS = ["169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff00::/8"];
/** Networks that are nobody's on the internet: RFC 1918, 6598, 4193. */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
/** Where a machine without an address asks for one. */
const BROADCAST = "255.255.255.255";

type Unweighted = Omit<PortRule, "weight">;

/**
 * The rules of a mode, for `net.isolate`; none for `none`.
 *
 * `guests`: machines reach neither one another nor the host's services, DNS and DHCP excepted. `lan`: besides that, no
 * private network at all, but for these and the name servers in `dns`. The internet stays reachable, and nothing
 * comes in but answers.
 */
export function isolationRules(mode: Isolation, surroundings: Surroundings = {}): PortRule[] {
  if (mode === "none") return [];
  const { subnet, gateway, dns = [] } = surroundings;
  const near = subnet === undefined ? DEFAULT_SWITCH_RANGES : [subnet];
  const hosts = gateway === undefined ? [] : [gateway];
  const servers = [...hosts, ...dns];
  // Without anything known of the network, the host's name server is somewhere in what the Default Switch may have.
  const nameServers = servers.length === 0 ? near : servers;
  const closed = mode === "lan" ? [...near, ...PRIVATE_RANGES] : near;
  return [
    ...weighted("outbound", [
      ...(gateway === undefined ? ["any"] : [gateway, BROADCAST]).map((remote) => dhcp("outbound", remote)),
      ...unique(nameServers).flatMap((remote) => [
        { ...allow(remote, "udp"), remotePort: "53" },
        { ...allow(remote, "tcp"), remotePort: "53" },
      ]),
      ...unique([...hosts, ...closed, ...NEIGHBOURS, BROADCAST]).map((remote) => deny("outbound", remote)),
      allow("any", "tcp"),
      allow("any", "udp"),
    ]),
    ...weighted("inbound", [dhcp("inbound", "any"), deny("inbound", "any")]),
  ];
}

/** Address of the host's side of a network: its first one, as `hvpool network create` gives it. */
export function gatewayOf(subnet: string): string | undefined {
  const parsed = parseSubnet(subnet);
  return parsed === undefined ? undefined : formatAddress(parsed.base + 1);
}

/** The rules for a pool's machines; none where they are not isolated. */
export function rulesFor({ isolation, subnet, dns }: NetworkSettings): PortRule[] {
  const gateway = subnet === undefined ? undefined : gatewayOf(subnet);
  return isolationRules(isolation ?? "none", { subnet, gateway, dns });
}

/** Not stateful: the question goes to all, and the answer comes from one. */
function dhcp(direction: PortRule["direction"], remote: string): Unweighted {
  const ports = { localPort: "68", remotePort: "67" };
  return { direction, action: "allow", remote, protocol: "udp", ...ports, stateful: false };
}

function allow(remote: string, protocol: "tcp" | "udp"): Unweighted {
  return {
    direction: "outbound",
    action: "allow",
    remote,
    protocol,
    localPort: "any",
    remotePort: "any",
    stateful: true,
  };
}

function deny(direction: PortRule["direction"], remote: string): Unweighted {
  return {
    direction,
    action: "deny",
    remote,
    protocol: "any",
    localPort: "any",
    remotePort: "any",
    stateful: false,
  };
}

/** The first decides first. Room is left between the weights, for rules that somebody adds by hand. */
function weighted(direction: PortRule["direction"], rules: readonly Unweighted[]): PortRule[] {
  return rules.map((rule, at) => ({ ...rule, direction, weight: 10 * (rules.length - at) }));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
