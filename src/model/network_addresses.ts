/** Addresses that hvpool gives to machines itself, where no DHCP does. */
import { formatAddress, overlap, parseSubnet, sizeOf, type Subnet } from "./network_ipv4.ts";
import type { NetworkSettings } from "./network.ts";

/** What a guest is told of its network; the address is absent where DHCP gives it. */
export interface GuestNetwork {
  /** IPv4. */
  readonly address?: string;
  /** With `address`. */
  readonly prefixLength?: number;
  /** With `address`. */
  readonly gateway?: string;
  /** Name servers; empty: those of DHCP. */
  readonly dns: readonly string[];
}

/** What of a pool matters here. */
export interface NetworkedPool {
  /** Unique among pools. */
  readonly name: string;
  /** Slots, as the configuration has them. */
  readonly size: number;
  /** Absent: all by default. */
  readonly network?: NetworkSettings;
}

/** The part of a subnet that belongs to one pool. */
export interface AddressRange {
  /** The whole subnet. */
  readonly subnet: Subnet;
  /** Its first address, that of slot 1. */
  readonly first: number;
  /** How many slots have an address. */
  readonly count: number;
}

/** Why a pool has no addresses. */
export type RangeFault =
  /** The subnet has fewer addresses than machines want one. */
  | { readonly fault: "full"; readonly free: number; readonly wanted: number }
  /** Its subnet and that of another pool are not the same, but have addresses in common. */
  | { readonly fault: "overlap"; readonly with: string };

/** Names, gateway and broadcast: addresses of a subnet that no machine can have. */
const TAKEN = 3;

/**
 * Which part of its subnet each pool with static addresses has, in the order of the configuration. Pools that share a
 * subnet have equal parts of it where each one fits into its part, so that a changed size moves nobody's addresses;
 * else each has as many as it has slots.
 */
export function addressRanges(pools: readonly NetworkedPool[]): Map<string, AddressRange | RangeFault> {
  const wanting = pools.flatMap((pool) => {
    const { addresses, subnet = "" } = pool.network ?? {};
    const parsed = addresses === "static" ? parseSubnet(subnet) : undefined;
    return parsed === undefined ? [] : [{ ...pool, subnet: parsed }];
  });
  const ranges = new Map<string, AddressRange | RangeFault>();
  for (const { name, subnet } of wanting) {
    const same = wanting.filter((other) => isSame(other.subnet, subnet));
    const crossing = wanting.find((other) => !isSame(other.subnet, subnet) && overlap(other.subnet, subnet));
    ranges.set(
      name,
      crossing === undefined ? part(subnet, same, name) : { fault: "overlap", with: crossing.name },
    );
  }
  return ranges;
}

function isSame(a: Subnet, b: Subnet): boolean {
  return a.base === b.base && a.prefixLength === b.prefixLength;
}

function part(subnet: Subnet, sharing: readonly NetworkedPool[], name: string): AddressRange | RangeFault {
  const free = Math.max(0, sizeOf(subnet) - TAKEN);
  const equal = Math.floor(free / sharing.length);
  const counts = sharing.map(({ size }) => size);
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  const at = sharing.findIndex((pool) => pool.name === name);
  const start = subnet.base + 2;
  if (counts.every((count) => count <= equal)) return { subnet, first: start + at * equal, count: equal };
  if (wanted > free) return { fault: "full", free, wanted };
  const before = counts.slice(0, at).reduce((sum, count) => sum + count, 0);
  return { subnet, first: start + before, count: counts[at] ?? 0 };
}

/**
 * What the guest in a slot is told of its network; `undefined`: nothing, it does as its image does. `pools` are all
 * pools with the sizes of the configuration: sizes that were asked for since move no addresses. A slot beyond a
 * pool's part of the subnet has no address.
 */
export function guestNetwork(
  pools: readonly NetworkedPool[],
  name: string,
  slot: number,
): GuestNetwork | undefined {
  const network = pools.find((pool) => pool.name === name)?.network;
  if (network === undefined) return undefined;
  const { dns = [] } = network;
  const range = addressRanges(pools).get(name);
  if (range === undefined || "fault" in range || slot < 1 || slot > range.count) {
    return dns.length === 0 ? undefined : { dns };
  }
  return {
    address: formatAddress(range.first + slot - 1),
    prefixLength: range.subnet.prefixLength,
    gateway: formatAddress(range.subnet.base + 1),
    dns,
  };
}
