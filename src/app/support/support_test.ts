import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { served, TOKEN } from "../../api/testing/served.ts";
import type { SupportOptions } from "../../cli/programs.ts";
import { inFolder, recordingOutput } from "../../cli/testing/called.ts";
import { textIn, unzip } from "../../ports/testing/unzip.ts";
import { CONFIG, copyFolder, type Planted, PNG, SECRETS, SINCE, withDataDir } from "./planted_fixture.ts";
import { runSupport } from "./support.ts";

async function bundled(
  { folder, dataDir }: Pick<Planted, "folder" | "dataDir">,
  more: Partial<SupportOptions> = {},
) {
  const { output, outLines, errLines } = recordingOutput();
  const file = more.file ?? join(folder, "bundle.zip");
  const code = await runSupport({
    configFile: join(folder, "config.yaml"),
    dataDir,
    file,
    screens: false,
    names: false,
    json: false,
    version: "0.1.0",
    output,
    signals: { onStop: () => () => {} },
    ...more,
  });
  return { code, file, out: outLines.join("\n"), err: errLines.join("\n") };
}

/** Everything in a bundle that is text, with the names of its files. */
function everything(files: ReadonlyMap<string, Uint8Array>): string {
  return [...files].map(([name, bytes]) => `${name}\n${new TextDecoder().decode(bytes)}`).join("\n");
}

Deno.test("a bundle of a stopped hvpool has everything that its data directory tells", async () => {
  let stopped: Awaited<ReturnType<typeof bundled>> | undefined;
  await inFolder(async (away) => {
    await withDataDir(async ({ folder, dataDir }) => {
      const copy = join(away, "data");
      copyFolder(dataDir, copy);
      stopped = await bundled({ folder, dataDir: copy }, { file: join(away, "b.zip"), eventsSince: SINCE });
    });
    assert.equal(stopped?.code, 0);
    const files = unzip(await Deno.readFile(join(away, "b.zip")));
    assert.deepEqual([...files.keys()], [
      "versions.json",
      "configuration.json",
      "doctor.json",
      "data-directory.json",
      "events.jsonl",
      "evidence/runners-1.7/evidence.json",
      "logs/2026-03-01.log",
      "missing.txt",
    ]);
    assert.equal(JSON.parse(textIn(files, "versions.json")).hvpool, "0.1.0");
    assert.ok(JSON.parse(textIn(files, "doctor.json")).checks.length > 5);
    const events = textIn(files, "events.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events.map(({ seq }) => seq), [2]);
    assert.equal(JSON.parse(textIn(files, "evidence/runners-1.7/evidence.json")).cause, "boot-timeout");
    const { entries } = JSON.parse(textIn(files, "data-directory.json"));
    const paths = entries.map(({ path }: { path: string }) => path);
    for (
      const path of ["journal.sqlite", "token", "logs/2026-03-01.log", "evidence/runners-1.7/screen.png"]
    ) {
      assert.ok(paths.includes(path), path);
    }
    const missing = textIn(files, "missing.txt");
    assert.match(missing, /^status\.json: hvpool does not run: /m);
    assert.match(missing, /^evidence\/: 1 pictures of screens: not asked for/m);
  });
});

Deno.test("a bundle of a hvpool that runs has its status, too", async () => {
  await withDataDir(async ({ folder, dataDir }) => {
    await served(async ({ address, operations }) => {
      writeFileSync(join(dataDir, "api-token"), TOKEN);
      const startedAt = new Date().toISOString();
      const endpoint = { address, tokenFile: "api-token", pid: Deno.pid, startedAt };
      writeFileSync(join(dataDir, "endpoint.json"), JSON.stringify(endpoint));
      const { code, file, err } = await bundled({ folder, dataDir }, { eventsSince: SINCE });
      assert.equal(code, 0, err);
      const files = unzip(await Deno.readFile(file));
      assert.deepEqual(JSON.parse(textIn(files, "status.json")), operations.current);
      assert.equal(textIn(files, "events.jsonl").trimEnd().split("\n").length, 1);
      assert.doesNotMatch(textIn(files, "missing.txt"), /status|events/);
      assert.doesNotMatch(everything(files), new RegExp(TOKEN));
    });
  });
});

Deno.test("no secret is in a bundle, wherever it was planted, with names or without", async () => {
  await withDataDir(async (planted) => {
    for (const names of [false, true]) {
      const file = join(planted.folder, `${names}.zip`);
      assert.equal((await bundled(planted, { names, file, eventsSince: SINCE })).code, 0);
      const files = unzip(await Deno.readFile(file));
      const text = everything(files);
      const secrets = [
        ...Object.values(SECRETS),
        "staple@word",
        planted.token,
        "ghp_",
        "npm of",
        "abcdefgh12345678",
        "MIIpl",
      ];
      for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is in it (names: ${names})`);
      assert.match(textIn(files, "logs/2026-03-01.log"), /^passwords \[redacted\], [^]*\nthe end$/);
    }
  });
});

Deno.test("names are replaced by the same stand-ins everywhere, unless they are asked for", async () => {
  await withDataDir(async (planted) => {
    const hidden = await bundled(planted, { eventsSince: SINCE });
    const text = everything(unzip(await Deno.readFile(hidden.file)));
    for (const name of ["initech", "tps-reports", "milton", "swingline", "lumbergh", "bwaddams"]) {
      assert.ok(!new RegExp(`\\b${name}\\b`, "i").test(text), `${name} is in it`);
    }
    const [, organization] = /"repository":"(\[organization-\d\])\/\[repository-1\]"/.exec(text) ?? [];
    assert.ok(organization);
    assert.ok(text.includes(`"message": "${organization} did not answer"`));
    const named = await bundled(planted, { names: true, file: join(planted.folder, "named.zip") });
    assert.match(
      everything(unzip(await Deno.readFile(named.file))),
      /initech\/tps-reports, Milton and swingline/,
    );
    assert.match(named.err, /Names of machines, users, organizations and repositories are in it/);
  });
});

Deno.test("a bundle has screens when they are asked for, and no events when they are not wanted", async () => {
  await withDataDir(async ({ folder, dataDir }) => {
    const { code, file } = await bundled({ folder, dataDir }, { screens: true });
    assert.equal(code, 0);
    const files = unzip(await Deno.readFile(file));
    assert.deepEqual(files.get("evidence/runners-1.7/screen.png"), PNG);
    assert.ok(!files.has("events.jsonl"));
    assert.match(textIn(files, "missing.txt"), /^events\.jsonl: not asked for/m);
  });
});

Deno.test("a bundle is made of nothing at all, and says what is missing", async () => {
  await inFolder(async (folder) => {
    const { output } = recordingOutput();
    const file = join(folder, "b.zip");
    const code = await runSupport({
      dataDir: join(folder, "nowhere"),
      file,
      eventsSince: SINCE,
      screens: false,
      names: false,
      json: true,
      version: "0.1.0",
      output,
      signals: { onStop: () => () => {} },
    });
    assert.equal(code, 0);
    const files = unzip(await Deno.readFile(file));
    assert.deepEqual([...files.keys()], ["versions.json", "missing.txt"]);
    const missing = textIn(files, "missing.txt").trimEnd().split("\n").map((line) => line.split(":")[0]);
    const names = ["configuration.json", "doctor.json", "status.json", "data-directory.json", "events.jsonl"];
    for (const name of [...names, "evidence/", "logs/"]) assert.ok(missing.includes(name), name);
  });
});

Deno.test("a configuration that cannot be used does not keep a bundle from being made", async () => {
  await withDataDir(async ({ folder, dataDir }) => {
    // What is in it is known all the same: logs are of the days when it was a good one.
    writeFileSync(join(folder, "config.yaml"), `${CONFIG}pools: nonsense\n`);
    const { code, file } = await bundled({ folder, dataDir });
    assert.equal(code, 0);
    const files = unzip(await Deno.readFile(file));
    const text = everything(files);
    for (const one of [...Object.values(SECRETS), "initech", "tps-reports", "swingline"]) {
      assert.ok(!text.toLowerCase().includes(one.toLowerCase()), `${one} is in it`);
    }
    assert.match(textIn(files, "missing.txt"), /^configuration\.json: it cannot be used: .*pools/m);
    assert.ok(
      JSON.parse(textIn(files, "doctor.json")).checks.some(({ status }: { status: string }) =>
        status === "fail"
      ),
    );
    assert.ok(files.has("logs/2026-03-01.log"));
  });
});

Deno.test("runSupport() says what is in it, where it lies, and that it should be looked at", async () => {
  await withDataDir(async (planted) => {
    const { out, err, file } = await bundled(planted);
    assert.match(out, /^ *SIZE {2}FILE\n(.*\n)* *[\d.]+ KiB {2}configuration\.json\n/);
    assert.match(out, /\nnot in it {2}status\.json: hvpool does not run: /);
    assert.ok(out.split("\n").at(-1)?.startsWith(`${file} (`));
    assert.match(err, /Look at what is in it before you send it/);
    const json = await bundled(planted, { json: true, file: join(planted.folder, "json.zip") });
    const made = JSON.parse(json.out);
    assert.deepEqual(Object.keys(made), ["file", "bytes", "files", "missing"]);
    const written = await Deno.readFile(made.file);
    assert.equal(made.bytes, written.length);
    const sizes = [...unzip(written)].map(([name, { length }]) => ({ name, bytes: length }));
    assert.deepEqual(made.files, sizes);
  });
});

Deno.test("runSupport() writes over nothing, and leaves nothing where it cannot write", async () => {
  await withDataDir(async (planted) => {
    const file = join(planted.folder, "mine.zip");
    writeFileSync(file, "mine");
    const refused = await bundled(planted, { file });
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.match(refused.err, /mine\.zip is there already\. Name another file/);
    assert.equal(await Deno.readTextFile(file), "mine");
    const folder = await bundled(planted, { file: planted.folder });
    assert.deepEqual([folder.code, folder.out], [1, ""]);
    assert.ok(
      folder.err.includes(`${planted.folder} is a directory. Name a file in it with --output, such as `),
      folder.err,
    );
    const nowhere = await bundled(planted, { file: join(planted.folder, "no", "b.zip") });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /error: Cannot write the bundle to /);
  });
});

Deno.test("a bundle is for its owner alone", { ignore: Deno.build.os === "windows" }, async () => {
  await withDataDir(async (planted) => {
    const { file } = await bundled(planted);
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  });
});
