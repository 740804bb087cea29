import assert from "node:assert/strict";
import { join } from "node:path";
import { inFolder } from "../../cli/testing/called.ts";
import { logParts } from "./logs.ts";

const same = (text: string) => text;

async function withLogs(
  logs: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, text] of Object.entries(logs)) await Deno.writeTextFile(join(folder, name), text);
    await run(folder);
  });
}

Deno.test("logParts() takes the newest logs first, and nothing else of the folder", async () => {
  const logs = {
    "2026-03-01.log": "a\n",
    "2026-03-02.log": "b\n",
    "2026-03-02.10.log": "d\n",
    "2026-03-02.2.log": "c\n",
    "passwords.txt": "no",
  };
  await withLogs(logs, async (folder) => {
    const { files, missing } = await logParts(folder, same);
    assert.deepEqual(files.map(({ name }) => name), [
      "logs/2026-03-02.10.log",
      "logs/2026-03-02.2.log",
      "logs/2026-03-02.log",
      "logs/2026-03-01.log",
    ]);
    assert.deepEqual(missing, []);
  });
});

Deno.test("logParts() cuts at the beginning of a line, and says what is not there", async () => {
  const logs = {
    "2026-03-01.log": "old\n",
    "2026-03-02.log": "one\ntwo ü\nthree\n",
    "2026-03-03.log": "new\n",
  };
  await withLogs(logs, async (folder) => {
    const { files, missing } = await logParts(folder, same, 4 + 12);
    assert.deepEqual(files, [
      { name: "logs/2026-03-03.log", text: "new\n" },
      { name: "logs/2026-03-02.log", text: "three\n" },
    ]);
    assert.deepEqual(missing, [
      { name: "logs/2026-03-02.log", why: "only its end is in it" },
      { name: "logs/", why: "only the newest 16 bytes are in it; not 2026-03-01.log" },
    ]);
  });
});

Deno.test("logParts() takes secrets out before it cuts: half of one would not be found", async () => {
  await withLogs({ "2026-03-01.log": "BEGIN\nkey\nkey\nEND\nlast\n" }, async (folder) => {
    const clean = (text: string) => text.replace(/BEGIN[\s\S]*END/, "[redacted]");
    const { files } = await logParts(folder, clean, 12);
    assert.deepEqual(files, [{ name: "logs/2026-03-01.log", text: "last\n" }]);
  });
});

Deno.test("logParts() says so when there is no log", async () => {
  await inFolder(async (folder) => {
    assert.match((await logParts(folder, same)).missing[0]?.why ?? "", /there is no log in /);
    assert.match((await logParts(join(folder, "logs"), same)).missing[0]?.why ?? "", /there is no .*logs$/);
  });
});
