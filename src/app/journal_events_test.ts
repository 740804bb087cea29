import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { EventsQuery } from "../client/mod.ts";
import { openDataDir } from "../journal/datadir.ts";
import { openJournal } from "../journal/journal.ts";
import { inDirectory } from "../journal/journal_fixture.ts";
import { openJournalEvents } from "./journal_events.ts";

Deno.test("openJournalEvents() says that a journal is lost by the numbers that were given out", () =>
  inDirectory(async (dir) => {
    using directory = openDataDir(dir, { machine: Deno.hostname() });
    const path = directory.journalPath;
    assert.equal(await openJournalEvents(dir), undefined);
    writeFileSync(path, "");
    assert.equal(await openJournalEvents(dir), undefined, "a first start that came to nothing");

    directory.raiseIssued(40);
    const message = (why: string) =>
      new RegExp(
        `is lost: .*numbers up to 40 .*${why}.*Put it back.*reconcile --dry-run.*--adopt.*--retire`,
      );
    await assert.rejects(openJournalEvents(dir), { message: message("journal.sqlite has no event") });
    openJournal(path).close();
    await assert.rejects(openJournalEvents(dir), { message: message("journal.sqlite has no event") });
    Deno.removeSync(path);
    await assert.rejects(openJournalEvents(dir), { message: message("there is no journal.sqlite") });
  }));

Deno.test("openJournalEvents() refuses names that the journal does not know, with those that it does", () =>
  inDirectory(async (dir) => {
    using directory = openDataDir(dir, { machine: Deno.hostname() });
    using journal = openJournal(directory.journalPath);
    const settings = { pools: [{ name: "ci", prefix: "runner-" }] };
    const cycle = { cycle: "ci/2.7", pool: "ci", slot: 2, n: 7 };
    journal.commit([
      { seq: 1, at: 1, stream: "host", type: "settings.applied", data: { settings } },
      { seq: 2, at: 2, stream: "cycle/ci/2.7", type: "cycle.opened", data: cycle },
      { seq: 3, at: 3, stream: "pool/old", type: "pool.degraded", data: { pool: "old", cause: "x" } },
    ]);
    const events = await openJournalEvents(dir) ?? assert.fail("no journal");
    try {
      const seqs = (query: EventsQuery) => events.events(query).events.map(({ seq }) => seq);
      assert.deepEqual(seqs({ vm: "runner-2" }), [2]);
      assert.deepEqual(seqs({ pool: "old" }), [3]);
      assert.deepEqual(seqs({ pool: "ci", type: "cycle.failed" }), []);
      const refused = (query: EventsQuery, message: RegExp) => assert.throws(() => seqs(query), { message });
      refused({ vm: "runner-3" }, /^There is no VM "runner-3", .* There is: runner-2\.$/);
      refused({ pool: "nope" }, /^There is no pool "nope", .* There is: ci\.$/);
      refused({ type: "nope" }, /^There is no type of event "nope"/);
    } finally {
      events.close();
    }
  }));
