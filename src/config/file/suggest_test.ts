import assert from "node:assert/strict";
import { allKeyPaths } from "../key_paths.ts";
import { RENAMED_KEYS } from "../schema.ts";
import { editDistance, nearest, suggestKey } from "./suggest.ts";

Deno.test("editDistance() counts inserts, deletes, changes and swaps", () => {
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("label", "labels"), 1);
  assert.equal(editDistance("lables", "labels"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
});

Deno.test("nearest() finds nothing where nothing is near", () => {
  assert.equal(nearest("inof", ["debug", "info"]), "info");
  assert.equal(nearest("purple", ["debug", "info"]), undefined);
});

for (
  const [section, key, wanted] of [
    ["github", "app_private_key_file", "github.app_private_key_path"],
    ["github", "appId", "github.app_id"],
    ["github", "organisation", undefined],
    ["", "hyper-v", "hyperv"],
    ["", "app_id", "github.app_id"],
    ["hyperv", "switch_name", "hyperv.switch"],
    ["hyperv", "pool_size", "runners.pool_size"],
    ["debug", "logLevel", "logging.level"],
    ["pools[]", "name-prefix", "pools[].name_prefix"],
    ["deadlines", "boot_second", "deadlines.boot_seconds"],
    ["", "xyzzy", undefined],
  ] as const
) {
  Deno.test(`suggestKey() answers ${key} in "${section}" with ${wanted}`, () => {
    assert.equal(suggestKey(section, key, allKeyPaths(), RENAMED_KEYS), wanted);
  });
}
