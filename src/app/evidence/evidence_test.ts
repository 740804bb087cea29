import assert from "node:assert/strict";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { EvidenceRequest } from "../../ports/evidence.ts";
import { type Log, silentLog } from "../../ports/log.ts";
import type { EventRow } from "../../ports/operations.ts";
import { type Evidence, type EvidenceOptions, openEvidence } from "./evidence.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGIN = Date.UTC(2026, 2, 1, 10);

/** A clock that stands still until it is told. */
class HandClock implements Clock {
  #now = BEGIN;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  at(at: number, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((one) => one !== timer);
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

const EVENT: EventRow = {
  seq: 7,
  at: new Date(BEGIN).toISOString(),
  stream: "cycle/linux/1.5",
  type: "cycle.failed",
  data: { cause: "boot-timeout" },
};

function request(n: number, more: Partial<EvidenceRequest> = {}): EvidenceRequest {
  return { cycle: `linux/1.${n}`, vm: "linux-1", cause: "boot-timeout", message: "It is late.", ...more };
}

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

async function withEvidence(
  run: (
    at: { evidence: Evidence; directory: string; clock: HandClock; folders: () => string[] },
  ) => Promise<void>,
  options: Partial<EvidenceOptions> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const directory = join(folder, "evidence");
  const clock = new HandClock();
  const events = () => [EVENT];
  const evidence = openEvidence({ directory, events, clock, log: silentLog, ...options });
  try {
    const folders = () => [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    await run({ evidence, directory, clock, folders });
  } finally {
    await evidence.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** After everything that was asked before. */
async function settled(evidence: Evidence): Promise<void> {
  await evidence.keep(request(999)).catch(() => {});
}

Deno.test("keep() keeps what is known in a folder of the cycle, and list() and read() give it back", async () => {
  await withEvidence(async ({ evidence, directory }) => {
    const diagnostics = new Uint8Array([0x50, 0x4b]);
    await evidence.keep(request(5, { screen: PNG, diagnostics }));
    const line = JSON.stringify(EVENT) + "\n";
    const item = {
      ...request(5),
      at: "2026-03-01T10:00:00.000Z",
      files: [
        { name: "events.jsonl", bytes: line.length },
        { name: "screen.png", bytes: 4 },
        { name: "diag.zip", bytes: 2 },
      ],
      omitted: [],
    };
    assert.deepEqual(await evidence.list("linux-1"), [item]);
    assert.deepEqual(await evidence.list("linux/1.5"), [item]);
    assert.deepEqual(await evidence.list("linux/1.6"), []);
    assert.deepEqual(await evidence.read("linux/1.5", "screen.png"), PNG);
    assert.deepEqual(await evidence.read("linux/1.5", "diag.zip"), diagnostics);
    assert.equal(Deno.readTextFileSync(join(directory, "linux-1.5", "events.jsonl")), line);
    const record = JSON.parse(Deno.readTextFileSync(join(directory, "linux-1.5", "evidence.json")));
    assert.deepEqual(record, item);
  });
});

Deno.test("keep() keeps what there is of a machine that had no screen, and of a record that was found", async () => {
  await withEvidence(async ({ evidence, folders }) => {
    await evidence.keep(request(5, { cycle: "linux/1.5~2" }));
    assert.deepEqual(folders(), ["linux-1.5~2"]);
    const [item] = await evidence.list("linux/1.5~2");
    assert.deepEqual(item?.files.map(({ name }) => name), ["events.jsonl"]);
  });
});

Deno.test("read() gives nothing that the item does not name, and nothing outside", async () => {
  await withEvidence(async ({ evidence, directory }) => {
    await evidence.keep(request(5));
    Deno.writeTextFileSync(join(directory, "linux-1.5", "screen.png"), "not of the record");
    for (const file of ["screen.png", "evidence.json", "../linux-1.5/events.jsonl", "", "."]) {
      assert.equal(await evidence.read("linux/1.5", file), undefined, file);
    }
    for (const cycle of ["linux-1.5", "../evidence/linux-1.5", "linux/1.5/", "", "linux/1.6"]) {
      assert.equal(await evidence.read(cycle, "events.jsonl"), undefined, cycle);
    }
    assert.ok(await evidence.read("linux/1.5", "events.jsonl"));
  });
});

Deno.test("keep() refuses what is no cycle, and writes nothing", async () => {
  await withEvidence(async ({ evidence, folders }) => {
    for (const cycle of ["../../x", "linux", "linux/1.5/..", "linux/1.5~x", ""]) {
      await assert.rejects(evidence.keep(request(1, { cycle })), /is no cycle/, cycle);
    }
    assert.deepEqual(folders(), []);
  });
});

Deno.test("keep() takes secrets out of messages and events", async () => {
  const secret = "correct horse battery";
  const events = () => [{ ...EVENT, data: { text: `password ${secret}` } }];
  await withEvidence(async ({ evidence, directory }) => {
    const message = `Refused: ${secret}, ghp_0123456789abcdefghij`;
    await evidence.keep(request(5, { message, cause: secret }));
    for (const file of ["evidence.json", "events.jsonl"]) {
      const text = Deno.readTextFileSync(join(directory, "linux-1.5", file));
      assert.doesNotMatch(text, /correct horse|ghp_/);
      assert.match(text, /\[redacted\]/);
    }
  }, { events, secrets: [secret] });
});

Deno.test("keep() replaces what it kept of the same cycle", async () => {
  await withEvidence(async ({ evidence, folders }) => {
    await evidence.keep(request(5, { screen: PNG }));
    await evidence.keep(request(5, { message: "Once more." }));
    const items = await evidence.list("linux/1.5");
    assert.deepEqual(items.map(({ message, files }) => [message, files.length]), [["Once more.", 1]]);
    assert.deepEqual(folders(), ["linux-1.5"]);
  });
});

Deno.test("keep() leaves out of an item what is too large, and says so", async () => {
  const events = () => Array.from({ length: 10 }, (_, i) => ({ ...EVENT, seq: i }));
  const line = JSON.stringify({ ...EVENT, seq: 0 }).length + 1;
  await withEvidence(async ({ evidence, directory }) => {
    await evidence.keep(request(5, { screen: new Uint8Array(2 * line), diagnostics: new Uint8Array(5) }));
    const [item] = await evidence.list("linux/1.5");
    assert.deepEqual(item?.omitted, ["events.jsonl: the 7 oldest events", `screen.png: ${2 * line} bytes`]);
    assert.deepEqual(item?.files.map(({ name }) => name), ["events.jsonl", "diag.zip"]);
    const kept = Deno.readTextFileSync(join(directory, "linux-1.5", "events.jsonl")).trimEnd().split("\n");
    assert.deepEqual(kept.map((text) => JSON.parse(text).seq), [7, 8, 9]);
  }, { events, limits: { maxItemBytes: 3 * line + 5 } });
});

Deno.test("what is older than the limit goes, an hour later at the latest", async () => {
  await withEvidence(async ({ evidence, clock }) => {
    await evidence.keep(request(1));
    clock.pass(13 * DAY);
    await evidence.keep(request(2));
    clock.pass(DAY);
    await settled(evidence);
    assert.equal((await evidence.list("linux/1.1")).length, 1, "as old as the limit");
    clock.pass(HOUR);
    await settled(evidence);
    assert.deepEqual(await evidence.list("linux/1.1"), []);
    assert.equal((await evidence.list("linux/1.2")).length, 1);
    assert.equal(clock.waiting, 1, "the next sweep is set");
  });
});

Deno.test("the oldest go when there is too much, or too many", async () => {
  const cases = [{ maxBytes: 9_000 }, { maxItems: 2 }];
  for (const limits of cases) {
    await withEvidence(async ({ evidence, clock, folders }) => {
      for (const n of [1, 2, 3, 4]) {
        clock.pass(1_000);
        await evidence.keep(request(n, { screen: new Uint8Array(3_000) }));
      }
      await evidence.close();
      assert.deepEqual(folders(), ["linux-1.3", "linux-1.4"], JSON.stringify(limits));
    }, { limits });
  }
});

Deno.test("a write that was cut off goes, and what is not ours stays", async () => {
  await withEvidence(async ({ evidence, directory, folders }) => {
    await evidence.keep(request(5));
    await Deno.mkdir(join(directory, ".new-linux-1.4"));
    await Deno.mkdir(join(directory, "notes of mine"));
    await Deno.writeTextFile(join(directory, "readme.txt"), "");
    await settled(evidence);
    await evidence.close();
    assert.deepEqual(folders(), ["linux-1.5", "linux-1.999", "notes of mine", "readme.txt"]);
  });
});

Deno.test("a damaged item is in no list, and goes by the age of its folder", async () => {
  await withEvidence(async ({ evidence, directory, clock, folders }) => {
    await evidence.keep(request(5));
    Deno.writeTextFileSync(join(directory, "linux-1.5", "evidence.json"), '{"cycle"');
    assert.deepEqual(await evidence.list("linux/1.5"), []);
    await evidence.keep(request(6));
    Deno.renameSync(join(directory, "linux-1.6"), join(directory, "linux-1.7"));
    assert.deepEqual(await evidence.list("linux-1"), [], "a folder that says it is another");
    clock.pass(20 * 365 * DAY);
    await settled(evidence);
    await evidence.close();
    assert.deepEqual(folders(), ["linux-1.999"]);
  });
});

Deno.test("keep() rejects when nothing can be written, and leaves nothing half-written", async () => {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  const folder = await Deno.makeTempDir();
  const directory = join(folder, "evidence");
  await Deno.writeTextFile(directory, "a file where the folder should be");
  const evidence = openEvidence({ directory, events: () => [EVENT], clock: new HandClock(), log });
  try {
    await assert.rejects(evidence.keep(request(5)));
    await assert.rejects(evidence.keep(request(6)), "the next one is tried all the same");
  } finally {
    await evidence.close();
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual([...new Set(warnings)], ["Old evidence could not be removed"]);
});

Deno.test("list() knows nothing before anything was kept, and then no folder is made", async () => {
  await withEvidence(async ({ evidence, directory }) => {
    assert.deepEqual(await evidence.list("linux-1"), []);
    await evidence.close();
    await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
  });
});

Deno.test("what is kept is for the owner alone", { ignore: Deno.build.os === "windows" }, async () => {
  await withEvidence(async ({ evidence, directory }) => {
    await evidence.keep(request(5, { screen: PNG }));
    const mode = (path: string) => ((Deno.statSync(join(directory, path)).mode ?? 0) & 0o777).toString(8);
    const paths = [".", "linux-1.5", "linux-1.5/screen.png", "linux-1.5/evidence.json"];
    assert.deepEqual(paths.map(mode), ["700", "700", "600", "600"]);
  });
});
