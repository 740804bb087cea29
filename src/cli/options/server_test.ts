import assert from "node:assert/strict";
import { served, TOKEN } from "../../api/testing/served.ts";
import { call, inFolder } from "../testing/called.ts";
import { namedServer } from "./server.ts";

const ID = "l-00000000000000000000000001";

/** What is found for options and variables. */
function named(options: Record<string, string | boolean>, env: Record<string, string> = {}, token?: string) {
  return namedServer({ shared: () => options, env: (name) => env[name] }, token);
}

function variables(env: Record<string, string>): { env: (name: string) => string | undefined } {
  return { env: (name) => env[name] };
}

Deno.test("namedServer() takes options before variables, and nothing without either", async () => {
  const there = { HVPOOL_SERVER: "https://there.example", HVPOOL_TOKEN: " t \n" };
  assert.equal(await named({}), undefined);
  assert.equal(await named({}, { HVPOOL_SERVER: " ", HVPOOL_TOKEN: "t" }), undefined);
  assert.deepEqual(await named({}, there), { address: "https://there.example", token: "t", named: true });
  const other = { server: "https://Other.Example:8443/hvpool/", serverToken: "env:OTHER" };
  assert.deepEqual(await named(other, { ...there, OTHER: "o" }), {
    address: "https://other.example:8443/hvpool",
    token: "o",
    named: true,
  });
  assert.equal((await named({ server: "http://[::1]:7420" }, there))?.address, "http://[::1]:7420");
  assert.equal((await named(other, {}, "hvl_x"))?.token, "hvl_x", "the lease's own is enough");
});

Deno.test("namedServer() leaves the variables alone where an option names this machine's hvpool", async () => {
  const env = { HVPOOL_SERVER: "https://there.example", HVPOOL_TOKEN: "t" };
  assert.equal(await named({ dataDir: "d" }, env), undefined);
  assert.equal(await named({ config: "c" }, env), undefined);
  for (const local of [{ dataDir: "d" }, { config: "c" }]) {
    const both = named({ server: "https://there.example", ...local }, env);
    await assert.rejects(both, { message: /Leave one of them out/, exitCode: 2 });
  }
  await assert.rejects(named({ serverToken: "env:T" }), { message: /Name that with --server/, exitCode: 2 });
});

Deno.test("namedServer() sends no token over http but to this machine", async () => {
  const env = { HVPOOL_TOKEN: "t" };
  for (
    const server of ["http://localhost:7420", "http://127.0.0.1:7420", "http://127.9.9.9", "http://[::1]/"]
  ) {
    assert.equal((await named({ server }, env))?.token, "t", server);
  }
  const elsewhere = [
    "http://10.0.0.5:7420",
    "http://hv01",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://0.0.0.0:7420",
    "HTTP://hv01",
  ];
  for (const server of elsewhere) {
    await assert.rejects(named({ server }, env), {
      message: /over http everybody on the way to .* could read the token.*--insecure-http/,
      exitCode: 2,
    }, server);
    assert.equal((await named({ server, insecureHttp: true }, env))?.token, "t");
    await assert.rejects(named({ server }, env, "hvl_x"), { exitCode: 2 }, "a lease's token is one, too");
    await assert.rejects(named({}, { ...env, HVPOOL_SERVER: server }), {
      message: /^Cannot use HVPOOL_SERVER/,
    });
  }
});

Deno.test("namedServer() refuses addresses that are none, and shows no password", async () => {
  const bad = [
    "hv01",
    "localhost:7420",
    "ftp://hv01",
    "https://",
    "https://user:secret@hv01",
    "https://secret@hv01",
    "https://hv01/?token=secret",
    "https://hv01/#secret",
    "file:///secret",
  ];
  for (const server of bad) {
    await assert.rejects(named({ server }, { HVPOOL_TOKEN: "t" }), (error: Error) => {
      assert.match(error.message, /^Cannot use --server: /);
      return !error.message.includes("secret");
    }, server);
  }
});

Deno.test("namedServer() reads the token from where it is told to, and shows nothing of it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/token`, "from-file\n");
    await Deno.writeTextFile(`${folder}/empty`, "\n");
    await Deno.writeTextFile(`${folder}/two`, "secret secret");
    const server = "https://hv01";
    const file = await named({ server, serverToken: `file:${folder}/token` });
    assert.equal(file?.token, "from-file");
    const bad: [serverToken: string | undefined, says: RegExp][] = [
      ["secret", /env:NAME or file:PATH/],
      ["env:", /env:NAME or file:PATH/],
      ["env:UNSET", /variable UNSET is not set/],
      ["env:EMPTY", /variable EMPTY is empty/],
      [`file:${folder}/none`, /there is no such file/],
      [`file:${folder}/empty`, /is empty/],
      [`file:${folder}/two`, /has no token in it/],
      [undefined, /variable HVPOOL_TOKEN is not set.*--server-token/],
    ];
    for (const [serverToken, says] of bad) {
      const options = { server, ...(serverToken === undefined ? {} : { serverToken }) };
      await assert.rejects(named(options, { EMPTY: "" }), (error: Error & { exitCode?: number }) => {
        assert.match(error.message, says);
        assert.equal(error.exitCode, 2);
        return !error.message.includes("secret");
      }, serverToken);
    }
  });
});

Deno.test("commands ask the hvpool that --server names, or its variable", async () => {
  await served(async ({ address, operations }) => {
    const env = { HVPOOL_TOKEN: TOKEN };
    const list = await call(["--server", address, "lease", "list", "--json"], variables(env));
    assert.deepEqual(list, { code: 0, out: '{"leases":[]}', err: "" });
    const byVariable = variables({ ...env, HVPOOL_SERVER: `${address}/` });
    const acquired = await call(["lease", "acquire", "--pool", "desktops", "--json"], byVariable);
    assert.deepEqual([acquired.code, acquired.err], [0, ""]);
    const tokens = variables({ LEASE: JSON.parse(acquired.out).token });
    for (const args of [["show", ID], ["heartbeat", ID], ["pause", ID], ["resume", ID], ["release", ID]]) {
      // The lease's token alone: this caller knows no other.
      const { code, err } = await call(
        ["lease", ...args, "--token", "env:LEASE", "--server", address],
        tokens,
      );
      assert.deepEqual([code, err], [0, ""], args[0]);
    }
    assert.deepEqual(operations.leases.released.map(({ cause }) => cause), ["its holder released it"]);
    const templates = await call(["template", "list", "--json", "--server", address], variables(env));
    assert.equal(templates.code, 0);
    const events = await call(["events", "--json", "--limit", "1", "--server", address], variables(env));
    assert.deepEqual([events.code, events.err], [0, ""]);
  });
});

Deno.test("a hvpool elsewhere that cannot be reached ends with 3, one that refuses the token with 1", async () => {
  await served(async ({ address, server }) => {
    const refused = await call(["status", "--server", address], variables({ HVPOOL_TOKEN: "wrong" }));
    assert.equal(refused.code, 1);
    assert.equal(
      refused.err,
      `error: hvpool at ${address} does not accept the token. Check --server-token: it is the text of the file ` +
        "`token` in the data directory of that hvpool, or a lease's own.",
    );
    await server.close();
    for (
      const args of [["status"], ["events"], ["stop"], ["lease", "list"], ["vm", "list"], ["pool", "list"]]
    ) {
      const { code, out, err } = await call(
        [...args, "--server", address],
        variables({ HVPOOL_TOKEN: TOKEN }),
      );
      assert.deepEqual([code, out], [3, ""], args.join(" "));
      assert.match(
        err,
        new RegExp(`^error: No hvpool answers at ${address}: .*\\. Check --server, and that`),
      );
      assert.ok(!err.includes(TOKEN) && !err.includes("`hvpool run`"), err);
    }
  });
});

Deno.test("hvpool stop --server waits until nobody answers there any more", async () => {
  await served(async ({ address, server, operations }) => {
    const env = variables({ HVPOOL_TOKEN: TOKEN });
    const brief = await call(["stop", "--no-wait", "--server", address], env);
    assert.deepEqual(brief, { code: 0, out: "", err: `hvpool (${address}) is stopping.` });
    const called = call(["stop", "--server", address], env);
    while (operations.stops.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    const { code, err } = await called;
    assert.equal(code, 0);
    assert.match(err, /no longer answers at http.*, or another run of it does\.$/);
  });
});

Deno.test("what works on this machine alone takes no --server", async () => {
  const alone = [
    ["run"],
    ["doctor"],
    ["config", "show"],
    ["dev"],
    ["simulator"],
    ["support", "bundle"],
    ["network", "show"],
    ["migrate"],
    ["version"],
  ];
  for (const args of alone) {
    for (const more of [["--server", "https://hv01"], ["--server-token", "env:T"]]) {
      const { code, err } = await call([...args, ...more]);
      assert.deepEqual([code, err], [
        2,
        `error: hvpool ${args[0]} works on this machine alone: it takes no --server.`,
      ]);
    }
  }
});
