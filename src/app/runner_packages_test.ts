import assert from "node:assert/strict";
import { join } from "node:path";
import {
  BYTES,
  contentOf,
  failureOf,
  FILE,
  fileOf,
  namesIn,
  SUM,
  valueOf,
  VERSION,
  whole,
  withStage,
} from "./runner_packages_test_support.ts";

Deno.test("fetch() brings a package here, which is read in pieces", async () => {
  await withStage(whole, async ({ packages, cache, release }) => {
    const found = valueOf(await packages.fetch(release));
    assert.deepEqual([found.version, found.file, found.sha256, found.size], [
      VERSION,
      FILE,
      SUM,
      BYTES.length,
    ]);
    assert.deepEqual(await contentOf(found), BYTES);
    assert.deepEqual(await found.read(BYTES.length - 3, 100), BYTES.slice(-3));
    assert.deepEqual(await found.read(BYTES.length + 3, 100), new Uint8Array());
    assert.deepEqual(await namesIn(cache), [FILE, `${FILE}.sha256`]);
  });
});

Deno.test("fetch() asks nobody for what is here already, also after a new start", async () => {
  await withStage(whole, async ({ packages, again, release, asked }) => {
    valueOf(await packages.fetch(release));
    valueOf(await packages.fetch({ ...release, sha256: SUM.toUpperCase() }));
    valueOf(await again().fetch(release));
    valueOf(await again().fetch({ version: VERSION, file: FILE }));
    assert.equal(asked.length, 1);
  });
});

Deno.test("fetch() replaces a kept package that was changed", async () => {
  await withStage(whole, async ({ packages, cache, release, asked, warnings }) => {
    valueOf(await packages.fetch(release));
    await Deno.writeTextFile(join(cache, FILE), "something else");
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    assert.equal(asked.length, 2);
    assert.match(warnings.join(), /another checksum/);
  });
});

Deno.test("fetch() deletes what has another checksum, and names both", async () => {
  const wanted = "ab".repeat(32);
  await withStage(whole, async ({ packages, cache, release, asked }) => {
    const { code, message } = failureOf(await packages.fetch({ ...release, sha256: wanted }));
    assert.equal(code, "invalid");
    assert.match(message, new RegExp(`has the SHA-256 ${SUM}, and ${wanted} was expected`));
    assert.deepEqual(await namesIn(cache), []);
    assert.equal(asked.length, 1);
  });
});

Deno.test("fetch() fetches once for all who ask at the same time", async () => {
  await withStage(whole, async ({ packages, release, asked }) => {
    const all = await Promise.all([1, 2, 3].map(() => packages.fetch(release)));
    assert.deepEqual(all.map((result) => valueOf(result).sha256), [SUM, SUM, SUM]);
    assert.equal(asked.length, 1);
  });
});

Deno.test("fetch() fails once for all who ask at the same time, and tries again for the next one", async () => {
  await withStage(() => new Response(null, { status: 503 }), async ({ packages, release, asked }) => {
    const all = await Promise.all([1, 2, 3].map(() => packages.fetch(release)));
    assert.deepEqual(all.map((result) => failureOf(result).code), Array(3).fill("unavailable"));
    assert.equal(asked.length, 1);
    failureOf(await packages.fetch(release));
    assert.equal(asked.length, 2);
  });
});

Deno.test("fetch() lets those who expect another checksum wait, and answers each by its own", async () => {
  await withStage(whole, async ({ packages, release }) => {
    const wrong = { ...release, sha256: "ab".repeat(32) };
    const [first, second] = await Promise.all([packages.fetch(release), packages.fetch(wrong)]);
    valueOf(first);
    assert.equal(failureOf(second).code, "invalid");
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
  });
});

Deno.test("fetch() keeps the two newest packages, and the one that was asked for", async () => {
  await withStage(whole, async ({ packages, cache, release }) => {
    const get = async (version: string) =>
      valueOf(await packages.fetch({ ...release, version, file: fileOf(version) }));
    const kept = async () => (await namesIn(cache)).filter((name) => !name.endsWith(".sha256"));
    for (const version of ["2.9.0", "2.10.0", "2.340.0"]) await get(version);
    assert.deepEqual(await kept(), [fileOf("2.10.0"), fileOf("2.340.0")]);
    await get("2.3.0");
    assert.deepEqual(await kept(), [fileOf("2.10.0"), fileOf("2.3.0"), fileOf("2.340.0")]);
    await Deno.writeTextFile(join(cache, `${fileOf("2.1.0")}.part`), "x");
    await Deno.writeTextFile(join(cache, "a file of somebody else"), "x");
    await get("2.341.0");
    assert.deepEqual(await kept(), ["a file of somebody else", fileOf("2.340.0"), fileOf("2.341.0")]);
    assert.equal((await namesIn(cache)).length, 5);
  });
});

Deno.test("fetch() says what to do where it cannot fetch", async () => {
  await withStage(() => new Response(null, { status: 404 }), async ({ packages, release }) => {
    const missing = failureOf(await packages.fetch(release));
    assert.equal(missing.code, "not_found");
    assert.match(missing.message, /answered 404\./);
    const { sha256: _, ...unchecked } = release;
    const untold = failureOf(await packages.fetch(unchecked));
    assert.equal(untold.code, "invalid");
    assert.match(untold.message, /SHA-256 is not told.*runners\.packages/);
    const nowhere = failureOf(await packages.fetch({ version: VERSION, file: FILE, sha256: SUM }));
    assert.equal(nowhere.code, "not_found");
    const plain = failureOf(
      await packages.fetch({ ...release, url: "http://elsewhere.example/r.zip?sig=SECRET" }),
    );
    assert.match(plain.message, /only https:\/\//);
    for (const wrong of [{ version: "..\\..\\x" }, { sha256: "abc" }, { url: "elsewhere" }]) {
      assert.equal(failureOf(await packages.fetch({ ...release, ...wrong })).code, "invalid");
    }
  });
});

Deno.test("fetch() refuses what is far too long for a runner before it is here", async () => {
  async function* body() {
    yield await Promise.resolve(new Uint8Array(1));
  }
  const answer = { status: 200, headers: { "content-length": String(2 ** 32) }, body: body() };
  const web = { request: () => Promise.resolve(answer) };
  await withStage(whole, async ({ packages, release }) => {
    const { code, message } = failureOf(await packages.fetch(release));
    assert.deepEqual([code, /longer than 2 GiB/.test(message)], ["invalid", true]);
  }, { web });
});

Deno.test("fetch() says it when the place on this machine cannot be written", async () => {
  await withStage(whole, async ({ packages, cache, release }) => {
    await Deno.mkdir(join(cache, ".."), { recursive: true });
    await Deno.writeTextFile(cache, "a file where the folder should be");
    const { code, message } = failureOf(await packages.fetch(release));
    assert.equal(code, "unavailable");
    assert.match(message, /runners cannot be written: .*Check the space and the rights there\./);
  });
});
