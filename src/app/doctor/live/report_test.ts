import assert from "node:assert/strict";
import { info, ping } from "../checks/samples_fixture.ts";
import { privately, reportText } from "./report.ts";

const HIDE = privately({
  words: ["acme", "svc-runner", "vm", "HOST", "a", "guest.pass"],
  paths: [["D:\\acme\\vms", "<storage>"], ["D:\\acme\\vms\\golden.vhdx", "<template>"], ["", "<nothing>"]],
});

Deno.test("privately() takes out names, paths and secrets, and leaves what is needed", () => {
  const cases: [string, string][] = [
    ["D:\\acme\\vms\\hvpool-doctor-1\\disk.vhdx", "<storage>\\hvpool-doctor-1\\disk.vhdx"],
    ["d:\\ACME\\VMS\\golden.vhdx is missing", "<template> is missing"],
    ["organization Acme", "organization [redacted]"],
    ["acmeish words stay", "acmeish words stay"],
    ["C:\\Users\\jane.doe\\x and /home/me/x", "C:\\Users\\[redacted]\\x and /home/[redacted]/x"],
    ["vm.start on vm failed", "vm.start on [redacted] failed"],
    ["on computer 'HOST'.", "on computer '[redacted]'."],
    ["by SVC-RUNNER", "by [redacted]"],
    ["a letter alone is no name", "a letter alone is no name"],
    ["guest.pass, guestxpass", "[redacted], guestxpass"],
    ["token ghs_abcdefghijklmnopqrstuvwxyz", "token [redacted]"],
  ];
  for (const [text, expected] of cases) assert.equal(HIDE(text), expected);
});

Deno.test("reportText() says versions, host and times, and nothing of whose they are", () => {
  const text = reportText({
    version: "0.1.0",
    at: new Date(0),
    kind: "Hyper-V",
    rounds: 3,
    memoryMb: 512,
    withGuest: false,
    ping: ping(),
    info: info(),
    steps: [
      { step: "vm.start", runs: 3, failed: 0, p50Ms: 240.4, p95Ms: 301, message: "" },
      {
        step: "vm.save",
        runs: 0,
        failed: 3,
        p50Ms: null,
        p95Ms: null,
        message: "no\nspace | on D:\\acme\\vms",
      },
    ],
    left: ["the folder D:\\acme\\vms\\hvpool-doctor-1: in use"],
    interrupted: true,
  }, HIDE);
  assert.equal(
    text,
    `# hvpool doctor --live

|  |  |
| --- | --- |
| hvpool | 0.1.0 |
| when | 1970-01-01T00:00:00.000Z |
| host | Hyper-V, Windows server 10.0.26100, 64 GB, 8 processors, administrator |
| engine | PowerShell 5.1.26100.1 Desktop, FullLanguage |
| machine | 512 MB, without a system |
| rounds | 3, interrupted |
| left behind | the folder <storage>\\hvpool-doctor-1: in use |

| step | ok | failed | p50 ms | p95 ms | message |
| --- | --- | --- | --- | --- | --- |
| vm.start | 3 | 0 | 240 | 301 |  |
| vm.save | 0 | 3 |  |  | no space \\| on <storage> |
`,
  );
});
