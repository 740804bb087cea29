import assert from "node:assert/strict";
import { loadConfig } from "../../../config/load.ts";
import { planLive } from "./plan.ts";

function configured(pools: readonly object[]) {
  const text = JSON.stringify({
    github: { app_id: 1, app_private_key_path: "key.pem", org: "acme" },
    templates: [
      { name: "win", path: "D:\\t\\win.vhdx", memory_mb: 4096 },
      { name: "big", path: "D:\\t\\big.vhdx", memory_mb: 8192 },
    ],
    pools,
  });
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform: "windows" });
  assert.ok(config !== undefined, JSON.stringify(problems));
  return config;
}

function plan(
  template?: string,
  pools: readonly object[] = [{ name: "a", template: "win", size: 1 }, {
    name: "b",
    template: "big",
    size: 1,
  }],
) {
  const config = configured(pools);
  return planLive({
    config,
    settings: config.settings,
    ...(template === undefined ? {} : { template }),
    accountOf: () => ({ user: "u", password: "p" }),
  });
}

Deno.test("planLive() expects no address of a guest that DHCP gives none", () => {
  const network = { addresses: "static", subnet: "10.7.0.0/24", dns: ["1.1.1.1"] };
  const made = plan("win", [{ name: "a", template: "win", size: 1, switch: "lab", network }]);
  assert.equal("noAddress" in made && made.noAddress, true);
  const other = plan("win");
  assert.equal("noAddress" in other, false);
});

Deno.test("planLive() takes the first pool's disk, and starts no guest", () => {
  const made = plan();
  assert.ok(!("problem" in made));
  assert.equal(made.parent, "D:\\t\\win.vhdx");
  assert.equal(made.template, undefined);
  assert.equal(made.account, undefined);
  assert.deepEqual(made.targets, []);
});

Deno.test("planLive() takes a template by its name with its hardware, account and addresses", () => {
  const made = plan("big");
  assert.ok(!("problem" in made));
  assert.deepEqual([made.parent, made.template?.memoryMb, made.account?.user], [
    "D:\\t\\big.vhdx",
    8192,
    "u",
  ]);
  assert.ok(made.targets.length > 5);
});

Deno.test("planLive() asks a guest for no address of GitHub when its template is for agent pools alone", () => {
  const desktops = { name: "desktops", kind: "agent", template: "big", size: 1 };
  const targetsWith = (pools: readonly object[]) => {
    const made = plan("big", pools);
    assert.ok(!("problem" in made));
    return made.targets.length;
  };
  assert.equal(targetsWith([desktops]), 0);
  assert.ok(targetsWith([desktops, { name: "ci", template: "big", size: 1 }]) > 5);
});

Deno.test("planLive() takes a disk by its path, with the hardware of the pool that has it, or else of the first", () => {
  for (const [path, memoryMb] of [["d:\\T\\BIG.vhdx", 8192], ["E:\\other.vhdx", 4096]] as const) {
    const made = plan(path);
    assert.ok(!("problem" in made));
    assert.deepEqual([made.parent, made.template?.memoryMb], [path, memoryMb]);
  }
});

Deno.test("planLive() says what there is when it cannot do what was asked", () => {
  const problem = (made: ReturnType<typeof plan>) => "problem" in made ? made.problem : "";
  assert.match(problem(plan("nope")), /No pool has the template "nope"; there are: win, big\./);
  const config = configured([{ name: "a", template: "win", size: 1 }]);
  const [pool] = config.settings.pools;
  assert.ok(pool !== undefined);
  const registered = { ...pool, template: { ...pool.template, path: "" } };
  const of = (pools: readonly (typeof pool)[], template?: string) =>
    problem(planLive({
      config,
      settings: { ...config.settings, pools },
      ...(template === undefined ? {} : { template }),
      accountOf: () => undefined,
    }));
  assert.match(of([registered]), /registered: give the path/);
  assert.match(of([registered], "win"), /"win" is registered.*--template C:/);
  assert.match(of([]), /has no pool/);
});
