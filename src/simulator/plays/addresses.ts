/** Where a guest is on the network. The Default Switch has another subnet after every start of the host. */
import { hash32 } from "../../model/ids.ts";
import type { Machine } from "../machine.ts";

/** A guest's addresses as Hyper-V reports them: none before its system is up, the old ones after a resume. */
export function addressesOf(machine: Machine): string[] {
  if (machine.power !== "running" || machine.guest?.isUp !== true || machine.switchName === null) return [];
  const subnet = hash32(`${machine.addressFrom}/${machine.switchName}`);
  const host = 2 + hash32(machine.id) % 4_000;
  const third = (subnet >>> 4) % 16 * 16 + (host >>> 8);
  return [`172.${16 + subnet % 16}.${third}.${host & 0xff}`, `fe80::${hash32(machine.id).toString(16)}`];
}

/** Its adapter's address, from the range that Hyper-V uses. */
export function macOf(machine: Machine): string {
  return `00155D${hash32(machine.id).toString(16).padStart(8, "0").slice(-6).toUpperCase()}`;
}
