import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import type { hostRequest, Truth } from "../../src/simulator/schemas.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { hvpool, HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { untilTrue } from "./support/until.ts";

const STORAGE = "C:\\vms\\storage";
const TEMPLATE = "C:\\vms\\templates\\runner-template.vhdx";
const SERVICE = "hyperv-runner-pool";

const item = z.strictObject({
  kind: z.enum(["registration", "vm", "disk", "directory", "template"]),
  name: z.string(),
  pool: z.string(),
  action: z.enum(["remove", "keep"]),
  because: z.string().min(1),
});
const answer = z.strictObject({
  service: z.strictObject({
    state: z.enum(["running", "stopped", "missing", "unknown"]),
    path: z.string(),
    start: z.string().nullable(),
    processes: z.array(z.int()),
  }),
  refused: z.array(z.strictObject({ because: z.string().min(1), remedy: z.string().min(1) })),
  plan: z.array(item),
  done: z.array(z.strictObject({ kind: z.string(), name: z.string(), done: z.string() })),
  left: z.array(z.strictObject({ kind: z.string(), name: z.string(), because: z.string().min(1) })),
  stopped: z.string().optional(),
});

type SeedPool = Extract<z.input<typeof hostRequest>, { do: "addSeedPool" }>;

/** A host as the seed left it, and the seed's own configuration for it. */
class Place implements AsyncDisposable {
  readonly simulator: SimulatorProcess;
  readonly #scratch: Scratch;
  readonly file: string;
  readonly dataDir: string;

  private constructor(simulator: SimulatorProcess, scratch: Scratch, file: string) {
    this.simulator = simulator;
    this.#scratch = scratch;
    this.file = file;
    this.dataDir = scratch.at("data");
  }

  static async make(seed: Partial<SeedPool>, args: readonly string[] = []): Promise<Place> {
    const scratch = await Scratch.make();
    const simulator = await SimulatorProcess.start({ speed: 40, args });
    await simulator.host({ storage: STORAGE, template: TEMPLATE, ...seed, do: "addSeedPool" });
    const text = configuration(simulator.listen, {
      runners: { pool_size: 3, name_prefix: "runner-" },
      hyperv: { template_path: TEMPLATE, storage_path: STORAGE },
    });
    return new Place(simulator, scratch, await scratch.write("config.yaml", text));
  }

  arguments(...args: string[]): string[] {
    return ["migrate", "-c", this.file, "--data-dir", this.dataDir, ...args];
  }

  async migrate(...args: string[]) {
    const { code, out, err } = await hvpool(this.arguments("--json", ...args));
    return { code, err, ...answer.parse(JSON.parse(out)) };
  }

  async truth(): Promise<Truth> {
    return await this.simulator.truth();
  }

  async stopService(): Promise<void> {
    await this.simulator.host({ do: "setService", name: SERVICE, state: "stopped" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** What is there now, in words that do not change by themselves. */
function there({ vms, disks, runners }: Truth) {
  const now = ({ removedAt }: { removedAt: number | null }) => removedAt === null;
  return {
    vms: vms.filter(now).map(({ name, power }) => `${name} ${power}`).toSorted(),
    disks: disks.filter(now).map(({ path }) => path).toSorted(),
    runners: runners.filter(now).map(({ name, status }) => `${name} ${status}`).toSorted(),
  };
}

const READS = new Set([
  "service.info",
  "vm.list",
  "vm.inspect",
  "disk.info",
  "dir.list",
  "runner.list",
  "GET /orgs/{org}/installation",
  "POST /app/installations/{id}/access_tokens",
]);

const FOREIGN = ["desktop saved", "fileserver running", "runner-4 running"];
const KEPT_DISKS = ["C:\\vms\\private\\runner-4.vhdx", TEMPLATE];

Deno.test("migrate refuses while the old service runs, with the remedy, and changes nothing", async () => {
  await using place = await Place.make({ vms: ["idle", "idle", "off"] });
  const before = there(await place.truth());
  const { code, refused, service, done } = await place.migrate("--yes");
  assert.deepEqual([code, service.state, done], [1, "running", []]);
  assert.match(refused[0]?.because ?? "", /^The service hyperv-runner-pool runs/);
  assert.match(refused[0]?.remedy ?? "", /Stop-Service hyperv-runner-pool/);
  assert.equal(refused.length, 1);
  assert.deepEqual(there(await place.truth()), before);
});

Deno.test("migrate refuses while a VM has a job, names it, and cuts nothing off", async () => {
  await using place = await Place.make({ service: "stopped", vms: ["idle", "busy", "off"], jobMs: 4_000 });
  const before = there(await place.truth());
  const { code, refused } = await place.migrate("--yes");
  assert.equal(code, 1);
  assert.deepEqual(refused.map(({ because }) => because), [
    "The VM runner-2 has a job: GitHub says that its runner is busy.",
  ]);
  assert.deepEqual(there(await place.truth()), before);
  await untilTrue("the job has ended", async () => (await place.truth()).jobs[0]?.state === "done");
  await untilTrue("its VM is off", async () => there(await place.truth()).vms.includes("runner-2 off"));
  const again = await place.migrate("--yes");
  assert.deepEqual([again.code, again.refused, again.left], [0, [], []]);
  assert.deepEqual((await place.truth()).jobs.map(({ state }) => state), ["done"]);
});

Deno.test("migrate refuses while a VM that was just started may still register its runner", async () => {
  await using place = await Place.make({ service: "stopped", vms: ["unregistered", "silent"] });
  const { code, refused } = await place.migrate("--yes");
  assert.equal(code, 1);
  assert.equal(refused.length, 1);
  assert.match(refused[0]?.because ?? "", /runner-1 was started a moment ago/);
});

Deno.test("migrate refuses while GitHub does not say whether a VM has a job", async () => {
  await using place = await Place.make({ service: "stopped" });
  await place.simulator.fault({ call: "runner.list", kind: "error", code: 403 });
  const before = there(await place.truth());
  const { code, refused } = await place.migrate("--yes");
  assert.equal(code, 1);
  assert.match(refused[0]?.because ?? "", /runner-1, runner-2, runner-3 run jobs could not be found out/);
  assert.deepEqual(there(await place.truth()), before);
});

Deno.test("migrate --dry-run tells what would become of everything and why, and changes nothing", async () => {
  await using place = await Place.make({ vms: ["busy", "idle", "off"], strayDisks: [] });
  const before = await place.truth();
  const { code, plan, refused } = await place.migrate("--dry-run");
  const after = await place.truth();
  assert.equal(code, 0);
  assert.equal(refused.length, 2);
  assert.deepEqual({ ...after, now: 0, operations: [] }, { ...before, now: 0, operations: [] });
  const effects = after.operations.map(({ call }) => call).filter((call) => !READS.has(call));
  assert.deepEqual(effects, []);
  const rows = (action: string) =>
    plan.filter((row) => row.action === action).map(({ kind, name }) => `${kind} ${name}`);
  assert.deepEqual(
    rows("remove"),
    [1, 2, 3].flatMap((n) => [
      `registration runner-${n}`,
      `vm runner-${n}`,
      `disk ${STORAGE}\\runner-${n}.vhdx`,
    ]),
  );
  assert.deepEqual(rows("keep"), [
    "vm runner-4",
    `template ${TEMPLATE}`,
    `directory ${STORAGE}`,
    "directory C:\\ProgramData\\Microsoft\\Windows\\Hyper-V",
  ]);
  assert.match(
    plan.find(({ name }) => name === "runner-4")?.because ?? "",
    /does not lie in the storage folder/,
  );
  await assert.rejects(Deno.stat(place.dataDir), Deno.errors.NotFound);
});

Deno.test("migrate without --dry-run or --yes prints the plan and says what to add", async () => {
  await using place = await Place.make({ service: "stopped" });
  const before = there(await place.truth());
  const { code, out, err } = await hvpool(place.arguments());
  assert.equal(code, 2);
  assert.match(out, /^vm +runner-2 /m);
  assert.match(out, /runner-4 +its disk .* does not lie/);
  assert.match(err, /add --yes/);
  assert.deepEqual(there(await place.truth()), before);
});

Deno.test("migrate --yes removes exactly the leftovers, and hvpool fills its pool with the seed's configuration", async () => {
  await using place = await Place.make({
    service: "stopped",
    vms: ["idle", "silent", "off"],
  });
  const { code, out } = await hvpool(place.arguments("--yes"));
  assert.equal(code, 0, out);
  assert.deepEqual(there(await place.truth()), { vms: FOREIGN, disks: KEPT_DISKS, runners: [] });
  assert.match(out, /^removed: registration runner-1$/m);
  assert.match(out, /^turned off: vm runner-2$/m);
  assert.match(out, /^removed: disk C:\\vms\\storage\\runner-3\.vhdx$/m);
  assert.match(out, /sc\.exe delete hyperv-runner-pool/);
  const { operations } = await place.truth();
  const letGo = operations.findIndex(({ call }) => call === "runner.remove");
  const turnedOff = operations.findIndex(({ call }) => call === "vm.turnOff" || call === "vm.remove");
  assert.ok(letGo >= 0 && letGo < turnedOff, "GitHub let go of the runner first");

  const again = await place.migrate("--yes");
  assert.deepEqual([again.code, again.done, again.left], [0, [], []]);
  await assert.rejects(Deno.stat(join(place.dataDir, "migration.json")), Deno.errors.NotFound);

  await using controller = new ControllerProcess(place.file, place.dataDir);
  await controller.untilFull();
  const { vms } = there(await place.truth());
  for (const vm of FOREIGN) assert.ok(vms.includes(vm), vm);
  const running = await hvpool(place.arguments("--dry-run"));
  assert.equal(running.code, 1);
  assert.match(running.err, /another hvpool .*hvpool stop/s);
});

Deno.test("migrate that is killed in the middle goes on where it was, also with disks whose VM is gone", async () => {
  const names = Array.from({ length: 6 }, () => "off" as const);
  await using place = await Place.make({ service: "stopped", vms: names, similar: false }, [
    "--latency",
    "disk.remove=60000",
  ]);
  await using process = new HvpoolProcess(place.arguments("--yes"));
  await untilTrue(
    "the first VM is gone",
    async () =>
      (await place.truth()).vms.some(({ name, removedAt }) => name === "runner-1" && removedAt !== null),
  );
  await process.kill();
  const between = there(await place.truth());
  assert.ok(between.disks.some((path) => path.startsWith(STORAGE)), "there is something left to do");
  const again = await place.migrate("--yes");
  assert.deepEqual([again.code, again.left], [0, []], JSON.stringify(again));
  assert.deepEqual(there(await place.truth()), {
    vms: FOREIGN.slice(0, 2),
    disks: [TEMPLATE],
    runners: [],
  });
});

Deno.test("migrate stops at a VM that is given a job meanwhile, and leaves it and the rest as they are", async () => {
  await using place = await Place.make({ service: "stopped", vms: ["idle", "idle"], similar: false });
  await place.simulator.fault({ call: "runner.remove", kind: "error", code: 422, times: 1 });
  const { code, left, stopped, done } = await place.migrate("--yes");
  assert.deepEqual([code, done], [1, []]);
  assert.match(stopped ?? "", /runner-1 was given a job/);
  assert.deepEqual(left.map(({ kind, name }) => `${kind} ${name}`).slice(0, 2), [
    "registration runner-1",
    "vm runner-1",
  ]);
  assert.deepEqual(there(await place.truth()).runners, ["runner-1 online", "runner-2 online"]);
});

Deno.test("migrate refuses --dry-run together with --yes", async () => {
  const { code, err } = await hvpool(["migrate", "-c", "none.yaml", "--dry-run", "--yes"]);
  assert.equal(code, 2);
  assert.match(err, /do not go together/);
});
