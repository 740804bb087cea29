import assert from "node:assert/strict";
import { SAMPLE_PREPARATION, SAMPLE_TEMPLATE } from "../../api/testing/fake_templates.ts";
import { call, inFolder, recordingOutput, withRunning } from "../testing/called.ts";

const VHDX = "C:\\Templates\\win11.vhdx";
const COMMANDS = ["register", "list", "show", "verify", "prepare", "export", "import", "delete"];

for (const name of COMMANDS) {
  Deno.test(`hvpool template ${name} --help has examples`, async () => {
    const { code, out } = await call(["template", name, "--help"]);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^Usage: hvpool template ${name}`));
    assert.match(out, new RegExp(`Examples:\n {2}hvpool template ${name}`));
    assert.match(out, /--json/);
  });
}

Deno.test("hvpool template register and create hand on everything that is given", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const hardware = [
      ...["--gpu-name", "\\\\?\\PCI#A", "--gpu-vram-min", "80000000", "--gpu-vram-optimal", "90000000"],
      ...["--gpu-vram-max", "100000000"],
      ...["--memory", "8GB", "--cpus", "4", "--secure-boot", "uefi-ca", "--tpm", "--nested", "--gpu"],
      ...[
        "--software",
        "chrome=140.0",
        "--software",
        "node=24",
        "--credentials",
        "admins",
        "--probe",
        "tcp:3389",
      ],
    ];
    const here = ["--data-dir", dataDir];
    const full = await call([
      "template",
      "register",
      "win11",
      "--vhdx",
      VHDX,
      "--replace",
      ...hardware,
      ...here,
    ]);
    assert.deepEqual(full, { code: 0, out: "Template win11 is registered, version 2.", err: "" });
    const seed = await call([
      "template",
      "create",
      "--name",
      "win11-chrome",
      "--vhdx",
      VHDX,
      "--json",
      ...here,
    ]);
    assert.deepEqual(JSON.parse(seed.out), { ...SAMPLE_TEMPLATE, name: "win11-chrome" });
    const source = "api (hvpool template register)";
    assert.deepEqual(operations.templates.asked, [
      {
        what: "register",
        request: {
          name: "win11",
          path: VHDX,
          replace: true,
          memoryMb: 8192,
          processors: 4,
          secureBoot: "MicrosoftUEFICertificateAuthority",
          tpm: true,
          nested: true,
          gpu: true,
          gpuPartition: {
            gpu: "\\\\?\\PCI#A",
            minVram: 80_000_000,
            optimalVram: 90_000_000,
            maxVram: 100_000_000,
          },
          software: { chrome: "140.0", node: "24" },
          credentials: "admins",
          probe: { tcp: 3389 },
          actor: "administrator",
          source,
        },
      },
      { what: "register", request: { name: "win11-chrome", path: VHDX, actor: "administrator", source } },
    ]);
  });
});

Deno.test("hvpool template takes no value that makes no sense, and asks for nothing then", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const register = ["register", "win11", "--vhdx", VHDX];
    const cases: [string[], RegExp][] = [
      [["register", "win11"], /--vhdx/],
      [["register", "--vhdx", VHDX], /hvpool template register NAME/],
      [["register", "a", "--name", "b", "--vhdx", VHDX], /Two names/],
      [[...register, "--memory", "8"], /512MB/],
      [[...register, "--memory", "lots"], /8GiB/],
      [[...register, "--cpus", "0"], /--cpus/],
      [[...register, "--gpu", "--gpu-vram-max", "1GB"], /--gpu-vram-max/],
      [[...register, "--gpu", "--gpu-vram-max", "0"], /--gpu-vram-max/],
      [[...register, "--secure-boot", "on"], /off, windows, uefi-ca/],
      [[...register, "--software", "chrome"], /NAME=VERSION/],
      [[...register, "--probe", "3389"], /tcp:3389/],
      [[...register, "--probe", "tcp:70000"], /tcp:3389/],
      [["prepare", "ci"], /--from/],
      [["prepare", "ci", "--from", "win11", "--runner", "new"], /latest, or a version/],
      [["export", "win11"], /place/],
      [["export", "win11", "ftp://x/"], /https/],
      [["import", "win11", "C:\\x", "--header", "s3cret"], /NAME: VALUE/],
      [["import", "win11", "C:\\x", "--header", "a: env:NOPE"], /NOPE is not set/],
      [["show"], /name/],
      [[], /Usage: hvpool template/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await call(["template", ...args, "--data-dir", dataDir]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, message);
      assert.doesNotMatch(err, /s3cret/);
    }
    assert.deepEqual(operations.templates.asked, []);
  });
});

Deno.test("hvpool template list shows a line for each template", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const seed = {
      ...SAMPLE_TEMPLATE,
      name: "seed",
      origin: "configuration" as const,
      version: null,
      runner: null,
      builtAt: null,
      users: [],
      preparing: SAMPLE_PREPARATION,
    };
    operations.templates.all = [seed, { ...SAMPLE_TEMPLATE, failed: "It did not start." }];
    const { code, out } = await call(["template", "list", "--data-dir", dataDir]);
    assert.equal(code, 0);
    assert.deepEqual(out.split("\n").map((line) => line.replaceAll(/ {2,}/g, "|")), [
      "TEMPLATE|ORIGIN|VERSION|MEMORY|CPUS|RUNNER|BUILT|USERS|STATE",
      "seed|configuration|8 GiB|4|0|copying, 1 of 4 MiB",
      "win11|registered|2|8 GiB|4|2.330.0|2026-02-20|1|It did not start.",
    ]);
    const json = await call(["template", "list", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { templates: operations.templates.all });
    operations.templates.all = [];
    assert.match((await call(["template", "list", "--data-dir", dataDir])).out, /no template.*register/);
  });
});

Deno.test("hvpool template show shows what is known of one, and names others when there is none", async () => {
  await withRunning(async ({ dataDir }) => {
    const { out } = await call(["template", "show", "win11", "--data-dir", dataDir]);
    for (
      const line of [
        /^template {4}win11$/m,
        /^origin {6}registered, version 2$/m,
        /^hardware {4}8 GiB, 4 processors, secure boot MicrosoftWindows, TPM$/m,
        /^software {4}chrome 140\.0$/m,
        /^probe {7}tcp:3389$/m,
        /^users {7}pool linux$/m,
      ]
    ) assert.match(out, line);
    assert.doesNotMatch(out, /^(expires|failed|preparing)/m);
    const json = await call(["template", "show", "win11", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), SAMPLE_TEMPLATE);
    const none = await call(["template", "show", "win10", "--data-dir", dataDir]);
    assert.deepEqual([none.code, none.out], [1, ""]);
    assert.equal(none.err, 'error: hvpool refused: There is no template "win10". There is: win11.');
  });
});

Deno.test("hvpool template show tells the GPU partition that was asked for", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const shown = [
      [null, "GPU"],
      [{ minVram: 0, maxVram: 9 }, "GPU (video memory: at least 0, at most 9)"],
      [
        { gpu: "CARD", minVram: 7, optimalVram: 8, maxVram: 9 },
        "GPU CARD (video memory: at least 7, 8, at most 9)",
      ],
      [{ gpu: "CARD" }, "GPU CARD"],
    ] as const;
    for (const [gpuPartition, text] of shown) {
      operations.templates.all = [{ ...SAMPLE_TEMPLATE, gpu: true, gpuPartition }];
      const { out } = await call(["template", "show", "win11", "--data-dir", dataDir]);
      assert.ok(
        out.split("\n").some((line) => line.startsWith("hardware") && line.endsWith(`, ${text}`)),
        out,
      );
    }
  });
});

Deno.test("hvpool template verify says what it found, and ends with 1 when a check fails", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const verify = ["template", "verify", "win11", "--data-dir", dataDir];
    assert.deepEqual(await call(verify), { code: 0, out: "ok    file  The disk is there.", err: "" });
    operations.templates.checks = [
      { id: "runner", status: "warn", message: "It is old.", remedy: "Prepare it anew." },
      { id: "read-only", status: "fail", message: "It can be written.", remedy: "Set it read-only." },
    ];
    const { code, out } = await call(verify);
    assert.equal(code, 1);
    assert.deepEqual(out.split("\n"), [
      "warn  runner     It is old.",
      "                 Prepare it anew.",
      "fail  read-only  It can be written.",
      "                 Set it read-only.",
    ]);
    const json = await call([...verify, "--json"]);
    assert.deepEqual([json.code, JSON.parse(json.out)], [1, { checks: operations.templates.checks }]);
  });
});

Deno.test("hvpool template export and import send headers, those of the environment too", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const env = (name: string) => name === "TOKEN" ? "Bearer s3cret" : undefined;
    const place = "https://files.example/win11";
    const headers = ["--header", "Authorization: env:TOKEN", "--header", "x-a: b"];
    const rest = [...headers, "--replace", "--data-dir", dataDir];
    const exported = await call(["template", "export", "win11", place, ...rest], { env });
    assert.deepEqual(exported, { code: 0, out: "Template win11 is exported.", err: "" });
    const imported = await call(["template", "import", "win11", place, ...rest, "--memory", "4GiB"], { env });
    assert.deepEqual(imported, { code: 0, out: "Template win11 is registered, version 2.", err: "" });
    const request = {
      name: "win11",
      place,
      headers: { Authorization: "Bearer s3cret", "x-a": "b" },
      replace: true,
    };
    assert.deepEqual(operations.templates.asked, [
      {
        what: "export",
        request: { ...request, actor: "administrator", source: "api (hvpool template export)" },
      },
      {
        what: "import",
        request: {
          ...request,
          memoryMb: 4096,
          actor: "administrator",
          source: "api (hvpool template import)",
        },
      },
    ]);
  });
});

Deno.test("hvpool template delete deletes, or names the users", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const remove = ["template", "delete", "win11", "--data-dir", dataDir];
    assert.equal((await call(remove)).out, "Template win11 is deleted.");
    assert.deepEqual(JSON.parse((await call([...remove, "--json"])).out), { deleted: "win11" });
    operations.templates.refusal = { code: "conflict", message: "It is used by pool linux." };
    const { code, err } = await call(remove);
    assert.deepEqual([code, err], [1, "error: hvpool refused: It is used by pool linux."]);
  });
});

Deno.test("progress stands on stderr, and none with --json", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.templates.work = ({ progress }) => {
      progress({ step: "copying", done: 1_048_576, of: 2_097_152 });
      return new Promise((resolve) => setTimeout(resolve, 150)); // longer than an answer is held back
    };
    const register = ["template", "register", "win11", "--vhdx", VHDX, "--data-dir", dataDir];
    assert.match((await call(register)).err, /^copying {3}50 % {2}1 of 2 MiB$/);
    assert.equal((await call([...register, "--json"])).err, "");
    const shown: string[] = [];
    const { output } = recordingOutput();
    await call(register, { output: { ...output, statusLine: (text) => void shown.push(text) } });
    assert.deepEqual(shown, ["copying  [############------------]   50 %  1 of 2 MiB", ""]);
  });
});

Deno.test("Ctrl+C gives up and says that the same command goes on", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const listeners = new Set<(name: string) => void>();
    const signals = {
      onStop(listener: (name: string) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    operations.templates.work = ({ signal }) => {
      for (const listener of listeners) listener("SIGINT");
      return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
    };
    const register = ["template", "register", "win11", "--vhdx", VHDX, "--data-dir", dataDir];
    const { code, err } = await call(register, { signals });
    assert.equal(code, 1);
    assert.match(err, /^error: Given up\..*the same command goes on where it was\.$/);
    assert.equal(listeners.size, 0);
  });
});

Deno.test("hvpool template prepare waits until it is done", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const { templates } = operations;
    const looks = templates.list.bind(templates);
    let asked = 0;
    templates.list = () => {
      if (++asked === 2) templates.all = [{ ...SAMPLE_TEMPLATE, name: "ci" }];
      return looks();
    };
    const prepare = ["template", "prepare", "ci", "--from", "win11", "--data-dir", dataDir];
    const { code, out, err } = await call([...prepare, "--runner", "v2.330.0", "--switch", "LAN"]);
    assert.deepEqual([code, out], [0, "Template ci is prepared, version 2."]);
    assert.match(err, /^copying {3}25 % {2}1 of 4 MiB$/);
    const source = "api (hvpool template prepare)";
    assert.deepEqual(templates.asked, [
      {
        what: "prepare",
        request: {
          name: "ci",
          from: "win11",
          runner: "2.330.0",
          switchName: "LAN",
          actor: "administrator",
          source,
        },
      },
    ]);
  });
});

Deno.test("hvpool template prepare ends with 1 when it came to nothing, and 124 when that takes too long", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const { templates } = operations;
    const prepare = ["template", "prepare", "ci", "--from", VHDX, "--data-dir", dataDir];
    const late = await call([...prepare, "--timeout", "1ms"]);
    assert.deepEqual([late.code, late.out], [124, ""]);
    assert.match(late.err, /still being prepared after 0s\. It goes on; `hvpool template show ci`/);
    const begun = await call([...prepare, "--no-wait", "--json"]);
    assert.deepEqual(JSON.parse(begun.out).preparing, SAMPLE_PREPARATION);
    assert.match((await call([...prepare, "--no-wait"])).out, /is being prepared/);
    const failed = { ...SAMPLE_TEMPLATE, name: "ci", failed: "Windows did not start." };
    templates.list = () => [failed];
    const { code, out, err } = await call([...prepare, "--json"]);
    assert.deepEqual([code, JSON.parse(out)], [1, failed]);
    assert.match(err, /could not be prepared: Windows did not start\.$/);
  });
});

Deno.test("hvpool template says that nothing runs, with exit code 3", async () => {
  await inFolder(async (dataDir) => {
    for (
      const args of [
        ["list"],
        ["show", "a"],
        ["verify", "a"],
        ["delete", "a"],
        ["register", "a", "--vhdx", VHDX],
        ["prepare", "a", "--from", "b"],
        ["export", "a", "C:\\x"],
      ]
    ) {
      const { code, out, err } = await call(["template", ...args, "--data-dir", dataDir]);
      assert.deepEqual([code, out], [3, ""], args.join(" "));
      assert.match(err, /^error: hvpool is not running/);
    }
  });
});
