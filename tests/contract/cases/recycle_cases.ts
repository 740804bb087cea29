/** Machines that are sealed, used and sealed again, and images without the loader. */
import assert from "node:assert/strict";
import type { ScopeKey } from "../../../src/model/ids.ts";
import { TEMPLATE_PATH } from "../../../src/simulator/host_options.ts";
import { SAVED_STATE_FAULTS } from "../../../src/simulator/saved_state.ts";
import type { Case } from "../case.ts";
import type { Stage } from "../stage.ts";

const SCOPE = "orgs/acme" as ScopeKey;
const WITHOUT_LOADER = "C:\\hvpool\\templates\\seed-no-loader.vhdx";
const INBOX_FILE = "ProgramData\\hvpool\\inbox\\hvpool.json";
/** GPU partitions, a hypervisor inside: neither is saved. */
const HARDWARE = ["gpu", "nested"] as const;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`never came: ${what}`);
}

async function online(stage: Stage, name: string): Promise<void> {
  await until(
    `${name} online`,
    () =>
      stage.simulator.forge.list(SCOPE).some(({ runner, status }) =>
        runner.name === name && status === "online"
      ),
  );
}

/** Cases for machines whose state is kept. */
export const RECYCLE_CASES: readonly Case[] = [
  {
    name: "a machine is sealed, resumed and sealed again, on another layer of its disk each time",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine({ notes: "sealed" });
      const { vmId } = made;
      await stage.ok("vm.start", { vmId });
      const { checkpointId } = await stage.ok("checkpoint.create", { vmId, name: "clean" });
      assert.equal(await stage.power(vmId), "running");
      const layers = new Set<string>();
      for (let round = 0; round < 3; round++) {
        await stage.ok("vm.turnOff", { vmId });
        assert.equal((await stage.ok("checkpoint.restore", { vmId, checkpointId })).power, "saved");
        const sealed = await stage.ok("vm.inspect", { vmId });
        assert.deepEqual([sealed.power, sealed.notes, sealed.media], ["saved", "sealed", null]);
        layers.add(sealed.disks[0] ?? "");
        assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
        await stage.ok("vm.set", { vmId, notes: "used" });
      }
      assert.equal(layers.size, 3);
      await stage.ok("vm.turnOff", { vmId });
      await stage.ok("checkpoint.remove", { vmId, checkpointId });
      await stage.unmake(made);
    },
  },
  {
    name: "a saved state that cannot be resumed says so by its number until it is thrown away",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await stage.machine();
      for (const hresult of SAVED_STATE_FAULTS) {
        await stage.ok("vm.start", { vmId });
        await stage.ok("vm.save", { vmId });
        stage.simulator.machine.breakSavedStates({ vmId, hresult });
        for (let twice = 0; twice < 2; twice++) {
          const message = await stage.fails("vm.start", { vmId }, "saved_state_corrupt");
          assert.ok(message.includes(hresult), message);
        }
        assert.equal((await stage.ok("savedState.remove", { vmId })).power, "off");
      }
    },
  },
  {
    name: "a checkpoint for which there is no room is none, and the machine runs on",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await stage.machine();
      await stage.ok("vm.start", { vmId });
      stage.simulator.faults.add({ call: "checkpoint.create", kind: "error", code: "no_space", times: 1 });
      await stage.fails("checkpoint.create", { vmId, name: "clean" }, "no_space");
      const seen = await stage.ok("vm.inspect", { vmId });
      assert.deepEqual([seen.power, seen.checkpoints], ["running", []]);
    },
  },
  {
    name:
      "a switch that was deleted after the checkpoint makes the start fail, until the adapter is on another",
    needs: "simulator",
    host: { switches: ["Lab"] },
    async run(stage) {
      const { vmId } = await stage.machine({ switchName: "Lab" });
      await stage.ok("vm.start", { vmId });
      const { checkpointId } = await stage.ok("checkpoint.create", { vmId, name: "clean" });
      await stage.ok("nic.reconnect", { vmId, switchName: "" });
      stage.simulator.machine.removeSwitch("Lab");
      await stage.ok("checkpoint.restore", { vmId, checkpointId });
      const message = await stage.fails("vm.start", { vmId }, "unavailable");
      assert.ok(message.includes("0x800705AA"), message);
      await stage.ok("nic.reconnect", { vmId, switchName: "" });
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
    },
  },
  {
    name: "a machine with a GPU partition or a hypervisor of its own is neither saved nor checkpointed",
    needs: "simulator",
    async run(stage) {
      for (const what of HARDWARE) {
        const { vmId } = await stage.machine({ nested: what === "nested" });
        if (what === "gpu") await stage.ok("gpu.add", { vmId, minVram: 80_000_000, maxVram: 100_000_000 });
        await stage.ok("vm.start", { vmId });
        await stage.fails("vm.save", { vmId }, "wrong_state");
        await stage.fails("checkpoint.create", { vmId, name: "clean" }, "wrong_state");
        assert.equal(await stage.power(vmId), "running");
      }
    },
  },
  {
    name: "a start of the host is seen in its boot id; what was saved still is, what ran is off",
    needs: "simulator",
    async run(stage) {
      const [saved, other] = [await stage.machine(), await stage.machine()];
      for (const { vmId } of [saved, other]) await stage.ok("vm.start", { vmId });
      await stage.ok("vm.save", { vmId: saved.vmId });
      const before = await stage.ok("vm.list", {});
      stage.simulator.machine.reboot(0);
      await until("another boot", () => stage.simulator.machine.bootId !== before.bootId);
      const after = await stage.ok("vm.list", {});
      assert.notEqual(after.bootId, before.bootId);
      assert.equal(after.bootId, (await stage.ok("host.info", {})).bootId);
      const power = new Map(after.vms.map((vm) => [vm.id, vm.power]));
      assert.deepEqual([power.get(saved.vmId), power.get(other.vmId)], ["saved", "off"]);
    },
  },
  {
    name: "a guest takes what lay in its inbox before its first start",
    needs: "simulator",
    async run(stage) {
      const { vmId, disk } = await stage.machine();
      const labels = ["x"];
      const made = stage.simulator.forge.register({
        scope: SCOPE,
        name: "a",
        groupId: 1,
        labels,
        workFolder: "w",
      });
      assert.ok("runner" in made);
      const text = JSON.stringify({ protocol: 1, use: 1, jitConfig: made.runner.jitConfig });
      await stage.ok("disk.inject", { path: disk, files: [{ path: INBOX_FILE, text }] });
      await stage.ok("vm.start", { vmId });
      await online(stage, "a");
    },
  },
  {
    name: "an image without the loader configures itself from the file of hyperv-runner-pool",
    needs: "simulator",
    host: { templates: [TEMPLATE_PATH, WITHOUT_LOADER].map((path) => ({ path, sizeMb: 65_536 })) },
    async run(stage) {
      const made = await stage.machine();
      await stage.unmake(made);
      const { vmId, directory, disk } = made;
      await stage.ok("disk.createChild", { path: disk, parent: WITHOUT_LOADER });
      const { token } = stage.simulator.forge.registrationToken(SCOPE);
      const text = JSON.stringify({ token, organization: "acme", name: "seed", labels: "a,b" });
      await stage.ok("disk.inject", { path: disk, files: [{ path: "runner-config.json", text }] });
      const again = await stage.ok("vm.create", {
        name: "seed",
        notes: vmId,
        directory,
        disk,
        memoryMb: 512,
        processors: 1,
        switchName: "",
        secureBoot: "off",
        tpm: false,
        nested: false,
        stopAction: "TurnOff",
      });
      await stage.ok("vm.start", { vmId: again.vmId });
      await online(stage, "seed");
      assert.deepEqual(await stage.ok("kvp.read", { vmIds: [again.vmId] }), { vms: [] });
    },
  },
];
