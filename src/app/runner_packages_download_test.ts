import assert from "node:assert/strict";
import { join } from "node:path";
import {
  BYTES,
  contentOf,
  cutOff,
  failureOf,
  FILE,
  type Handler,
  namesIn,
  valueOf,
  whole,
  withStage,
} from "./runner_packages_test_support.ts";

Deno.test("fetch() goes on where it was cut off, as often as that brings something", async () => {
  const handler: Handler = (request, nth, part) =>
    nth < 4 ? cutOff(request, part, 50_000) : whole(request, nth, part);
  await withStage(handler, async ({ packages, release, asked }) => {
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    assert.deepEqual(asked, [null, "bytes=50000-", "bytes=100000-", "bytes=150000-"]);
  });
});

Deno.test("fetch() keeps a part when it is cut off for longer, and the next start goes on with it", async () => {
  let down = true;
  const handler: Handler = (request, nth, part) => {
    if (!down) return whole(request, nth, part);
    return nth === 1 ? cutOff(request, part, 50_000) : new Response("away", { status: 503 });
  };
  await withStage(handler, async ({ packages, again, cache, release, asked }) => {
    const { code, message } = failureOf(await packages.fetch(release));
    assert.equal(code, "unavailable");
    assert.match(
      message,
      /^Cannot get the runner 2\.340\.0: http:\S+\.zip answered 503\. .*proxy.*runners\.packages/,
    );
    assert.deepEqual(await namesIn(cache), [`${FILE}.part`]);
    down = false;
    assert.deepEqual(await contentOf(valueOf(await again().fetch(release))), BYTES);
    assert.equal(asked.at(-1), "bytes=50000-");
    assert.deepEqual(await namesIn(cache), [FILE, `${FILE}.sha256`]);
  });
});

Deno.test("fetch() begins anew where a server knows no parts", async () => {
  const handler: Handler = (request, nth, part) =>
    nth === 1 ? cutOff(request, part, 50_000) : new Response(BYTES);
  await withStage(handler, async ({ packages, release, asked }) => {
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    assert.deepEqual(asked, [null, "bytes=50000-"]);
  });
});

Deno.test("fetch() begins anew where a part does not fit what the server has", async () => {
  const other: Handler = (request, nth, part) => {
    if (request.headers.has("range")) {
      return new Response("x", { status: 206, headers: { "content-range": "bytes 7-7/9" } });
    }
    return whole(request, nth, part);
  };
  for (
    const [handler, left] of [[other, BYTES.slice(0, 9)], [whole, new Uint8Array(BYTES.length + 1)]] as const
  ) {
    await withStage(handler, async ({ packages, cache, release, asked }) => {
      await Deno.mkdir(cache, { recursive: true });
      await Deno.writeFile(join(cache, `${FILE}.part`), left);
      assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
      assert.deepEqual(asked, [`bytes=${left.length}-`, null]);
    });
  }
});

Deno.test("fetch() takes a part that was complete already, and one that was part of something else not", async () => {
  await withStage(whole, async ({ packages, cache, release, asked }) => {
    await Deno.mkdir(cache, { recursive: true });
    await Deno.writeFile(join(cache, `${FILE}.part`), BYTES);
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    assert.deepEqual(asked, [`bytes=${BYTES.length}-`]);
  });
  await withStage(whole, async ({ packages, cache, release, asked }) => {
    await Deno.mkdir(cache, { recursive: true });
    await Deno.writeFile(join(cache, `${FILE}.part`), new Uint8Array(1_000));
    assert.deepEqual(await contentOf(valueOf(await packages.fetch(release))), BYTES);
    assert.deepEqual(asked, ["bytes=1000-", null]);
  });
});
