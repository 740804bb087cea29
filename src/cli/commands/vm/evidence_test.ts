import assert from "node:assert/strict";
import { join } from "node:path";
import { SAMPLE_EVIDENCE } from "../../../api/testing/fake_evidence.ts";
import { call, inFolder, withRunning } from "../../testing/called.ts";

Deno.test("hvpool vm info --evidence shows what is kept, also of a cycle that has ended", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.evidence.keepSample();
    for (const name of ["linux-1", "linux/1.5"]) {
      const { code, out, err } = await call(["vm", "info", name, "--evidence", "--data-dir", dataDir]);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^2026-03-01 \d\d:00:00 {2}linux\/1\.5 \(linux-1\) {2}boot-timeout\n/);
      assert.match(out, /\n {2}linux-1 did not come up within 5 minutes\.\n {2}events\.jsonl +8 B\n/);
      assert.match(out, /\n {2}screen\.png +4 B\n {2}too large to be kept: diag\.zip: 99999999 bytes$/);
    }
    const json = await call(["vm", "info", "linux-1", "--evidence", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { evidence: [SAMPLE_EVIDENCE], saved: [] });
  });
});

Deno.test("hvpool vm info --evidence of a machine that has none says so, of one that is not there what there is", async () => {
  await withRunning(async ({ dataDir }) => {
    const none = await call(["vm", "info", "linux-1", "--evidence", "--data-dir", dataDir]);
    assert.deepEqual(none, { code: 0, out: "No evidence of linux-1 is kept.", err: "" });
    const plain = await call(["vm", "info", "nope", "--data-dir", dataDir]);
    assert.match(plain.err, /^error: There is no VM "nope"\. There is: linux-1\./);
    for (const more of [[], ["--json"], ["--output", "nowhere"]]) {
      const nope = await call(["vm", "info", "nope", "--evidence", ...more, "--data-dir", dataDir]);
      assert.deepEqual(nope, plain);
    }
  });
});

Deno.test("hvpool vm info --evidence --output saves its files, and writes over nothing", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.evidence.keepSample();
    await inFolder(async (folder) => {
      const to = join(folder, "found");
      const below = join(to, "linux-1.5");
      const args = ["vm", "info", "linux-1", "--evidence", "--output", to, "--data-dir", dataDir];
      const first = await call(args);
      assert.equal(first.code, 0);
      assert.equal(first.err.split("\n")[0], `Saved ${join(below, "events.jsonl")}`);
      assert.deepEqual(
        await Deno.readFile(join(below, "screen.png")),
        operations.evidence.files.get("linux/1.5 screen.png"),
      );
      const record = JSON.parse(await Deno.readTextFile(join(below, "evidence.json")));
      assert.deepEqual(record, SAMPLE_EVIDENCE);
      await Deno.writeTextFile(join(below, "events.jsonl"), "mine");
      await Deno.remove(join(below, "screen.png"));
      const { err } = await call(args);
      assert.match(err, /^Was there already: .*events\.jsonl\nSaved .*screen\.png\nWas there already: /);
      assert.equal(await Deno.readTextFile(join(below, "events.jsonl")), "mine");
      const json = await call([...args, "--json"]);
      assert.deepEqual(
        JSON.parse(json.out).saved,
        ["events.jsonl", "screen.png", "evidence.json"].map((name) => join(below, name)),
      );
      assert.deepEqual([...Deno.readDirSync(below)].length, 3);
    });
  });
});

Deno.test("hvpool vm info --evidence saves nothing outside its folder", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.evidence.keepSample();
    const files = [{ name: "../../evil", bytes: 1 }];
    operations.evidence.items = [{ ...SAMPLE_EVIDENCE, files }];
    operations.evidence.files.set("linux/1.5 ../../evil", new Uint8Array(1));
    await inFolder(async (folder) => {
      const args = ["vm", "info", "linux-1", "--evidence", "--output", join(folder, "a", "b")];
      const { code, err } = await call([...args, "--data-dir", dataDir]);
      assert.equal(code, 1);
      assert.match(err, /names a file "\.\.\/\.\.\/evil"/);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
    });
  });
});

Deno.test("hvpool vm info --output goes with --evidence", async () => {
  const { code, err } = await call(["vm", "info", "linux-1", "--output", "x"]);
  assert.deepEqual([code, err], [2, "error: --output goes with --evidence."]);
});
