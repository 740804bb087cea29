import assert from "node:assert/strict";
import { join } from "node:path";
import { lookThrough } from "./broken_file.ts";

function found(text: string) {
  const { secrets, names } = lookThrough(text, "folder");
  return {
    secrets: secrets.map((source) =>
      source.kind === "plain"
        ? source.reveal()
        : source.kind === "env"
        ? `env ${source.name}`
        : `file ${source.file}`
    ),
    names: names.map(({ kind, name }) => `${kind} ${name}`),
  };
}

Deno.test("lookThrough() finds what stands where secrets do", () => {
  const text = `
vm_password: one
guest_accounts: { a: { password: 123456 } }
notify: [{ url: "https://hooks.example/two" }, { url: env:HOOK }]
proxy: { http: "file: secrets/proxy.txt" }
size: three
`;
  const path = join("folder", "secrets/proxy.txt");
  assert.deepEqual(found(text).secrets, [
    "one",
    "123456",
    "https://hooks.example/two",
    "env HOOK",
    `file ${path}`,
  ]);
});

Deno.test("lookThrough() finds what stands where names do", () => {
  const text = "github: { org: acme, repo: app }\nhyperv: { vm_username: jane }\npools: [{ user: joe }]\n";
  assert.deepEqual(found(text).names, ["organization acme", "repository app", "user jane", "user joe"]);
});

Deno.test("lookThrough() takes of a broken file what it can, and nothing of what is none", () => {
  assert.deepEqual(found("password: one\nlist: [1, 2\nkey: : x").secrets[0], "one");
  for (const text of ["", "\0\x01", "just text", "- - -", "&a [*a]"]) {
    assert.deepEqual(found(text), { secrets: [], names: [] }, text);
  }
});
