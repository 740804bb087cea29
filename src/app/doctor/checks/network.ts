/** Switches of the pools, and whether their machines get addresses. */
import { isWithin, parseAddress, parseSubnet } from "../../../model/network_ipv4.ts";
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, notKnown, ok, warn } from "../check.ts";
import type { HostFacts, PoolKeys } from "../facts.ts";

const CREATE = "hvpool network create (docs/network.md)";

/** `switch:<pool>`; `keys`: where the pool's switch is written. */
export function checkSwitch(
  { info, networks }: Pick<HostFacts, "info" | "networks">,
  pool: PoolSettings,
  keys: PoolKeys = {},
): Check {
  const id = `switch:${pool.name}`;
  if (info.outcome !== "ok") return notKnown(id, "the host was not read", "hyperv");
  const { switches } = info.value;
  const { switch: key = "hyperv.switch" } = keys;
  const names = switches.map((known) => known.name).join(", ") || "none";
  if (pool.switchName === "") {
    if (switches.some((known) => known.isDefault)) return ok(id, "The host's Default Switch.");
    return fail(
      id,
      `This host has no Default Switch (its switches: ${names}).`,
      `Set ${key} to one of them, or make one with NAT: ${CREATE}.`,
    );
  }
  const found = switches.find((known) => known.name === pool.switchName);
  if (found === undefined) {
    return fail(
      id,
      `The virtual switch "${pool.switchName}" does not exist (the host has: ${names}).`,
      `Correct ${key}, or make a switch with NAT: ${CREATE}.`,
    );
  }
  if (found.type === "private") {
    return fail(
      id,
      `The virtual switch "${found.name}" is private: its machines reach nobody but one another.`,
      `Name another one in ${key}: one that is external, or internal with NAT.`,
    );
  }
  if (found.type === "internal" && !found.isDefault) return checkInternal(networks, pool, id);
  return ok(id, `The ${found.isDefault ? "host's Default Switch" : `${found.type} switch "${found.name}"`}.`);
}

/** An internal switch needs a NAT, and somebody who gives its machines addresses. */
function checkInternal(networks: HostFacts["networks"], pool: PoolSettings, id: string): Check {
  const isStatic = pool.network?.addresses === "static";
  const nat = natOf(networks, pool);
  const about = `The virtual switch "${pool.switchName}" is internal`;
  if (nat === undefined) {
    return warn(
      id,
      `${about}: its machines reach GitHub only if this host routes for them.`,
      isStatic
        ? `Check that a NAT (Get-NetNat) serves its network${subnetWords(pool)}; ${CREATE} makes one.`
        : `Check that a NAT (Get-NetNat) and a DHCP server serve its network; ${CREATE} makes a NAT.`,
    );
  }
  if (isStatic) return ok(id, `${about}, with a NAT for ${nat}; hvpool gives its machines addresses.`);
  return warn(
    id,
    `${about}, with a NAT for ${nat}. Whether anybody gives its machines addresses is not known.`,
    "Check that a DHCP server serves its network, or have hvpool do it: network.addresses: static.",
  );
}

function subnetWords({ network }: PoolSettings): string {
  return network?.subnet === undefined ? "" : ` ${network.subnet}`;
}

/** Network of the NAT behind the host's own address on the pool's switch; `undefined`: none is known. */
function natOf(
  networks: HostFacts["networks"],
  { switchName, network }: PoolSettings,
): string | undefined {
  const answer = networks?.get(switchName);
  if (answer?.outcome !== "ok") return undefined;
  const { nats, addresses } = answer.value;
  const own = addresses.filter((one) => one.own).flatMap(({ address }) => parseAddress(address) ?? []);
  return nats.find(({ subnet }) => {
    const parsed = parseSubnet(subnet);
    if (parsed === undefined || (network?.subnet !== undefined && network.subnet !== subnet)) return false;
    return own.some((address) => isWithin(address, parsed));
  })?.subnet;
}

/** `addresses` */
export function checkAddresses(
  { addresses }: Pick<HostFacts, "addresses">,
  pools: readonly PoolSettings[] = [],
): Check {
  const counts = new Map<string, { good: number; all: number }>();
  for (const { pool, addresses: own } of addresses) {
    const count = counts.get(pool) ?? { good: 0, all: 0 };
    count.all++;
    if (own.some(isRoutable)) count.good++;
    counts.set(pool, count);
  }
  if (counts.size === 0) {
    return ok(
      "addresses",
      "not known: no machine of the pools runs. hvpool doctor --live --template NAME starts one and waits for its address.",
    );
  }
  const without = [...counts].filter(([, { good }]) => good === 0).map(([pool]) => pool);
  if (without.length > 0) {
    const isStatic = (name: string) =>
      pools.find((pool) => pool.name === name)?.network?.addresses === "static";
    const remedies = [
      ...without.every(isStatic) ? [] : [
        "If it stays so, look at the DHCP server of its switch; for the Default Switch, " +
        "restart the service SharedAccess (Internet Connection Sharing).",
      ],
      ...without.some(isStatic)
        ? [
          "Where hvpool gives addresses (network.addresses: static), the guest takes its own when it is introduced: " +
          "look at what `hvpool status` says of the pool, and at the version of the loader in its image.",
        ]
        : [],
    ];
    return warn(
      "addresses",
      `No running machine of ${without.join(", ")} tells an address.`,
      `A machine that boots has none yet. ${remedies.join(" ")}`,
    );
  }
  const told = [...counts].map(([pool, { good, all }]) => `${pool} ${good} of ${all}`).join(", ");
  return ok("addresses", `Machines with an address: ${told}.`);
}

/** Neither link-local nor loopback. */
export function isRoutable(address: string): boolean {
  return !/^(169\.254\.|127\.|0\.|fe[89ab][0-9a-f]:|::1?$)/i.test(address);
}
