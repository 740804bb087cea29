import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOKEN } from "../../api/testing/served.ts";
import { call, type Called, inFolder } from "../testing/called.ts";

/** A hvpool that answers what is named, each once, and hangs then: connections are taken, and nothing comes. */
async function hanging(
  answers: readonly object[],
  run: (ask: (...args: string[]) => Promise<Called>) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const left = [...answers];
  const serve = async () => {
    for await (const connection of listener) {
      connections.push(connection);
      const answer = left.shift();
      if (answer === undefined) continue;
      await connection.read(new Uint8Array(65_536));
      const body = JSON.stringify(answer);
      const head =
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
      await connection.write(new TextEncoder().encode(head + body));
    }
  };
  const served = serve();
  try {
    await inFolder(async (dataDir) => {
      writeFileSync(join(dataDir, "token"), TOKEN);
      const address = `http://127.0.0.1:${listener.addr.port}`;
      const startedAt = new Date().toISOString();
      const endpoint = { address, tokenFile: join(dataDir, "token"), pid: Deno.pid, startedAt };
      writeFileSync(join(dataDir, "endpoint.json"), JSON.stringify(endpoint));
      await run((...args) => call([...args, "--data-dir", dataDir]));
    });
  } finally {
    listener.close();
    await served;
    for (const connection of connections) connection.close();
  }
}

Deno.test("--timeout is kept by every command that has it while hvpool hangs, and what was asked may take effect", async () => {
  const commands: string[][] = [
    ["stop"],
    ["drain", "--wait"],
    ["pool", "create", "desks", "--template", "win11", "--wait"],
    ["lease", "pause", "l-1"],
    ["lease", "restore", "l-1", "installed"],
    ["template", "prepare", "ci", "--from", "win11"],
  ];
  await hanging([], async (ask) => {
    const called = await Promise.all(commands.map((command) => ask(...command, "--timeout", "1s")));
    for (const [at, { code, out, err }] of called.entries()) {
      const command = commands[at]?.join(" ");
      assert.deepEqual([code, out], [124, ""], `${command}: ${err}`);
      assert.match(err, /did not answer in the time to wait, 1 s: .*may still take effect/, command);
    }
  });
});

Deno.test("a drain whose hvpool hangs after it took it says that it goes on", async () => {
  await hanging([{ message: "Drained.", changed: true }], async (ask) => {
    const { code, out, err } = await ask("drain", "--wait", "--timeout", "1s");
    assert.deepEqual([code, out], [124, "Drained."], err);
    assert.match(err, /is not drained after 1s: hvpool .* does not answer\. The drain goes on/);
  });
});
