/** Which proxy a request goes through: that of its scheme, unless its host is one that is reached without. */
import { BlockList, isIP } from "node:net";

/** Proxies by the scheme of what is asked for. */
export interface Proxies {
  /** Address of the proxy for `http://`, with user name and password where it wants them. */
  readonly http?: string;
  /** For `https://`. */
  readonly https?: string;
  /**
   * Hosts that are reached without: `host` and `.domain` with everything below them, addresses, ranges such as
   * `10.0.0.0/8`, each with `:port` or without; `*` is all.
   */
  readonly noProxy: readonly string[];
}

/** Variables by which programs are told of proxies. Each counts in lower case as well. */
export const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] as const;

/** The proxies of an environment. What cannot be an address is left out. */
export function environmentProxies(env: (name: string) => string | undefined): Proxies {
  const read = (name: typeof PROXY_VARIABLES[number]): string | undefined =>
    [env(name), env(name.toLowerCase())].map((text) => text?.trim()).find((text) =>
      text !== undefined && text !== ""
    );
  const address = (name: typeof PROXY_VARIABLES[number]): string | undefined => {
    const text = read(name) ?? read("ALL_PROXY");
    if (text === undefined) return undefined;
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    return URL.canParse(whole) ? whole : undefined;
  };
  const [http, https] = [address("HTTP_PROXY"), address("HTTPS_PROXY")];
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    noProxy: (read("NO_PROXY") ?? "").split(",").map((host) => host.trim()).filter((host) => host !== ""),
  };
}

/** The proxy for an address; `undefined`: it is reached without one, as this machine always is. */
export function proxyFor(url: URL, proxies: Proxies): string | undefined {
  const proxy = url.protocol === "http:" ? proxies.http : proxies.https;
  if (proxy === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "").toLowerCase();
  const port = url.port === "" ? url.protocol === "http:" ? "80" : "443" : url.port;
  if (isThisMachine(host) || proxies.noProxy.some((entry) => names(entry, host, port))) return undefined;
  return proxy;
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."));
}

/** Whether one entry of a list of exceptions means a host. */
function names(written: string, host: string, port: string): boolean {
  const entry = written.trim().toLowerCase();
  if (entry === "*") return true;
  if (entry.includes("/")) return inRange(entry, host);
  if (isIP(entry) !== 0) return entry === host;
  const [, name = "", onPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (onPort !== undefined && onPort !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "").replace(/\.$/, "");
  return bare !== "" && (host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`)));
}

function inRange(entry: string, host: string): boolean {
  const [address = "", length = ""] = entry.split("/");
  const [kind, kindOfHost] = [isIP(address), isIP(host)];
  if (kind === 0 || kind !== kindOfHost || !/^\d{1,3}$/.test(length)) return false;
  const bits = Number(length);
  if (bits > (kind === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  const family = kind === 4 ? "ipv4" : "ipv6";
  range.addSubnet(address, bits, family);
  return range.check(host, family);
}
