/** What needs a guest that has booted: key-value exchange, PowerShell Direct, screen and input. */
import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import type { Made, Stage } from "../stage.ts";

const ACCOUNT = { user: "Administrator", password: "password" };

/** A machine whose guest says that it waits for its introduction. */
async function booted(stage: Stage): Promise<Made> {
  const made = await stage.machine();
  await stage.ok("vm.start", { vmId: made.vmId });
  for (let i = 0; i < 500; i++) {
    const { vms } = await stage.ok("kvp.read", { vmIds: [made.vmId] });
    if (vms[0]?.items["hvpool.phase"] === "waiting") return made;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("the guest did not boot");
}

/** Cases for the simulated host, whose guests boot from any template. */
export const GUEST_CASES: readonly Case[] = [
  {
    name: "a guest is read and told by key-value exchange, again and again",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await booted(stage);
      await stage.ok("kvp.push", { vmId, items: { "hvpool.bye": "1", text: "Größe 👩‍🔬 $(1)" } });
      await stage.ok("kvp.push", { vmId, items: { "hvpool.bye": "1" }, remove: ["none"] });
      assert.equal((await stage.ok("kvp.read", { vmIds: [vmId] })).vms[0]?.vmId, vmId);
    },
  },
  {
    name: "a file goes into a guest in pieces and comes back unchanged; a piece twice is a piece once",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await booted(stage);
      const bytes = crypto.getRandomValues(new Uint8Array(50_000));
      const path = "C:\\data\\Größe [1].bin";
      const [head, tail] = [bytes.subarray(0, 30_000), bytes.subarray(30_000)];
      await stage.ok("guest.copyIn", { vmId, ...ACCOUNT, path, offset: 0, data: head.toBase64() });
      for (let twice = 0; twice < 2; twice++) {
        const { size } = await stage.ok("guest.copyIn", {
          vmId,
          ...ACCOUNT,
          path,
          offset: head.length,
          data: tail.toBase64(),
        });
        assert.equal(size, bytes.length);
      }
      const { data } = await stage.ok("guest.copyOut", {
        vmId,
        ...ACCOUNT,
        path,
        offset: 0,
        maxBytes: 100_000,
      });
      assert.deepEqual(Uint8Array.fromBase64(data), bytes);
      await stage.ok("guest.syncTime", { vmId, ...ACCOUNT });
    },
  },
  {
    name: "a guest that hangs costs one call, and other calls into guests are answered",
    needs: "simulator",
    async run(stage) {
      const [stuck, other] = [await booted(stage), await booted(stage)];
      stage.simulator.faults.add({ call: "guest.syncTime", kind: "hang", times: 1, vmPrefix: stuck.name });
      const hanging = stage.call("guest.syncTime", { vmId: stuck.vmId, ...ACCOUNT }, 2_000);
      await stage.ok("guest.syncTime", { vmId: other.vmId, ...ACCOUNT });
      assert.equal((await hanging).outcome, "unknown");
      assert.equal(await stage.power(stuck.vmId), "running");
    },
  },
  {
    name: "a guest is probed where it is; where nobody is, no answer is one, too",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await booted(stage);
      const { addresses } = await stage.ok("vm.inspect", { vmId });
      const [address = ""] = addresses;
      let seen = { ready: false, message: "" };
      for (let i = 0; i < 100 && !seen.ready; i++) {
        seen = await stage.ok("guest.probe", { address, tcp: 3389 });
      }
      assert.equal(seen.ready, true, seen.message);
      const http = "http://{address}:8080/up";
      assert.equal((await stage.ok("guest.probe", { address, http })).ready, true);
      await stage.ok("vm.turnOff", { vmId });
      assert.equal((await stage.ok("guest.probe", { address, http })).ready, false);
    },
  },
  {
    name: "a machine that is off takes no input",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await stage.machine();
      assert.equal((await stage.call("display.type", { vmId, text: "a" })).outcome, "failed");
    },
  },
  {
    name: "a guest has a screen of a size, a picture of it, a keyboard and a mouse",
    needs: "simulator",
    async run(stage) {
      const { vmId } = await booted(stage);
      const { width, height } = await stage.ok("display.size", { vmId });
      assert.ok(width > 0 && height > 0);
      const picture = await stage.ok("display.capture", { vmId, width, height });
      assert.ok(picture.data.length > 0);
      await stage.ok("display.type", { vmId, text: "Hello" });
      await stage.ok("display.mouse", {
        vmId,
        steps: [{ action: "move", x: 10, y: 20 }, { action: "click", button: 1 }],
      });
    },
  },
];
