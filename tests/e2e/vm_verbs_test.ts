/** What whoever runs the host does with single machines, by commands, and what the host then has. */
import assert from "node:assert/strict";
import { LeaseStage } from "./support/lease_stage.ts";
import { until } from "./support/until.ts";

/** The first machine of the pool. */
const NAME = "desks-1";

Deno.test("single machines are resumed, saved, stopped, prepared, looked at and deleted by their names", async (t) => {
  await using stage = await LeaseStage.open(31, { size: 2 });
  const vm = async (...args: string[]) => {
    const { code, out, err } = await stage.hvpool("vm", ...args);
    assert.equal(code, 0, err);
    return out;
  };
  const row = async () => {
    const { vms } = await stage.controller.status();
    return vms.find(({ name }) => name === NAME) ?? assert.fail("it is not listed");
  };
  const untilIt = (what: string, so: (one: Awaited<ReturnType<typeof row>>) => boolean) =>
    until(what, async () => {
      const one = await row();
      return so(one) ? one : undefined;
    }, { detail: () => stage.controller.process.err });

  const first = await row();
  await t.step("saved as it is, it has no memory, and the size of its saved state is told", () => {
    assert.deepEqual([first.power, first.uptimeSeconds, first.lease], ["saved", null, null]);
    assert.ok((first.savedStateMb ?? 0) > 0);
  });
  await t.step("resume wakes it, and save puts it back", async () => {
    await vm("resume", NAME, "--reason", "a look");
    const awake = await untilIt("it is awake", ({ phase }) => phase === "online");
    assert.deepEqual([awake.power, awake.savedStateMb], ["running", null]);
    assert.ok(awake.memoryMb !== null && awake.resumedAt !== null && awake.address !== null);
    assert.match(await vm("list", "--pool", "desks"), new RegExp(`${NAME} .* online .* running`));
    await vm("save", NAME);
    await untilIt("it is saved", ({ phase, power }) => phase === "standby" && power === "saved");
  });
  await t.step("stop turns it off for good, prepare makes it ready again", async () => {
    await vm("stop", NAME);
    const off = await untilIt("it is off", ({ power }) => power === "off");
    assert.match(off.why ?? "", /^off, as asked for by /);
    const alone = await stage.api.hold("ada");
    assert.notEqual(alone.vmId, off.id, "one that is off was leased");
    const other = await stage.api.acquire("bob", { wait_seconds: 60 }, 1);
    assert.equal(other.lease.state, "queued");
    await vm("prepare", NAME);
    await until("bob has it", async () => (await stage.api.look(other))?.state === "active" || undefined);
    assert.equal((await stage.api.look(other))?.vm?.id, off.id);
    await stage.api.release(other);
    await stage.api.release(alone);
    await untilIt("it is as every other", ({ phase }) => phase === "standby");
  });
  await t.step("of a leased one save, resume and reset are its lease's", async () => {
    const [one, two] = [await stage.api.hold("ada"), await stage.api.hold("bob")];
    const mine = one.lease.vm?.name === NAME ? one : two;
    await stage.mark(mine.vmId, "mine");
    await vm("save", NAME);
    await until("it is paused", async () => (await stage.api.look(mine))?.state === "paused" || undefined);
    await vm("resume", NAME);
    await until("it goes on", async () => (await stage.api.look(mine))?.state === "active" || undefined);
    assert.deepEqual((await stage.machine(mine.vmId)).marks, ["mine"]);
    await vm("reset", NAME);
    await until("it is clean", async () => {
      return (await stage.api.look(mine))?.state === "active" &&
          (await stage.machine(mine.vmId)).marks.length === 0 || undefined;
    });
    const refused = await stage.hvpool("vm", "stop", NAME);
    assert.deepEqual([refused.code, /--force/.test(refused.err)], [1, true], refused.err);
    await vm("stop", NAME, "--force", "--yes");
    await until("the lease has ended", async () => await stage.api.look(mine) === undefined || undefined);
    await untilIt("it is off", ({ power }) => power === "off");
    await stage.api.release(mine === one ? two : one);
  });
  await t.step("console prints how to look at it; delete makes another one", async () => {
    const { id, cycle } = await row();
    assert.equal(
      (await vm("console", NAME, "--print", "--host", "hv01")).trim(),
      `vmconnect.exe hv01 -G ${id}`,
    );
    await vm("delete", NAME);
    const next = await untilIt(
      "another one is there",
      (one) => one.cycle !== cycle && one.phase === "standby",
    );
    assert.notEqual(next.id, id);
  });
});
