import { deepEqual, equal, match, ok } from "node:assert/strict";
import { BOOTSTRAP, bridgeScript, CALL_WORKER, WATCH_WORKER } from "../../src/hyperv/scripts.ts";
import { type CallShapes, callShapes, checkCalls, functionName } from "./calls_rules.ts";
import { checkScripts } from "./check.ts";
import { findFunctions } from "./functions.ts";
import { powerShellParser, walk } from "./parse.ts";
import { readSource, repositoryScripts, testScripts } from "./sources.ts";

const parser = await powerShellParser();

/** Findings that a fixture expects: `line rule`, from `# expect: rule, rule`. */
function expected(text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    (/# expect: (.*)$/.exec(line)?.[1]?.split(",") ?? []).map((rule) => `${index + 1} ${rule.trim()}`)
  ).sort();
}

function functionsOf(text: string) {
  const tree = parser.parse(text);
  ok(tree !== null);
  return findFunctions("scripts/bridge/one.ps1", tree.rootNode);
}

Deno.test("the scripts have no mistakes and agree with the call list", () => {
  deepEqual(checkScripts(parser, repositoryScripts(), callShapes()), []);
});

Deno.test("each seeded mistake is found, on its line, and nothing else", () => {
  const source = readSource("tests/scripts/fixtures/mistakes.ps1", "scripts/bridge/mistakes.ps1");
  const around = ["shapes", "errors", "preferences"].map((name) => readSource(`scripts/bridge/${name}.ps1`));
  const found = checkScripts(parser, [source, ...around])
    .map(({ file, line, rule }) => file === source.file ? `${line} ${rule}` : `${file}:${line} ${rule}`);
  const wanted = expected(source.text);
  deepEqual({
    foundButNotSeeded: found.filter((one) => !wanted.includes(one)),
    seededButNotFound: wanted.filter((one) => !found.includes(one)),
  }, { foundButNotSeeded: [], seededButNotFound: [] });
});

for (
  const [what, text] of Object.entries({
    "a ternary": "return $A ? 1 : 2",
    "a null-coalescing operator": "return $A ?? 1",
    "a null-conditional assignment": "$A ??= 1",
    "a null-conditional member": "return ${A}?.Length",
    "a brace that is missing": "if ($A) { return 1",
  })
) {
  Deno.test(`${what} is no syntax of 5.1`, () => {
    const source =
      `function Get-HvOne {\n    [CmdletBinding()]\n    param(\n        [string]$A\n    )\n    ${text}\n}\n`;
    const found = checkScripts(parser, [
      { file: "scripts/bridge/one.ps1", text: source },
      readSource("scripts/bridge/preferences.ps1"),
    ]);
    ok(found.some(({ rule }) => rule === "syntax"), JSON.stringify(found));
  });
}

Deno.test("a bridge whose first script sets no StrictMode is found", () => {
  const found = checkScripts(parser, [{ file: "scripts/bridge/one.ps1", text: "$a = 1\n" }]);
  deepEqual(found.map(({ rule }) => rule), ["strict"]);
});

Deno.test("a guest script without StrictMode is found", () => {
  const found = checkScripts(parser, [{ file: "scripts/guest/one.ps1", text: "$a = 1\n" }]);
  deepEqual(found.map(({ rule }) => rule), ["strict"]);
});

const SHAPES: CallShapes = {
  "vm.go": {
    type: "object",
    properties: {
      vmId: { type: "string", pattern: "^[0-9a-f]{12}$" },
      note: { type: "string" },
      count: { type: "integer" },
    },
    required: ["vmId", "note"],
  },
};
const GOOD =
  `function Invoke-HvVmGo {\n    [CmdletBinding()]\n    param(\n        [Parameter(Mandatory)]\n        [guid]$VmId,\n
        [Parameter(Mandatory)]\n        [AllowEmptyString()]\n        [string]$Note,\n\n        [long]$Count\n    )\n    return $Note\n}\n`;

Deno.test("a function that takes what its call gives is right", () => {
  deepEqual(checkCalls(SHAPES, functionsOf(GOOD)), []);
});

for (
  const [what, [from, to, says]] of Object.entries(
    {
      "a parameter that is missing": ["[long]$Count", "[long]$Amount", /lacks -Count/],
      "a parameter too many": ["[long]$Count", "[long]$Count,\n        [long]$More", /no argument for -More/],
      "a parameter that should be mandatory": [
        "[Parameter(Mandatory)]\n        [guid]",
        "[guid]",
        /must be mandatory/,
      ],
      "a parameter that should not be mandatory": [
        "[long]$Count",
        "[Parameter(Mandatory)]\n        [long]$Count",
        /must not be mandatory/,
      ],
      "a parameter of another kind": ["[long]$Count", "[string]$Count", /gives int or long/],
      "a text that may be empty": ["[AllowEmptyString()]\n        ", "", /AllowEmptyString/],
      "a call without a function": ["Invoke-HvVmGo", "Get-HvVmGo", /vm.go has no function/],
      "a function without a call": [
        "function Invoke-HvVmGo",
        "function Invoke-HvVmStop {\n    [CmdletBinding()]\n    param()\n}\nfunction Invoke-HvVmGo",
        /of no call/,
      ],
    } satisfies Record<string, [string, string, RegExp]>,
  )
) {
  Deno.test(`${what} is found`, () => {
    ok(GOOD.includes(from));
    const found = checkCalls(SHAPES, functionsOf(GOOD.replace(from, to)));
    equal(found.length > 0, true);
    match(found.map(({ message }) => message).join("\n"), says);
  });
}

for (const source of testScripts()) {
  Deno.test(`${source.file} can be read by 5.1`, () => {
    const tree = parser.parse(source.text);
    ok(tree !== null);
    deepEqual(
      [...walk(tree.rootNode)].filter((node) => node.isError || node.isMissing).map(({ text }) => text),
      [],
    );
    match(source.text, /^[\n\x20-\x7e]*$/);
  });
}

Deno.test("functionName() joins the parts of a call", () => {
  equal(functionName("disk.createChild"), "Invoke-HvDiskCreateChild");
});

Deno.test("the program carries every script of the bridge", () => {
  const whole = bridgeScript();
  for (const { file, text } of repositoryScripts()) {
    if (file.startsWith("scripts/bridge/")) {
      ok(whole.includes(text.replaceAll("\r\n", "\n")), `${file} is not in it`);
    }
  }
});

Deno.test("the workers' scripts start what they are for, and StrictMode comes first", () => {
  match(CALL_WORKER, /\nStart-HvWorker\n$/);
  match(WATCH_WORKER, /\nStart-HvWatch\n$/);
  match(CALL_WORKER, /^(#.*\n)+Set-StrictMode -Version 3\.0\n/);
});

Deno.test("the bootstrap fits into a command line of cmd.exe, twice", () => {
  ok(btoa(BOOTSTRAP).length * 2 < 8_191 / 2);
});
