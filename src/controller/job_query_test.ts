import assert from "node:assert/strict";
import { openJournal } from "../journal/journal.ts";
import { inDirectory, journalIn } from "../journal/journal_fixture.ts";
import { findJobs } from "./job_query.ts";

Deno.test("findJobs() knows which jobs began before they were taken up after the loss of a journal", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const job = { cycle: "ci/1.7", pool: "ci", vm: "ci-1", generation: "", scope: "orgs/acme" };
    journal.commit([
      { seq: 1, at: 1_000, stream: "job/a", type: "job.started", data: { ...job, job: "a", earlier: true } },
      { seq: 2, at: 2_000, stream: "job/b", type: "job.started", data: { ...job, job: "b" } },
    ]);
    const found = findJobs(journal, {}, 9).map(({ name, startedAt, startedEarlier }) => [
      name,
      startedAt,
      startedEarlier,
    ]);
    assert.deepEqual(found, [
      ["b", "1970-01-01T00:00:02.000Z", false],
      ["a", "1970-01-01T00:00:01.000Z", true],
    ]);
  }));
