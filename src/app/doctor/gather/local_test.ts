import assert from "node:assert/strict";
import { join } from "node:path";
import { openDataDir } from "../../../journal/datadir.ts";
import { openJournal } from "../../../journal/journal.ts";
import { SETTINGS } from "../checks/samples_fixture.ts";
import { gatherLocal } from "./local.ts";

const NO_VARIABLES = () => undefined;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A journal as it is copied from beside a young hvpool that runs: all that it has lies in the -wal. */
function withoutWal(path: string): void {
  const young = `${path}.young`;
  using journal = openJournal(young);
  journal.commit([{ seq: 1, at: 1, stream: "host", type: "run.started", data: {} }]);
  Deno.copyFileSync(young, path);
}

Deno.test("gatherLocal() sees that nothing is there yet, and makes nothing", async () => {
  await inFolder(async (folder) => {
    const dataDir = join(folder, "data");
    const facts = await gatherLocal(dataDir, NO_VARIABLES);
    assert.deepEqual([facts.lock, facts.journal, facts.api.state, facts.defender], [
      "none",
      { state: "missing" },
      "not running",
      false,
    ]);
    // Not every system and every permission tells it.
    assert.ok(facts.freeMb === undefined || facts.freeMb > 0);
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
  });
});

Deno.test("gatherLocal() sees a lock that is held, and one that is free", async () => {
  await inFolder(async (dataDir) => {
    {
      using directory = openDataDir(dataDir, { machine: Deno.hostname() });
      using journal = openJournal(directory.journalPath);
      assert.equal(journal.created, true);
      const facts = await gatherLocal(dataDir, NO_VARIABLES);
      assert.deepEqual([facts.lock, facts.journal], ["held", { state: "healthy" }]);
    }
    const facts = await gatherLocal(dataDir, NO_VARIABLES);
    assert.deepEqual([facts.lock, facts.journal], ["free", { state: "healthy" }]);
    // The lock that was tried is let go of.
    using again = openDataDir(dataDir, { machine: Deno.hostname() });
    assert.equal(again.created, false);
  });
});

Deno.test("gatherLocal() sees that a journal is lost by the numbers that controller.json says were given out", async () => {
  await inFolder(async (dataDir) => {
    using directory = openDataDir(dataDir, { machine: Deno.hostname() });
    assert.deepEqual((await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal, { state: "missing" });
    directory.raiseIssued(40);
    const lost = (empty: boolean) => ({ state: "missing", lost: { upTo: 40, empty } });
    const seen = async () => (await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal;
    assert.deepEqual(await seen(), lost(false));
    Deno.writeFileSync(directory.journalPath, new Uint8Array());
    assert.deepEqual(await seen(), lost(true));
    Deno.removeSync(directory.journalPath);
    withoutWal(directory.journalPath);
    assert.deepEqual(await seen(), lost(true));
    // As a start leaves it that was ended before its first event.
    openJournal(directory.journalPath).close();
    assert.deepEqual(await seen(), lost(true));
  });
});

Deno.test("gatherLocal() sees an older copy of the journal, and what an earlier one left behind", async () => {
  await inFolder(async (dataDir) => {
    using directory = openDataDir(dataDir, { machine: Deno.hostname() });
    using journal = openJournal(directory.journalPath);
    let seq = 0;
    const happens = (type: string, data: object) =>
      journal.commit([{ seq: ++seq, at: 1, stream: "host", type, data }]);
    happens("run.started", { controller: directory.id, version: "0.1.0", run: 3 });
    directory.raiseIssued(40);
    directory.writeMark({ run: 3, seq: 1, ended: false });
    assert.deepEqual((await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal, { state: "healthy" });
    directory.writeMark({ run: 3, seq: 2, ended: false });
    const older = { state: "older", lostUpTo: 40 };
    assert.deepEqual((await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal, older);
    happens("journal.lost", { upTo: 40 });
    const left = { state: "healthy", lostUpTo: 40 };
    assert.deepEqual((await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal, left);
    happens("journal.reconciled", { upTo: 40, adopt: false, source: "test" });
    assert.deepEqual((await gatherLocal(dataDir, NO_VARIABLES, SETTINGS)).journal, { state: "healthy" });
  });
});

Deno.test("gatherLocal() says what is wrong with a data directory, and what to do", async () => {
  await inFolder(async (dataDir) => {
    openDataDir(dataDir, { machine: "another-host" }).close();
    const { journal } = await gatherLocal(dataDir, NO_VARIABLES);
    assert.equal(journal.state, "unreadable");
    assert.ok("why" in journal && /another-host/.test(journal.why) && journal.remedy !== "");
  });
  await inFolder(async (dataDir) => {
    openDataDir(dataDir, { machine: Deno.hostname() }).close();
    await Deno.writeTextFile(
      join(dataDir, "journal.sqlite"),
      "this is no database, and long enough to be one".repeat(50),
    );
    const { journal } = await gatherLocal(dataDir, NO_VARIABLES);
    assert.equal(journal.state, "damaged");
    assert.ok("remedy" in journal && /move it away together/.test(journal.remedy));
  });
});
