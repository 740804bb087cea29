/** What a template says of the guests made from it: software, account, and when they are ready. */
import type { TemplateSettings } from "../../model/settings.ts";
import { parseWebAddress } from "../check/address.ts";
import type { KeyPath } from "../file/problem.ts";
import { nearest } from "../file/suggest.ts";
import type { TemplateValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** Builds `software`, `credentials` and `probe`. */
export function templateGuest(
  context: BuildContext,
  at: KeyPath,
  item: TemplateValues,
): Pick<TemplateSettings, "software" | "credentials" | "probe"> {
  const software = buildSoftware(context, [...at, "software"], item.software);
  const credentials = buildCredentials(context, [...at, "credentials"], given(item.credentials));
  const probe = buildProbe(context, [...at, "probe"], item.probe);
  return {
    ...(software === undefined ? {} : { software }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(probe === undefined ? {} : { probe }),
  };
}

function buildSoftware(
  context: BuildContext,
  path: KeyPath,
  written: TemplateValues["software"] = {},
): TemplateSettings["software"] {
  const { document: { findings }, recorder } = context;
  const names = Object.keys(written);
  for (const name of names) {
    // deno-lint-ignore no-control-regex
    if (name.trim() === "" || /[\0-\x1f\x7f]/.test(name)) {
      findings.keyError([...path, name], `${JSON.stringify(name)} cannot be the name of a program`);
    }
  }
  if (names.length === 0) return undefined;
  recorder.choose([[path, written]], undefined);
  return written;
}

function buildCredentials(
  context: BuildContext,
  path: KeyPath,
  name: string | undefined,
): string | undefined {
  const { document: { findings }, values: { guest_accounts: accounts }, recorder } = context;
  recorder.choose([[path, name]], undefined, { note: "the account of hyperv:" });
  if (name === undefined || (accounts !== undefined && Object.hasOwn(accounts, name))) return name;
  // An account that is wrong, or a section that is, was told already.
  const told = accounts === undefined ? ["guest_accounts"] : ["guest_accounts", name];
  if (findings.wrong(told)) return undefined;
  const names = Object.keys(accounts ?? {});
  findings.error(path, `there is no account called ${JSON.stringify(name)}`, {
    expected: names.length === 0 ? "the name of an account of guest_accounts:" : `one of ${names.join(", ")}`,
    suggestion: nearest(name, names),
  });
  return undefined;
}

function buildProbe(
  context: BuildContext,
  path: KeyPath,
  written: TemplateValues["probe"],
): TemplateSettings["probe"] {
  const { document: { findings }, recorder } = context;
  if (written === undefined) return undefined;
  const { tcp } = written;
  const http = given(written.http);
  if (tcp !== undefined && http !== undefined) {
    findings.error([...path, "http"], "tcp and http are both given", { remedy: "Keep one of the two" });
    return undefined;
  }
  if (tcp !== undefined) {
    recorder.choose([[[...path, "tcp"], tcp]], tcp);
    return { tcp };
  }
  if (http !== undefined) {
    // A query is part of what is asked.
    const parsed = parseWebAddress(http.replace(/\?.*$/, ""));
    if ("message" in parsed) {
      findings.error([...path, "http"], parsed.message, parsed);
      return undefined;
    }
    recorder.choose([[[...path, "http"], http]], http);
    return { http };
  }
  if (!findings.wrong(path)) {
    findings.error(path, "says neither tcp nor http", {
      expected: "tcp: PORT or http: ADDRESS",
    });
  }
  return undefined;
}
