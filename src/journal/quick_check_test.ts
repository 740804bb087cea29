import assert from "node:assert/strict";
import { join } from "node:path";
import { openJournal } from "./journal.ts";
import { quickCheck } from "./quick_check.ts";

async function withJournal(run: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "journal.sqlite");
    {
      using journal = openJournal(path);
      const entries = Array.from({ length: 500 }, (_, i) => ({
        seq: i + 1,
        at: i,
        stream: `cycle/ci/1.${i}`,
        type: "test",
        data: { text: "x".repeat(200) },
      }));
      journal.commit(entries);
    }
    run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("quickCheck() finds nothing in a sound journal, also beside its writer", async () => {
  await withJournal((path) => {
    assert.deepEqual(quickCheck(path), []);
    using writer = openJournal(path);
    assert.deepEqual(quickCheck(path), []);
    writer.commit([{ seq: 501, at: 501, stream: "host", type: "test", data: {} }]);
  });
});

Deno.test("quickCheck() finds damage in the middle of the file", async () => {
  await withJournal((path) => {
    using file = Deno.openSync(path, { write: true });
    file.seekSync(5 * 4_096, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(4_096).fill(0xff));
    let found: unknown;
    try {
      found = quickCheck(path);
    } catch (error) {
      found = error;
    }
    // Whether SQLite tells it as a finding or gives up depends on the page.
    if (Array.isArray(found)) assert.ok(found.length > 0);
    else assert.ok(found instanceof Error && "code" in found && found.code === "corrupt", String(found));
  });
});

Deno.test("quickCheck() says that there is none", () => {
  assert.throws(() => quickCheck(join("nowhere", "journal.sqlite")), {
    name: "JournalError",
    code: "missing",
  });
});
