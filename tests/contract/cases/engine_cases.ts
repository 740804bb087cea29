/** What needs nothing but an engine that answers. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Case } from "../case.ts";

/** What has broken bridges before: quotes, code that must not run, line ends, code pages, directions. */
const NASTY: readonly string[] = [
  "",
  " ",
  "'",
  '"',
  "`",
  "`$(1+1)",
  "$(throw 'it ran')",
  '$(Write-Output "it ran")',
  "'; throw 'it ran'; '",
  "@{a=1}",
  "@('a')",
  "-EncodedCommand",
  "%PATH% $env:PATH ${env:PATH}",
  "a\nb\r\nc\rd",
  "\t\v\f\b\u001b[31m",
  "[a-z]*?[!x]",
  "C:\\a b\\c\\",
  "\\\\server\\share$\\x",
  '{"id":1,"ok":true}\n#hvpool {"id":1,"ok":true,"value":{},"ms":0}',
  "Größe 名前 имя",
  "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c",
  "👩‍🔬🇺🇳 e\u0301",
  "\ufeffmark",
  "\u2028\u2029\u0085",
  "2026-01-01T00:00:00Z",
  "/Date(0)/",
  "x".repeat(4_000),
];

/** Cases for any engine. */
export const ENGINE_CASES: readonly Case[] = [
  {
    name: "bridge.ping answers which engine it is",
    needs: "engine",
    async run(stage) {
      const { echo, languageMode, engine } = await stage.ok("bridge.ping", {});
      assert.equal(echo, "");
      assert.equal(languageMode, "FullLanguage");
      assert.match(engine, /^\d+\.\d+/);
    },
  },
  {
    name: "text that looks like code, quotes and directions comes back unchanged and never runs",
    needs: "engine",
    async run(stage) {
      for (const echo of NASTY) assert.equal((await stage.ok("bridge.ping", { echo })).echo, echo);
    },
  },
  {
    name: "any text comes back unchanged",
    needs: "engine",
    async run(stage) {
      const text = fc.string({ unit: "binary", maxLength: 60 }).filter((one) => !one.includes("\0"));
      await fc.assert(
        fc.asyncProperty(text, async (echo) => {
          assert.equal((await stage.ok("bridge.ping", { echo })).echo, echo);
        }),
        { numRuns: 300 },
      );
    },
  },
  {
    name: "NUL and half a surrogate pair are refused before anything is sent",
    needs: "engine",
    async run(stage) {
      await stage.fails("bridge.ping", { echo: "a\0b" }, "invalid");
      await stage.fails("bridge.ping", { echo: "a\ud800b" }, "invalid");
    },
  },
  {
    name: "calls of one lane that are made at once are all answered, each with its own answer",
    needs: "engine",
    async run(stage) {
      const echoes = Array.from({ length: 40 }, (_, i) => `call ${i}`);
      const answers = await Promise.all(echoes.map((echo) => stage.ok("bridge.ping", { echo })));
      assert.deepEqual(answers.map(({ echo }) => echo), echoes);
    },
  },
  {
    name: "an answer of a megabyte comes whole",
    needs: "engine",
    async run(stage) {
      const echo = "0123456789abcde\n".repeat(65_536);
      assert.equal((await stage.ok("bridge.ping", { echo })).echo, echo);
    },
  },
  {
    name: "a call answers, or fails as unavailable where there is no Hyper-V",
    needs: "engine",
    async run(stage) {
      const { hyperv } = await stage.ok("bridge.ping", {});
      const answer = await stage.call("vm.list", {});
      if (hyperv) assert.equal(answer.outcome, "ok", JSON.stringify(answer));
      else assert.equal(answer.outcome === "failed" ? answer.code : answer.outcome, "unavailable");
    },
  },
];
