import assert from "node:assert/strict";
import { join } from "node:path";
import { NOTIFY_CONDITIONS, type NotifyType } from "../../config/notify_keys.ts";
import { loadConfig } from "../../config/load.ts";
import { resolveSecrets } from "../../config/secrets.ts";
import type { Status } from "../../model/status.ts";
import { EVENT_IDS } from "./event_log.ts";
import { memoryFile } from "./memory.ts";
import { type Notifier, openNotifier, type Receiver, receiversOf } from "./notifier.ts";
import { HandClock, keepingLog, pool, status, until, vm } from "./notify_test_support.ts";

const MINUTE = 60_000;
const SMALL = status({ pools: [pool({ ready: 0 })] });
const SICK = status({ vms: [vm({ phase: "quarantined" })] });

/** A server that takes notices, a clock and a status that a test sets. */
class Scene implements AsyncDisposable {
  readonly clock = new HandClock();
  readonly lines: string[] = [];
  readonly bodies: Record<string, unknown>[] = [];
  status: Status = status();
  /** Answers of the server, one after the other; then 200. */
  answers: Response[] = [];
  readonly dataDir = Deno.makeTempDirSync();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #notifier: Notifier | undefined;

  constructor() {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
      assert.equal(request.method, "POST");
      // Simple receivers read as many bytes as they are told, and no chunks.
      assert.ok(Number(request.headers.get("content-length")) > 0);
      this.bodies.push(await request.json());
      return this.answers.shift() ?? new Response("ok");
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/hooks/SECRET?key=SECRET`;
  }

  /** Begins to look, as a start of hvpool does. */
  open(
    about: { type?: NotifyType; afterMs?: number; eventCreate?: string; receivers?: Receiver[] } = {},
  ): void {
    const { type = "webhook", afterMs = 15 * MINUTE, eventCreate, receivers } = about;
    const { log, lines } = keepingLog();
    this.#notifier = openNotifier({
      receivers: receivers ??
        [{ type, url: type === "eventlog" ? undefined : this.url, on: NOTIFY_CONDITIONS, afterMs }],
      status: () => this.status,
      clock: this.clock,
      log: {
        ...log,
        warn: (message, fields) => {
          log.warn(message, fields);
          this.lines.push(lines.at(-1) ?? "");
        },
        info: (message) => this.lines.push(`info ${message}`),
      },
      dataDir: this.dataDir,
      host: "hv1",
      http: { env: () => undefined },
      ...(eventCreate === undefined ? {} : { eventCreate }),
    });
  }

  async close(): Promise<void> {
    await this.#notifier?.close();
    this.#notifier = undefined;
  }

  /** Until so many notices came, and the last was written down as sent. */
  async came(count: number): Promise<void> {
    await until(
      `${count} notices`,
      () => this.bodies.length >= count && !this.remembered().includes('"event"'),
    );
    assert.equal(this.bodies.length, count);
  }

  remembered(): string {
    try {
      return Deno.readTextFileSync(memoryFile(this.dataDir));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.#server.shutdown();
    await Deno.remove(this.dataDir, { recursive: true });
  }
}

Deno.test("a webhook is told what is amiss once, and when it is over", async () => {
  await using scene = new Scene();
  scene.open();
  scene.status = SMALL;
  scene.clock.advance(60 * MINUTE);
  await scene.came(1);
  const about = {
    key: "capacity:ci",
    condition: "capacity",
    severity: "warn",
    text: 'Pool "ci" has 2 of its 4 machines. See hvpool status.',
    since: "2026-03-01T12:00:30.000Z",
    host: "hv1",
    controller: SMALL.controller.id,
    version: "1.2.3",
  };
  assert.deepEqual(scene.bodies[0], { event: "raised", ...about });
  scene.status = status();
  scene.clock.advance(60 * MINUTE);
  await scene.came(2);
  assert.deepEqual(scene.bodies[1], { event: "cleared", ...about });
});

Deno.test("a restart tells nothing twice, and what is over meanwhile is told", async () => {
  await using scene = new Scene();
  scene.status = SICK;
  scene.open();
  await scene.came(1);
  await scene.close();
  assert.doesNotMatch(scene.remembered(), /SECRET/);

  scene.open();
  scene.clock.advance(60 * MINUTE);
  // What is to be sent stands in the file before it is sent.
  assert.doesNotMatch(scene.remembered(), /"event"/);
  await scene.close();
  assert.equal(scene.bodies.length, 1);

  // Right after a start nothing is known of machines.
  scene.status = status({}, "starting");
  scene.open();
  scene.clock.advance(MINUTE);
  assert.equal(scene.bodies.length, 1);
  scene.status = status();
  scene.clock.advance(MINUTE);
  await scene.came(2);
  assert.equal(scene.bodies[1]?.["event"], "cleared");
});

Deno.test("a server that fails is tried again, later and later, and the log says it once, without the address", async () => {
  await using scene = new Scene();
  scene.answers = [500, 503, 429].map((code) =>
    new Response(null, { status: code, ...(code === 429 ? { headers: { "retry-after": "120" } } : {}) })
  );
  scene.status = SICK;
  scene.open();
  // One timer looks, the other waits.
  const failed = (times: number) =>
    until(`${times} failures`, () => scene.bodies.length === times && scene.clock.waiting === 2);
  for (const [times, waitMs] of [[1, 5_000], [2, 10_000], [3, 120_000]] as const) {
    await failed(times);
    scene.clock.advance(waitMs - 1);
    assert.equal(scene.clock.waiting, 2);
    scene.clock.advance(1);
  }
  await until("the fourth notice", () => scene.bodies.length === 4 && scene.lines.length === 2);
  assert.match(
    scene.lines[0] ?? "",
    /^warn notify\[0\]: a notice to webhook could not be sent.*answered 500/,
  );
  assert.match(scene.lines[1] ?? "", /^info .* are sent again/);
  assert.deepEqual(scene.bodies[3], scene.bodies[0]);
  assert.doesNotMatch(scene.lines.join(), /SECRET|127\.0\.0\.1/);
});

Deno.test("what could not be sent is sent by the next run", async () => {
  await using scene = new Scene();
  scene.answers = [new Response(null, { status: 500 })];
  scene.status = SICK;
  scene.open();
  await until("a failure", () => scene.lines.length === 1);
  await scene.close();
  assert.match(scene.remembered(), /"event": "raised"/);
  scene.open();
  await scene.came(2);
  assert.deepEqual(scene.bodies[1], scene.bodies[0]);
});

Deno.test("an address where nobody answers holds up nobody else", async () => {
  await using scene = new Scene();
  const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const dead = `http://127.0.0.1:${free.addr.port}/SECRET`;
  free.close();
  scene.status = SICK;
  const about = { type: "webhook", on: NOTIFY_CONDITIONS, afterMs: 0 } as const;
  scene.open({ receivers: [{ ...about, url: dead }, { ...about, url: scene.url }] });
  await until("the other's notice", () => scene.bodies.length === 1 && scene.lines.length === 1);
  assert.match(scene.lines[0] ?? "", /notify\[0\].*could not be reached/);
  assert.doesNotMatch(scene.lines.join(), /SECRET/);
});

Deno.test("one address may stand there twice, for different things", async () => {
  await using scene = new Scene();
  const about = { type: "webhook", url: scene.url, afterMs: 0 } as const;
  const receivers: Receiver[] = [{ ...about, on: ["quarantine"] }, { ...about, on: ["capacity"] }];
  scene.status = { ...SICK, pools: SMALL.pools };
  scene.open({ receivers });
  await scene.came(2);
  assert.deepEqual(scene.bodies.map((body) => body["condition"]).toSorted(), ["capacity", "quarantine"]);
  await scene.close();
  scene.open({ receivers });
  scene.status = status();
  scene.clock.advance(MINUTE);
  await scene.came(4);
  assert.deepEqual(scene.bodies.slice(2).map((body) => body["event"]), ["cleared", "cleared"]);
});

Deno.test("Slack gets a text, and Teams a card", async () => {
  await using scene = new Scene();
  scene.status = status({ vms: [vm({ phase: "quarantined", why: "<boot> & timeout" })] });
  scene.open({ type: "slack" });
  await scene.came(1);
  const { text } = scene.bodies[0] ?? {};
  assert.match(
    String(text),
    /^hvpool on hv1, warning: Machine ci-1 .*&lt;boot&gt; &amp; timeout.*\(Since 2026-03-01T12:00/,
  );
  await scene.close();
  scene.open({ type: "teams" });
  await scene.came(2);
  const card = JSON.stringify(scene.bodies[1]);
  assert.match(
    card,
    /^\{"type":"message","attachments":\[\{"contentType":"application\/vnd\.microsoft\.card\.adaptive"/,
  );
  assert.match(card, /hvpool on hv1: warning.*<boot> & timeout/);
});

Deno.test("elsewhere than on Windows the event log is said to be missing, once", async () => {
  if (Deno.build.os === "windows") return;
  await using scene = new Scene();
  scene.status = SICK;
  scene.open({ type: "eventlog" });
  scene.clock.advance(60 * MINUTE);
  assert.deepEqual(scene.lines, [
    "warn notify[0]: there is an event log on Windows only, so that nothing is told there",
  ]);
});

Deno.test("the event log is written to by a program with arguments, which no shell reads", async () => {
  if (Deno.build.os === "windows") return; // a script stands in for eventcreate.exe
  await using scene = new Scene();
  const program = join(scene.dataDir, "eventcreate");
  const written = join(scene.dataDir, "written");
  // It fails the first time.
  const script =
    `#!/bin/sh\n[ -e '${written}.once' ] || { : > '${written}.once'; echo "no rights" >&2; exit 1; }\n` +
    `printf '%s\\n' "$@" >> '${written}'\n`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  scene.status = status({ vms: [vm({ phase: "quarantined", why: '"; $(touch x)\n`y`' })] });
  scene.open({ type: "eventlog", eventCreate: program });
  await until("a failure", () => scene.lines.length === 1 && scene.clock.waiting === 2);
  assert.match(scene.lines[0] ?? "", /eventcreate ended with 1: no rights/);
  scene.clock.advance(5_000);
  await until("an event", () => scene.lines.length === 2);
  const args = (await Deno.readTextFile(written)).trimEnd().split("\n");
  assert.deepEqual(args.slice(0, 9), [
    "/L",
    "APPLICATION",
    "/SO",
    "hvpool",
    "/ID",
    "120",
    "/T",
    "WARNING",
    "/D",
  ]);
  assert.equal(args.length, 10);
  assert.match(args[9] ?? "", /"; \$\(touch x\) `y`\./);
});

Deno.test("a file that cannot be understood is said, and telling goes on", async () => {
  await using scene = new Scene();
  await Deno.writeTextFile(memoryFile(scene.dataDir), "{");
  scene.status = SICK;
  scene.open();
  await scene.came(1);
  assert.match(scene.lines.join(), /told before the start cannot be read/);
});

Deno.test("nobody is looked for where nobody is told", async () => {
  await using scene = new Scene();
  scene.open({ receivers: [] });
  assert.equal(scene.clock.waiting, 0);
});

Deno.test("receiversOf() brings those of the configuration together with their addresses", async () => {
  const text =
    "debug: {use_mock: true}\nnotify: [{type: eventlog, on: [host]}, {type: slack, url: env:S, after_minutes: 1}]";
  const { config } = loadConfig({ text, file: "config.yaml", folder: "/home/me" });
  assert.ok(config);
  const env = () => "https://hooks.example/1";
  const { secrets } = await resolveSecrets(config, { env, checkKey: () => undefined });
  assert.ok(secrets);
  assert.deepEqual(receiversOf(config, secrets), [
    { type: "eventlog", on: ["host"], afterMs: 900_000, url: undefined },
    { type: "slack", on: [...NOTIFY_CONDITIONS], afterMs: 60_000, url: "https://hooks.example/1" },
  ]);
});

Deno.test("docs/notify.md lists every condition with the ids of its events", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/notify.md", import.meta.url));
  for (const condition of NOTIFY_CONDITIONS) {
    const { raised, cleared } = EVENT_IDS[condition];
    assert.match(
      page,
      new RegExp(`^\\| \`${condition}\` .*\\| ${raised} +\\| ${cleared} +\\|`, "m"),
      condition,
    );
  }
  const ids = Object.values(EVENT_IDS).flatMap(({ raised, cleared }) => [raised, cleared]);
  assert.equal(new Set(ids).size, ids.length);
});
