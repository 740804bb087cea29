/** Where a guest is on the network. The Default Switch has another subnet after every start of the host. */
import { hash32 } from "../../model/ids.ts";
import type { Machine } from "../machine.ts";
import type { NetworkTroubles } from "../network_troubles.ts";
import type { Switch, World } from "./play.ts";

/** An old address is still reported by the integration service for so long after the guest has asked for another. */
const REPORTED_LATE_MS = 3_000;

/** What tells where guests are. */
export type Network = Pick<World, "timeline" | "scaled"> & { readonly troubles: NetworkTroubles };

/** Whether a guest is on the network: its system is up, its adapter is connected, and somebody gives it an address. */
export function isReached({ troubles }: Pick<Network, "troubles">, machine: Machine): boolean {
  const { power, guest, switchName, name } = machine;
  return power === "running" && guest?.isUp === true && switchName !== null &&
    !troubles.has("no_address", name);
}

/** A guest's addresses as Hyper-V reports them: none before its system is up, the old ones after a resume. */
export function addressesOf(network: Network, machine: Machine): string[] {
  if (!isReached(network, machine)) return [];
  return [reported(network, machine), `fe80::${hash32(machine.id).toString(16)}`];
}

/** The address that the integration service tells while the guest runs: the old one for a while. */
export function reported({ timeline, troubles, scaled }: Network, { name, address }: Machine): string {
  const until = address.changedAt + scaled(troubles.lateMs(name) ?? REPORTED_LATE_MS);
  return address.before !== null && timeline.now < until ? address.before : address.now;
}

/** The address that a program in the guest sees; nothing where it has none. */
export function ownAddress(network: Pick<Network, "troubles">, machine: Machine): string | undefined {
  return isReached(network, machine) ? machine.address.now : undefined;
}

/** The machine whose guest is really there. */
export function machineAt(world: Pick<World, "machines" | "troubles">, address: string): Machine | undefined {
  for (const machine of world.machines.all()) if (ownAddress(world, machine) === address) return machine;
  return undefined;
}

/** A guest that is started asks for its first address. */
export function firstAddress(world: World, machine: Machine): void {
  machine.leases = 0;
  const on = world.switches.find(({ name }) => name === machine.switchName);
  machine.address = { now: lease(world, machine, on), before: null, changedAt: 0 };
}

/** A guest whose cable was pulled asks for another one, which is seen after a while. */
export function nextAddress(world: World, machine: Machine, on: Switch): void {
  machine.leases++;
  machine.address = {
    now: lease(world, machine, on),
    before: machine.guest === undefined ? null : reported(world, machine),
    changedAt: world.timeline.now,
  };
}

function lease(world: World, machine: Machine, on: Switch | undefined): string {
  const subnet = hash32(`${on?.isDefault === true ? world.bootId : ""}/${machine.switchName}`);
  const host = 2 + hash32(machine.leases === 0 ? machine.id : `${machine.id}/${machine.leases}`) % 4_000;
  const third = (subnet >>> 4) % 16 * 16 + (host >>> 8);
  return `172.${16 + subnet % 16}.${third}.${host & 0xff}`;
}

/** Its adapter's address, from the range that Hyper-V uses. */
export function macOf(machine: Machine): string {
  return `00155D${hash32(machine.id).toString(16).padStart(8, "0").slice(-6).toUpperCase()}`;
}
