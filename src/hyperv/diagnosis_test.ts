import assert from "node:assert/strict";
import { describeEnd, languageModeCause, named, policyCause } from "./diagnosis.ts";

const END = { program: "C:\\ps.exe", wasReady: false, stderr: "" };

/** What was seen, and what a person must be told of it. */
const ENDS: readonly { name: string; end: Parameters<typeof describeEnd>[0]; says: RegExp }[] = [
  {
    name: "no program",
    end: { ...END, startError: "ENOENT" },
    says: /not found at C:\\ps\.exe\. Set hyperv\.powershell/,
  },
  {
    name: "no right to start it",
    end: { ...END, startError: "EACCES" },
    says: /may not be started.*policies/,
  },
  {
    name: "another error of the system",
    end: { ...END, startError: "EMFILE" },
    says: /could not be started \(EMFILE\)/,
  },
  {
    name: "a script file that the execution policy refuses",
    end: {
      ...END,
      exitCode: 1,
      stderr: "Datei kann nicht geladen werden.\n    + FullyQualifiedErrorId : UnauthorizedAccess\n",
    },
    says: /execution policy.*[Ss]ign/,
  },
  {
    name: "an antivirus program in the XML that stderr holds, broken over lines",
    end: {
      ...END,
      exitCode: 1,
      stderr:
        '#< CLIXML\r\n<Objs Version="1.1.0.1"><Obj S="progress" /><S S="Error">    + FullyQualifiedErrorId : Scrip_x000D__x000A_</S>' +
        '<S S="Error">   tContainedMaliciousContent_x000D__x000A_</S></Objs>',
    },
    says: /AMSI/,
  },
  {
    name: "the words in the XML that stderr holds",
    end: {
      ...END,
      exitCode: 1,
      stderr: '#< CLIXML\n<Objs><S S="Error">It _x000D__x000A_</S><S S="Error">broke</S></Objs>',
    },
    says: /exit code 1: It broke$/,
  },
  {
    name: "Constrained Language Mode",
    end: {
      ...END,
      exitCode: 1,
      stderr: "+ FullyQualifiedErrorId : MethodInvocationNotSupportedInConstrainedLanguage",
    },
    says: /Constrained Language Mode.*hyperv\.scripts: files/,
  },
  {
    name: "last words",
    end: { ...END, exitCode: 1, stderr: "#< CLIXML\n<Objs a>\nIt  broke.\n" },
    says: /exit code 1: It broke\.$/,
  },
  {
    name: "a death in service without a word",
    end: { ...END, wasReady: true, exitCode: 1 },
    says: /ended from outside \(exit code 1\)/,
  },
  {
    name: "a death at the start without a word",
    end: { ...END, exitCode: 0 },
    says: /exit code 0 before it could take calls/,
  },
];

for (const { name, end, says } of ENDS) {
  Deno.test(`describeEnd() names ${name}`, () => assert.match(describeEnd(end), says));
}

Deno.test("policyCause() is not deceived by ids of denied files", () => {
  const ids = [
    "RemoveFileSystemItemUnAuthorizedAccess,Microsoft.PowerShell.Commands.RemoveItemCommand",
    "GetContentReaderUnauthorizedAccessError,Microsoft.PowerShell.Commands.GetContentCommand",
    "UnauthorizedAccessException",
  ];
  for (const id of ids) assert.equal(policyCause(id), undefined, id);
});

Deno.test("languageModeCause() has nothing against the full language", () => {
  assert.equal(languageModeCause("FullLanguage"), undefined);
  assert.match(languageModeCause("ConstrainedLanguage") ?? "", /ConstrainedLanguage/);
});

Deno.test("named() leaves records alone that no policy made", () => {
  const record = {
    message: "no",
    category: "",
    fqid: "ObjectNotFound,X",
    hresult: "",
    command: "",
    target: "",
  };
  assert.equal(named(record), record);
});
