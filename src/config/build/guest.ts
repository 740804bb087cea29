/** Accounts in guests, for PowerShell Direct: the one of `hyperv:` and those of `guest_accounts:`. */
import type { PoolSettings } from "../../model/settings.ts";
import type { Config, SecretSource } from "../config.ts";
import { DEFAULT_GUEST_PASSWORD, DEFAULT_GUEST_USER } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import { OWN_NAME, OWN_NAME_RULE } from "../check/names.ts";
import type { GuestAccountValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";
import { secretSource } from "./secret_source.ts";

/**
 * Whether guests of a pool are reached with the account of `hyperv:`. What a registered template says of its account
 * is not known here.
 */
export function needsGuestAccount({ delivery, runnerVersion, template }: PoolSettings): boolean {
  if (template.credentials !== undefined || template.path === "") return false;
  return delivery === "direct" || runnerVersion !== undefined;
}

/** Builds the account of `hyperv:`; `needed`: machines are reached with it. */
export function buildGuest(context: BuildContext, needed: boolean): Config["guest"] {
  const { document: { findings }, values: { hyperv = {} }, recorder } = context;
  const username =
    recorder.choose([[["hyperv", "vm_username"], given(hyperv.vm_username)]], DEFAULT_GUEST_USER).value;
  const path: KeyPath = ["hyperv", "vm_password"];
  const written = given(hyperv.vm_password);
  const fallback: SecretSource = {
    kind: "plain",
    reveal: () => DEFAULT_GUEST_PASSWORD,
    key: "hyperv.vm_password",
  };
  if (written === undefined) {
    recorder.record(path, "(hidden)", { kind: "default", note: "that of the first seed's images" });
    if (needed && !findings.wrong(path)) {
      findings.warn(
        path,
        "is missing: guests are reached with the password that everybody knows from " +
          "hyperv-runner-pool's images",
        { remedy: "Give the image another one, and write env:NAME or file:PATH" },
      );
    }
    return { username, password: fallback };
  }
  return { username, password: passwordSource(context, path, written) ?? fallback };
}

/** Builds `guest_accounts:`. Wrong ones are left out after what is wrong with them is said. */
export function buildGuestAccounts(context: BuildContext): Config["guestAccounts"] {
  const { values: { guest_accounts: written = {} } } = context;
  return new Map(
    Object.entries(written).flatMap(([name, values]) => {
      const account = guestAccount(context, name, values);
      return account === undefined ? [] : [[name, account] as const];
    }),
  );
}

function guestAccount(
  context: BuildContext,
  name: string,
  values: GuestAccountValues,
): { username: string; password: SecretSource } | undefined {
  const { document: { findings }, recorder } = context;
  const at: KeyPath = ["guest_accounts", name];
  if (!OWN_NAME.test(name)) {
    findings.keyError(at, `${JSON.stringify(name)} cannot be an account's name here`, {
      expected: OWN_NAME_RULE,
    });
    return undefined;
  }
  const username = recorder.choose([[[...at, "username"], given(values.username)]], DEFAULT_GUEST_USER).value;
  const path = [...at, "password"];
  const written = given(values.password);
  if (written === undefined) {
    if (!findings.wrong(path)) {
      findings.error(path, "is missing", {
        expected: "where the account's password is to be had: env:NAME or file:PATH",
      });
    }
    return undefined;
  }
  const password = passwordSource(context, path, written);
  return password === undefined ? undefined : { username, password };
}

function passwordSource(context: BuildContext, path: KeyPath, written: string): SecretSource | undefined {
  const source = secretSource(context, path, written);
  if (source?.kind === "plain") {
    context.document.findings.warn(path, "the password stands in the file for all to read", {
      remedy: "Write env:NAME or file:PATH",
    });
  }
  return source;
}
