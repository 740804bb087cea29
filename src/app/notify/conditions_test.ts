import assert from "node:assert/strict";
import { describe } from "../../controller/describe.ts";
import type { Status } from "../../model/status.ts";
import { NOW as STAGE_NOW, SCOPE, Stage, testSettings } from "../../model/testing/stage.ts";
import { conditionsOf } from "./conditions.ts";
import { image, NOW, pool, status, vm } from "./notify_test_support.ts";

const cordon = { drain: false, source: "cli", actor: null, reason: null, since: "" };
const rollout = {
  to: "2222",
  from: "1111",
  phase: "reverted",
  paused: false,
  failures: 2,
  served: 0,
  since: "",
  why: "2 machines failed",
} as const;
const old = { runnerLatest: "2.340.0", outdatedSince: "2026-02-05T00:00:00Z" };
const failing = (why: string): Partial<Status> => ({ github: { state: "failing", why, rate: null } });

interface Case {
  readonly name: string;
  readonly status: Status;
  /** `severity key`. */
  readonly causes: readonly string[];
  readonly says?: RegExp;
}

const CASES: readonly Case[] = [
  { name: "nothing amiss", status: status(), causes: [] },
  {
    name: "a pool with fewer machines than its size",
    status: status({ pools: [pool({ ready: 1, why: "waiting for a place" })] }),
    causes: ["warn capacity:ci"],
    says: /^Pool "ci" has 3 of its 4 machines\. Waiting for a place\.$/,
  },
  {
    name: "a pool with no machine",
    status: status({ pools: [pool({ ready: 0, claimed: 0, standby: 0 })] }),
    causes: ["error capacity:ci"],
  },
  {
    name: "a change that was taken back, and one that is tried",
    status: status({
      pools: [pool({ rollout }), pool({ name: "b", rollout: { ...rollout, phase: "canary" } })],
    }),
    causes: ["warn rollout:ci:2222"],
    says:
      /^Pool "ci" is back on what it had before its last change\. 2 machines failed\. See hvpool pool rollout ci/,
  },
  { name: "a paused pool", status: status({ pools: [pool({ ready: 0, cordon })] }), causes: [] },
  {
    name: "a pool of size 0",
    status: status({ pools: [pool({ size: 0, ready: 0, claimed: 0 })] }),
    causes: [],
  },
  {
    name: "a controller that ends",
    status: status({ pools: [pool({ ready: 0 })] }, "draining"),
    causes: [],
  },
  {
    name: "a machine in quarantine",
    status: status({ vms: [vm({ phase: "quarantined", why: "boot-timeout" })] }),
    causes: ["warn quarantine:ci/1.7"],
    says: /Machine ci-1 of pool "ci" \(ci\/1\.7\) is in quarantine\. Boot-timeout\./,
  },
  {
    name: "a machine that somebody holds",
    status: status({ vms: [vm({ phase: "quarantined", heldUntil: "2026-03-02T00:00:00Z" })] }),
    causes: [],
  },
  {
    name: "a runner that is old, in two pools",
    status: status({ pools: [pool({ image: image(old) }), pool({ name: "b", image: image(old) })] }),
    causes: ["warn age:win"],
    says: /The runner 2\.338\.1 in template "win"/,
  },
  {
    name: "a runner that is too old, and a licence that ends",
    status: status({
      pools: [pool({
        image: image({ ...old, outdatedSince: "2026-01-20T00:00:00Z", expiresAt: "2026-03-20T00:00:00Z" }),
      })],
    }),
    causes: ["error age:win", "warn licence:win"],
  },
  {
    name: "a licence that has ended",
    status: status({ pools: [pool({ image: image({ expiresAt: "2026-02-20T00:00:00Z" }) })] }),
    causes: ["error licence:win"],
  },
  {
    name: "GitHub that fails",
    status: status(failing("Cannot list the runners of organization acme: GitHub answered 502.")),
    causes: ["error github"],
    says: /^GitHub fails\. Cannot list/,
  },
  {
    name: "GitHub that refuses",
    status: status(failing('Cannot use organization acme: GitHub answered 403 "no". Give the app …')),
    causes: ["error github at once"],
    says: /^GitHub refuses hvpool\. Cannot use/,
  },
  {
    name: "a rate limit",
    status: status(
      failing("Cannot list: GitHub answered 403. The account's rate limit is used up; asking …"),
    ),
    causes: ["error github"],
  },
  {
    name: "a host that was never heard of, while nothing is known of machines",
    status: status({ pools: [pool({ ready: 0 })], vms: [vm({ phase: "quarantined" })] }, "starting"),
    causes: ["error host"],
  },
];

for (const { name, status, causes, says } of CASES) {
  Deno.test(`conditionsOf() sees ${name}`, () => {
    const seen = conditionsOf(status, NOW).causes;
    const said = seen.map(({ severity, key, atOnce }) =>
      `${severity} ${key}${atOnce === true ? " at once" : ""}`
    );
    assert.deepEqual(said, causes);
    if (says !== undefined) assert.match(seen[0]?.text ?? "", says);
  });
}

Deno.test("conditionsOf() says of what nothing can be said", () => {
  const unknown = (of: Status) => [...conditionsOf(of, NOW).unknown].toSorted();
  assert.deepEqual(unknown(status()), []);
  assert.deepEqual(unknown(status({}, "starting")), ["capacity", "disk", "memory", "quarantine"]);
  assert.deepEqual(unknown(status({}, "stopping")), ["capacity"]);
  assert.deepEqual(unknown(status({ github: { state: "unknown", rate: null } })), ["github"]);
  const unseen = image({ builtAt: null, runner: null, runnerLatest: null });
  assert.deepEqual(unknown(status({ pools: [pool({ image: unseen })] })), ["age:win", "licence:win"]);
});

/** What is seen of a controller's own status. */
function seenOf(stage: Stage): string[] {
  const around = { version: "1.2.3", startedAt: STAGE_NOW, now: stage.now, rate: () => undefined };
  return conditionsOf(describe(stage.s, stage.v, around), stage.now).causes.map(({ key }) => key);
}

Deno.test("conditionsOf() knows the controller's own words for a silent host", () => {
  const stage = new Stage(testSettings({ size: 0 }));
  stage.vms();
  assert.deepEqual(seenOf(stage), []);
  stage.now += stage.s.settings.times.readingMaxAgeMs + 1;
  assert.deepEqual(seenOf(stage), ["host"]);
});

Deno.test("conditionsOf() knows the controller's own words for a host without room", () => {
  for (const [code, key] of [["out_of_memory", "memory"], ["no_space", "disk"]] as const) {
    const stage = new Stage(testSettings({ size: 1 }));
    stage.vms();
    stage.cycle({});
    stage.apply({ type: "starts.paused", data: { until: stage.now + 60_000, code, message: "no room" } });
    stage.plan();
    assert.deepEqual(seenOf(stage), ["capacity:ci", key], [...stage.v.why].join());
  }
});

Deno.test("conditionsOf() knows the controller's own words for GitHub that fails", () => {
  const stage = new Stage(testSettings({ size: 0 }));
  stage.vms();
  stage.list([], { failing: { since: STAGE_NOW, code: "unavailable", message: "503" } });
  assert.ok(stage.v.forges.has(SCOPE));
  assert.deepEqual(seenOf(stage), ["github"]);
});
