import assert from "node:assert/strict";
import { gatherOutbound, targets } from "./outbound.ts";

Deno.test("gatherOutbound() takes any answer, and says why there was none", async () => {
  const answering = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 404 }),
  );
  const asking = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 407 }),
  );
  const silent = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()))),
  );
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  closed.close();
  const ports = [answering, asking, silent].map(({ addr }) => addr.port);
  const urls = [
    `http://127.0.0.1:${ports[0]}/`,
    `http://127.0.0.1:${ports[1]}/`,
    `http://127.0.0.1:${ports[2]}/`,
    `http://127.0.0.1:${closed.addr.transport === "tcp" ? closed.addr.port : 0}/`,
    // No TLS there.
    `https://127.0.0.1:${ports[0]}/`,
  ];
  const facts = await gatherOutbound(urls.map((url) => ({ url, essential: true, use: "tests" })), 500);
  assert.equal(facts[0]?.problem, undefined);
  assert.equal(facts[0]?.host, `127.0.0.1:${ports[0]}`);
  assert.match(facts[1]?.problem ?? "", /proxy/);
  assert.match(facts[2]?.problem ?? "", /no answer within 0\.5 s/);
  assert.match(facts[3]?.problem ?? "", /refused/i);
  assert.notEqual(facts[4]?.problem, undefined);
  await Promise.all([answering, asking, silent].map((server) => server.shutdown()));
});

const hosts = (mode: Parameters<typeof targets>[0], apiUrl?: string) =>
  targets(mode, apiUrl).map(({ url }) => new URL(url).host);

Deno.test("targets() are GitHub's, or one's own server alone, or the simulator", () => {
  const github = hosts({ kind: "host" });
  for (
    const host of [
      "api.github.com",
      "github.com",
      "codeload.github.com",
      "results-receiver.actions.githubusercontent.com",
      "ghcr.io",
    ]
  ) {
    assert.ok(github.includes(host), host);
  }
  assert.deepEqual(hosts({ kind: "host" }, "https://api.github.com"), github);
  assert.deepEqual(hosts({ kind: "host" }, "https://git.example.com/api/v3"), ["git.example.com"]);
  assert.deepEqual(hosts({ kind: "host" }, "https://api.acme.ghe.com"), ["api.acme.ghe.com", "acme.ghe.com"]);
  assert.deepEqual(hosts({ kind: "simulator", address: "http://127.0.0.1:7500" }), ["127.0.0.1:7500"]);
  assert.deepEqual(hosts({ kind: "mock" }), []);
});
