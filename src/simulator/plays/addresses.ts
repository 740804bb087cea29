/** Where a guest is on the network. The Default Switch has another subnet after every start of the host. */
import { hash32, type Ms } from "../../model/ids.ts";
import type { Machine } from "../machine.ts";
import type { Switch, World } from "./play.ts";

/** An old address is still reported for so long after the guest has asked for another. */
const REPORTED_LATE_MS = 3_000;

/** Whether a guest is on the network: its system is up, and its adapter is connected. */
export function isReached({ power, guest, switchName }: Machine): boolean {
  return power === "running" && guest?.isUp === true && switchName !== null;
}

/** A guest's addresses as Hyper-V reports them: none before its system is up, the old ones after a resume. */
export function addressesOf(machine: Machine, now: Ms): string[] {
  if (!isReached(machine)) return [];
  return [reported(machine, now), `fe80::${hash32(machine.id).toString(16)}`];
}

/** The address that is reported while the guest runs. */
export function reported({ address }: Machine, now: Ms): string {
  return address.before !== null && now < address.changesAt ? address.before : address.now;
}

/** A guest that is started asks for its first address. */
export function firstAddress(world: World, machine: Machine): void {
  machine.leases = 0;
  const on = world.switches.find(({ name }) => name === machine.switchName);
  machine.address = { now: lease(world, machine, on), before: null, changesAt: 0 };
}

/** A guest whose cable was pulled asks for another one, which is seen after a while. */
export function nextAddress(world: World, machine: Machine, on: Switch): void {
  machine.leases++;
  const { now } = world.timeline;
  machine.address = {
    now: lease(world, machine, on),
    before: machine.guest === undefined ? null : reported(machine, now),
    changesAt: now + world.scaled(REPORTED_LATE_MS),
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
