import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { present } from "./support/leftovers.ts";
import { type Ended, hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

const NOTHING = { vms: [], disks: [], runners: [] };

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

interface Trouble {
  readonly what: string;
  readonly sections?: Readonly<Record<string, unknown>>;
  readonly before?: (simulator: SimulatorProcess) => Promise<unknown>;
  readonly after?: (simulator: SimulatorProcess) => Promise<unknown>;
  /** What stands under this key is what the message points at. */
  readonly key: RegExp;
  readonly says: RegExp;
}

const LOGIN = "simulated";
const PERMISSIONS = { metadata: "read", organization_self_hosted_runners: "write" } as const;
const account = (change: Record<string, unknown>) => (simulator: SimulatorProcess) =>
  simulator.atGitHub({ account: { login: LOGIN, ...change } });
const skew = (clockSkewMs: number) => (simulator: SimulatorProcess) => simulator.atGitHub({ clockSkewMs });

const TROUBLES: readonly Trouble[] = [
  {
    what: "a wrong app id",
    sections: { github: { app_id: 1 } },
    key: /github/,
    says: /401.*app id or the private key is wrong/,
  },
  {
    what: "an app that is not installed",
    sections: { github: { org: LOGIN } },
    before: account({ installed: false }),
    after: account({ installed: true }),
    key: /github\.org/,
    says: /404.*Install the app on organization simulated/,
  },
  {
    what: "a missing permission",
    before: account({ permissions: { metadata: "read" } }),
    after: account({ permissions: PERMISSIONS }),
    key: /./,
    says: /lacks the permission "Self-hosted runners: write"/,
  },
  {
    what: "a suspended installation",
    before: account({ suspended: true }),
    after: account({ suspended: false }),
    key: /./,
    says: /suspended.*unsuspend/,
  },
  {
    what: "a group that does not exist",
    sections: { runners: { runner_group: "nope" } },
    key: /runner_group/,
    says: /group "nope"/,
  },
  {
    what: "a clock that is ahead",
    before: skew(-600_000),
    after: skew(0),
    key: /./,
    says: /clock is 6\d\d s ahead of GitHub's\. Set the clock/,
  },
  {
    what: "a clock that is behind",
    before: skew(600_000),
    after: skew(0),
    key: /./,
    says: /clock is 6\d\d s behind GitHub's\. Set the clock/,
  },
  {
    what: "a missing template",
    sections: { hyperv: { template_path: "C:\\templates\\missing.vhdx" } },
    key: /hyperv\.template_path/,
    says: /C:\\templates\\missing\.vhdx.*correct the path/,
  },
  {
    what: "more video memory than the host's GPU offers",
    sections: {
      templates: [{ name: "big", path: "C:\\templates\\big.vhdx", gpu: true, gpu_vram_max: 2_000_000_000 }],
      pools: [{ name: "a", template: "big" }],
    },
    key: /pools\[0\]\.template/,
    says: /gpu_vram_max 2000000000 .* at most 1000000000 .* Lower gpu_vram_max to 1000000000/,
  },
  {
    what: "an unknown switch",
    sections: { hyperv: { switch: "nope" } },
    key: /hyperv\.switch/,
    says: /"nope" does not exist \(the host has: Default Switch.*Correct hyperv\.switch/,
  },
];

/** The one problem that a run ended with: where it points and what it says. */
function problem({ code, err, out }: Ended, file: string): { at: string; says: string } {
  assert.equal(code, 2, err);
  assert.equal(out, "");
  const lines = err.trim().split("\n");
  assert.equal(lines.length, 1, err);
  const line = lines[0] ?? "";
  assert.ok(line.startsWith(`${file}:`), line);
  const match = /^:(\d+):(\d+): ([^:]+): (.*\.)$/.exec(line.slice(file.length));
  assert.ok(match, line);
  return { at: match[3] ?? "", says: match[4] ?? "" };
}

Deno.test("at a first start, what the world refuses is one error with its place and remedy, and nothing is made", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  for (const { what, sections, before, after, key, says } of TROUBLES) {
    await t.step(what, async () => {
      await before?.(simulator);
      const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
      const dataDir = scratch.at("data");
      const said = problem(await hvpool(["run", "-c", file, "--data-dir", dataDir]), file);
      await after?.(simulator);
      assert.match(said.at, key);
      assert.match(said.says, says);
      assert.equal(await exists(dataDir), false);
      assert.deepEqual(present(await simulator.truth()), NOTHING);
    });
  }
});

Deno.test("a simulator that does not answer is named with its key", async () => {
  await using scratch = await Scratch.make();
  const file = await scratch.write("config.yaml", configuration("http://127.0.0.1:9"));
  const said = problem(await hvpool(["run", "-c", file, "--data-dir", scratch.at("data")]), file);
  assert.equal(said.at, "debug.simulator");
  assert.match(said.says, /no simulator answers at http:\/\/127\.0\.0\.1:9.*Start one/);
  assert.equal(await exists(scratch.at("data")), false);
});

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEYS: readonly { what: string; pem: string | undefined; says: RegExp }[] = [
  { what: "missing", pem: undefined, says: /there is no such file/ },
  { what: "empty", pem: "", says: /the file is empty/ },
  {
    what: "encrypted",
    pem: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n",
    says: /encrypted with a passphrase/,
  },
  { what: "public", pem: String(rsa.publicKey.export({ type: "spki", format: "pem" })), says: /public key/ },
  { what: "not RSA", pem: String(ec.privateKey.export({ type: "pkcs8", format: "pem" })), says: /type ec/ },
];

Deno.test("a key that will not do is one error with its place, and nothing is made", async (t) => {
  await using scratch = await Scratch.make();
  const dataDir = scratch.at("data");
  for (const { what, pem, says } of KEYS) {
    await t.step(what, async () => {
      if (pem !== undefined) await scratch.write("app.pem", pem);
      const file = await scratch.write(
        "config.yaml",
        "github:\n  app_id: 1\n  org: acme\n  app_private_key_path: app.pem\n",
      );
      const ended = await hvpool(["run", "-c", file, "--data-dir", dataDir]);
      assert.match(ended.err, /:4:25: /);
      const said = problem(ended, file);
      assert.equal(said.at, "github.app_private_key_path");
      assert.match(said.says, says);
      assert.equal(await exists(dataDir), false);
    });
  }
});

Deno.test("a key of another app is refused by GitHub, and nothing is made", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start();
  await scratch.write("app.pem", String(rsa.privateKey.export({ type: "pkcs1", format: "pem" })));
  const sections = { github: { app_private_key_path: "app.pem" } };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
  const said = problem(await hvpool(["run", "-c", file, "--data-dir", scratch.at("data")]), file);
  assert.match(said.says, /401.*private key is wrong/);
  assert.equal(await exists(scratch.at("data")), false);
  assert.deepEqual(present(await simulator.truth()), NOTHING);
});

Deno.test({
  name: "a system without PowerShell is no Hyper-V host, and says so",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using scratch = await Scratch.make();
    await scratch.write("app.pem", String(rsa.privateKey.export({ type: "pkcs1", format: "pem" })));
    const file = await scratch.write(
      "config.yaml",
      'github: {app_id: 1, org: acme, app_private_key_path: app.pem, api_url: "http://127.0.0.1:9"}\n' +
        "hyperv: {powershell: no-such-powershell.exe}\n",
    );
    const { code, err } = await hvpool(["run", "-c", file, "--data-dir", scratch.at("data")]);
    assert.equal(code, 2, err);
    assert.match(
      err.trim().split("\n").at(-1) ?? "",
      /:2:\d+: hyperv: .*PowerShell was not found.*hyperv\.powershell/,
    );
    assert.equal(await exists(scratch.at("data")), false);
  },
});

Deno.test("a variable that is not set or empty is one error with its place", async () => {
  await using scratch = await Scratch.make();
  const file = await scratch.write(
    "config.yaml",
    "github:\n  app_id: 1\n  org: acme\n  app_private_key: env:HVPOOL_TEST_KEY\n",
  );
  const args = ["run", "-c", file, "--data-dir", scratch.at("data")];
  assert.match(problem(await hvpool(args), file).says, /HVPOOL_TEST_KEY is not set\. Set it/);
  const empty = await hvpool(args, { env: { HVPOOL_TEST_KEY: "" } });
  assert.match(problem(empty, file).says, /HVPOOL_TEST_KEY is empty\. Set it/);
  assert.equal(await exists(scratch.at("data")), false);
});

const FILES: readonly { what: string; content: string | Uint8Array; says: RegExp }[] = [
  { what: "broken YAML", content: "runners: {pool_size: 1\ndebug: {use_mock: true}\n", says: /:\d+:\d+: / },
  {
    what: "UTF-16",
    content: new Uint8Array(
      [0xff, 0xfe, ..."debug: {}\n"].flatMap((c) => typeof c === "number" ? [c] : [c.charCodeAt(0), 0]),
    ),
    says: /UTF-16.*UTF-8/,
  },
  {
    what: "an unknown key",
    content: "runners:\n  pool_sise: 1\ndebug: {use_mock: true}\n",
    says: /:2:3: .*pool_sise.*pool_size/,
  },
];

Deno.test("what is wrong with the file ends a run with 2, and nothing is made", async (t) => {
  await using scratch = await Scratch.make();
  const dataDir = scratch.at("data");
  for (const { what, content, says } of FILES) {
    await t.step(what, async () => {
      const file = await scratch.write("config.yaml", content);
      const { code, err } = await hvpool(["run", "-c", file, "--data-dir", dataDir]);
      assert.equal(code, 2, err);
      assert.match(err, says);
    });
  }
  await t.step("a directory, and no file at all", async () => {
    for (const path of [scratch.path, scratch.at("none.yaml")]) {
      const { code, err } = await hvpool(["run", "-c", path, "--data-dir", dataDir]);
      assert.equal(code, 2, err);
      assert.ok(err.includes(path), err);
      assert.match(err, /directory|no such file/);
    }
  });
  assert.equal(await exists(dataDir), false);
});

Deno.test("a data directory that cannot be used is a clear error, and nothing is made", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const sections = { runners: { pool_size: 1 } };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, sections));
  const refuse = async (dataDir: string, says: RegExp) => {
    const { code, err, out } = await hvpool(["run", "-c", file, "--data-dir", dataDir]);
    assert.equal(code, 1, err);
    assert.equal(out, "");
    assert.match(err, /^error: /);
    assert.equal(err.trim().split("\n").length, 1, err);
    assert.ok(err.includes(dataDir), err);
    assert.match(err, says);
    assert.deepEqual(present(await simulator.truth()), NOTHING);
  };
  await t.step("a file", async () => {
    await refuse(await scratch.write("taken", ""), /is a file.*--data-dir/);
  });
  await t.step("below a file", async () => {
    await refuse(scratch.at("taken", "data"), /is a file.*--data-dir/);
  });
  await t.step({
    name: "read-only",
    ignore: Deno.build.os !== "linux",
    async fn() {
      await refuse("/proc/hvpool", /--data-dir/);
    },
  });
  await t.step("from another host", async () => {
    const dataDir = scratch.at("copied");
    await Deno.mkdir(dataDir);
    const identity = { id: "0".repeat(32), machine: "elsewhere", issuedUpTo: 100 };
    await Deno.writeTextFile(scratch.at("copied", "controller.json"), JSON.stringify(identity));
    await refuse(dataDir, /made on the host "elsewhere".*"machine"/);
  });
});

Deno.test("at a later start a pool that cannot run fails alone, says why, and comes back", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const write = (path: string) =>
    scratch.write(
      "config.yaml",
      configuration(simulator.listen, {
        templates: [
          { name: "good", path: "C:\\templates\\good.vhdx" },
          { name: "other", path },
        ],
        pools: [
          { name: "good", size: 1, template: "good" },
          { name: "other", size: 1, template: "other" },
        ],
      }),
    );
  const dataDir = scratch.at("data");
  const file = await write("C:\\templates\\missing.vhdx");
  {
    // A first start, too, goes on when one pool can run.
    await using controller = new ControllerProcess(file, dataDir);
    const { pools } = await controller.untilStatus(
      "one pool is ready and the other says why it is not",
      ({ pools: [good, other] }) => good?.ready === 1 && other?.why !== null && other?.why !== undefined,
    );
    assert.match(pools[1]?.why ?? "", /missing\.vhdx/);
    assert.equal((await controller.stop()).code, 0);
  }
  await write("C:\\templates\\other.vhdx");
  {
    await using controller = new ControllerProcess(file, dataDir);
    await controller.untilFull();
    assert.equal((await controller.stop()).code, 0);
  }
  await account({ suspended: true })(simulator);
  await using controller = new ControllerProcess(file, dataDir);
  const { github } = await controller.untilStatus("it says why", ({ github }) => github.state === "failing");
  assert.match(github.why ?? "", /suspended/);
  await account({ suspended: false })(simulator);
  await controller.untilStatus(
    "both pools are back",
    ({ pools, github }) => github.state === "ok" && pools.every(({ ready }) => ready === 1),
    90,
  );
  assert.equal((await controller.stop()).code, 0);
});
