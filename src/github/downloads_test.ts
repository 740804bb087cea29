import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { json, ORG, REPO, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

const SUM = "AB".repeat(32);
const RELEASES = "https://github.com/actions/runner/releases/download";

const row = (version: string, over: Record<string, unknown> = {}) => ({
  os: "win",
  architecture: "x64",
  "download_url": `${RELEASES}/v${version}/actions-runner-win-x64-${version}.zip`,
  filename: `actions-runner-win-x64-${version}.zip`,
  "sha256_checksum": SUM,
  ...over,
});

const answering = (body: unknown, status = 200): Route => ({ path }) =>
  path.endsWith("/actions/runners/downloads") ? json(status, body) : undefined;

const release = (version: string, over: Record<string, unknown> = {}) => ({
  version,
  file: `actions-runner-win-x64-${version}.zip`,
  url: `${RELEASES}/v${version}/actions-runner-win-x64-${version}.zip`,
  sha256: SUM.toLowerCase(),
  ...over,
});

Deno.test("downloads() asks the account, and takes the row for Windows on x64 alone", async () => {
  const rows = [
    row("2.340.0", { os: "linux" }),
    row("2.340.0", { os: "osx" }),
    row("2.340.0", { architecture: "arm64" }),
    row("2.338.1"),
  ];
  for (const [scope, base] of [[ORG, "/orgs/acme"], [REPO, "/repos/acme/shop"]] as const) {
    await withGitHub(answering(rows), async ({ forge, count }) => {
      deepEqual(valueOf(await forge.downloads(scope)), [release("2.338.1")]);
      equal(count(`GET ${base}/actions/runners/downloads`), 1);
    });
  }
});

Deno.test("downloads() does without a checksum, and takes none that is not one", async () => {
  const { sha256_checksum: _, ...without } = row("2.338.1");
  const { sha256: __, ...expected } = release("2.338.1");
  for (
    const one of [without, row("2.338.1", { "sha256_checksum": null }), {
      ...without,
      "sha256_checksum": "abc",
    }]
  ) {
    await withGitHub(answering([one]), async ({ forge }) => {
      deepEqual(valueOf(await forge.downloads(ORG)), [expected]);
    });
  }
});

Deno.test("downloads() reads the version out of the address when the file's name is missing", async () => {
  await withGitHub(answering([row("2.338.1", { filename: null })]), async ({ forge }) => {
    deepEqual(valueOf(await forge.downloads(ORG)), [release("2.338.1")]);
  });
});

Deno.test("downloads() leaves out what is named like no package of the runner", async () => {
  const rows = ["..\\..\\evil.zip", "actions-runner-win-x64-2.3.zip", "actions-runner-win-x64-2.3.4.zip.exe"]
    .map((name) => row("1.0.0", { filename: name, "download_url": `https://mirror.example/${name}` }));
  await withGitHub(
    answering([...rows, row("1.0.0", { filename: null, "download_url": "nothing" })]),
    async ({ forge }) => deepEqual(valueOf(await forge.downloads(ORG)), []),
  );
});

Deno.test("downloads() says what to do where a GitHub has no such endpoint", async () => {
  await withGitHub(answering({ message: "Not Found" }, 404), async ({ forge }) => {
    const result = await forge.downloads(ORG);
    ok(result.outcome === "failed" && result.code === "not_found");
    match(
      result.message,
      /^Cannot ask organization acme for the newest runner program: .*Enterprise Server.*folder/,
    );
  });
});

Deno.test("downloads() is a read: repeated when it failed for a moment, unavailable when it is no list", async () => {
  let failures = 2;
  const own: Route = (seen) =>
    seen.path.endsWith("/downloads") && failures-- > 0 ? json(502, {}) : answering([row("2.338.1")])(seen);
  await withGitHub(own, async ({ forge, count }) => {
    equal(valueOf(await forge.downloads(ORG)).length, 1);
    equal(count("GET /orgs/acme/actions/runners/downloads"), 3);
  });
  await withGitHub(answering({ "download_url": "x" }), async ({ forge }) => {
    const result = await forge.downloads(ORG);
    ok(result.outcome === "failed" && result.code === "unavailable");
    doesNotMatch(result.message, /undefined/);
  });
});
