import assert from "node:assert/strict";
import { SAMPLE_STATUS, SAMPLE_VM_JOB } from "../../api/testing/fake_operations.ts";
import { call, withRunning } from "../testing/called.ts";

const OLD = { cycle: "linux/1.5", phase: "quarantined", heldUntil: "2026-03-01T12:30:00.000Z" } as const;

Deno.test("hvpool vm list shows machines, of a pool if one is named, or as JSON", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.setVms({}, { pool: "gone", name: "gone-1" });
    const all = await call(["vm", "list", "--data-dir", dataDir]);
    assert.match(all.out, /^VM +POOL .*\nlinux-1 .*\ngone-1 /);
    const linux = await call(["vm", "ls", "--pool", "linux", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(linux.out), { vms: SAMPLE_STATUS.vms });
    assert.match((await call(["vm", "list", "--pool", "gone", "--data-dir", dataDir])).out, /gone-1/);
    const none = await call(["vm", "list", "--pool", "nope", "--data-dir", dataDir]);
    assert.deepEqual([none.code, none.err], [1, 'error: There is no pool "nope". There is: linux.']);
    operations.setVms();
    const empty = await call(["vm", "list", "--pool", "linux", "--data-dir", dataDir]);
    assert.deepEqual(empty, { code: 0, out: "There is no VM.", err: "" });
  });
});

Deno.test("hvpool vm info means the machine that fills the slot, or any by its cycle id", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.setVms({ phase: "claimed", job: SAMPLE_VM_JOB }, OLD);
    const live = await call(["vm", "info", "linux-1", "--data-dir", dataDir]);
    assert.equal(live.code, 0);
    assert.match(live.out, /^cycle {7}linux\/1\.7\n/m);
    assert.match(live.out, /^phase {7}claimed for /m);
    assert.match(
      live.out,
      /^job {9}linux-1-00000000-7\.1\nrepository {2}acme\/app\nrun {9}900\.1\njob key {5}build$/m,
    );
    assert.equal(live.err, "Also of this slot: linux/1.5 (quarantined).");
    const old = await call(["vm", "info", "linux/1.5", "--data-dir", dataDir]);
    assert.match(old.out, /^held until {2}2026-03-01 \d\d:30:00$/m);
    const json = await call(["vm", "info", "linux/1.5", "--json", "--data-dir", dataDir]);
    assert.deepEqual([JSON.parse(json.out), json.err], [operations.current.vms[1], ""]);
  });
});

Deno.test("hvpool vm info says which VMs there are, and which of several could be meant", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const none = await call(["vm", "info", "nope", "--data-dir", dataDir]);
    assert.equal(none.code, 1);
    assert.match(none.err, /There is no VM "nope"\. There is: linux-1\./);
    operations.setVms(OLD, { cycle: "linux/1.6", phase: "retiring" });
    const several = await call(["vm", "info", "linux-1", "--data-dir", dataDir]);
    assert.equal(several.code, 1);
    assert.match(several.err, /by its id: linux\/1\.5 \(quarantined\), linux\/1\.6 \(retiring\)\.$/);
    operations.setVms(OLD);
    assert.match((await call(["vm", "info", "linux-1", "--data-dir", dataDir])).out, /linux\/1\.5/);
  });
});

Deno.test("hvpool vm recreate, destroy and hold ask for it and say what happens", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const asked: [args: string[], request: object][] = [
      [["recreate", "linux-1"], { action: "recreate", vm: "linux-1", force: false }],
      [["recreate", "linux-1", "--reason", "x"], {
        action: "recreate",
        vm: "linux-1",
        force: false,
        reason: "x",
      }],
      [["destroy", "linux/1.7"], { action: "destroy", vm: "linux/1.7", force: false }],
      [["destroy", "linux-1", "--force", "--yes"], { action: "destroy", vm: "linux-1", force: true }],
      [["hold", "linux-1"], { action: "hold", vm: "linux-1", forMs: 7_200_000 }],
      [["hold", "linux/1.7", "--for", "1.5d"], { action: "hold", vm: "linux/1.7", forMs: 129_600_000 }],
      [["hold", "linux-1", "--for", "1ms"], { action: "hold", vm: "linux-1", forMs: 1000 }],
    ];
    for (const [args, request] of asked) {
      const [what = ""] = args;
      const plain = await call(["vm", ...args, "--data-dir", dataDir]);
      assert.deepEqual(plain, { code: 0, out: `Done: ${what}.`, err: "" });
      assert.deepEqual(operations.requests.splice(0), [{
        ...request,
        actor: "administrator",
        source: `api (hvpool vm ${what})`,
      }]);
      const json = await call(["vm", ...args, "--json", "--data-dir", dataDir]);
      assert.deepEqual(JSON.parse(json.out), {
        message: `Done: ${what}.`,
        changed: true,
        cycle: "linux/1.7",
      });
      operations.requests.length = 0;
    }
    for (const what of ["recreate", "destroy", "hold"]) {
      const refused = await call(["vm", what, "nope", "--data-dir", dataDir]);
      assert.deepEqual([refused.code, refused.err], [1, "error: hvpool refused: There is no such VM."]);
    }
    for (const length of ["0s", "32d", "2", "long"]) {
      const { code, err } = await call(["vm", "hold", "linux-1", "--for", length, "--data-dir", dataDir]);
      assert.equal(code, 2, length);
      assert.match(err, /--for <duration>/);
    }
  });
});

Deno.test("--force asks on a terminal what is lost, and does nothing without a yes", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const questions: string[] = [];
    const answering = (yes: boolean) => ({
      ask(question: string) {
        questions.push(question);
        return yes;
      },
    });
    const force = (what: string, vm: string) => ["vm", what, vm, "--force", "--data-dir", dataDir];
    operations.setVms({ phase: "claimed", job: SAMPLE_VM_JOB });
    const no = await call(force("recreate", "linux-1"), answering(false));
    assert.deepEqual([no.code, no.out, no.err], [1, "", "error: Nothing was done."]);
    assert.equal(operations.requests.length, 0);
    assert.equal((await call(force("destroy", "linux/1.7"), answering(true))).code, 0);
    operations.setVms({ phase: "claimed" });
    await call(force("destroy", "linux-1"), answering(true));
    operations.setVms({});
    await call(force("destroy", "linux-1"), answering(true));
    assert.deepEqual(operations.requests.map((request) => "force" in request && request.force), [
      true,
      true,
      true,
    ]);
    const stop = "Stop linux-1 (linux/1.7) at once?";
    assert.deepEqual(questions, [
      `${stop} It runs a job (acme/app build), which is lost.`,
      `${stop} It runs a job (acme/app build), which is lost.`,
      `${stop} It runs a job, which is lost.`,
      `${stop} A job on it is lost.`,
    ]);
    assert.equal((await call(force("destroy", "nope"), answering(true))).code, 1);
    assert.equal(questions.at(-1), "Stop nope at once? A job on it is lost.");
    questions.length = 0;
    await call([...force("destroy", "linux-1"), "--yes"], answering(false));
    await call(["vm", "destroy", "linux-1", "--data-dir", dataDir], answering(false));
    assert.deepEqual(questions, []);
  });
});

Deno.test("--force needs --yes without a terminal", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (const what of ["recreate", "destroy"]) {
      const { code, out, err } = await call(["vm", what, "linux-1", "--force", "--data-dir", dataDir]);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /no terminal to ask on: add --yes/);
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("hvpool vm quarantine list shows what is kept, and what will be", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const list = ["vm", "quarantine", "list", "--data-dir", dataDir];
    assert.deepEqual(await call(list), { code: 0, out: "No VM is kept.", err: "" });
    const soon = { name: "linux-2", phase: "claimed", heldUntil: OLD.heldUntil } as const;
    operations.setVms({}, OLD, soon, { name: "linux-3", phase: "quarantined" });
    const { out } = await call(list);
    assert.match(out, /^VM .*\nlinux-1 +linux +linux\/1\.5 .*\nlinux-2 .* held until .*\nlinux-3 /);
    assert.equal(out.split("\n").length, 4);
    const json = await call([...list, "--json"]);
    assert.deepEqual(JSON.parse(json.out), { vms: operations.current.vms.slice(1) });
  });
});

Deno.test("hvpool vm quarantine release means the machine of this name that is kept", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const release = (vm: string) => call(["vm", "quarantine", "release", vm, "--data-dir", dataDir]);
    operations.setVms(OLD, {});
    for (const vm of ["linux-1", "linux/1.5"]) {
      assert.deepEqual(await release(vm), { code: 0, out: "Done: release.", err: "" });
    }
    const source = "api (hvpool vm quarantine release)";
    const request = { action: "release", vm: "linux/1.5", actor: "administrator", source };
    assert.deepEqual(operations.requests.splice(0), [request, request]);
    operations.setVms({}, OLD, { ...OLD, cycle: "linux/1.6" });
    const several = await release("linux-1");
    assert.equal(several.code, 1);
    assert.match(several.err, /by its id: linux\/1\.5 \(quarantined\), linux\/1\.6 \(quarantined\)/);
    operations.setVms({});
    assert.deepEqual((await release("linux-1")).err, "error: hvpool refused: It is not kept.");
    assert.deepEqual((await release("nope")).err, "error: hvpool refused: There is no such VM.");
    assert.deepEqual(operations.requests, []);
  });
});
