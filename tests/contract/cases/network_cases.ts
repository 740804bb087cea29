/** An internal switch with NAT, and VLANs. */
import assert from "node:assert/strict";
import type { HostArgs } from "../../../src/ports/host.ts";
import type { Case } from "../case.ts";
import type { Stage } from "../stage.ts";

const NAME = "hvpool contract [1]";
const WANTED: HostArgs<"switch.create"> = {
  name: NAME,
  gateway: "192.168.249.1",
  prefixLength: 24,
  nat: { name: NAME, subnet: "192.168.249.0/24" },
};

/** Makes the switch and removes it; a host that has a NAT already is left as it is. */
async function withSwitch(stage: Stage, run: (switchId: string) => Promise<void>): Promise<void> {
  if ((await stage.ok("switch.info", { name: NAME })).nats.length > 0) return;
  const { switchId, made } = await stage.ok("switch.create", WANTED);
  try {
    assert.deepEqual(made, ["switch", "address", "nat"]);
    await run(switchId);
  } finally {
    await stage.ok("switch.remove", { name: NAME, nat: NAME });
  }
}

/** Cases for a host that can make machines. */
export const NETWORK_CASES: readonly Case[] = [
  {
    name: "a switch with NAT is made once, found as it was made, and removed twice without an error",
    needs: "hyperv",
    async run(stage) {
      await withSwitch(stage, async (switchId) => {
        assert.deepEqual(await stage.ok("switch.create", WANTED), { switchId, made: [] });
        const info = await stage.ok("switch.info", { name: NAME });
        assert.deepEqual(info.switch, { id: switchId, name: NAME, type: "internal" });
        assert.deepEqual(info.vms, []);
        assert.deepEqual(info.nats, [WANTED.nat]);
        assert.deepEqual(info.addresses.filter(({ own }) => own), [
          { address: "192.168.249.1", prefixLength: 24, own: true },
        ]);
        const { switches } = await stage.ok("host.info", {});
        assert.deepEqual(switches.find(({ id }) => id === switchId), {
          id: switchId,
          name: NAME,
          isDefault: false,
          type: "internal",
        });
      });
      const after = await stage.ok("switch.info", { name: NAME });
      assert.deepEqual([after.switch, after.nats], [null, []]);
      await stage.ok("switch.remove", { name: NAME, nat: NAME });
    },
  },
  {
    name: "a switch that is there with other values is refused, and so is a second NAT",
    needs: "hyperv",
    async run(stage) {
      await withSwitch(stage, async () => {
        const before = await stage.ok("switch.info", { name: NAME });
        const others: Partial<HostArgs<"switch.create">>[] = [
          { gateway: "192.168.249.2" },
          { prefixLength: 25 },
          { nat: { name: NAME, subnet: "192.168.248.0/24" } },
          { name: `${NAME} 2`, nat: { name: `${NAME} 2`, subnet: "192.168.248.0/24" } },
        ];
        for (const other of others) await stage.fails("switch.create", { ...WANTED, ...other }, "invalid");
        assert.deepEqual(await stage.ok("switch.info", { name: NAME }), before);
      });
    },
  },
  {
    name: "a switch with a machine on it is not removed",
    needs: "hyperv",
    async run(stage) {
      await withSwitch(stage, async () => {
        const made = await stage.machine({ switchName: NAME });
        assert.deepEqual((await stage.ok("switch.info", { name: NAME })).vms, [made.name]);
        await stage.fails("switch.remove", { name: NAME, nat: NAME }, "wrong_state");
        assert.equal((await stage.ok("switch.info", { name: NAME })).nats.length, 1);
        await stage.unmake(made);
      });
    },
  },
  {
    name: "a machine is made with a VLAN",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine({ vlan: 20 });
      assert.equal((await stage.ok("vm.inspect", { vmId: made.vmId })).power, "off");
      await stage.unmake(made);
    },
  },
  {
    name: "the VLAN of a machine is kept, also by a checkpoint",
    needs: "simulator",
    async run(stage) {
      const made = await stage.machine({ vlan: 20 });
      const { vmId } = made;
      const { checkpointId } = await stage.ok("checkpoint.create", { vmId, name: "clean" });
      await stage.ok("checkpoint.restore", { vmId, checkpointId });
      const vlan = () => stage.simulator.truth().vms.find(({ id }) => id === vmId)?.vlan;
      assert.equal(vlan(), 20);
      await stage.unmake(made);
      const plain = await stage.machine();
      assert.equal(stage.simulator.truth().vms.find(({ id }) => id === plain.vmId)?.vlan, null);
    },
  },
];
