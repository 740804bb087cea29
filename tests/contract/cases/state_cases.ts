/** Saving, checkpoints, settings and adapters of machines. */
import assert from "node:assert/strict";
import type { Case } from "../case.ts";

/** Cases for a host that can make machines. */
export const STATE_CASES: readonly Case[] = [
  {
    name: "saved, paused, resumed: each state is left as it was asked for, twice",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      await stage.ok("vm.start", { vmId });
      for (let twice = 0; twice < 2; twice++) {
        assert.equal((await stage.ok("vm.pause", { vmId })).power, "paused");
      }
      for (let twice = 0; twice < 2; twice++) {
        assert.equal((await stage.ok("vm.resume", { vmId })).power, "running");
      }
      for (let twice = 0; twice < 2; twice++) {
        assert.equal((await stage.ok("vm.save", { vmId })).power, "saved");
      }
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
      await stage.unmake(made);
    },
  },
  {
    name: "a machine that is off can be neither saved nor paused",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      await stage.fails("vm.save", { vmId: made.vmId }, "wrong_state");
      await stage.fails("vm.pause", { vmId: made.vmId }, "wrong_state");
      await stage.unmake(made);
    },
  },
  {
    name: "a saved state is thrown away: then the machine is off, and again nothing happens",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      await stage.ok("vm.start", { vmId });
      await stage.ok("vm.save", { vmId });
      assert.equal((await stage.ok("savedState.remove", { vmId })).power, "off");
      assert.equal((await stage.ok("savedState.remove", { vmId })).power, "off");
      await stage.unmake(made);
    },
  },
  {
    name: "a checkpoint of a running machine is restored to saved, and removed twice without an error",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      await stage.ok("vm.start", { vmId });
      const { checkpointId } = await stage.ok("checkpoint.create", { vmId, name: "clean" });
      const { checkpoints } = await stage.ok("checkpoint.list", { vmId });
      assert.deepEqual(checkpoints.map(({ id, name, restoresTo }) => ({ id, name, restoresTo })), [
        { id: checkpointId, name: "clean", restoresTo: "saved" },
      ]);
      await stage.ok("vm.turnOff", { vmId });
      assert.equal((await stage.ok("checkpoint.restore", { vmId, checkpointId })).power, "saved");
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
      await stage.ok("vm.turnOff", { vmId });
      await stage.ok("checkpoint.remove", { vmId, checkpointId });
      await stage.ok("checkpoint.remove", { vmId, checkpointId });
      assert.deepEqual((await stage.ok("checkpoint.list", { vmId })).checkpoints, []);
      await stage.unmake(made);
    },
  },
  {
    name: "a restore brings Notes back that were changed after the checkpoint",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine({ notes: "before" });
      const { vmId } = made;
      const { checkpointId } = await stage.ok("checkpoint.create", { vmId, name: "clean" });
      await stage.ok("vm.set", { vmId, notes: "after" });
      assert.equal((await stage.ok("vm.inspect", { vmId })).notes, "after");
      assert.equal((await stage.ok("checkpoint.restore", { vmId, checkpointId })).power, "off");
      assert.equal((await stage.ok("vm.inspect", { vmId })).notes, "before");
      await stage.unmake(made);
    },
  },
  {
    name: "vm.set changes what is named and leaves the rest",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      await stage.ok("vm.set", { vmId, name: "other name", processors: 2, memoryMb: 1_024 });
      const changed = await stage.ok("vm.inspect", { vmId });
      assert.deepEqual([changed.name, changed.processors, changed.memoryMb], ["other name", 2, 1_024]);
      assert.equal(changed.stopAction, "TurnOff");
      assert.match(changed.notes, /^contract /);
      await stage.unmake(made);
    },
  },
  {
    name: "an adapter is connected anew to the switch that it is on",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      const { switchName } = await stage.ok("vm.inspect", { vmId });
      const answer = await stage.ok("nic.reconnect", { vmId, switchName: stage.place.switchName });
      assert.equal(answer.switchName, switchName);
      await stage.unmake(made);
    },
  },
  {
    name: "a machine is isolated by rules, and freed of them; either again does no harm",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      const rule = {
        direction: "outbound",
        action: "deny",
        remote: "10.0.0.0/8",
        protocol: "any",
        localPort: "any",
        remotePort: "any",
        weight: 10,
        stateful: false,
      } as const;
      for (let twice = 0; twice < 2; twice++) {
        assert.deepEqual(await stage.ok("net.isolate", { vmId, guard: true, rules: [rule] }), { rules: 1 });
      }
      for (let twice = 0; twice < 2; twice++) {
        assert.deepEqual(await stage.ok("net.isolate", { vmId, guard: false, rules: [] }), { rules: 0 });
      }
      await stage.unmake(made);
    },
  },
  {
    name: "an empty drive is ejected without an error",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      await stage.ok("dvd.eject", { vmId: made.vmId });
      assert.equal((await stage.ok("vm.inspect", { vmId: made.vmId })).media, null);
      await stage.unmake(made);
    },
  },
  {
    name: "a disk is removed, and again without an error",
    needs: "hyperv",
    async run(stage) {
      const path = stage.below("spare-disk", "disk.vhdx");
      await stage.ok("disk.createChild", { path, parent: stage.place.template });
      await stage.ok("disk.remove", { path });
      await stage.ok("disk.remove", { path });
      await stage.fails("disk.info", { path }, "not_found");
      await stage.retried("dir.remove", { path: stage.below("spare-disk") });
    },
  },
  {
    name: "a machine that is off has no picture and no guest",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      assert.deepEqual(await stage.ok("display.size", { vmId }), { width: 0, height: 0 });
      const account = { vmId, user: "Administrator", password: "password" };
      assert.equal((await stage.call("guest.syncTime", account)).outcome, "failed");
      assert.deepEqual(await stage.ok("kvp.read", { vmIds: [vmId] }), { vms: [] });
      await stage.unmake(made);
    },
  },
];
