import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Parts of a test's name: what stands between the places that are left out. */
function parts(name: string): string[] {
  return name.split("…").map((part) => part.trim()).filter((part) => part !== "");
}

Deno.test("docs/operations.md says of each bad day which tests show it, and they are there", async () => {
  const text = (await readFile(join(ROOT, "docs/operations.md"), "utf8")).replaceAll("\r\n", "\n");
  const days = text.slice(text.indexOf("## Bad days"), text.indexOf("## Maintenance")).split("\n### ").slice(
    1,
  );
  assert.ok(days.length >= 14);
  const wrong: string[] = [];
  for (const day of days) {
    const [title = ""] = day.split("\n", 1);
    const shown = day.slice(day.indexOf("**Shown by**")).replace(/\s+/g, " ");
    if (!day.includes("**What happens.**") || !day.includes("**Shown by**")) {
      wrong.push(`${title}: a part is missing`);
    }
    // A file, and in parentheses what of it: names of tests in quotation marks, or of scenarios and troubles.
    for (
      const [, file = "", named = ""] of shown.matchAll(/`([^`]+\.ts)`(?: \(([^)]*(?:\([^)]*\)[^)]*)*)\))?/g)
    ) {
      const path = join(ROOT, file.includes("/") ? file : `tests/sim/${file}`);
      const source = await stat(path).then(() => readFile(path, "utf8"), () => undefined);
      if (source === undefined) {
        wrong.push(`${title}: there is no ${file}`);
        continue;
      }
      const names = [...named.matchAll(/"([^"]+)"|`([^`]+)`/g)].flatMap(([, quoted, code]) =>
        parts(quoted ?? code ?? "")
      );
      for (const name of names) {
        if (!source.includes(name) && !/^[a-z]+$/i.test(name)) {
          wrong.push(`${title}: ${file} has no "${name}"`);
        }
      }
    }
  }
  assert.deepEqual(wrong, []);
});
