import assert from "node:assert/strict";
import { entries, inDirectory, journalIn } from "../../journal/journal_fixture.ts";
import { openJournal } from "../../journal/journal.ts";
import { eventParts } from "./events.ts";

const ALL = new Date(0).toISOString();

function seqsOf({ files: [file] }: Awaited<ReturnType<typeof eventParts>>): number[] {
  assert.ok(file !== undefined && "text" in file);
  return file.text.trimEnd().split("\n").map((line) => JSON.parse(line).seq);
}

Deno.test("eventParts() reads all events since a time, page after page, while another writes them", async () => {
  await inDirectory(async (dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2_500));
    const all = await eventParts(dir, ALL);
    assert.deepEqual(seqsOf(all), Array.from({ length: 2_500 }, (_, i) => i + 1));
    assert.deepEqual(all.missing, []);
    assert.deepEqual(seqsOf(await eventParts(dir, new Date(2_499_000).toISOString())), [2_499, 2_500]);
  });
});

Deno.test("eventParts() keeps the newest of too many, and says how many are missing", async () => {
  await inDirectory(async (dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 1_100));
    const few = await eventParts(dir, ALL, 1_000);
    const seqs = seqsOf(few);
    assert.equal(seqs.at(-1), 1_100);
    assert.ok(seqs.length > 5 && seqs.length < 20);
    assert.deepEqual(few.missing, [
      { name: "events.jsonl", why: `the ${1_100 - seqs.length} oldest events are not in it` },
    ]);
  });
});

Deno.test("eventParts() says why there are none", async () => {
  await inDirectory(async (dir) => {
    const [none] = (await eventParts(dir, ALL)).missing;
    assert.deepEqual(none, { name: "events.jsonl", why: `there is no journal in ${dir}` });
    await Deno.writeTextFile(
      journalIn(dir),
      "this is no database, but long enough to be looked at ".repeat(100),
    );
    const [broken] = (await eventParts(dir, ALL)).missing;
    assert.match(broken?.why ?? "", /journal/);
  });
});
