/**
 * The guest's scripts on a real engine, with stand-ins for what only Windows has. They run where an engine is
 * found: in `HVPOOL_TEST_POWERSHELL`, or as `pwsh` or `powershell` in PATH.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { introductionFiles } from "../../src/controller/delivery.ts";
import type { Delivery } from "../../src/model/effects.ts";
import type { CycleId, ScopeKey } from "../../src/model/ids.ts";
import type { GuestNetwork } from "../../src/model/network_addresses.ts";
import { CONFIG_DRIVE_FILE, type GuestSetup, parseGuestItems, usableAddress } from "../../src/ports/guest.ts";
import { ENGINE } from "./engine.ts";

const SCRIPTS = fileURLToPath(new URL("../../scripts/guest", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const NOW = Date.UTC(2026, 10, 25, 3, 4, 5);

function guestTest(name: string, test: (guest: Guest) => void): void {
  Deno.test(name, { ignore: ENGINE === undefined }, () => {
    using guest = new Guest();
    test(guest);
  });
}

type Note = readonly [what: string, text: string];

/** The folders of one guest, and what its scripts asked for. */
class Guest {
  readonly folder = mkdtempSync(join(tmpdir(), "hvpool-guest-"));
  readonly root = this.#made("root");
  readonly drive = this.#made("drive");
  readonly baked = this.#made("actions-runner");
  notes: Note[] = [];

  /** Puts the files of a config drive where the guest looks. */
  put(
    use: number,
    more: { setup?: GuestSetup; env?: Record<string, string>; network?: GuestNetwork } = {},
  ): void {
    const { network } = more;
    const delivery: Delivery & { readonly network?: GuestNetwork } = {
      ...(network === undefined ? {} : { network }),
      use,
      cycle: "runners/1.1" as CycleId,
      credentials: { kind: "jit", jitConfig: "SECRET-JIT" },
      env: more.env ?? {},
      runner: { name: "runner-1", scope: "orgs/acme" as ScopeKey, labels: [], group: "Default" },
    };
    const files = introductionFiles(delivery, "SECRET-JIT", NOW, more.setup);
    for (const { name, text } of files) writeFileSync(join(this.drive, name), text);
  }

  /** Gives the image a runner program. */
  bake(version: string): void {
    mkdirSync(join(this.baked, "bin"));
    writeFileSync(join(this.baked, "bin", "Runner.Listener.exe"), version);
  }

  /** Runs the loader; `before` are folders that it looks at before the drive, `more` what the network and the drive do. */
  loader(before: readonly string[] = [], more: Record<string, string> = {}): void {
    const folders = [...before, this.drive].join(";");
    const parts = { Boot: join(SCRIPTS, "boot.ps1"), Root: this.root, Drive: folders };
    this.#play("play_loader.ps1", { ...parts, ...more });
  }

  /** A folder with another `hvpool.json`, and the script that would show that it was taken. */
  folderWith(name: string, configuration: string): string {
    const folder = this.#made(name);
    writeFileSync(join(folder, CONFIG_DRIVE_FILE), configuration);
    writeFileSync(join(folder, "configure-runner.ps1"), RECORDING_SCRIPT);
    return folder;
  }

  /** Brings up the runner, whose starts end like this; `refuse` is what its network adapter does not do. */
  runner(exits: readonly number[], refuse = ""): void {
    this.#play("play_runner.ps1", {
      Scripts: SCRIPTS,
      Source: this.drive,
      Root: this.root,
      Baked: this.baked,
      Exits: exits.join(","),
      ...(refuse === "" ? {} : { Refuse: refuse }),
    });
  }

  /** What was noted under a name, in order. */
  noted(what: string): string[] {
    return this.notes.filter(([name]) => name === what).map(([, text]) => text);
  }

  /** What the host would read at the end. */
  get report(): ReturnType<typeof parseGuestItems> {
    return parseGuestItems({ "hvpool.beat": "1", ...Object.fromEntries(this.notes) });
  }

  #play(script: string, parameters: Record<string, string>): void {
    const notes = join(this.folder, "notes.jsonl");
    const args = Object.entries({ ...parameters, Notes: notes }).flatMap((
      [name, value],
    ) => [`-${name}`, value]);
    const printed = execFileSync(
      ENGINE ?? "",
      ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", join(HERE, script), ...args],
      {
        encoding: "utf8",
        timeout: 60_000,
        env: { ...Deno.env.toObject(), POWERSHELL_TELEMETRY_OPTOUT: "1" },
      },
    );
    assert.equal(printed, "", "the scripts print nothing");
    this.notes = readFileSync(notes, "utf8").trim().split("\n").map((line) => JSON.parse(line) as Note);
  }

  #made(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const RECORDING_SCRIPT = `param($Source, $Scripts, $Root, $Kvp)
[IO.File]::WriteAllText((Join-Path -Path $Root -ChildPath 'ran.txt'), "$Source|$Scripts")
`;

guestTest("boot.ps1 waits, sets the clock and runs what came with the configuration", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
  guest.loader();
  assert.deepEqual(guest.noted("hvpool.phase"), ["starting", "waiting"]);
  assert.deepEqual(guest.noted("clock"), ["2026-11-25T03:04:05.0000000Z"]);
  const copied = join(guest.root, "use-1");
  assert.equal(readFileSync(join(guest.root, "ran.txt"), "utf8"), `${guest.drive}|${copied}`);
  assert.ok(!existsSync(join(copied, CONFIG_DRIVE_FILE)), "the secret is not copied");
  assert.ok(existsSync(join(copied, "logon.cs")));
  assert.equal(readFileSync(join(guest.root, "used.txt"), "utf8"), "1");
});

guestTest(
  "boot.ps1 does not set the clock back to when a configuration was written onto the disk",
  (guest) => {
    guest.put(1);
    writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
    cpSync(guest.drive, join(guest.root, "inbox"), { recursive: true });
    rmSync(guest.drive, { recursive: true });
    mkdirSync(guest.drive);
    guest.loader([join(guest.root, "inbox")]);
    assert.ok(readFileSync(join(guest.root, "ran.txt"), "utf8").startsWith(join(guest.root, "inbox")));
    assert.deepEqual(guest.noted("clock"), []);
  },
);

guestTest("boot.ps1 asks DHCP once more before the script, unless it was given an address", (guest) => {
  const cases: [network: GuestNetwork | undefined, dhcp: string, renewals: number][] = [
    [undefined, "answers", 0],
    [undefined, "silent", 2],
    [{ dns: ["1.1.1.1"] }, "silent", 2],
    // The one that is left is before it waits, when it cannot know.
    [NETWORK, "silent", 1],
  ];
  for (const [network, dhcp, renewals] of cases) {
    guest.put(1, network === undefined ? {} : { network });
    writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
    rmSync(join(guest.root, "used.txt"), { force: true });
    rmSync(join(guest.folder, "notes.jsonl"), { force: true });
    guest.loader([], { Dhcp: dhcp });
    assert.equal(guest.noted("renewal").length, renewals, JSON.stringify(network));
    assert.ok(existsSync(join(guest.root, "ran.txt")));
    rmSync(join(guest.root, "ran.txt"));
  }
});

guestTest("boot.ps1 passes over what it cannot use", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
  guest.loader([
    join(guest.folder, "missing"),
    guest.folderWith("half", '{"protocol":1,"use":1,"no'),
    guest.folderWith("newer", '{"protocol":2,"use":1,"now":"2026-11-25T03:04:05Z"}'),
    guest.folderWith("had", '{"protocol":1,"use":0,"now":"2026-11-25T03:04:05Z"}'),
    guest.folderWith("timeless", '{"protocol":1,"use":1}'),
  ]);
  assert.deepEqual(guest.noted("hvpool.error").slice(0, 3), ["configuration", "protocol", "configuration"]);
  assert.ok(readFileSync(join(guest.root, "ran.txt"), "utf8").startsWith(`${guest.drive}|`));
});

guestTest("boot.ps1 says the machine's address with each beat, and that it has none", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
  guest.loader([], { Patience: "18", Addresses: "172.16.0.2,,172.16.0.9" });
  assert.deepEqual(guest.noted("hvpool.address"), ["172.16.0.2", "", "172.16.0.9"]);
});

guestTest("boot.ps1 says the time with each beat", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  guest.loader([], { Patience: "6" });
  const { time = NaN } = guest.report ?? {};
  assert.ok(time >= before && time <= Date.now(), guest.noted("hvpool.time").join());
});

guestTest("boot.ps1 has Windows take the host's time when the network changed, one at a time", (guest) => {
  const cases: [more: Record<string, string>, times: number][] = [
    [{}, 0],
    [{ Changes: "2" }, 1],
    [{ Changes: "2,5" }, 2],
    // What was started the first time has not ended, and is left to it.
    [{ Changes: "2,5", Busy: "1" }, 1],
    // It cannot be started: the loader goes on.
    [{ Changes: "1" }, 1],
  ];
  for (const [more, times] of cases) {
    guest.put(1);
    writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
    rmSync(join(guest.root, "used.txt"), { force: true });
    rmSync(join(guest.folder, "notes.jsonl"), { force: true });
    guest.loader([], { Patience: "8", ...more });
    const ran = guest.noted("process");
    assert.equal(ran.length, times, JSON.stringify(more));
    for (const line of ran) assert.match(line, /cmd\.exe .*w32tm \/resync \/nowait/);
    assert.equal(guest.noted("hvpool.phase").at(-1), "waiting");
    assert.ok(existsSync(join(guest.root, "ran.txt")));
    rmSync(join(guest.root, "ran.txt"));
  }
});

guestTest("boot.ps1 says no address that leads nowhere", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), RECORDING_SCRIPT);
  guest.loader([], { Patience: "6" });
  const [address = ""] = guest.noted("hvpool.address");
  assert.ok(address === "" || usableAddress(address) === address, address);
});

guestTest("boot.ps1 says why and goes off when the script cannot be run", (guest) => {
  guest.put(1);
  writeFileSync(join(guest.drive, "configure-runner.ps1"), "throw 'broken'");
  guest.loader();
  assert.equal(guest.report?.phase, "failed");
  assert.equal(guest.report?.error, "script");
  assert.equal(guest.noted("off").length, 1);
});

guestTest("boot.ps1 goes off when the machine was started again after its use", (guest) => {
  writeFileSync(join(guest.root, "used.txt"), "1");
  guest.put(2);
  guest.loader();
  assert.deepEqual([guest.report?.phase, guest.report?.error, guest.report?.use], ["failed", "restarted", 1]);
  assert.equal(guest.noted("off").length, 1);
});

guestTest("configure-runner.ps1 runs one job and goes off", (guest) => {
  guest.put(3, { env: { FOO: "a 'b' $(c) ä" } });
  guest.bake("2.338.1");
  guest.runner([-1, -1, 0]);
  assert.deepEqual(guest.noted("hvpool.phase"), ["got", "running", "done"]);
  assert.deepEqual(guest.report, {
    phase: "done",
    beat: 1,
    use: 3,
    exit: 0,
    runner: "2.338.1",
    job: { state: "running", repository: "acme/site", runId: "77", attempt: 1, job: "build" },
  });
  assert.deepEqual(guest.noted("off"), ["True"]);
  assert.ok(!existsSync(join(guest.drive, CONFIG_DRIVE_FILE)), "a configuration on a disk is deleted");
});

guestTest("configure-runner.ps1 gives the secret to the program's environment alone", (guest) => {
  guest.put(1, { env: { FOO: "a 'b' $(c) ä", NODE_EXTRA_CA_CERTS: "own.pem" } });
  guest.bake("2.338.1");
  guest.runner([0]);
  const environment = JSON.parse(guest.noted("environment")[0] ?? "{}");
  assert.equal(environment.ACTIONS_RUNNER_INPUT_JITCONFIG, "SECRET-JIT");
  assert.equal(environment.FOO, "a 'b' $(c) ä");
  assert.equal(environment.NODE_EXTRA_CA_CERTS, "own.pem");
  assert.match(environment.ACTIONS_RUNNER_HOOK_JOB_STARTED, /job-started\.ps1$/);
  assert.match(environment.ACTIONS_RUNNER_HOOK_JOB_COMPLETED, /job-completed\.ps1$/);
  const others = guest.notes.filter(([what]) => what !== "environment");
  assert.doesNotMatch(JSON.stringify(others), /SECRET-JIT/);
  const [program, args] = JSON.parse(guest.noted("start")[0] ?? "[]");
  assert.match(program, /Runner\.Listener\.exe$/);
  assert.equal(args, "run");
});

guestTest(
  "configure-runner.ps1 makes a standard account, or an administrator where that is asked for",
  (guest) => {
    guest.put(1);
    guest.bake("2.338.1");
    guest.runner([0]);
    assert.deepEqual(guest.noted("account"), ["runner 36"]);
    assert.deepEqual(guest.noted("member"), ["S-1-5-32-545"]);
    assert.deepEqual(guest.noted("logon"), ["False"]);
    guest.put(2, { setup: { user: "admin", caCertificates: ["QUJD"] } });
    guest.runner([0]);
    assert.deepEqual(guest.noted("member").slice(1), ["S-1-5-32-545", "S-1-5-32-544"]);
    assert.deepEqual(guest.noted("logon").slice(1), ["True"]);
    assert.deepEqual(guest.noted("certificates"), ["QUJD"]);
  },
);

const NETWORK: GuestNetwork = {
  address: "192.168.240.7",
  prefixLength: 20,
  gateway: "192.168.240.1",
  dns: ["1.1.1.1", "8.8.8.8"],
};

guestTest("configure-runner.ps1 sets its address before it uses the network", (guest) => {
  guest.put(1, { network: NETWORK, setup: { user: "standard", caCertificates: ["QUJD"] } });
  guest.bake("2.338.1");
  guest.runner([0]);
  const set = ["EnableStatic", "SetGateways", "SetDNSServerSearchOrder"];
  assert.deepEqual(set.flatMap((what) => guest.noted(what)), [
    "IPAddress=String[]:192.168.240.7 SubnetMask=String[]:255.255.240.0",
    "DefaultIPGateway=String[]:192.168.240.1 GatewayCostMetric=UInt16[]:1",
    "DNSServerSearchOrder=String[]:1.1.1.1,8.8.8.8",
  ]);
  const names = guest.notes.map(([what]) => what);
  assert.ok(names.indexOf("SetDNSServerSearchOrder") < names.indexOf("certificates"));
  assert.equal(guest.report?.phase, "done");
});

guestTest("configure-runner.ps1 sets what it is told of the network, and nothing else", (guest) => {
  guest.put(1, { network: { dns: ["1.1.1.1"] } });
  guest.bake("2.338.1");
  guest.runner([0]);
  assert.deepEqual(guest.noted("EnableStatic"), []);
  assert.deepEqual(guest.noted("SetDNSServerSearchOrder"), ["DNSServerSearchOrder=String[]:1.1.1.1"]);
  guest.put(2);
  guest.runner([0]);
  assert.equal(guest.noted("SetDNSServerSearchOrder").length, 1);
});

guestTest("configure-runner.ps1 says that its address cannot be set, and starts nothing", (guest) => {
  guest.put(1, { network: NETWORK });
  guest.bake("2.338.1");
  guest.runner([0], "SetGateways");
  assert.deepEqual([guest.report?.phase, guest.report?.error], ["failed", "network"]);
  assert.deepEqual(guest.noted("start"), []);
  assert.match(
    readFileSync(join(guest.root, "runner.log"), "utf8"),
    /Cannot set the network: SetGateways .* answered 66\./,
  );
});

const EXITS = [
  { exits: [1], starts: 1, exit: 1, sleeps: 0 },
  { exits: [2, 2, 0], starts: 3, exit: 0, sleeps: 6 },
  { exits: [2, 2, 2, 2, 2, 2], starts: 6, exit: 2, sleeps: 15 },
  { exits: [3, 4, 0], starts: 3, exit: 0, sleeps: 30 },
  { exits: [5], starts: 1, exit: 5, sleeps: 0 },
  { exits: [6, 0], starts: 2, exit: 0, sleeps: 0 },
  { exits: [7], starts: 1, exit: 7, sleeps: 0 },
  { exits: [3221225786], starts: 1, exit: 255, sleeps: 0 },
];

for (const { exits, starts, exit, sleeps } of EXITS) {
  guestTest(`configure-runner.ps1 takes the exit codes ${exits.join(", ")} for ${exit}`, (guest) => {
    guest.put(1);
    guest.bake("2.338.1");
    guest.runner(exits);
    assert.equal(guest.noted("start").length, starts);
    assert.equal(guest.report?.exit, exit);
    assert.equal(guest.noted("sleep").length, sleeps);
    assert.equal(guest.report?.phase, "done");
  });
}

guestTest("configure-runner.ps1 fetches a pinned runner and checks it", (guest) => {
  const made = join(guest.folder, "runner");
  mkdirSync(join(made, "bin"), { recursive: true });
  writeFileSync(join(made, "bin", "Runner.Listener.exe"), "2.400.0");
  const zip = join(guest.folder, "runner-2.400.0.zip");
  execFileSync(ENGINE ?? "", [
    ...["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"],
    "$ProgressPreference = 'SilentlyContinue'; Compress-Archive -Path (Join-Path $env:MADE 'bin') -DestinationPath $env:ZIP",
  ], { env: { ...Deno.env.toObject(), MADE: made, ZIP: zip } });
  const sha256 = createHash("sha256").update(readFileSync(zip)).digest("hex");
  const pinned = { version: "2.400.0", url: pathToFileURL(zip).href, sha256 };
  guest.bake("2.338.1");
  guest.put(1, {
    setup: { user: "standard", caCertificates: [], pinned },
    env: { https_proxy: "http://proxy:3128" },
  });
  guest.runner([0]);
  assert.deepEqual(guest.noted("download"), [`${pinned.url} http://proxy:3128`]);
  assert.equal(guest.report?.runner, "2.400.0");
  assert.match(guest.noted("start")[0] ?? "", /actions-runner-2\.400\.0/);

  rmSync(`${guest.baked}-2.400.0`, { recursive: true });
  guest.put(2, {
    setup: { user: "standard", caCertificates: [], pinned: { ...pinned, sha256: "0".repeat(64) } },
  });
  guest.runner([0]);
  assert.deepEqual([guest.report?.phase, guest.report?.error], ["failed", "runner-checksum"]);
  assert.equal(guest.noted("start").length, 1, "what has the wrong checksum is not started");
});

guestTest("configure-runner.ps1 says why no runner came up, and goes off", (guest) => {
  guest.put(1);
  guest.runner([0]);
  assert.deepEqual([guest.report?.phase, guest.report?.error], ["failed", "runner-missing"]);

  const pinned = { version: "2.400.0", url: "https://example.invalid/runner.zip", sha256: "0".repeat(64) };
  guest.put(2, { setup: { user: "standard", caCertificates: [], pinned } });
  guest.runner([0]);
  assert.deepEqual([guest.report?.phase, guest.report?.error], ["failed", "runner-download"]);

  guest.put(3);
  guest.bake("2.338.1");
  guest.runner([-2]);
  assert.deepEqual([guest.report?.phase, guest.report?.error], ["failed", "start"]);
  assert.equal(guest.noted("off").length, 3);
});

guestTest("configure-runner.ps1 says that it cannot read its configuration", (guest) => {
  writeFileSync(join(guest.drive, CONFIG_DRIVE_FILE), "{");
  guest.bake("2.338.1");
  guest.runner([0]);
  assert.deepEqual(guest.noted("hvpool.phase"), ["failed"]);
  assert.deepEqual(guest.noted("hvpool.error"), ["configuration"]);
  assert.equal(guest.noted("off").length, 1);
});

guestTest("logon.cs compiles and job-hook.ps1 writes what the host reads", (guest) => {
  const hook = join(guest.folder, "job-completed.ps1");
  cpSync(join(SCRIPTS, "job-hook.ps1"), hook);
  const env = {
    ...Deno.env.toObject(),
    HVPOOL_JOB_FOLDER: guest.root,
    GITHUB_REPOSITORY: "acme/site",
    GITHUB_RUN_ID: "77",
    GITHUB_RUN_ATTEMPT: "2",
    GITHUB_JOB: "build",
    LOGON: join(SCRIPTS, "logon.cs"),
    HOOK: hook,
  };
  const command = "Add-Type -Path $env:LOGON; [HvLogon].Name; . $env:HOOK";
  const printed = execFileSync(ENGINE ?? "", [
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    command,
  ], {
    encoding: "utf8",
    env,
  });
  assert.equal(printed.trim(), "HvLogon");
  const text = readFileSync(join(guest.root, "job.txt"), "utf8");
  const report = parseGuestItems({
    "hvpool.phase": "done",
    "hvpool.beat": "1",
    "hvpool.use": "1",
    "hvpool.job": text,
  });
  assert.deepEqual(report?.job, {
    state: "done",
    repository: "acme/site",
    runId: "77",
    attempt: 2,
    job: "build",
  });
});
