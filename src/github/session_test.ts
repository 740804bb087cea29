import { equal, match, ok } from "node:assert/strict";
import { openForge } from "./forge.ts";
import {
  json,
  MemoryLog,
  ORG,
  PRIVATE_KEY,
  registration,
  REPO,
  type Route,
  signedByApp,
  withGitHub,
} from "./testserver_test_support.ts";

const expiresIn = (ms: number) => new Date(Date.now() + ms).toISOString();

Deno.test("the app signs what only an app may ask, and nothing else", async () => {
  await withGitHub(() => undefined, async ({ forge, seen }) => {
    await forge.check(ORG, "default");
    await forge.register(registration());
    for (const one of seen) {
      const byApp = one.path === "/app" || one.path.endsWith("/installation") ||
        one.path.endsWith("/access_tokens");
      equal(signedByApp(one), byApp, one.path);
    }
  });
});

Deno.test("a token that GitHub refuses is replaced once, and the request sent again", async () => {
  let known = true;
  const own: Route = ({ path, headers }) => {
    const old = headers.get("authorization") === "Bearer ghs_testtoken1abcdefgh";
    return path.includes("runners?") && old && !known ? json(401, { message: "Bad credentials" }) : undefined;
  };
  const realNow = Date.now;
  await withGitHub(own, async ({ forge, count }) => {
    equal((await forge.list(ORG)).outcome, "ok");
    known = false; // from here on, GitHub does not know the first token
    Date.now = () => realNow() + 60_000; // and it is not fresh any more
    try {
      equal((await forge.list(ORG)).outcome, "ok");
    } finally {
      Date.now = realNow;
    }
    equal(count("POST /app/installations/7/access_tokens"), 2);
    equal(count("GET /orgs/acme/actions/runners?"), 3);
  });
});

Deno.test("a fresh token that is not known everywhere yet is tried again", async () => {
  let refusals = 1;
  const own: Route = ({ path }) =>
    path.endsWith("/generate-jitconfig") && refusals-- > 0
      ? json(401, { message: "Bad credentials" })
      : undefined;
  await withGitHub(own, async ({ forge, count }) => {
    equal((await forge.register(registration())).outcome, "ok");
    equal(count("POST /app/installations/7/access_tokens"), 1);
  });
});

Deno.test("a token that stays refused ends in unauthorized after two requests", async () => {
  await withGitHub(
    ({ path }) => path.includes("runners?") ? json(401, { message: "Bad credentials" }) : undefined,
    async (github) => {
      const result = await github.forge.list(ORG);
      ok(result.outcome === "failed" && result.code === "unauthorized");
      equal(github.count("GET /orgs/acme/actions/runners?"), 2);
    },
  );
});

Deno.test("a token is replaced before its end", async () => {
  let tokens = 0;
  const own: Route = ({ path }) =>
    path.endsWith("/access_tokens")
      ? json(201, {
        token: `ghs_short${++tokens}`,
        "expires_at": expiresIn(tokens === 1 ? -60_000 : 3_600_000),
      })
      : undefined;
  await withGitHub(own, async ({ forge }) => {
    await forge.list(ORG);
    await forge.list(ORG);
    await forge.list(ORG);
    equal(tokens, 2);
  });
});

Deno.test("an app that was installed anew is found under its new number", async () => {
  let id = 7;
  const own: Route = ({ path }) => {
    if (path.endsWith("/installation")) {
      return json(200, { id, permissions: { "organization_self_hosted_runners": "write" } });
    }
    if (path === "/app/installations/8/access_tokens") {
      return json(201, { token: "ghs_ofnumber8", "expires_at": expiresIn(3_600_000) });
    }
    if (path === "/app/installations/7/access_tokens") {
      if (id === 8) return json(404, { message: "Not Found" });
      return json(201, { token: "ghs_ofnumber7", "expires_at": expiresIn(-60_000) });
    }
    return undefined;
  };
  await withGitHub(own, async ({ forge }) => {
    equal((await forge.list(ORG)).outcome, "ok");
    id = 8;
    equal((await forge.list(ORG)).outcome, "ok");
  });
});

Deno.test("scopes of one installation share its token", async () => {
  await withGitHub(() => undefined, async ({ forge, count }) => {
    await Promise.all([forge.list(ORG), forge.list(REPO)]);
    equal(count("POST /app/installations/7/access_tokens"), 1);
  });
});

Deno.test("two apps of one process never get each other's token, even for installations of one number", async () => {
  const slow: Route = async ({ path }) => {
    if (path.endsWith("/access_tokens")) await new Promise((resolve) => setTimeout(resolve, 30));
    return undefined;
  };
  const other: Route = async (seen) => {
    await slow(seen);
    return seen.path.endsWith("/access_tokens")
      ? json(201, { token: "ghs_oftheother", "expires_at": expiresIn(3_600_000) })
      : undefined;
  };
  await withGitHub(slow, async (first) => {
    await withGitHub(other, async (second) => {
      await Promise.all([first.forge.list(ORG), second.forge.list(ORG)]);
      const used = (seen: typeof first.seen) => seen.at(-1)?.headers.get("authorization");
      equal(used(first.seen), "Bearer ghs_testtoken1abcdefgh");
      equal(used(second.seen), "Bearer ghs_oftheother");
    });
  });
});

Deno.test("an address may end in slashes and hold a path", async () => {
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return json(404, { message: "Not Found" });
  });
  const apiUrl = `http://127.0.0.1:${server.addr.port}/api/v3//`;
  const log = new MemoryLog();
  const forge = openForge({ apiUrl, appId: 1, privateKey: PRIVATE_KEY, log, userAgent: "x", retryUnitMs: 1 });
  await forge.list(ORG);
  equal(paths.join(), "/api/v3/orgs/acme/installation");
  await forge.close();
  await server.shutdown();
});

Deno.test("no token, signature, key or JIT configuration is in a log line or a message", async () => {
  const secrets = [PRIVATE_KEY.split("\n")[3] ?? "", "ghs_testtoken", "SECRETJIT", "eyJ"];
  // A server that repeats what it was sent is the worst case.
  const echo: Route = ({ method, path, headers }) => {
    const said = { message: `no: ${headers.get("authorization")} ${headers.get("authorization")?.slice(7)}` };
    if (method === "DELETE" || path.includes("runners?")) return json(400, said);
    return path === "/app" ? json(401, said) : undefined;
  };
  await withGitHub(echo, async ({ forge, log }) => {
    const results = [
      await forge.check(ORG, "default"),
      await forge.list(ORG),
      await forge.remove(ORG, 1),
      await forge.register(registration(ORG, "nosuch")),
    ];
    ok((await forge.register(registration())).outcome === "ok");
    const text = [...log.lines, ...results.map((result) => JSON.stringify(result))].join("\n");
    match(text, /GitHub was asked/);
    for (const secret of secrets) {
      equal(text.includes(secret), false, `${secret.slice(0, 6)}… is in:\n${text}`);
    }
  });
});

Deno.test("a token of a form that nobody knows is cut out of what GitHub says", async () => {
  const own: Route = ({ method, path, headers }) => {
    if (path.endsWith("/access_tokens")) {
      return json(201, { token: "opaque-and-secret", "expires_at": expiresIn(3_600_000) });
    }
    return method === "DELETE"
      ? json(400, { message: `no ${headers.get("authorization")?.slice(7)} here` })
      : undefined;
  };
  await withGitHub(own, async ({ forge }) => {
    const result = await forge.remove(ORG, 1);
    ok(result.outcome === "failed");
    match(result.message, /400 "no \[redacted\] here"/);
  });
});

Deno.test("close() answers those who wait for leave to write", async () => {
  const writeLimits = { perMinute: 1, burst: 1, atOnce: 1 };
  await withGitHub(() => undefined, async ({ forge, count }) => {
    equal((await forge.register(registration())).outcome, "ok");
    const waiting = forge.register(registration());
    let answered = false;
    waiting.then(() => answered = true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await forge.close();
    await new Promise((resolve) => setTimeout(resolve, 0));
    ok(answered);
    const result = await waiting;
    ok(result.outcome === "failed" && result.code === "unavailable");
    match(result.message, /hvpool is ending/);
    equal(count("POST /orgs/acme/actions/runners/generate-jitconfig"), 1);
  }, { writeLimits });
});

Deno.test("a key that is none is refused with its remedy, and nothing is sent", async () => {
  await withGitHub(() => undefined, async ({ forge, seen }) => {
    const result = await forge.register(registration());
    ok(result.outcome === "failed" && result.code === "unauthorized");
    match(result.message, /private key is cut off.*whole file/);
    equal(seen.length, 0);
  }, { privateKey: "-----BEGIN RSA PRIVATE KEY-----" });
});

Deno.test("close() ends what is under way; calls after it fail without a request", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  const own: Route = ({ path }) => {
    if (!path.endsWith("/generate-jitconfig")) return undefined;
    asked.resolve();
    return never.promise;
  };
  await withGitHub(own, async ({ forge, seen }) => {
    const waiting = forge.register(registration());
    await asked.promise;
    await forge.close();
    equal((await waiting).outcome, "unknown");
    const before = seen.length;
    const after = await forge.register(registration());
    equal(after.outcome, "failed");
    equal(seen.length, before);
  });
});
