import assert from "node:assert/strict";
import { post, problemOf } from "./testing/ask.ts";
import { acquire } from "./testing/ask_leases.ts";
import { served } from "./testing/served.ts";

/** What no name may have in it: it drives a terminal, turns text around, or cannot be seen. */
const MARKS = [
  "\u0000",
  "\u001b",
  "\u0085",
  "\u2028",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
];
const BLANK = ["", " ", "\t", "\u00a0", "\u3000", "\u2800", "\u3164"];

Deno.test("names of holders and labels with marks that cannot be seen are refused with the rule", async () => {
  await served(async ({ address, operations }) => {
    const bad = [
      ...MARKS.flatMap((mark) => [
        { holder: `ann${mark}` },
        { labels: { [`a${mark}`]: "b" } },
        { labels: { a: `b${mark}` } },
        { labels: { [`a${mark}`]: mark } },
      ]),
      ...BLANK.flatMap((blank) => [{ holder: blank }, { labels: { [blank]: "b" } }]),
      { purpose: "a\u202eb" },
      { purpose: "a\u001b[2Jb" },
    ];
    for (const change of bad) {
      const { status, detail } = await problemOf(await acquire(address, { pool: "desktops", ...change }));
      assert.equal(status, 400, JSON.stringify(change));
      assert.match(detail, /^(holder|purpose|labels)[^]*?: /, JSON.stringify(change));
      assert.match(
        detail,
        /Expected (a text without|more than spaces|names of 1)|Too small/,
        JSON.stringify(change),
      );
      assert.doesNotMatch(detail, /[\p{Cc}\p{Bidi_Control}]/u, JSON.stringify(change));
    }
    assert.deepEqual(operations.leases.acquired, []);
  });
});

Deno.test("names of holders and labels may be of any language, and an empty value says nothing", async () => {
  await served(async ({ address, operations }) => {
    const body = {
      pool: "desktops",
      holder: "Ærø 日本 ci-42",
      labels: { "größe": "", run: "a b" },
      purpose: "❤️ 👩‍💻",
    };
    const response = await acquire(address, body);
    assert.equal(response.status, 201, await response.text());
    assert.equal(operations.leases.acquired[0]?.holder, body.holder);
  });
});

Deno.test("a reason with marks that drive a terminal or turn text around is refused, and nothing is done", async () => {
  await served(async ({ address, operations }) => {
    for (const mark of ["\u001b", "\u202e", "\u2066"]) {
      for (const path of ["/v1/pools/linux/pause", "/v1/leases/l-00000000000000000000000001/force-release"]) {
        const { status, detail } = await problemOf(await post(address, path, { reason: `a${mark}b` }));
        assert.deepEqual(
          [status, /^reason: Expected a text without control/.test(detail)],
          [400, true],
          detail,
        );
      }
    }
    assert.deepEqual([operations.requests, operations.leases.released], [[], []]);
  });
});
