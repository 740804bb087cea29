/** Reads `env:NAME`, `file:PATH` or a plain secret; opens and asks for nothing. */
import { resolveLocalPath } from "../check/paths.ts";
import type { SecretSource } from "../config.ts";
import { formatPath, type KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";

/**
 * Where the secret written at a path is to be had; `undefined` when what is written is wrong, which is then said.
 * It is recorded under `as`.
 */
export function secretSource(
  context: BuildContext,
  path: KeyPath,
  text: string,
  as: KeyPath = path,
): SecretSource | undefined {
  const { document: { findings }, recorder } = context;
  const key = formatPath(path);
  const [scheme = "", rest = ""] = /^(env|file|dpapi):\s*(.*)$/is.exec(text)?.slice(1) ?? [];
  switch (scheme.toLowerCase()) {
    case "env":
      if (!/^[A-Za-z_][A-Za-z0-9_()]*$/.test(rest)) {
        findings.error(path, "env: is not followed by the name of an environment variable", {
          expected: "env:NAME",
        });
        return undefined;
      }
      recorder.choose([[path, `env:${rest}`]], "", { as });
      return { kind: "env", name: rest, key };
    case "file": {
      if (rest === "") {
        findings.error(path, "file: is not followed by a path", { expected: "file:PATH" });
        return undefined;
      }
      const resolved = resolveLocalPath(rest, context.folder, context.platform);
      if ("message" in resolved) {
        findings.error(path, resolved.message, resolved);
        return undefined;
      }
      recorder.choose([[path, `file:${resolved.path}`]], "", { as });
      return { kind: "file", file: resolved.path, key };
    }
    case "dpapi":
      findings.error(path, "dpapi: is not known", { expected: "env:NAME or file:PATH" });
      return undefined;
    default:
      recorder.choose([[path, "(hidden)"]], "", { as });
      return { kind: "plain", reveal: () => text, key };
  }
}
