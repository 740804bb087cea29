/** install-image.ps1 on a real engine, with stand-ins for what only Windows has. See guest_test.ts. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseImageManifest } from "../../src/ports/image_manifest.ts";
import { ENGINE } from "./engine.ts";

const SCRIPTS = fileURLToPath(new URL("../../scripts/guest", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Stands for install-loader.ps1, which needs Windows' task scheduler. */
const LOADER = `param([string]$Root)
[IO.File]::WriteAllText((Join-Path -Path $Root -ChildPath 'boot.ps1'), '# loader')
`;

/** What the stand-ins answer. */
interface Play {
  readonly registry?: Readonly<Record<string, string>>;
  readonly listener?: Readonly<Record<string, { code: number; text: string }>>;
  /** Left out: the licensing service is off. */
  readonly licences?: readonly { Description: string; GracePeriodRemaining: number }[];
  readonly shutdown?: number;
}

interface Package {
  readonly version: string;
  readonly zip: string;
  readonly sha256: string;
}

function imageTest(name: string, test: (image: Image) => void): void {
  Deno.test(name, { ignore: ENGINE === undefined }, () => {
    using image = new Image();
    test(image);
  });
}

/** The folders of one machine that becomes a template. */
class Image {
  readonly folder = mkdtempSync(join(tmpdir(), "hvpool-image-"));
  readonly root = join(this.folder, "hvpool");
  readonly runner = join(this.folder, "actions-runner");
  readonly seed = join(this.folder, "runner-config.json");
  notes: [string, string][] = [];

  /** Writes a file with its folders. */
  put(path: string, text = ""): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** A runner that is there before. */
  bake(version: string): void {
    this.put(join(this.runner, "bin", "Runner.Listener.exe"), version);
  }

  /** A package where hvpool copies it, of a runner that says `says`. */
  pack(version: string, says = version): Package {
    const made = join(this.folder, `made-${version}`);
    this.put(join(made, "bin", "Runner.Listener.exe"), says);
    const zip = join(this.root, "prepare", `runner-${version}.zip`);
    mkdirSync(dirname(zip), { recursive: true });
    execFileSync(ENGINE ?? "", [
      ...["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"],
      "$ProgressPreference = 'SilentlyContinue'; Compress-Archive -Force -Path (Join-Path $env:MADE 'bin') -DestinationPath $env:ZIP",
    ], { env: { ...Deno.env.toObject(), MADE: made, ZIP: zip } });
    return { version, zip, sha256: createHash("sha256").update(readFileSync(zip)).digest("hex") };
  }

  /** Copies the scripts as hvpool does and runs them: the exit code, and what was said on the error output. */
  run(
    play: Play = {},
    given?: Package,
    more: { check?: true; loader?: string } = {},
  ): [number | null, string] {
    const prepare = join(this.root, "prepare");
    for (const name of ["install-image.ps1", "image-manifest.ps1"]) {
      this.put(join(prepare, name));
      cpSync(join(SCRIPTS, name), join(prepare, name));
    }
    this.put(join(prepare, "install-loader.ps1"), more.loader ?? LOADER);
    const notes = this.put(join(this.folder, "notes.jsonl"));
    const parameters = {
      Script: join(prepare, "install-image.ps1"),
      Root: this.root,
      RunnerFolder: this.runner,
      SeedConfig: this.seed,
      Settings: JSON.stringify({ registry: {}, listener: {}, shutdown: 0, ...play }),
      Notes: notes,
      ...(given === undefined ? {} : {
        RunnerZip: given.zip,
        RunnerSha256: given.sha256,
        RunnerVersion: given.version,
      }),
    };
    const args = Object.entries(parameters).flatMap(([name, value]) => [`-${name}`, value]);
    const { status, stdout, stderr } = spawnSync(
      ENGINE ?? "",
      [
        ...["-NoLogo", "-NoProfile", "-NonInteractive", "-File", join(HERE, "play_image.ps1"), ...args],
        ...(more.check === undefined ? [] : ["-Check"]),
      ],
      {
        encoding: "utf8",
        timeout: 60_000,
        env: { ...Deno.env.toObject(), POWERSHELL_TELEMETRY_OPTOUT: "1" },
      },
    );
    assert.equal(stdout, "", "the scripts print nothing");
    const lines = readFileSync(notes, "utf8").trim().split("\n").filter((line) => line !== "");
    this.notes = lines.map((line) => JSON.parse(line));
    return [status, stderr];
  }

  noted(what: string): string[] {
    return this.notes.filter(([name]) => name === what).map(([, text]) => text);
  }

  has(...path: string[]): boolean {
    return existsSync(join(this.folder, ...path));
  }

  /** What the image says of itself, as the host reads it. */
  get manifest() {
    const read = parseImageManifest(readFileSync(join(this.root, "image.json"), "utf8"));
    assert.ok("manifest" in read, JSON.stringify(read));
    return read.manifest;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

imageTest(
  "install-image.ps1 installs loader and runner, says what is in the image, and shuts down",
  (image) => {
    image.bake("2.300.0");
    for (const name of [".runner", ".credentials", ".credentials_rsaparams", ".env"]) {
      image.put(join(image.runner, name), "FROM=before");
    }
    const given = image.pack("2.338.1");
    assert.deepEqual(image.run({}, given), [0, ""]);
    assert.ok(image.has("hvpool", "boot.ps1"));
    assert.equal(readFileSync(join(image.runner, "bin", "Runner.Listener.exe"), "utf8"), "2.338.1");
    assert.deepEqual(image.noted("listener"), ["warmup", "--version"]);
    for (const name of [".runner", ".credentials", ".credentials_rsaparams", "_diag"]) {
      assert.ok(!image.has("actions-runner", name), name);
    }
    assert.ok(image.has("actions-runner", ".env"), "what the maker of the image set for jobs stays");
    assert.ok(!image.has("actions-runner.old") && !image.has("actions-runner.new"));
    assert.ok(!image.has("hvpool", "prepare"), "what was copied for this is gone");
    const { builtAt, ...rest } = image.manifest;
    assert.deepEqual(rest, { runner: "2.338.1", loader: 1 });
    assert.match(builtAt ?? "", /^20\d\d-/);
    assert.deepEqual(image.noted("process"), ["shutdown.exe /s /t 5"]);
  },
);

imageTest(
  "install-image.ps1 leaves the image's runner where none is given, but nothing of earlier uses",
  (image) => {
    image.bake("2.338.1");
    const traces = [
      image.put(image.seed, "{}"),
      image.put(join(image.root, "used.txt"), "3"),
      image.put(join(image.root, "inbox", "hvpool.json"), "{}"),
      image.put(join(image.root, "use-3", "configure-runner.ps1")),
      image.put(join(image.root, "runner.log")),
      image.put(join(image.runner, ".runner")),
      image.put(join(image.runner, ".credentials_rsaparams")),
      image.put(join(image.runner, "_work", "site", "a.txt")),
      image.put(join(image.runner, "_diag", "Runner.log")),
    ];
    const kept = image.put(join(image.root, "desktop-beacon.ps1"));
    assert.deepEqual(image.run(), [0, ""]);
    assert.deepEqual(traces.filter((path) => existsSync(path)), []);
    assert.ok(existsSync(kept));
    assert.equal(image.manifest.runner, "2.338.1");
  },
);

imageTest("install-image.ps1 makes a template without a runner where there is none", (image) => {
  assert.deepEqual(image.run(), [0, ""]);
  assert.deepEqual(image.noted("listener"), []);
  assert.equal(image.manifest.runner, undefined);
});

for (
  const [what, registry] of [
    ["setup runs", { SystemSetupInProgress: "1" }],
    ["the first logon is not done", { SystemSetupInProgress: "0", OOBEInProgress: "1" }],
    ["setup has a command for the next start", { SetupType: "2" }],
    ["specialisation is not complete", { ImageState: "IMAGE_STATE_UNDEPLOYABLE" }],
  ] as const
) {
  imageTest(`install-image.ps1 does nothing while ${what}`, (image) => {
    image.bake("2.338.1");
    const [code, said] = image.run({ registry });
    assert.equal(code, 3);
    assert.match(said, /^Windows is still setting itself up: .*\.\r?\n$/);
    assert.ok(!image.has("hvpool", "boot.ps1") && !image.has("hvpool", "image.json"));
    assert.deepEqual(image.notes, []);
  });
}

imageTest("install-image.ps1 with -Check changes nothing when Windows is ready", (image) => {
  const registry = { SystemSetupInProgress: "0", SetupType: "0", ImageState: "IMAGE_STATE_COMPLETE" };
  assert.deepEqual(image.run({ registry }, undefined, { check: true }), [0, ""]);
  assert.ok(!image.has("hvpool", "boot.ps1"));
  assert.deepEqual(image.notes, []);
});

imageTest("install-image.ps1 unpacks no package with another checksum, and deletes it", (image) => {
  image.bake("2.300.0");
  const given = image.pack("2.338.1");
  const [code, said] = image.run({}, { ...given, sha256: "0".repeat(64) });
  assert.equal(code, 4);
  assert.match(said, new RegExp(`checksum ${given.sha256}, not 0{64}`));
  assert.ok(!existsSync(given.zip));
  assert.equal(readFileSync(join(image.runner, "bin", "Runner.Listener.exe"), "utf8"), "2.300.0");
  assert.equal(image.run({}, given)[0], 4, "and says so of one that is not there");
});

for (
  const [what, listener, says] of [
    ["does not start", { warmup: { code: -1, text: "not a valid application" } }, "2.338.1"],
    ["is another version", {}, "2.337.0"],
    ["says no version", { "--version": { code: 0, text: "hello" } }, "2.338.1"],
  ] as const
) {
  imageTest(`install-image.ps1 says that a runner ${what}, and does not shut down`, (image) => {
    const [code, said] = image.run({ listener }, image.pack("2.338.1", says));
    assert.equal(code, 5);
    assert.match(said, /^Runner\.Listener\.exe .*\r?\n$/);
    assert.ok(!image.has("hvpool", "image.json"));
    assert.deepEqual(image.noted("process"), []);
  });
}

imageTest(
  "install-image.ps1 says why the loader could not be installed, or Windows not shut down",
  (image) => {
    const loader = 'param([string]$Root)\nthrow "the task\n scheduler is off"\n';
    const broken = image.run({}, undefined, { loader });
    assert.deepEqual(broken.map((part) => String(part).trim()), [
      "6",
      "The loader could not be installed: the task scheduler is off",
    ]);
    assert.equal(image.run({ shutdown: 5 })[0], 7);
    assert.equal(image.run({ shutdown: 1115 })[0], 0, "it shuts down already");
  },
);

imageTest("install-image.ps1 starts over after it was cut off", (image) => {
  image.put(join(image.runner, "bin", "Runner.Listener.exe"), "2.300.0");
  image.put(join(`${image.runner}.new`, "half.txt"));
  image.put(join(`${image.runner}.old`, "older.txt"));
  assert.deepEqual(image.run({}, image.pack("2.338.1")), [0, ""]);
  assert.ok(!image.has("actions-runner", "half.txt"));
  assert.ok(!image.has("actions-runner.old"));
  // Cut off between the two moves, and between the two lines that put the manifest in its place.
  rmSync(image.runner, { recursive: true });
  image.put(join(`${image.runner}.old`, ".env"), "A=b");
  rmSync(join(image.root, "image.json"));
  image.put(join(image.root, "image.json.new"), '{"format":1,"software":{"git":"2.51.0"}}');
  assert.deepEqual(image.run({}, image.pack("2.339.0")), [0, ""]);
  assert.ok(image.has("actions-runner", ".env"));
  assert.deepEqual(image.manifest.software, { git: "2.51.0" });
  assert.equal(image.manifest.runner, "2.339.0");
});

imageTest("install-image.ps1 keeps what the image says of its software and its end", (image) => {
  const before = {
    format: 1,
    builtAt: "2025-01-01T00:00:00Z",
    runner: "2.300.0",
    software: { git: "2.51.0", "Visual Studio": "17.14" },
    expiresAt: "2027-05-01T00:00:00Z",
  };
  image.put(join(image.root, "image.json"), JSON.stringify(before));
  assert.equal(image.run()[0], 0);
  const { builtAt, ...rest } = image.manifest;
  assert.notEqual(builtAt, before.builtAt);
  assert.deepEqual(rest, {
    loader: 1,
    software: before.software,
    expiresAt: "2027-05-01T00:00:00.000Z",
  });
  image.put(join(image.root, "image.json"), "{");
  assert.equal(image.run()[0], 0, "one that cannot be read says nothing");
  assert.equal(image.manifest.software, undefined);
});

imageTest("install-image.ps1 says when an evaluation ends, and nothing of licences that go on", (image) => {
  const evaluation = "Windows(R) Operating System, TIMEBASED_EVAL channel";
  image.put(join(image.root, "image.json"), '{"format":1,"expiresAt":"2030-05-01T00:00:00Z"}');
  image.run({ licences: [{ Description: evaluation, GracePeriodRemaining: 14_400 }] });
  const days = (Date.parse(image.manifest.expiresAt ?? "") - Date.parse(image.manifest.builtAt ?? "")) /
    86_400_000;
  assert.ok(days > 9.9 && days < 10.1, `${days} days`);
  rmSync(join(image.root, "image.json"));
  image.run({
    licences: [
      { Description: "Windows(R) Operating System, VOLUME_KMSCLIENT channel", GracePeriodRemaining: 259_200 },
      { Description: "Windows(R) Operating System, RETAIL channel", GracePeriodRemaining: 0 },
    ],
  });
  assert.equal(image.manifest.expiresAt, undefined);
});
