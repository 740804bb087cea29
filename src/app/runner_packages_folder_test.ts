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
  sum,
  valueOf,
  whole,
  withStage,
} from "./runner_packages_test_support.ts";

Deno.test("known() is what was offered, newest first, where there is no folder", async () => {
  await withStage(whole, async ({ packages }) => {
    const offered = ["2.9.0", "2.340.0", "2.10.0"].map((version) => ({ version, file: fileOf(version) }));
    const known = valueOf(await packages.known(offered));
    assert.deepEqual(known.map(({ version }) => version), ["2.340.0", "2.10.0", "2.9.0"]);
  });
});

Deno.test("known() reads the folder's packages with their checksums, however these were written", async () => {
  await withStage(whole, async ({ packages, folder, warnings }) => {
    const sums: Record<string, string> = {};
    const put = async (version: string, sidecar?: string | Uint8Array) => {
      const bytes = new TextEncoder().encode(version);
      sums[version] = sum(bytes);
      await Deno.writeFile(join(folder, fileOf(version)), bytes);
      if (typeof sidecar === "string") {
        await Deno.writeTextFile(join(folder, `${fileOf(version)}.sha256`), sidecar);
      } else if (sidecar !== undefined) {
        await Deno.writeFile(join(folder, `${fileOf(version)}.sha256`), sidecar);
      }
    };
    const own = (version: string) => sum(new TextEncoder().encode(version));
    const powershell = `\uFEFFSHA256  ${own("2.336.0").toUpperCase()}  C:\\r.zip\r\n`;
    const utf16 = new Uint8Array(new Uint16Array([...powershell].map((sign) => sign.charCodeAt(0))).buffer);
    await put("2.336.0", utf16);
    await put("2.340.0", `${own("2.340.0")}  ${fileOf("2.340.0")}\n`);
    await put("2.338.1");
    await put("2.339.0");
    await put("2.341.0", "not a checksum");
    await Deno.writeTextFile(join(folder, "SHA256SUMS"), `# sums\n${own("2.338.1")} *${fileOf("2.338.1")}\n`);
    await Deno.writeTextFile(join(folder, "readme.txt"), "x");
    const offered = [{ version: "2.350.0", file: fileOf("2.350.0") }];
    const expected = ["2.340.0", "2.338.1", "2.336.0"].map((version) => ({
      version,
      file: fileOf(version),
      sha256: sums[version],
    }));
    assert.deepEqual(valueOf(await packages.known(offered)), expected);
    valueOf(await packages.known(offered));
    assert.equal(warnings.length, 2, "each is named once");
    assert.match(warnings.join(), /2\.339\.0\.zip".*neither .*SHA256SUMS/);
    assert.match(warnings.join(), /2\.341\.0\.zip".*holds no SHA-256/);
  }, { useFolder: true });
});

Deno.test("fetch() takes a package of the folder when its checksum is right, and asks no server", async () => {
  await withStage(whole, async ({ packages, folder, cache, asked }) => {
    await Deno.writeFile(join(folder, FILE), BYTES);
    await Deno.writeTextFile(join(folder, `${FILE}.sha256`), SUM);
    const [release = assert.fail("the folder's package is not known")] = valueOf(await packages.known([]));
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    await Deno.remove(join(folder, FILE));
    valueOf(await packages.fetch(release));
    assert.deepEqual(await namesIn(cache), [FILE, `${FILE}.sha256`]);
    assert.deepEqual(asked, []);
  }, { useFolder: true });
});

Deno.test("fetch() refuses a package of the folder that is not what its checksum says, or is not there", async () => {
  await withStage(whole, async ({ packages, folder, cache, release }) => {
    const { url: _, ...known } = release;
    const missing = failureOf(await packages.fetch(known));
    assert.equal(missing.code, "not_found");
    assert.match(missing.message, /not in the folder .*put actions-runner-win-x64-2\.340\.0\.zip/);
    await Deno.writeFile(join(folder, FILE), BYTES.slice(1));
    await Deno.writeTextFile(join(folder, `${FILE}.sha256`), SUM);
    const { code, message } = failureOf(await packages.fetch(known));
    assert.equal(code, "invalid");
    assert.match(message, new RegExp(`${sum(BYTES.slice(1))}, and ${SUM} was expected`));
    assert.deepEqual(await namesIn(cache), []);
  }, { useFolder: true });
});

Deno.test("known() says what is wrong with a folder", async () => {
  await withStage(whole, async ({ packages, folder }) => {
    const empty = failureOf(await packages.known([]));
    assert.equal(empty.code, "not_found");
    assert.match(
      empty.message,
      /^Cannot read the folder of runners ".*": it holds no actions-runner-win-x64-VERSION\.zip/,
    );
    await Deno.writeFile(join(folder, FILE), BYTES);
    assert.match(failureOf(await packages.known([])).message, /none that can be used \(.*neither/);
    await Deno.remove(folder, { recursive: true });
    assert.match(failureOf(await packages.known([])).message, /no such folder.*runners\.packages/);
    await Deno.writeTextFile(folder, "a file");
    const file = failureOf(await packages.known([]));
    assert.equal(file.code, "unavailable");
    assert.match(file.message, /Check that it is a folder/);
  }, { useFolder: true });
});

Deno.test("known() names what is kept on this machine, after what is offered", async () => {
  await withStage(whole, async ({ packages, cache, release, again, asked }) => {
    const offer = (version: string) => ({ ...release, version, file: fileOf(version) });
    for (const version of ["2.9.0", "2.10.0"]) valueOf(await packages.fetch(offer(version)));
    await Deno.writeFile(join(cache, fileOf("2.11.0")), BYTES); // no checksum
    const names = async (offered: readonly string[]) =>
      valueOf(await again().known(offered.map(offer))).map(({ version }) => version);
    assert.deepEqual(await names([]), ["2.10.0", "2.9.0"]);
    assert.deepEqual(await names(["2.5.0", "2.8.0"]), ["2.8.0", "2.5.0", "2.10.0", "2.9.0"]);
    const [newest] = valueOf(await again().known([offer("2.10.0")]));
    assert.equal(newest?.url, release.url, "what is offered says where it comes from");
    const kept = valueOf(await again().known([])).find(({ version }) => version === "2.9.0");
    assert.ok(kept !== undefined);
    const before = asked.length;
    assert.deepEqual(await contentOf(valueOf(await again().fetch(kept))), BYTES);
    assert.equal(asked.length, before);
  });
});

Deno.test("known() names what is offered although what is kept cannot be listed", async () => {
  await withStage(whole, async ({ packages, cache, release, warnings }) => {
    await Deno.mkdir(join(cache, ".."), { recursive: true });
    await Deno.writeTextFile(cache, "a file where the folder should be");
    assert.deepEqual(valueOf(await packages.known([release])), [release]);
    assert.match(warnings.join(), /cannot be listed/);
  });
});
