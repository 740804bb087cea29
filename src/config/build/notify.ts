/** Who is told when something needs a person. */
import { isLoopback, parseWebAddress } from "../check/address.ts";
import type { Config, NotifyTarget, SecretSource } from "../config.ts";
import type { KeyPath } from "../file/problem.ts";
import {
  DEFAULT_NOTIFY_AFTER_MINUTES,
  NOTIFY_CONDITIONS,
  NOTIFY_TYPES,
  type NotifyType,
} from "../notify_keys.ts";
import type { NotifyValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";
import { secretSource } from "./secret_source.ts";

/** Builds `notify:`. Wrong entries are left out after what is wrong with them is said. */
export function buildNotify(context: BuildContext): Config["notify"] {
  const { values: { notify = [] } } = context;
  return notify.flatMap((item, i) => {
    const target = buildTarget(context, ["notify", i], item);
    return target === undefined ? [] : [target];
  });
}

function buildTarget(context: BuildContext, at: KeyPath, item: NotifyValues): NotifyTarget | undefined {
  const { document: { findings }, recorder } = context;
  const { type } = item;
  const on = recorder.choose([[[...at, "on"], item.on]], [...NOTIFY_CONDITIONS]);
  const minutes = recorder.choose(
    [[[...at, "after_minutes"], item.after_minutes]],
    DEFAULT_NOTIFY_AFTER_MINUTES,
  );
  if (type === undefined) {
    if (!findings.wrong([...at, "type"])) {
      findings.error([...at, "type"], "is missing", { expected: `one of ${NOTIFY_TYPES.join(", ")}` });
    }
    return undefined;
  }
  recorder.choose([[[...at, "type"], type]], type);
  if (on.value.length === 0) {
    findings.error(on.path, "names nothing, so that nobody would be told anything", {
      remedy: "Remove the key to be told everything, or remove the whole entry",
    });
  }
  const about = { type, on: on.value, afterMs: minutes.value * 60_000 };
  const url = buildUrl(context, [...at, "url"], type, given(item.url));
  if (type === "eventlog") return about;
  return url === undefined ? undefined : { ...about, url };
}

function buildUrl(
  context: BuildContext,
  path: KeyPath,
  type: NotifyType,
  written: string | undefined,
): SecretSource | undefined {
  const { document: { findings } } = context;
  if (type === "eventlog") {
    if (written !== undefined) findings.keyError(path, "has no effect: the event log is this machine's");
    return undefined;
  }
  if (written === undefined) {
    if (!findings.wrong(path)) {
      findings.error(path, "is missing", {
        expected: "where the address is to be had: env:NAME or file:PATH",
      });
    }
    return undefined;
  }
  const source = secretSource(context, path, written);
  if (source?.kind !== "plain") return source;
  const fault = notifyAddressFault(written);
  if (fault !== undefined) {
    findings.error(path, fault.message, fault);
    return undefined;
  }
  if (type !== "webhook") {
    findings.warn(
      path,
      "the address stands in the file for all to read, and whoever has it can write there",
      {
        remedy: "Write env:NAME or file:PATH",
      },
    );
  } else if (!/^https:/i.test(written) && !isLoopback(written.slice("http://".length))) {
    findings.warn(path, "what is told there goes unencrypted over the network", { remedy: "Use https" });
  }
  return source;
}

/** What is wrong with an address that somebody is told at; it does not quote it. */
export function notifyAddressFault(text: string): { message: string; expected: string } | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Slack's and Teams' addresses have a query; the rest is as everywhere.
  const parsed = url === undefined ? parseWebAddress("") : parseWebAddress(`${url.origin}${url.pathname}`);
  if (!("message" in parsed) && url?.username === "" && url.password === "") return undefined;
  return {
    message: "is not a web address that can be written to",
    expected: "an address such as https://host/path",
  };
}
