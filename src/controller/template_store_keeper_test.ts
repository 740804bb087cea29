import assert from "node:assert/strict";
import type { HostPort } from "../ports/host.ts";
import { templatesDirectory } from "./template_store.ts";
import { StoreKeeper } from "./template_store_keeper.ts";
import { template } from "./templates/testing/bench.ts";
import { MemoryHost } from "./templates/testing/memory_host.ts";

const STORE = "D:\\vms\\0123";
const BELOW = templatesDirectory(STORE);
const PATH = "D:\\images\\windows.vhdx";
const CI = { name: "ci", template: template("windows", PATH) };

function poolOf(name: string): { settings: typeof CI } | undefined {
  return name === "ci" ? { settings: CI } : undefined;
}

function nothing(): Set<string> {
  return new Set();
}

function at(folder: string): string {
  return `${BELOW}\\${folder}\\disk.vhdx`;
}

/** A host with the golden disk of the pool, and these in the store. */
function hostWith(...folders: string[]): MemoryHost {
  const host = new MemoryHost();
  host.addDisk(PATH);
  for (const folder of folders) host.addDisk(at(folder));
  return host;
}

/** Keeps the pool's disk. */
async function kept(keeper: StoreKeeper): Promise<string> {
  const answer = await keeper.keep(STORE, CI, "one");
  if (answer.outcome !== "ok") throw new Error(answer.message);
  return answer.value.path;
}

async function isReadOnly(host: MemoryHost, path: string): Promise<boolean> {
  const info = await host.call("disk.info", { path });
  return info.outcome === "ok" && info.value.readOnly;
}

Deno.test("sweep() removes disks of templates that nobody knows any more, and nothing else", async () => {
  const host = hostWith("gone@0000000a", "Gone-2@0000000B", "used@00000001", "other", "x@123", "@00000000");
  host.addDisk(`${at("begun@00000002")}.part`);
  await new StoreKeeper(host).sweep(STORE, () => new Set([at("USED@00000001")]), poolOf);
  const left = ["@00000000", "begun@00000002", "other", "used@00000001", "x@123"];
  assert.deepEqual(
    host.paths().filter((path) => path.startsWith(BELOW)).map((path) => path.split("\\").at(-2)),
    left,
  );
});

Deno.test("sweep() removes nothing while what is in use is not known, or comes into use meanwhile", async () => {
  const host = hostWith("gone@0000000a");
  const keeper = new StoreKeeper(host);
  await keeper.sweep(STORE, () => undefined, poolOf);
  let asked = 0;
  await keeper.sweep(STORE, () => new Set(asked++ === 0 ? [] : [at("gone@0000000a")]), poolOf);
  assert.deepEqual(host.made("dir.remove"), []);
});

Deno.test("sweep() leaves the disk that a check has kept, before the state knows of it", async () => {
  const host = hostWith();
  const keeper = new StoreKeeper(host);
  const path = await kept(keeper);
  await keeper.sweep(STORE, nothing, poolOf);
  await keeper.sweep(STORE, nothing, poolOf);
  assert.ok(host.paths().includes(path));
});

Deno.test("sweep() removes what was kept for a pool that is gone, or has another template", async () => {
  for (const now of [undefined, { settings: { template: template("windows", "D:\\other.vhdx") } }]) {
    const host = hostWith();
    const keeper = new StoreKeeper(host);
    const path = await kept(keeper);
    await keeper.sweep(STORE, nothing, () => now);
    assert.ok(!host.paths().includes(path));
  }
});

Deno.test("keep() waits for a removal of the same folder that another check has begun", async () => {
  const host = hostWith();
  const path = await kept(new StoreKeeper(host));
  // After a new start nobody uses it yet; on this host the removal would come after a link that did not wait.
  let keeping: Promise<string> | undefined;
  const slow: HostPort = {
    async call(name, args) {
      if (name === "dir.remove") {
        keeping = kept(keeper);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return await host.call(name, args);
    },
    watch: () => () => {},
    close: () => Promise.resolve(),
  };
  const keeper = new StoreKeeper(slow);
  await keeper.sweep(STORE, nothing, poolOf);
  assert.equal(await keeping, path);
  assert.equal(host.made("dir.remove").length, 1);
  assert.ok(host.paths().includes(path));
});

Deno.test("keep() goes on after a call that broke", async () => {
  const host = hostWith();
  const keeper = new StoreKeeper(host);
  host.meddle = () => {
    throw new Error("a mistake of ours");
  };
  await assert.rejects(kept(keeper), /a mistake of ours/);
  host.meddle = () => undefined;
  const path = await kept(keeper);
  assert.ok(host.paths().includes(path));
});

Deno.test("keep() and sweep() leave every disk in use read-only, whatever link to it was removed", async () => {
  const host = hostWith();
  const path = await kept(new StoreKeeper(host));
  assert.ok(await isReadOnly(host, path));
  await host.call("disk.link", { path, target: at("gone@0000000a") });
  await new StoreKeeper(host).sweep(STORE, () => new Set([path]), poolOf);
  assert.ok(!host.paths().includes(at("gone@0000000a")));
  assert.ok(await isReadOnly(host, path));
  host.unprotect(path);
  await kept(new StoreKeeper(host));
  assert.ok(await isReadOnly(host, path));
});

Deno.test("keep() says when the disk cannot be made read-only, and goes on afterwards", async () => {
  const host = hostWith();
  const keeper = new StoreKeeper(host);
  host.meddle = (call) =>
    call === "disk.protect" ? { outcome: "failed", code: "access_denied", message: "denied" } : undefined;
  assert.equal((await keeper.keep(STORE, CI, "one")).outcome, "failed");
  host.meddle = () => undefined;
  assert.ok(await isReadOnly(host, await kept(keeper)));
});
