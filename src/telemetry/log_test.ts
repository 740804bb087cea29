import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LogOptions, type OpenLog, openLog } from "./log.ts";

/** A log whose console lines are collected. */
function collecting(options: Partial<LogOptions> = {}): { opened: OpenLog; lines: string[] } {
  const lines: string[] = [];
  const opened = openLog({
    level: "debug",
    format: "text",
    colors: false,
    stderr: (line) => lines.push(line),
    ...options,
  });
  return { opened, lines };
}

async function inTempDir(run: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("openLog() writes one readable line with the fields after the sentence", () => {
  const { opened, lines } = collecting();
  opened.log.warn("Pool is degraded", { pool: "linux", reasons: ["a b"], missing: undefined });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}Pool is degraded {2}pool=linux {2}reasons=\["a b"\]\n$/,
  );
});

Deno.test("openLog() writes JSON lines in which an error keeps its message and cause", () => {
  const { opened, lines } = collecting({ format: "json" });
  opened.log.error("Call failed", { error: new Error("no", { cause: new TypeError("deep") }) });
  const line = JSON.parse(lines[0] ?? "");
  assert.equal(line.level, "ERROR");
  assert.equal(line.message, "Call failed");
  assert.equal(line.fields.error.message, "no");
  assert.equal(line.fields.error.cause.message, "deep");
});

Deno.test("openLog() leaves braces in a message alone", () => {
  const { opened, lines } = collecting({ format: "json" });
  opened.log.info("Answer was {pool}", { pool: "linux" });
  assert.equal(JSON.parse(lines[0] ?? "").message, "Answer was {pool}");
});

Deno.test("openLog() keeps a text line one line, whatever the message holds", () => {
  const { opened, lines } = collecting();
  opened.log.info("first\r\n2026 ERROR forged\u001b[2J");
  assert.equal(lines.join("").trimEnd().split("\n").length, 1);
  assert.ok(!lines.join("").includes("\u001b"));
});

Deno.test("openLog() drops what is below its level", () => {
  const { opened, lines } = collecting({ level: "warn" });
  opened.log.debug("a");
  opened.log.info("b");
  opened.log.warn("c");
  opened.log.error("d");
  assert.deepEqual(lines.map((line) => line.trim().at(-1)), ["c", "d"]);
});

Deno.test("openLog() colours only when asked to", () => {
  const escape = String.fromCharCode(27);
  const plain = collecting();
  plain.opened.log.info("x");
  assert.ok(!plain.lines.join("").includes(escape));
  const painted = collecting({ colors: true });
  painted.opened.log.info("x");
  assert.ok(painted.lines.join("").includes(escape));
});

Deno.test("openLog() never shows a registered secret, in messages, fields, errors or files", async () => {
  await inTempDir((directory) => {
    const { opened, lines } = collecting({ directory, format: "json" });
    const pem =
      "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234\nabcdefghijklmnop\n-----END RSA PRIVATE KEY-----\n";
    opened.addSecret("hunter22");
    opened.addSecret(pem);
    opened.log.info("Logged in with hunter22", { note: "got abcdefghijklmnop", pem });
    opened.log.error("Failed", { error: new Error("bad hunter22"), nested: [{ text: "hunter22!" }] });
    opened.close();
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8"));
    for (const text of [lines.join(""), files.join("")]) {
      assert.match(text, /\[redacted\]/);
      assert.doesNotMatch(text, /hunter22|abcdefghijklmnop|MIIEpAIBAAKCAQEA/);
    }
  });
});

Deno.test("openLog() never shows fields with secret names, nor values that look like tokens", () => {
  const { opened, lines } = collecting();
  opened.log.info("Sent Bearer abcdefgh.12345 and ghs_0123456789abcdefXYZ", {
    token: "t-1",
    privateKey: "t-2",
    encoded_jit_config: "t-3",
    headers: { Authorization: "t-4", "x-api-key": "t-5" },
    password: 123456,
    keyPath: "C:\\keys\\app.pem",
    tokenFile: "data/token",
  });
  const text = lines.join("");
  assert.doesNotMatch(text, /t-\d|123456|ghs_|abcdefgh\.12345/);
  assert.match(text, /keyPath=C:\\keys\\app\.pem/);
  assert.match(text, /tokenFile=data\/token/);
});

Deno.test("openLog() copes with circular and odd data", () => {
  const { opened, lines } = collecting({ format: "json" });
  const odd: Record<string, unknown> = { big: 10n, when: new Date(0), bytes: new Uint8Array(3), fn() {} };
  odd.self = odd;
  opened.log.info("Odd", { odd });
  const { fields } = JSON.parse(lines[0] ?? "");
  assert.deepEqual(fields.odd, {
    big: "10",
    when: "1970-01-01T00:00:00.000Z",
    bytes: "[3 bytes]",
    fn: "[function]",
    self: "[circular]",
  });
});

Deno.test("openLog() starts another file when one is long, and deletes files of days long ago", async () => {
  await inTempDir((directory) => {
    writeFileSync(join(directory, "2001-01-01.log"), "old\n");
    writeFileSync(join(directory, "2001-01-01.2.log"), "old\n");
    writeFileSync(join(directory, "notes.txt"), "not ours\n");
    const { opened } = collecting({ directory, maxBytes: 100, maxAgeMs: 86_400_000 });
    for (let i = 0; i < 5; i++) opened.log.info("x".repeat(60));
    opened.close();
    const names = readdirSync(directory).sort();
    assert.ok(names.includes("notes.txt"));
    assert.ok(!names.some((name) => name.startsWith("2001")), names.join());
    const lines = names.filter((name) => name.endsWith(".log")).flatMap((name) =>
      readFileSync(join(directory, name), "utf8").trim().split("\n")
    );
    assert.equal(names.length, 4);
    assert.equal(lines.length, 5);
  });
});

Deno.test("openLog() writes the lines of one turn together, and those of trouble at once", async () => {
  await inTempDir(async (directory) => {
    const { log, close } = collecting({ directory }).opened;
    const written = () => {
      const [file] = [...Deno.readDirSync(directory)];
      return file === undefined ? "" : Deno.readTextFileSync(`${directory}/${file.name}`);
    };
    log.info("one");
    log.info("two");
    assert.equal(written(), "");
    await Promise.resolve();
    assert.match(written(), /one\n.*two\n$/);
    log.info("three");
    log.warn("four");
    assert.match(written(), /three\n.*four\n$/);
    log.info("five");
    close();
    assert.match(written(), /five\n$/);
  });
});

Deno.test("openLog() goes on in the newest file of the day", async () => {
  await inTempDir((directory) => {
    for (const text of ["first", "second"]) {
      const { opened } = collecting({ directory });
      opened.log.info(text);
      opened.close();
    }
    const names = readdirSync(directory);
    assert.equal(names.length, 1);
    assert.equal(readFileSync(join(directory, names[0] ?? ""), "utf8").trim().split("\n").length, 2);
  });
});

Deno.test("openLog() says which folder cannot be written and what to do", async () => {
  await inTempDir((directory) => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    assert.throws(
      () => collecting({ directory: join(file, "logs") }),
      /Cannot write logs to .*logging\.directory/,
    );
  });
});
