import assert from "node:assert/strict";
import { NOW } from "../../model/testing/stage.ts";
import type { RegisterTemplate, TemplateCheck } from "../../ports/operations.ts";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import { type Bench, bench, good, refusal, template } from "./testing/bench.ts";

const PATH = "D:\\images\\windows.vhdx";

function day(days: number): string {
  return new Date(NOW + days * 86_400_000).toISOString();
}

/** A registered template whose image says this of itself. */
async function withImage(
  manifest: object | string | undefined,
  hardware: Partial<RegisterTemplate> = {},
): Promise<Bench> {
  const made = bench();
  const text = typeof manifest === "object" ? JSON.stringify({ format: 1, ...manifest }) : manifest;
  made.host.addDisk(PATH, text === undefined ? {} : { files: { [IMAGE_MANIFEST_FILE]: text } });
  good(
    await made.store.register({ name: "windows", path: PATH, source: "test", ...hardware }, made.following),
  );
  return made;
}

async function checksOf({ store, following }: Bench, name = "windows"): Promise<Map<string, TemplateCheck>> {
  const answer = await store.verify(name, following);
  if (!answer.ok) throw new Error(answer.message);
  return new Map(answer.checks.map((check) => [check.id, check]));
}

function bad(checks: ReadonlyMap<string, TemplateCheck>): string[] {
  return [...checks.values()].filter(({ status }) => status !== "ok").map(({ id, status }) =>
    `${id} ${status}`
  );
}

Deno.test("verify() finds nothing wrong with a template that was just registered", async () => {
  for (
    const manifest of [undefined, {
      runner: "2.338.1",
      builtAt: day(-3),
      expiresAt: day(90),
      software: { node: "22" },
    }]
  ) {
    const checks = await checksOf(await withImage(manifest, { software: { node: "22" } }));
    assert.deepEqual(bad(checks), []);
    assert.deepEqual([...checks.keys()], [
      "file",
      "read-only",
      "chain",
      "identity",
      "in-use",
      "manifest",
      "software",
      "runner",
      "expiry",
    ]);
  }
});

Deno.test("verify() sees a disk that was made writable, written to, attached or removed", async () => {
  const made = await withImage(undefined);
  const path = made.state.templates.get("windows")?.disk.path ?? "";
  made.host.unprotect(path);
  assert.deepEqual(bad(await checksOf(made)), ["read-only fail"]);
  made.host.putBytes(path, made.host.bytesOf(path)?.slice() ?? new Uint8Array());
  const written = await checksOf(made);
  assert.deepEqual(bad(written), ["read-only fail", "identity fail"]);
  assert.match(written.get("identity")?.message ?? "", /written to since it was registered/);
  made.host.attach(path);
  assert.ok(bad(await checksOf(made)).includes("in-use warn"));
  made.host.drop(path);
  assert.deepEqual(bad(await checksOf(made)), ["file fail"]);
});

Deno.test("verify() follows the chain of a child disk", async () => {
  const made = bench();
  made.host.addDisk("D:\\images\\base.vhdx");
  made.host.addDisk(PATH, { parent: "D:\\images\\base.vhdx" });
  good(await made.store.register({ name: "windows", path: PATH, source: "test" }, made.following));
  assert.match((await checksOf(made)).get("chain")?.message ?? "", /on D:\\images\\base\.vhdx$/);
  made.host.drop("D:\\images\\base.vhdx");
  assert.deepEqual(bad(await checksOf(made)), ["chain fail"]);
  made.host.meddle = (call) =>
    call === "disk.info" ? { outcome: "failed", code: "broken_chain", message: "mismatch" } : undefined;
  assert.deepEqual(bad(await checksOf(made)), ["chain fail"]);
});

Deno.test("verify() catches a manifest that lies", async () => {
  for (
    const [manifest, found] of [
      [{ software: { Node: "20" } }, ["software fail"]],
      [{ software: { python: "3.13" } }, ["software fail"]],
      [{ builtAt: day(20) }, ["manifest fail"]],
      ["{", ["manifest warn"]],
      [{ runner: "new" }, ["manifest warn"]],
    ] as const
  ) {
    const checks = await checksOf(await withImage(manifest, { software: { node: "22" } }));
    assert.deepEqual(bad(checks), found, JSON.stringify(manifest));
    for (const check of checks.values()) assert.equal(check.remedy === "", check.status === "ok", check.id);
  }
});

Deno.test("verify() catches an image that names another runner than the journal", async () => {
  const made = await withImage({ runner: "2.330.0" });
  const known = made.state.templates.get("windows");
  assert.ok(known !== undefined);
  made.happen({
    type: "template.registered",
    data: {
      template: "windows",
      settings: known.settings,
      disk: { ...known.disk, image: { runner: "2.338.1" } },
      origin: PATH,
      source: "test",
    },
  });
  assert.deepEqual(bad(await checksOf(made)), ["manifest fail"]);
});

Deno.test("verify() warns of an old runner, and of a licence that ends", async () => {
  const made = await withImage({ runner: "2.9.0", expiresAt: day(30) });
  made.happen({ type: "runner.released", data: { version: "2.10.0" } });
  const checks = await checksOf(made);
  assert.deepEqual(bad(checks), ["runner warn", "expiry warn"]);
  assert.match(checks.get("expiry")?.message ?? "", /in 30 days/);
  const last = await checksOf(await withImage({ expiresAt: day(1) }));
  assert.match(last.get("expiry")?.message ?? "", /in 1 day\./);
  assert.match(checks.get("runner")?.remedy ?? "", /runners\.version: auto .*runner_version/);
  assert.deepEqual(bad(await checksOf(await withImage({ expiresAt: day(-1) }))), ["expiry fail"]);
  assert.deepEqual(bad(await checksOf(await withImage({ expiresAt: day(32) }))), []);
});

Deno.test("verify() reads templates of the configuration too, where the pool found them", async () => {
  const made = bench({ pool: { template: template("golden", PATH) } });
  made.host.addDisk(PATH);
  assert.deepEqual(bad(await checksOf(made, "Golden")), ["read-only warn"]);
  made.happen({ type: "template.changed", data: { pool: "ci", identity: "another", path: PATH } });
  assert.deepEqual(bad(await checksOf(made, "golden")), ["read-only fail", "identity fail"]);
  assert.equal(refusal(await made.store.verify("gold", made.following)).code, "not_found");
});

Deno.test("verify() says when the image cannot be read", async () => {
  const made = await withImage(undefined);
  made.host.meddle = (call) =>
    call === "disk.readFiles" ? { outcome: "failed", code: "unknown", message: "no volume" } : undefined;
  assert.deepEqual(bad(await checksOf(made)), ["manifest warn"]);
});

Deno.test("verify() catches a manifest that names another runner than the guests of its machines", async () => {
  const made = await withImage({ runner: "2.330.0" });
  const { state } = made;
  const pool = state.pools.get("ci");
  const disk = state.templates.get("windows")?.disk;
  assert.ok(pool !== undefined && disk !== undefined);
  pool.disk = { ...disk, path: disk.path.toUpperCase() };
  for (const [seenRunner, found] of [["2.330.0", []], ["2.328.0", ["runner fail"]]] as const) {
    pool.seenRunner = seenRunner;
    assert.deepEqual(bad(await checksOf(made)), found);
  }
  const { message } = (await checksOf(made)).get("runner") ?? {};
  assert.equal(message, "The manifest says that the image has runner 2.330.0; its guests run 2.328.0.");
  pool.disk = { ...disk, path: "D:\\elsewhere.vhdx" };
  assert.deepEqual(bad(await checksOf(made)), []);
});
