import assert from "node:assert/strict";
import { call, recordingPrograms, withRunning } from "../testing/called.ts";

const LEASE = { id: `l-${"0".repeat(26)}`, holder: "ann" } as const;
const AGENT = {
  id: "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
  name: "desks-1",
  pool: "desks",
  runner: null,
} as const;

for (
  const [verb, action] of [
    ["resume", "wake"],
    ["save", "save"],
    ["reset", "reset"],
    ["prepare", "prepare"],
    ["stop", "stop"],
  ] as const
) {
  Deno.test(`hvpool vm ${verb} asks for it, with a reason and as JSON`, async () => {
    await withRunning(async ({ dataDir, operations }) => {
      const plain = await call(["vm", verb, "linux-1", "--reason", "a look", "--data-dir", dataDir]);
      assert.deepEqual(plain, { code: 0, out: `Done: ${action}.`, err: "" });
      const json = await call(["vm", verb, "linux/1.7", "--json", "--data-dir", dataDir]);
      assert.deepEqual(JSON.parse(json.out), {
        message: `Done: ${action}.`,
        changed: true,
        cycle: "linux/1.7",
      });
      const source = `api (hvpool vm ${verb})`;
      const forced = verb === "stop" ? { force: false } : {};
      assert.deepEqual(operations.requests, [
        { action, vm: "linux-1", ...forced, reason: "a look", actor: "administrator", source },
        { action, vm: "linux/1.7", ...forced, actor: "administrator", source },
      ]);
      const none = await call(["vm", verb, "nope", "--data-dir", dataDir]);
      assert.deepEqual([none.code, none.err], [1, "error: hvpool refused: There is no such VM."]);
      const help = await call(["vm", verb, "--help"]);
      assert.match(help.out, new RegExp(`Examples:[^]*hvpool vm ${verb} desktops-`));
    });
  });
}

Deno.test("hvpool vm stop --force asks first, and needs --yes without a terminal", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const stop = ["vm", "stop", "linux-1", "--force", "--data-dir", dataDir];
    const alone = await call(stop);
    assert.equal(alone.code, 2);
    assert.match(alone.err, /no terminal to ask on: add --yes/);
    const no = await call(stop, { ask: () => false });
    assert.deepEqual([no.code, no.err, operations.requests], [1, "error: Nothing was done.", []]);
    assert.equal((await call(stop, { ask: () => true })).code, 0);
    assert.equal((await call([...stop, "--yes"])).code, 0);
    assert.deepEqual(operations.requests.map((request) => "force" in request && request.force), [true, true]);
  });
});

Deno.test("hvpool vm delete is destroy, and says whose lease ends", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    assert.equal((await call(["vm", "delete", "linux-1", "--data-dir", dataDir])).out, "Done: destroy.");
    operations.setVms({ ...AGENT, phase: "claimed", lease: LEASE });
    const questions: string[] = [];
    await call(["vm", "delete", "desks-1", "--force", "--data-dir", dataDir], {
      ask: (question) => questions.push(question) > 0,
    });
    assert.match(questions[0] ?? "", /ann has it under the lease l-0+, which ends\.$/);
  });
});

Deno.test("hvpool vm list and info show memory, uptime, saved state, last resume and lease", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const parked = { holder: "bob", until: "2026-03-01T12:30:00.000Z" };
    operations.setVms(
      { ...AGENT, phase: "claimed", lease: LEASE },
      {
        ...AGENT,
        name: "desks-2",
        cycle: "desks/2.8",
        phase: "claimed",
        parked,
        memoryMb: 0,
        savedStateMb: 3900,
      },
    );
    const list = (await call(["vm", "list", "--pool", "desks", "--data-dir", dataDir])).out;
    assert.match(list, /^VM .* MEMORY .* JOB OR LEASE /);
    assert.match(list, /^desks-1 .* 4096 MB .* ann \(l-0+\)/m);
    assert.match(list, /^desks-2 .* parked for bob/m);
    const first = (await call(["vm", "info", "desks-1", "--data-dir", dataDir])).out;
    assert.match(
      first,
      /^lease {7}l-0+\nholder {6}ann\nmemory {6}4096 MB\nuptime {6}1m\nresumed {5}2026-03-01 /m,
    );
    assert.match(first, /^address {5}172\.20\.0\.7$/m);
    const second = (await call(["vm", "info", "desks-2", "--data-dir", dataDir])).out;
    assert.match(second, /^parked {6}for bob until 2026-03-01 .*\nmemory {6}0 MB\n/m);
    assert.match(second, /^saved state {1}3900 MB$/m);
  });
});

Deno.test("hvpool vm console opens the screen, or prints how", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.setVms(AGENT);
    const command = `vmconnect.exe localhost -G ${AGENT.id}`;
    const console = (args: string[], opens = true) => {
      const { programs, calls } = recordingPrograms(
        opens ? {} : { openConsole: () => Promise.resolve(false) },
      );
      const context = { programs: () => Promise.resolve(programs) };
      return call(["vm", "console", "desks-1", ...args, "--data-dir", dataDir], context)
        .then((called) => ({ ...called, calls }));
    };
    const opened = await console([]);
    assert.deepEqual(opened.calls, [{ openConsole: { host: "localhost", vmId: AGENT.id } }]);
    assert.equal(opened.out, "Opened the screen of desks-1 (linux/1.7).");
    assert.equal((await console([], false)).out, command);
    const printed = await console(["--print", "--host", "hv01"]);
    assert.deepEqual([printed.out, printed.calls], [command.replace("localhost", "hv01"), []]);
    assert.deepEqual(JSON.parse((await console(["--json"])).out), {
      cycle: "linux/1.7",
      vmId: AGENT.id,
      command,
      opened: false,
    });
    assert.match(
      (await console(["--enhanced", "off"])).err,
      /View > Enhanced Session.*-EnableEnhancedSessionMode \$false/,
    );
    assert.match((await console(["--enhanced", "on"])).err, /-EnableEnhancedSessionMode \$true/);
    assert.equal((await console(["--enhanced", "maybe"])).code, 2);
    assert.match((await console(["--host", "a b"])).err, /is no name of a host/);
    operations.setVms({ ...AGENT, id: null, phase: "provisioning" });
    assert.match((await console([])).err, /has no VM yet: it is provisioning/);
  });
});
