/** The proxy of hvpool and its guests. */
import { isIP } from "node:net";
import { parseProxyAddress } from "../check/proxy_address.ts";
import type { Config, SecretSource } from "../config.ts";
import type { KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";
import { secretSource } from "./secret_source.ts";

const SCHEMES = ["http", "https"] as const;
type Scheme = typeof SCHEMES[number];

/** Builds `proxy:`. */
export function buildProxy(context: BuildContext): Config["proxy"] {
  const { document: { findings }, values: { proxy = {} }, recorder } = context;
  for (const scheme of SCHEMES) {
    if (given(proxy.url) === undefined || given(proxy[scheme]) === undefined) continue;
    findings.error(["proxy", "url"], `url and ${scheme} are both given`, {
      remedy: "Keep http and https; url stands for both",
    });
    break;
  }
  if (proxy.bypass !== undefined && proxy.no_proxy !== undefined) {
    findings.keyError(["proxy", "bypass"], "bypass and no_proxy are both given", {
      remedy: "Keep no_proxy; bypass is an older name",
    });
  }
  const http = buildAddress(context, "http");
  const https = buildAddress(context, "https");
  if (http !== undefined && https === undefined && !findings.wrong(["proxy", "https"])) {
    findings.warn(["proxy", "http"], "GitHub is reached by https, for which no proxy is written", {
      remedy: "Write https as well, with the same address",
    });
  }
  const hosts = recorder.choose(
    [[["proxy", "no_proxy"], proxy.no_proxy], [["proxy", "bypass"], proxy.bypass]],
    [],
  );
  const none = SCHEMES.every((scheme) => writtenAddress(context, scheme) === undefined);
  if (hosts.written && none && !["http", "https", "url"].some((key) => findings.wrong(["proxy", key]))) {
    findings.keyError(hosts.path, "has no effect without proxy.http or proxy.https");
  }
  hosts.value.forEach((host, i) => checkHost(context, [...hosts.path, i], host));
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    noProxy: hosts.value,
  };
}

/**
 * The variables of `proxy:`, which the runner program and most tools read. An environment is kept in the journal: no
 * user name or password is in it.
 */
export function proxyVariables(context: BuildContext): Record<string, string> {
  const { values: { proxy = {} } } = context;
  const variables: Record<string, string> = {};
  for (const scheme of SCHEMES) {
    const text = writtenAddress(context, scheme)?.text;
    if (text === undefined || isElsewhere(text)) continue;
    const parsed = parseProxyAddress(text);
    if (!("message" in parsed)) variables[`${scheme}_proxy`] = parsed.bare;
  }
  const hosts = (proxy.no_proxy ?? proxy.bypass ?? []).join(",");
  return Object.keys(variables).length === 0 || hosts === ""
    ? variables
    : { ...variables, "no_proxy": hosts };
}

function writtenAddress(
  { values: { proxy = {} } }: BuildContext,
  scheme: Scheme,
): { readonly text: string; readonly path: KeyPath } | undefined {
  const own = given(proxy[scheme]);
  if (own !== undefined) return { text: own, path: ["proxy", scheme] };
  const both = given(proxy.url);
  return both === undefined ? undefined : { text: both, path: ["proxy", "url"] };
}

function isElsewhere(text: string): boolean {
  return /^(?:env|file|dpapi):/i.test(text);
}

function buildAddress(context: BuildContext, scheme: Scheme): SecretSource | undefined {
  const { document: { findings }, recorder } = context;
  const as: KeyPath = ["proxy", scheme];
  const written = writtenAddress(context, scheme);
  if (written === undefined) {
    recorder.choose([[as, undefined]], undefined, { note: "that of the environment" });
    return undefined;
  }
  const { text, path } = written;
  if (findings.wrong(path)) return undefined;
  const first = scheme === "http" || path[1] === "https";
  if (isElsewhere(text)) {
    const source = secretSource(context, path, text, as);
    if (source !== undefined && first) {
      findings.warn(path, "guests get no proxy from a secret: their environment is kept in the journal", {
        remedy: "Write the address without a password where guests need it, or set the proxy in their image",
      });
    }
    return source;
  }
  const parsed = parseProxyAddress(text);
  if ("message" in parsed) {
    findings.error(path, parsed.message, parsed);
    return undefined;
  }
  const shown = parsed.secret ? parsed.bare.replace("//", "//(hidden)@") : parsed.bare;
  recorder.choose([[path, shown]], undefined, { as });
  if (parsed.secret && first) {
    findings.warn(
      path,
      "the password stands in the file for all to read, and guests get the address without it",
      {
        remedy: "Write env:NAME or file:PATH, where the whole address is",
      },
    );
  }
  return { kind: "plain", reveal: () => text, key: path.join(".") };
}

/** A host, a domain, an address or a range of addresses, with a port or without. */
function checkHost(context: BuildContext, path: KeyPath, host: string): void {
  const [, address = "", length] = /^([^/]+)\/(\d{1,3})$/.exec(host) ?? [];
  const range = isIP(address) !== 0 && Number(length) <= (isIP(address) === 4 ? 32 : 128);
  if (range || /^[^\s,;/]+$/.test(host)) return;
  context.document.findings.error(path, `${JSON.stringify(host)} is no host`, {
    expected: "a host, a domain that begins with a dot, or a range such as 10.0.0.0/8",
  });
}
