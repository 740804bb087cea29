/** What goes wrong on a host, and what is known afterwards. All of it needs the simulator's faults. */
import assert from "node:assert/strict";
import { HOST_ERROR_CLASSES } from "../../../src/model/calls.ts";
import type { Case } from "../case.ts";

/** Long enough that a stand-in has started, short enough to be waited for. */
const SOON_MS = 1_000;

function classesCase(german: boolean): Case {
  return {
    name: `every class of errors is told by its record${german ? ", on a German host too" : ""}`,
    needs: "simulator",
    host: { german },
    async run(stage) {
      const { vmId } = await stage.machine();
      for (const code of HOST_ERROR_CLASSES) {
        stage.simulator.faults.add({ call: "vm.start", kind: "error", code, times: 1 });
        const message = await stage.fails("vm.start", { vmId }, code);
        assert.equal(/Fehler/.test(message), german, message);
      }
      assert.equal((await stage.ok("vm.start", { vmId })).power, "running");
    },
  };
}

/** Cases for the simulated host. */
export const TROUBLE_CASES: readonly Case[] = [
  classesCase(false),
  classesCase(true),
  {
    name: "a call that hangs is unknown, and the machine's true state can be read before anything else",
    needs: "simulator",
    async run(stage) {
      const made = await stage.machine();
      stage.simulator.faults.add({ call: "vm.start", kind: "hang", times: 1 });
      const answer = await stage.call("vm.start", { vmId: made.vmId }, SOON_MS);
      assert.equal(answer.outcome, "unknown");
      assert.match(await stage.power(made.vmId), /^(off|starting|running)$/);
    },
  },
  {
    name: "a call whose answer is lost has had its effect, and may be repeated",
    needs: "simulator",
    async run(stage) {
      const made = await stage.machine();
      stage.simulator.faults.add({ call: "vm.start", kind: "lost_answer", times: 1 });
      const answer = await stage.call("vm.start", { vmId: made.vmId }, SOON_MS);
      assert.equal(answer.outcome, "unknown");
      assert.equal(await stage.power(made.vmId), "running");
      assert.equal((await stage.ok("vm.start", { vmId: made.vmId })).power, "running");
    },
  },
  {
    name: "a machine whose making was not answered is found by its Notes and its directory",
    needs: "simulator",
    async run(stage) {
      const directory = stage.below("unanswered");
      const disk = stage.below("unanswered", "disk.vhdx");
      await stage.ok("disk.createChild", { path: disk, parent: stage.place.template });
      stage.simulator.faults.add({ call: "vm.create", kind: "lost_answer", times: 1 });
      const answer = await stage.call("vm.create", {
        name: "unanswered",
        notes: "contract unanswered",
        directory,
        disk,
        memoryMb: 512,
        processors: 1,
        switchName: stage.place.switchName,
        secureBoot: "off",
        tpm: false,
        nested: false,
        stopAction: "TurnOff",
      }, SOON_MS);
      assert.equal(answer.outcome, "unknown");
      const { vms } = await stage.ok("vm.list", {});
      const found = vms.filter(({ notes }) => notes === "contract unanswered");
      assert.deepEqual(found.map((vm) => vm.directory), [directory]);
    },
  },
  {
    name: "a hanging call does not keep other calls from their answers",
    needs: "simulator",
    async run(stage) {
      const [first, second] = [await stage.machine({ name: "stuck" }), await stage.machine()];
      stage.simulator.faults.add({ call: "vm.start", kind: "hang", vmPrefix: "stuck", times: 1 });
      const hanging = stage.call("vm.start", { vmId: first.vmId }, 2 * SOON_MS);
      assert.equal((await stage.ok("vm.start", { vmId: second.vmId })).power, "running");
      assert.equal((await stage.ok("vm.list", {})).complete, true);
      assert.equal((await hanging).outcome, "unknown");
    },
  },
  {
    name: "a machine that is being started refuses another change, and the start is not lost",
    needs: "simulator",
    host: { latencies: { "vm.start": 50_000, default: 0 } },
    async run(stage) {
      const { vmId } = await stage.machine();
      const starting = stage.call("vm.start", { vmId });
      for (let i = 0; i < 200 && await stage.power(vmId) !== "starting"; i++);
      await stage.fails("vm.turnOff", { vmId }, "wrong_state");
      assert.equal((await starting).outcome, "ok");
      assert.equal(await stage.power(vmId), "running");
    },
  },
  {
    name: "a start without memory for it fails as out_of_memory, and the machine stays off",
    needs: "simulator",
    host: { memoryMb: 16_384 },
    async run(stage) {
      const { freeMemoryMb } = await stage.ok("host.info", {});
      const second = await stage.machine({ memoryMb: 2 * Math.floor(freeMemoryMb / 2) + 2 });
      await stage.fails("vm.start", { vmId: second.vmId }, "out_of_memory");
      assert.equal(await stage.power(second.vmId), "off");
    },
  },
  {
    name: "a disk whose parent was written to breaks its chain",
    needs: "simulator",
    async run(stage) {
      const made = await stage.machine();
      stage.simulator.machine.touchDisk(stage.place.template);
      await stage.fails("vm.start", { vmId: made.vmId }, "broken_chain");
    },
  },
  {
    name: "a disk stays locked for a moment after its machine was turned off",
    needs: "simulator",
    host: { latencies: { default: 0 } },
    async run(stage) {
      const made = await stage.machine();
      const { vmId } = made;
      await stage.ok("vm.start", { vmId });
      await stage.ok("vm.turnOff", { vmId });
      await stage.ok("vm.remove", { vmId });
      await stage.retried("dir.remove", { path: made.directory });
      assert.deepEqual(await stage.ok("dir.list", { path: made.directory }), { names: [] });
    },
  },
  {
    name: "a list that is not complete says so",
    needs: "simulator",
    host: { incompleteLists: 1 },
    async run(stage) {
      assert.equal((await stage.ok("vm.list", {})).complete, false);
    },
  },
  {
    name: "a machine that changes its power by itself is told as a hint",
    needs: "simulator",
    async run(stage) {
      const made = await stage.machine();
      const heard = Promise.withResolvers<string>();
      const unwatch = stage.host.watch(({ vmId }) => {
        if (vmId === made.vmId) heard.resolve(vmId);
      });
      let timer: ReturnType<typeof setInterval> | undefined;
      try {
        // Whoever watches may still be starting: the power changes until it is heard.
        timer = setInterval(() => {
          void stage.call("vm.start", { vmId: made.vmId }).then(() =>
            stage.call("vm.turnOff", { vmId: made.vmId })
          );
        }, 300);
        assert.equal(await heard.promise, made.vmId);
      } finally {
        clearInterval(timer);
        unwatch();
      }
      await stage.call("vm.list", {});
    },
  },
  {
    name: "the config drive is put in, repeated, and taken out; nothing to take is no error",
    needs: "simulator",
    async run(stage) {
      const { vmId, directory } = await stage.machine();
      const files = [{ name: "hvpool.json", text: '{"jitConfig":"secret"}' }];
      const { path } = await stage.ok("media.put", { vmId, directory, use: 1, files });
      assert.equal((await stage.ok("vm.inspect", { vmId })).media, path);
      await stage.ok("media.put", { vmId, directory, use: 1, files });
      await stage.ok("media.take", { vmId, directory });
      assert.equal((await stage.ok("vm.inspect", { vmId })).media, null);
      await stage.ok("media.take", { vmId, directory });
    },
  },
];
