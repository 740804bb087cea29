/** Machines: made, found, started, ended; and what happens when it is asked for twice. */
import assert from "node:assert/strict";
import type { Case } from "../case.ts";

/** Ids that no machine has. */
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Names that a pattern, a shell or a code page would take for something else. */
const ODD_NAMES = ["a*b?[c]", 'it\'s "quoted"', "$(throw 1) `n", "Größe 名前 👩‍🔬", "  spaces  "];

/** Cases for a host that can make machines. */
export const MACHINE_CASES: readonly Case[] = [
  {
    name: "host.info tells what a pool needs to know",
    needs: "hyperv",
    async run(stage) {
      const info = await stage.ok("host.info", {});
      assert.equal(info.service, "running");
      assert.ok(info.memoryMb > 0 && info.processors > 0 && info.bootId !== "");
      assert.equal((await stage.ok("vm.list", {})).bootId, info.bootId);
      assert.ok(info.switches.filter(({ isDefault }) => isDefault).length <= 1);
    },
  },
  {
    name: "service.info tells what is missing from what is there",
    needs: "hyperv",
    async run(stage) {
      const missing = await stage.ok("service.info", { name: "hvpool-contract-none" });
      assert.deepEqual(missing, { state: "missing", path: "", start: null, processes: [] });
      await stage.fails("service.info", { name: "x' OR Name LIKE '%" }, "invalid");
    },
  },
  {
    name: "service.info tells a service that runs from one that is stopped",
    needs: "simulator",
    async run(stage) {
      const { machine } = stage.simulator;
      const name = "some-service";
      machine.setService(name, "running");
      const running = await stage.ok("service.info", { name });
      assert.deepEqual([running.state, running.processes.length], ["running", 1]);
      machine.setService(name, "stopped");
      const stopped = await stage.ok("service.info", { name });
      assert.deepEqual([stopped.state, stopped.processes], ["stopped", []]);
    },
  },
  {
    name: "a machine's life: made off, started, turned off, removed, its directory deleted",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId, directory, disk } = made;
      const found = await stage.ok("vm.inspect", { vmId });
      assert.equal(found.power, "off");
      assert.equal(found.name, made.name);
      assert.equal(found.directory.toLowerCase(), directory.toLowerCase());
      assert.deepEqual(found.disks.map((path) => path.toLowerCase()), [disk.toLowerCase()]);
      assert.equal(found.media, null);
      await stage.ok("vm.start", { vmId });
      const listed = await stage.ok("vm.list", {});
      assert.ok(listed.complete);
      assert.equal(listed.vms.find(({ id }) => id === vmId)?.power, "running");
      assert.equal((await stage.ok("vm.turnOff", { vmId })).power, "off");
      await stage.ok("vm.remove", { vmId });
      await stage.fails("vm.inspect", { vmId }, "not_found");
      await stage.retried("dir.remove", { path: directory });
      const { names } = await stage.ok("dir.list", { path: stage.place.store });
      assert.ok(!names.includes(directory.split(/[\\/]/).at(-1) ?? ""));
    },
  },
  {
    name: "names and notes are data, whatever is in them",
    needs: "hyperv",
    async run(stage) {
      for (const name of ODD_NAMES) {
        const made = await stage.machine({ name, notes: name });
        const { vms } = await stage.ok("vm.list", {});
        const row = vms.find(({ id }) => id === made.vmId);
        assert.equal(row?.name, name);
        assert.equal(row?.notes, name);
        await stage.unmake(made);
      }
    },
  },
  {
    name: "two machines of one name are two machines",
    needs: "hyperv",
    async run(stage) {
      const first = await stage.machine({ name: "twin" });
      const second = await stage.machine({ name: "twin" });
      await stage.ok("vm.start", { vmId: first.vmId });
      assert.equal(await stage.power(second.vmId), "off");
      await stage.unmake(first);
      assert.equal(await stage.power(second.vmId), "off");
      await stage.unmake(second);
    },
  },
  {
    name: "what leaves a machine as it is may be asked for again",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      assert.equal((await stage.ok("vm.turnOff", { vmId })).power, "off");
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
      assert.equal((await stage.ok("vm.turnOff", { vmId })).power, "off");
      assert.equal((await stage.ok("vm.turnOff", { vmId })).power, "off");
      await stage.ok("disk.protect", { path: stage.place.template });
      await stage.ok("disk.protect", { path: stage.place.template });
      await stage.unmake(made);
      await stage.ok("dir.remove", { path: made.directory });
    },
  },
  {
    name: "a machine that is gone is not_found, by whatever call",
    needs: "hyperv",
    async run(stage) {
      await stage.fails("vm.inspect", { vmId: NOBODY }, "not_found");
      await stage.fails("vm.start", { vmId: NOBODY }, "not_found");
      await stage.fails("vm.turnOff", { vmId: NOBODY }, "not_found");
      await stage.fails("vm.remove", { vmId: NOBODY }, "not_found");
      await stage.fails("disk.info", { path: stage.below("missing", "disk.vhdx") }, "not_found");
    },
  },
  {
    name: "a running machine is not removed",
    needs: "hyperv",
    async run(stage) {
      const made = await stage.machine();
      await stage.ok("vm.start", { vmId: made.vmId });
      await stage.fails("vm.remove", { vmId: made.vmId }, "wrong_state");
      // A stand-in on another system has files that nothing locks.
      if (!stage.place.store.startsWith("/")) {
        await stage.fails("dir.remove", { path: made.directory }, "busy");
      }
      assert.equal(await stage.power(made.vmId), "running");
      await stage.unmake(made);
    },
  },
  {
    name: "a switch that is not there is an error that names it",
    needs: "hyperv",
    async run(stage) {
      const directory = stage.below("no-switch");
      const disk = stage.below("no-switch", "disk.vhdx");
      await stage.ok("disk.createChild", { path: disk, parent: stage.place.template });
      const message = await stage.fails("vm.create", {
        name: "no-switch",
        notes: "contract",
        directory,
        disk,
        memoryMb: 512,
        processors: 1,
        switchName: "No Such Switch",
        secureBoot: "off",
        tpm: false,
        nested: false,
        stopAction: "TurnOff",
      }, "invalid");
      assert.match(message, /No Such Switch/);
      await stage.retried("dir.remove", { path: directory });
    },
  },
  {
    name: "a child disk knows its parent, and its parent is read-only once it is protected",
    needs: "hyperv",
    async run(stage) {
      const { template } = stage.place;
      await stage.ok("disk.protect", { path: template });
      assert.equal((await stage.ok("disk.info", { path: template })).readOnly, true);
      const made = await stage.machine();
      const info = await stage.ok("disk.info", { path: made.disk });
      assert.equal(info.type, "differencing");
      assert.equal(info.parent?.toLowerCase(), template.toLowerCase());
      await stage.unmake(made);
    },
  },
  {
    name: "a folder that is missing has no folders in it, and may be removed",
    needs: "hyperv",
    async run(stage) {
      const path = stage.below("nothing-here");
      assert.deepEqual(await stage.ok("dir.list", { path }), { names: [] });
      await stage.ok("dir.remove", { path });
    },
  },
];
