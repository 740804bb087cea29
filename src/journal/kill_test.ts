import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { openJournal } from "./journal.ts";
import { inDirectory, journalIn } from "./journal_fixture.ts";

/** Starts a writer, kills it after some acknowledgements, and answers the last number that it acknowledged. */
async function killedWriter(path: string, acknowledgements: number): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fileURLToPath(new URL("./kill_writer.ts", import.meta.url)), path],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= acknowledgements) continue;
    child.kill("SIGKILL");
    killed = true; // what it wrote before it died is still read
  }
  await child.status;
  // A line that was cut off acknowledges nothing.
  return Number(text.split("\n").at(-2));
}

Deno.test("a writer that is killed at any moment loses no commit that it acknowledged", () =>
  inDirectory(async (dir) => {
    const path = journalIn(dir);
    for (const acknowledgements of [1, 37, 150, 263, 401]) {
      const last = await killedWriter(path, acknowledgements);
      // A reader finds the same before any writer has put things in order.
      using reader = openJournal(path, { readOnly: true });
      const kept = reader.lastSeq();
      assert.ok(kept >= last, `acknowledged ${last}, kept ${kept}`);
      assert.equal(kept % 5, 0, "turns are whole");
      {
        using journal = openJournal(path);
        assert.equal(journal.lastSeq(), kept);
        const from = journal.latestSnapshot()?.seq ?? 0;
        let replayed = from;
        journal.replay(from, (row) => replayed = row.seq);
        assert.equal(replayed, kept);
      }
      using db = new DatabaseSync(path, { readOnly: true });
      assert.equal(db.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
    }
  }));
