import assert from "node:assert/strict";
import { win32 } from "node:path";
import type { HostPort } from "../../../ports/host.ts";
import { directHost } from "../../../simulator/direct.ts";
import { type Simulator, startSimulator } from "../../../simulator/start.ts";
import { checkLeftovers } from "../checks/leftovers.ts";
import { findLeftovers } from "../gather/leftovers.ts";
import { MARKER_FILE, markerText } from "../marker.ts";
import { removeLeftovers } from "./leftovers.ts";
import { LiveMachine } from "./machine.ts";
import { PLAN } from "./simulated_fixture.ts";
import { Stopwatch } from "./stopwatch.ts";

const never = new AbortController().signal;
const TIMES = { tries: 2, waitMs: 10, appearMs: 50 };

async function endedPid(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null", stderr: "null" })
    .spawn();
  await child.status;
  return child.pid;
}

interface Bench {
  readonly simulator: Simulator;
  readonly host: HostPort;
  /** Text of the marker of a process that has ended. */
  marker(name: string): string;
  write(name: string, text: string): Promise<void>;
  /** As a run leaves it that was killed. */
  machine(name: string, change?: { notes?: string; directory?: string }): Promise<string>;
  found(): Promise<{ ours: string[]; doubtful: string[] }>;
  remove(): ReturnType<typeof removeLeftovers>;
}

async function onHost(run: (bench: Bench) => Promise<void>): Promise<void> {
  const simulator = await startSimulator({ speed: 1_000 });
  const host = directHost(simulator.machine, simulator.time);
  const pid = await endedPid();
  const marker = (name: string) => markerText(name).replace(` ${Deno.pid} `, ` ${pid} `);
  try {
    await run({
      simulator,
      host,
      marker,
      async write(name, text) {
        const path = win32.join(PLAN.storage, name, MARKER_FILE);
        const data = new TextEncoder().encode(text).toBase64();
        assert.equal((await host.call("file.write", { path, offset: 0, data })).outcome, "ok");
      },
      async machine(name, { notes = marker(name), directory } = {}) {
        const made = new LiveMachine({ host, plan: PLAN, watch: new Stopwatch(), giveUp: never, name });
        const folder = directory ?? made.directory;
        const disk = win32.join(folder, "disk.vhdx");
        await made.ask("disk.createChild", { path: disk, parent: PLAN.parent });
        const { vmId } = await made.ask("vm.create", { ...made.hardware(), notes, directory: folder, disk });
        await made.ask("vm.start", { vmId });
        return vmId;
      },
      async found() {
        const list = await host.call("vm.list", {});
        assert.ok(list.outcome === "ok");
        const found = await findLeftovers(host, { vms: list.value.vms, storage: PLAN.storage });
        assert.ok(found.outcome === "ok");
        const { ours, doubtful } = found.value;
        return { ours: ours.map(({ name }) => name), doubtful: doubtful.map(({ name }) => name) };
      },
      remove: () => removeLeftovers({ host, plan: PLAN, giveUp: never, cleanup: TIMES }),
    });
  } finally {
    await host.close();
    await simulator.close();
  }
}

function there({ simulator }: Bench): string[] {
  return simulator.truth().vms.filter(({ removedAt }) => removedAt === null).map(({ id }) => id);
}

Deno.test("machine and folder of a run that was killed are named, and removed by the next one", async () => {
  await onHost(async (bench) => {
    await bench.machine("hvpool-doctor-00000001");
    await bench.write("hvpool-doctor-00000002", bench.marker("hvpool-doctor-00000002"));
    const ours = ["hvpool-doctor-00000001", "hvpool-doctor-00000002"];
    assert.deepEqual(await bench.found(), { ours, doubtful: [] });
    const check = await bench.remove();
    assert.equal(check?.status, "ok", check?.message);
    assert.match(check?.message ?? "", /^Removed what an earlier run left: the VM hvpool-doctor-00000001 \(/);
    assert.deepEqual(there(bench), []);
    const folders = await bench.host.call("dir.list", { path: PLAN.storage });
    assert.ok(folders.outcome === "ok");
    assert.deepEqual(folders.value.names, []);
    assert.equal(await bench.remove(), undefined);
  });
});

Deno.test("a VM without notes is the doctor's where its folder has the marker", async () => {
  await onHost(async (bench) => {
    const name = "hvpool-doctor-00000001";
    await bench.write(name, bench.marker(name));
    await bench.machine(name, { notes: "" });
    assert.deepEqual(await bench.found(), { ours: [name], doubtful: [] });
    assert.equal((await bench.remove())?.status, "ok");
    assert.deepEqual(there(bench), []);
  });
});

Deno.test("what has only the name of a doctor's machine is named and left alone", async () => {
  await onHost(async (bench) => {
    const [none, copied, changed, folder, another] = [1, 2, 3, 4, 5].map((n) => `hvpool-doctor-0000000${n}`);
    assert.ok(none !== undefined && copied !== undefined && changed !== undefined);
    assert.ok(folder !== undefined && another !== undefined);
    const ids = [
      await bench.machine(none, { notes: "mine" }),
      // An imported copy brings name and notes along.
      await bench.machine(copied, { directory: "C:\\elsewhere\\copy" }),
      await bench.machine(changed, { notes: `${bench.marker(changed)} Do not remove!` }),
      // Two of one name, in one folder: nobody knows which.
      await bench.machine(another),
      await bench.machine(another, { directory: win32.join(PLAN.storage, another, "second") }),
    ];
    await bench.write(folder, "somebody else's");
    const { ours, doubtful } = await bench.found();
    assert.deepEqual(ours, []);
    assert.deepEqual([...new Set(doubtful)].toSorted(), [none, copied, changed, folder, another]);
    const check = await bench.remove();
    assert.equal(check?.status, "warn");
    assert.match(check?.remedy ?? "", /by hand/);
    assert.deepEqual(there(bench).toSorted(), ids.toSorted());
  });
});

Deno.test("what a doctor makes that is at work is nobody's leftover", async () => {
  await onHost(async (bench) => {
    const name = "hvpool-doctor-00000001";
    const vmId = await bench.machine(name, { notes: markerText(name) });
    assert.deepEqual(await bench.found(), { ours: [], doubtful: [] });
    assert.equal(await bench.remove(), undefined);
    assert.deepEqual(there(bench), [vmId]);
  });
});

Deno.test("what cannot be removed of an earlier run is named, and keeps nobody from a new one", async () => {
  await onHost(async (bench) => {
    await bench.machine("hvpool-doctor-00000001");
    bench.simulator.faults.add({ call: "vm.remove", kind: "error" });
    const check = await bench.remove();
    assert.equal(check?.status, "warn");
    assert.match(check?.message ?? "", /there is still the VM hvpool-doctor-00000001/);
  });
});

Deno.test("checkLeftovers() names what is there, and who removes it", () => {
  const ours = [{ name: "hvpool-doctor-00000001", vmId: "1", folder: "D:\\vms\\hvpool-doctor-00000001" }];
  const doubtful = [{ name: "hvpool-doctor-00000002", vmId: "2" }];
  const say = (value: { ours: typeof ours; doubtful: typeof doubtful }) => {
    const { status, message, remedy } = checkLeftovers({ leftovers: { outcome: "ok", value } });
    return `${status}: ${message} ${remedy}`;
  };
  assert.match(
    say({ ours, doubtful: [] }),
    /^warn: .*left the VM hvpool-doctor-00000001 \(1\) in the folder D:.*`hvpool doctor --live` removes/,
  );
  assert.match(say({ ours: [], doubtful }), /^warn: the VM hvpool-doctor-00000002 \(2\)\. .*by hand/);
  assert.match(say({ ours: [], doubtful: [] }), /^ok: /);
});
