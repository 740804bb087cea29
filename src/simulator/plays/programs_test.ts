import assert from "node:assert/strict";
import { type ProgramEnd, type ProgramWorld, runProgram } from "./programs.ts";

const WORLD: ProgramWorld = {
  user: "Administrator",
  computer: "VM-1",
  environment: {},
  input: "",
  directory: "C:\\",
  online: true,
  readFile: () => undefined,
};

function run(args: readonly string[], online = true): ProgramEnd {
  const end = runProgram("C:\\Windows\\System32\\curl.exe", args, { ...WORLD, online });
  assert.ok(end !== undefined, "there is a curl");
  return end;
}

const DOCTORS = ["--silent", "--output", "NUL", "--head", "--max-time", "10"];

Deno.test("curl ends as the real one does, by what it is asked for and whether there is a network", () => {
  const cases: [args: string[], online: boolean, exitCode: number, stderr: RegExp][] = [
    [[...DOCTORS, "https://api.github.com/"], true, 0, /^$/],
    [[...DOCTORS, "http://127.0.0.1:7500"], true, 0, /^$/],
    [[...DOCTORS, "https://api.github.com/"], false, 6, /^$/],
    [
      ["-sS", "https://api.github.com/"],
      false,
      6,
      /^curl: \(6\) Could not resolve host: api\.github\.com\r\n$/,
    ],
    [["https://10.0.0.1/"], false, 7, /^curl: \(7\) Failed to connect to 10\.0\.0\.1 port 443: /],
    [["http://[fd00::1]:81/"], false, 7, /connect to \[fd00::1\] port 81: /],
    [["https://proxy.invalid/"], true, 6, /Could not resolve host: proxy\.invalid/],
    [["github.com"], true, 0, /^$/],
    [["ftp2://github.com/"], true, 1, /Protocol "ftp2" not supported/],
    [["https://a b/"], true, 3, /^curl: \(3\) URL rejected/],
    [[], true, 2, /no URL specified/],
    [["--head", "--maximum-time", "10", "https://github.com"], true, 2, /option --maximum-time: is unknown/],
  ];
  for (const [args, online, exitCode, stderr] of cases) {
    const end = run(args, online);
    assert.equal(end.exitCode, exitCode, args.join(" "));
    assert.match(end.stderr, stderr, args.join(" "));
  }
});

Deno.test("curl shows the head where it is asked for, and what goes into a file is not shown", () => {
  assert.match(run(["-sI", "https://github.com/"]).stdout, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(run([...DOCTORS, "https://github.com/"]).stdout, "");
  assert.equal(run(["-I", "https://proxy.invalid/"]).stdout, "");
});
