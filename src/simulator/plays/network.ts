/** Internal switches with NAT. */
import type { HostValue } from "../../ports/host.ts";
import { hyperV, RecordError } from "../records.ts";
import type { Plays, Switch, World } from "./play.ts";

/** The host's own address, on a network that is not its machines'. */
const HOST_ADDRESS = { address: "10.20.30.40", prefixLength: 24 };

/** What a switch connects; where nobody said it, its name does. */
export function switchType({ isDefault, name, type }: Switch): "private" | "internal" | "external" {
  if (type !== undefined) return type;
  if (isDefault || /internal/i.test(name)) return "internal";
  return /private/i.test(name) ? "private" : "external";
}

/** `switch.*`. */
export const NETWORK_PLAYS: Plays<"switch.info" | "switch.create" | "switch.remove"> = {
  "switch.info": {
    land: (world, { name }) => {
      const found = named(world, name);
      const { id = "" } = found ?? {};
      return {
        switch: found === undefined ? null : { id, name, type: switchType(found) },
        vms: connected(world, name),
        addresses: addresses(world, name),
        nats: world.nats.map((nat) => ({ ...nat })),
      };
    },
  },
  "switch.create": {
    land: (world, { name, gateway, prefixLength, nat }) => {
      const found = named(world, name);
      if (found !== undefined && switchType(found) !== "internal") {
        throw refused("New-VMSwitch", name, `There is a switch "${name}" already, and it is not internal.`);
      }
      const there = found?.gateway;
      if (there !== undefined && (there.address !== gateway || there.prefixLength !== prefixLength)) {
        const text = `${there.address}/${there.prefixLength}`;
        throw refused("New-NetIPAddress", name, `The host has the address ${text} on the switch "${name}".`);
      }
      const [other] = world.nats.filter((one) => one.name !== nat.name || one.subnet !== nat.subnet);
      if (other !== undefined) {
        const what = `This host has the NAT "${other.name}" of ${other.subnet}`;
        throw refused("New-NetNat", nat.name, `${what}, and Windows knows one NAT only.`);
      }
      const made: HostValue<"switch.create">["made"] = [];
      if (found === undefined) made.push("switch");
      if (there === undefined) made.push("address");
      if (world.nats.length === 0) {
        made.push("nat");
        world.nats.push({ ...nat });
      }
      const id = found?.id ?? world.random.guid();
      remove(world, name);
      world.switches.push({
        id,
        name,
        isDefault: false,
        type: "internal",
        gateway: { address: gateway, prefixLength },
      });
      return { switchId: id, made };
    },
  },
  "switch.remove": {
    land: (world, { name, nat }) => {
      const found = named(world, name);
      if (found !== undefined && (switchType(found) !== "internal" || found.isDefault)) {
        throw refused("Remove-VMSwitch", name, `The switch "${name}" is not one that hvpool makes.`);
      }
      const [vm] = connected(world, name);
      if (vm !== undefined) {
        throw new RecordError(hyperV({
          id: "InvalidState",
          category: "InvalidOperation",
          command: "Remove-VMSwitch",
          target: name,
          message: `The virtual machine "${vm}" is on the switch "${name}".`,
        }));
      }
      const at = world.nats.findIndex((one) => one.name === nat);
      if (at >= 0) world.nats.splice(at, 1);
      remove(world, name);
      return {};
    },
  },
};

function named(world: World, name: string): Switch | undefined {
  return world.switches.find((one) => one.name === name);
}

function remove({ switches }: World, name: string): void {
  const at = switches.findIndex((one) => one.name === name);
  if (at >= 0) switches.splice(at, 1);
}

function connected({ machines }: World, name: string): string[] {
  return [...machines.all()].filter(({ switchName }) => switchName === name).map((machine) => machine.name);
}

function addresses({ switches }: World, name: string): HostValue<"switch.info">["addresses"] {
  const onSwitches = switches.flatMap((one) =>
    one.gateway === undefined ? [] : [{ ...one.gateway, own: one.name === name }]
  );
  return [{ ...HOST_ADDRESS, own: false }, ...onSwitches];
}

function refused(command: string, target: string, message: string): RecordError {
  return new RecordError(
    hyperV({ id: "InvalidParameter", category: "InvalidArgument", command, target, message }),
  );
}
