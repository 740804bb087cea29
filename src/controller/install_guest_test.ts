import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import type { HostArgs, HostCall, HostPort, HostResult, HostValue } from "../ports/host.ts";
import type { RunnerPackage } from "../ports/runner_packages.ts";
import { directHost } from "../simulator/direct.ts";
import { SimulatedForge } from "../simulator/forge.ts";
import { SimulatedHost } from "../simulator/host.ts";
import { Random } from "../simulator/random.ts";
import { RealTime } from "../simulator/real_time.ts";
import { Timeline } from "../simulator/timeline.ts";
import { installGuest } from "./install_guest.ts";
import { publishTemplate } from "./publish_template.ts";

const ACCOUNT = { user: "Administrator", password: "right" };
const DIRECTORY = "C:\\store\\0123\\prepare-1.1";
const DISK = `${DIRECTORY}\\disk.vhdx`;
const MIB = 1_048_576;

type Failure = Exclude<HostResult<unknown>, { outcome: "ok" }>;

/** What is done to a call instead of making it; nothing: it is made. */
type Cut = (call: HostCall, args: HostArgs<HostCall>) => Failure | undefined;

/** A machine on a host whose times are short, and what was asked of the host. */
class Stage {
  readonly #timeline = new Timeline(Date.now());
  readonly #time = new RealTime(this.#timeline);
  readonly #inner: HostPort;
  readonly asked: { call: HostCall; args: HostArgs<HostCall>; limitMs: number | undefined }[] = [];
  readonly host: HostPort;
  vmId = "";
  cut: Cut = () => undefined;

  constructor() {
    const timeline = this.#timeline;
    const random = new Random(1);
    const forge = new SimulatedForge({ timeline, random });
    const host = new SimulatedHost({
      timeline,
      random,
      forge,
      templates: "any",
      speed: 2_000,
      account: ACCOUNT,
    });
    this.#inner = directHost(host, this.#time);
    this.host = {
      call: (call, args, options) => {
        this.asked.push({ call, args, limitMs: options?.limitMs });
        const cut = this.cut(call, args);
        return cut === undefined ? this.#inner.call(call, args, options) : Promise.resolve(cut);
      },
      watch: (listener) => this.#inner.watch(listener),
      close: () => this.#inner.close(),
    };
  }

  static async make(template: string): Promise<Stage> {
    const stage = new Stage();
    await stage.ok("file.copy", {
      path: template,
      offset: 0,
      bytes: 1_073_741_824,
      target: DISK,
      targetOffset: 0,
    });
    await stage.machine("hvpool-prepare1", DIRECTORY);
    return stage;
  }

  /** Makes the machine that everything is about from now on. */
  async machine(name: string, directory: string): Promise<void> {
    const { vmId } = await this.ok("vm.create", {
      name,
      notes: "",
      directory,
      disk: `${directory}\\disk.vhdx`,
      memoryMb: 4_096,
      processors: 2,
      switchName: "",
      secureBoot: "MicrosoftWindows",
      tpm: false,
      nested: false,
      stopAction: "TurnOff",
    });
    this.vmId = vmId;
  }

  async ok<C extends HostCall>(call: C, args: HostArgs<C>): Promise<HostValue<C>> {
    const answer = await this.#inner.call(call, args);
    assert.ok(answer.outcome === "ok", `${call}: ${answer.outcome === "ok" ? "" : answer.message}`);
    return answer.value;
  }

  /** Starts the machine and waits until Windows has set itself up. */
  async begin(): Promise<void> {
    await this.ok("vm.start", { vmId: this.vmId });
    const slept = this.#timeline.now + 60;
    while (this.#timeline.now < slept) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.#time.sync();
    }
  }

  install(runner?: RunnerPackage, clock?: Clock) {
    this.asked.length = 0;
    return installGuest(this.host, this.vmId, ACCOUNT, {
      ...(runner === undefined ? {} : { runner }),
      ...(clock === undefined ? {} : { clock }),
    });
  }

  /** A small file of the disk's Windows volume, from a guest that runs. */
  async read(path: string): Promise<string> {
    const { data } = await this.ok("guest.copyOut", {
      vmId: this.vmId,
      ...ACCOUNT,
      path,
      offset: 0,
      maxBytes: 9_000,
    });
    return new TextDecoder().decode(Uint8Array.fromBase64(data));
  }

  async untilOff(): Promise<void> {
    for (let i = 0; i < 500; i++) {
      if ((await this.ok("vm.inspect", { vmId: this.vmId })).power === "off") return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.fail("the machine never went off");
  }

  /** Offsets of the pieces of the package that were sent. */
  get pieces(): number[] {
    return this.asked.flatMap(({ call, args }) =>
      call === "guest.copyIn" && "path" in args && args.path.endsWith(".zip") && "offset" in args
        ? [args.offset]
        : []
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#time.close();
    return this.host.close();
  }
}

function packageOf(
  bytes: Uint8Array,
  sha256 = createHash("sha256").update(bytes).digest("hex"),
): RunnerPackage {
  return {
    version: "2.338.1",
    file: "actions-runner-win-x64-2.338.1.zip",
    sha256,
    size: bytes.length,
    read: (offset, maxBytes) => Promise.resolve(bytes.subarray(offset, offset + maxBytes)),
  };
}

const BYTES = Uint8Array.from({ length: 2 * MIB + 500 }, (_, n) => (n * 31 + (n >> 8)) % 256);
const SEED = "C:\\images\\seed-no-loader.vhdx";
const CUT: Failure = { outcome: "failed", code: "unavailable", message: "the session broke" };

Deno.test("installGuest() copies the package in pieces, and the guest shuts down as a template", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  assert.deepEqual(await stage.install(packageOf(BYTES)), { outcome: "ok", value: {} });
  assert.deepEqual(stage.pieces, [0, MIB, 2 * MIB]);
  await stage.untilOff();
  await stage.begin();
  assert.equal(JSON.parse(await stage.read("C:\\ProgramData\\hvpool\\image.json")).runner, "2.338.1");
  assert.match(await stage.read("C:\\ProgramData\\hvpool\\boot.ps1"), /hvpool's loader/);
});

Deno.test("installGuest() without a package copies none", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  assert.deepEqual(await stage.install(), { outcome: "ok", value: {} });
  assert.deepEqual(stage.pieces, []);
  await stage.untilOff();
});

Deno.test("installGuest() says that Windows is still setting itself up, before it copies anything big", async () => {
  await using stage = await Stage.make("C:\\images\\never-specialises.vhdx");
  await stage.begin();
  const answer = {
    outcome: "failed",
    code: "unavailable",
    message: "Windows is still setting itself up in the guest",
  };
  assert.deepEqual(await stage.install(packageOf(BYTES)), answer);
  assert.deepEqual(stage.pieces, []);
  assert.deepEqual(await stage.install(), answer);
});

Deno.test("installGuest() gives the host's own failure while the guest cannot be reached", async () => {
  await using stage = await Stage.make(SEED);
  const off = await stage.install();
  assert.deepEqual([off.outcome, "code" in off && off.code], ["failed", "wrong_state"]);
  stage.cut = () => CUT;
  assert.deepEqual(await stage.install(), CUT);
});

Deno.test("installGuest() goes on where an earlier try was cut off", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  stage.cut = (call, args) =>
    call === "guest.copyIn" && "offset" in args && args.offset === 2 * MIB ? CUT : undefined;
  assert.deepEqual(await stage.install(packageOf(BYTES)), CUT);
  stage.cut = () => undefined;
  assert.deepEqual(await stage.install(packageOf(BYTES)), { outcome: "ok", value: {} });
  assert.deepEqual(stage.pieces, [2 * MIB]);
});

Deno.test("installGuest() begins anew where nobody can say what is there", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  stage.cut = (call) => call === "guest.copyOut" ? { ...CUT, code: "unknown" } : undefined;
  assert.deepEqual(await stage.install(packageOf(BYTES)), { outcome: "ok", value: {} });
  assert.deepEqual(stage.pieces, [0, MIB, 2 * MIB]);
});

Deno.test("installGuest() says that the package's checksum is wrong; of one that was copied in part, only the second time", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  const wrong = packageOf(BYTES, "0".repeat(64));
  stage.cut = (call, args) =>
    call === "guest.copyIn" && "offset" in args && args.offset === MIB ? CUT : undefined;
  await stage.install(wrong);
  stage.cut = () => undefined;
  const second = await stage.install(wrong);
  assert.ok(second.outcome === "failed" && second.code === "unavailable");
  const third = await stage.install(wrong);
  assert.deepEqual(stage.pieces, [0, MIB, 2 * MIB], "the guest has deleted what it had");
  assert.ok(third.outcome === "failed" && third.code === "invalid");
  assert.match(third.message, /The image could not be prepared in the guest: .*checksum/);
});

Deno.test("installGuest() says what the guest's script says", async () => {
  await using stage = await Stage.make("C:\\images\\broken-runner.vhdx");
  await stage.begin();
  const answer = await stage.install(packageOf(BYTES));
  assert.ok(answer.outcome === "failed" && answer.code === "unknown");
  assert.match(answer.message, /Runner\.Listener\.exe warmup ended with/);
});

Deno.test("installGuest() stops copying in time, and says how far it is", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  let now = 0;
  const clock = { now: () => now, at: () => () => {} };
  stage.cut = (call) => {
    if (call === "guest.copyIn") now += 250_000;
    return undefined;
  };
  const answer = await stage.install(packageOf(BYTES), clock);
  assert.ok(answer.outcome === "failed" && answer.code === "unavailable");
  assert.match(answer.message, /1 of 2 MiB are there/);
  assert.deepEqual(stage.pieces, [0]);
});

Deno.test("installGuest() stays below the limit of its operation, whatever each call takes", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  let now = 0;
  let spent = 0;
  const clock = { now: () => now, at: () => () => {} };
  stage.cut = () => {
    // Each call is answered at the last moment.
    const limitMs = stage.asked.at(-1)?.limitMs ?? Infinity;
    now += limitMs;
    spent += limitMs;
    return undefined;
  };
  const answer = await stage.install(packageOf(BYTES.subarray(0, MIB)), clock);
  assert.equal(answer.outcome, "ok");
  assert.ok(spent < 2_400_000, `${spent} ms`);
});

Deno.test("a disk that was copied, prepared and published has loader and runner for all machines made from it", async () => {
  await using stage = await Stage.make(SEED);
  await stage.begin();
  assert.equal((await stage.install(packageOf(BYTES.subarray(0, 100)))).outcome, "ok");
  await stage.untilOff();
  await stage.ok("vm.remove", { vmId: stage.vmId });
  const target = "C:\\store\\0123\\templates\\windows@0badcafe\\disk.vhdx";
  const request = { path: DISK, target, runner: "2.338.1" };
  let first: unknown;
  for (let i = 0; i < 100; i++) {
    // The disk is held for a moment after its machine went off.
    const answer = await publishTemplate(stage.host, request);
    if (answer.outcome === "failed" && answer.code === "busy") continue;
    first = answer;
    assert.ok(answer.outcome === "ok", JSON.stringify(answer));
    const { identity, path, image } = answer.value.disk ?? {};
    assert.deepEqual([path, image?.runner, image?.loader], [target, "2.338.1", 1]);
    const { readOnly, identity: now } = await stage.ok("disk.info", { path: target });
    assert.deepEqual([readOnly, now], [true, identity]);
    break;
  }
  assert.deepEqual(await publishTemplate(stage.host, request), first, "the same again changes nothing");
  const directory = "C:\\store\\0123\\small-1.2";
  await stage.ok("disk.createChild", { path: `${directory}\\disk.vhdx`, parent: target });
  await stage.machine("runner-1", directory);
  await stage.begin();
  const { vms } = await stage.ok("kvp.read", { vmIds: [stage.vmId] });
  assert.equal(vms[0]?.items["hvpool.phase"], "waiting");
});
