/** Switches of the pools, and whether their machines get addresses. */
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, notKnown, ok, warn } from "../check.ts";
import type { HostFacts } from "../facts.ts";

/** `switch:<pool>` */
export function checkSwitch({ info }: Pick<HostFacts, "info">, pool: PoolSettings): Check {
  const id = `switch:${pool.name}`;
  if (info.outcome !== "ok") return notKnown(id, "the host was not read", "hyperv");
  const { switches } = info.value;
  const names = switches.map((known) => known.name).join(", ") || "none";
  if (pool.switchName === "") {
    if (switches.some((known) => known.isDefault)) return ok(id, "The host's Default Switch.");
    return fail(
      id,
      `This host has no Default Switch (its switches: ${names}).`,
      "Set hyperv.switch to one of them, or make one with NAT: hvpool network create (docs/network.md).",
    );
  }
  const found = switches.find((known) => known.name === pool.switchName);
  if (found === undefined) {
    return fail(
      id,
      `The virtual switch "${pool.switchName}" does not exist (the host has: ${names}).`,
      "Correct hyperv.switch, or make a switch with NAT: hvpool network create (docs/network.md).",
    );
  }
  if (found.type === "private") {
    return fail(
      id,
      `The virtual switch "${found.name}" is private: its machines reach nobody but one another.`,
      "Use a switch that is external, or internal with NAT.",
    );
  }
  if (found.type === "internal" && !found.isDefault) {
    return warn(
      id,
      `The virtual switch "${found.name}" is internal: its machines reach GitHub only if this host routes for them.`,
      "Check that a NAT (Get-NetNat) and a DHCP server serve its network.",
    );
  }
  return ok(id, `The ${found.isDefault ? "host's Default Switch" : `${found.type} switch "${found.name}"`}.`);
}

/** `addresses` */
export function checkAddresses({ addresses }: Pick<HostFacts, "addresses">): Check {
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
    return warn(
      "addresses",
      `No running machine of ${without.join(", ")} tells an address.`,
      "A machine that boots has none yet. If it stays so, look at the DHCP server of its switch; for the Default Switch, " +
        "restart the service SharedAccess (Internet Connection Sharing).",
    );
  }
  const told = [...counts].map(([pool, { good, all }]) => `${pool} ${good} of ${all}`).join(", ");
  return ok("addresses", `Machines with an address: ${told}.`);
}

/** Neither link-local nor loopback. */
export function isRoutable(address: string): boolean {
  return !/^(169\.254\.|127\.|0\.|fe[89ab][0-9a-f]:|::1?$)/i.test(address);
}
