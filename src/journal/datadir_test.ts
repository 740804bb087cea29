import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDataDir } from "./datadir.ts";
import { inDirectory } from "./journal_fixture.ts";

const HERE = { machine: "HV-01" };

/** What lies in a directory. */
function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();
}

/** Starts a program, put into `dir`, that opens the data directory `path`, writes a byte and stays. */
function spawnHolder(dir: string, path: string, permissions: readonly string[]): Deno.ChildProcess {
  const module = new URL("./datadir.ts", import.meta.url).href;
  const program = join(dir, "program.ts");
  Deno.writeTextFileSync(
    program,
    `import { openDataDir } from ${JSON.stringify(module)};
    openDataDir(${JSON.stringify(path)}, { machine: "HV-01" });
    await Deno.stdout.write(new Uint8Array([1]));
    setInterval(() => {}, 1_000);`,
  );
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "--no-prompt", "--no-check", "--config", config, program],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Opens and closes it; answers whose it is. */
function openDataDirAt(path: string): string {
  using data = openDataDir(path, HERE);
  return data.id;
}

Deno.test("openDataDir() makes the directory and an identity that the next run has too", () =>
  inDirectory((dir) => {
    const path = join(dir, "a", "b");
    let id: string;
    {
      using data = openDataDir(path, HERE);
      assert.match(data.id, /^[0-9a-f]{32}$/);
      assert.equal(data.created, true);
      assert.equal(data.issuedUpTo, 0);
      assert.equal(data.journalPath, join(path, "journal.sqlite"));
      id = data.id;
    }
    assert.deepEqual(names(path), ["controller.json", "lock"]);
    using data = openDataDir(path, { machine: "hv-01" });
    assert.equal(data.id, id);
    assert.equal(data.created, false);
  }));

Deno.test({
  name: "a directory that openDataDir() makes is the owner's alone",
  ignore: Deno.build.os === "windows", // there it is the access list: protect_test.ts
  fn: () =>
    inDirectory((dir) => {
      using data = openDataDir(join(dir, "a", "b"), HERE);
      assert.equal((Deno.statSync(data.path).mode ?? 0) & 0o777, 0o700);
      assert.equal((Deno.statSync(join(dir, "a")).mode ?? 0) & 0o777, 0o700);
    }),
});

Deno.test("writeMark() is on the disk when it returns, and leaves the other keys alone", () =>
  inDirectory((dir) => {
    {
      using data = openDataDir(dir, HERE);
      assert.equal(data.mark, undefined);
      data.raiseIssued(40);
      data.writeMark({ run: 3, seq: 70, ended: false });
    }
    using data = openDataDir(dir, HERE);
    assert.deepEqual(data.mark, { run: 3, seq: 70, ended: false });
    assert.equal(data.issuedUpTo, 40);
  }));

Deno.test("raiseIssued() is on the disk when it returns, and never goes back", () =>
  inDirectory((dir) => {
    {
      using data = openDataDir(dir, HERE);
      data.raiseIssued(1_000);
      data.raiseIssued(500);
      assert.equal(data.issuedUpTo, 1_000);
      const file = JSON.parse(Deno.readTextFileSync(join(dir, "controller.json")));
      const directory = Deno.realPathSync(dir);
      assert.deepEqual(file, { id: data.id, machine: "HV-01", issuedUpTo: 1_000, directory });
    }
    using data = openDataDir(dir, HERE);
    assert.equal(data.issuedUpTo, 1_000);
  }));

Deno.test("a second run on the same directory is refused with the first one's process id", () =>
  inDirectory((dir) => {
    using first = openDataDir(dir, HERE);
    assert.throws(() => openDataDir(dir, HERE), {
      name: "DataDirError",
      code: "in_use",
      message: Deno.build.os === "windows"
        ? /another hvpool.* runs on it/
        : new RegExp(`another hvpool \\(process ${Deno.pid}\\) runs on it`),
      remedy: /hvpool stop/,
    });
    first.close();
    openDataDir(dir, HERE).close();
  }));

Deno.test("a killed run lets go of its directory", () =>
  inDirectory(async (dir) => {
    const child = spawnHolder(dir, dir, ["--allow-all"]);
    const output = child.stdout.getReader();
    await output.read();
    const held = {
      code: "in_use",
      message: Deno.build.os === "windows" ? /hvpool/ : new RegExp(`${child.pid}`),
    };
    assert.throws(() => openDataDir(dir, HERE), held);
    child.kill("SIGKILL");
    await child.status;
    await output.cancel();
    await child.stderr.cancel();
    openDataDir(dir, HERE).close();
  }));

Deno.test("a directory copied from another host is refused and not touched", () =>
  inDirectory((dir) => {
    openDataDir(dir, HERE).close();
    Deno.removeSync(join(dir, "lock"));
    assert.throws(() => openDataDir(dir, { machine: "HV-02" }), {
      code: "other_host",
      message: /made on the host "HV-01", and this is "HV-02"/,
      remedy: /delete it here.*set "machine" to "HV-02" in .*controller\.json/,
    });
    assert.deepEqual(names(dir), ["controller.json"]);
  }));

Deno.test("a copy on the same host is refused as long as the original is there, and not touched", () =>
  inDirectory((dir) => {
    const [original, copy] = [join(dir, "data"), join(dir, "copy")];
    const id = openDataDirAt(original);
    Deno.mkdirSync(copy);
    Deno.copyFileSync(join(original, "controller.json"), join(copy, "controller.json"));
    const before = Deno.readTextFileSync(join(copy, "controller.json"));
    assert.throws(() => openDataDir(copy, HERE), {
      code: "copied",
      message: /copy: it is a copy of .*data, which is still there/,
      remedy: /Delete the copy.*move away .*data.controller\.json/,
    });
    assert.deepEqual([names(copy), Deno.readTextFileSync(join(copy, "controller.json"))], [
      ["controller.json"],
      before,
    ]);
    assert.equal(openDataDirAt(original), id, "the original goes on");
    // It takes the original's place once that is gone, and is at home there from then on.
    Deno.removeSync(original, { recursive: true });
    assert.equal(openDataDirAt(copy), id);
    Deno.renameSync(copy, original);
    assert.equal(openDataDirAt(original), id, "it was only moved");
  }));

Deno.test("a directory by another name is no copy", {
  ignore: Deno.build.os === "windows",
}, () =>
  inDirectory((dir) => {
    const id = openDataDirAt(join(dir, "data"));
    Deno.symlinkSync(join(dir, "data"), join(dir, "link"));
    assert.equal(openDataDirAt(join(dir, "link")), id);
    assert.equal(openDataDirAt(join(dir, "data")), id);
  }));

Deno.test("a renamed host is at home again once controller.json says so, also by an editor that adds a mark", () =>
  inDirectory((dir) => {
    const file = {
      id: "0123456789abcdef0123456789abcdef",
      machine: "HV-02",
      issuedUpTo: 7,
      later: { key: 1 },
    };
    Deno.writeTextFileSync(join(dir, "controller.json"), "\uFEFF" + JSON.stringify(file));
    using data = openDataDir(dir, { machine: "HV-02" });
    assert.equal(data.id, file.id);
    data.raiseIssued(8);
    // What a later version put there stays.
    assert.deepEqual(JSON.parse(Deno.readTextFileSync(join(dir, "controller.json"))), {
      ...file,
      issuedUpTo: 8,
      directory: Deno.realPathSync(dir),
    });
  }));

const BROKEN: readonly { name: string; text: string; why: RegExp }[] = [
  { name: "empty", text: "", why: /JSON/ },
  { name: "cut off", text: '{"id": "0123', why: /JSON/ },
  { name: "another thing", text: "[1]", why: /the file: / },
  { name: "a short id", text: '{"id":"12","machine":"HV-01","issuedUpTo":1}', why: /id: 32 lower-case/ },
  {
    name: "a negative number",
    text: '{"id":"0123456789abcdef0123456789abcdef","machine":"HV-01","issuedUpTo":-1}',
    why: /issuedUpTo: /,
  },
];

for (const { name, text, why } of BROKEN) {
  Deno.test(`a controller.json that is ${name} is refused, never replaced`, () =>
    inDirectory((dir) => {
      Deno.writeTextFileSync(join(dir, "controller.json"), text);
      assert.throws(() => openDataDir(dir, HERE), {
        code: "broken",
        message: why,
        remedy: /Put back a backup/,
      });
      assert.equal(Deno.readTextFileSync(join(dir, "controller.json")), text);
      assert.deepEqual(names(dir), ["controller.json"]);
    }));
}

for (const journal of ["journal.sqlite", "journal.sqlite.corrupt-20260821T101530Z"]) {
  Deno.test(`no new identity is made beside ${journal}`, () =>
    inDirectory((dir) => {
      Deno.writeTextFileSync(join(dir, journal), "");
      assert.throws(() => openDataDir(dir, HERE), {
        code: "lost_identity",
        message: /controller\.json is missing/,
      });
      assert.deepEqual(names(dir), [journal]);
    }));
}

Deno.test("a file in the place of the directory, or above it, is refused", () =>
  inDirectory((dir) => {
    const file = join(dir, "file");
    Deno.writeTextFileSync(file, "mine");
    for (const path of [file, join(file, "data")]) {
      assert.throws(() => openDataDir(path, HERE), { code: "not_a_directory", remedy: /--data-dir/ });
    }
    assert.equal(Deno.readTextFileSync(file), "mine");
  }));

Deno.test({
  name: "a directory that cannot be written to is refused",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // modes bind neither
  fn: () =>
    inDirectory((dir) => {
      Deno.chmodSync(dir, 0o500);
      try {
        for (const path of [dir, join(dir, "data")]) {
          assert.throws(() => openDataDir(path, HERE), {
            code: "read_only",
            message: /cannot be written to/,
          });
        }
        assert.deepEqual(names(dir), []);
      } finally {
        Deno.chmodSync(dir, 0o700);
      }
    }),
});

Deno.test({
  name: "a place where not even root can make a directory is refused",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: () => {
    assert.throws(() => openDataDir("/sys/hvpool-test", HERE), {
      code: "read_only",
      message: /Cannot use the data directory \/sys\/hvpool-test: it cannot be written to/,
      remedy: /choose another directory/,
    });
  },
});

Deno.test("a start that fails half way takes away what it made", () =>
  inDirectory(async (dir) => {
    const path = join(dir, "made", "data");
    // Deno's own permissions stand in for the disk that fails at the identity, after directories and lock.
    const denied = `--deny-write=${join(path, "controller.json.tmp")}`;
    const { success, stderr } = await spawnHolder(dir, path, ["--allow-all", denied]).output();
    assert.equal(success, false);
    assert.match(
      new TextDecoder().decode(stderr),
      /DataDirError: Cannot use the data directory .*controller\.json\.tmp/,
    );
    assert.deepEqual(names(dir), ["program.ts"]);
  }));

Deno.test("close() can be called twice", () =>
  inDirectory((dir) => {
    const data = openDataDir(dir, HERE);
    data.close();
    data.close();
  }));
