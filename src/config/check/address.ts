/** Rules for addresses: the API's own, GitHub's, the simulator's, the cache's. */
import type { NameFault } from "./names.ts";

/** Host and port of the API, or what is wrong with the text. */
export function parseListen(text: string): { host: string; port: number } | NameFault {
  const expected = "an address on this machine and a port, such as 127.0.0.1:7420; port 0 takes a free one";
  const bare = /^:?(\d{1,5})$/.exec(text)?.[1];
  if (bare !== undefined) {
    return { message: `${JSON.stringify(text)} has no address`, expected, suggestion: `127.0.0.1:${bare}` };
  }
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) {
    return {
      message: `${JSON.stringify(text)} is not an address and a port`,
      expected,
      suggestion: /^[\w.-]+$/.test(text) ? `${text}:7420` : undefined,
    };
  }
  const host = (match[1] ?? match[2] ?? "").toLowerCase();
  const port = Number(match[3]);
  if (port > 65_535) return { message: `port ${port} does not exist; the highest is 65535`, expected };
  if (host === "localhost") return { host: "127.0.0.1", port };
  const numbers = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1);
  if (host === "::1" || (numbers !== undefined && numbers.every((part) => Number(part) <= 255))) {
    return { host, port };
  }
  return {
    message: `${host} can be reached from other machines; the API listens on this machine only`,
    expected,
    suggestion: `127.0.0.1:${port}`,
    remedy: "To reach it from elsewhere, use an SSH tunnel",
  };
}

/** An address of a web service without its slash at the end, or what is wrong with the text. */
export function parseWebAddress(text: string): { url: URL; text: string } | NameFault {
  const expected = "an address such as https://host/path";
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) {
    return {
      message: `${JSON.stringify(text)} is not a web address`,
      expected,
      suggestion: /^[\w.-]+(?::\d+)?(?:\/|$)/.test(text)
        ? `${isLoopback(text) ? "http" : "https"}://${text}`
        : undefined,
    };
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return { message: "the address holds a user name or a password", expected };
  }
  if (url.search !== "" || url.hash !== "") return { message: "the address holds ? or #", expected };
  return { url, text: text.replace(/\/+$/, "") };
}

/** Whether an address is this machine's own. */
export function isLoopback(hostAndMore: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(hostAndMore);
}

/** Checks `github.api_url` beyond its form: common mistakes of people who know the web address only. */
export function apiAddressFault(url: URL): NameFault | undefined {
  if (url.hostname === "github.com" || url.hostname === "www.github.com") {
    return { message: `${url.hostname} is not the address of the API`, suggestion: "https://api.github.com" };
  }
  if (/^(?!api\.)[\w-]+\.ghe\.com$/.test(url.hostname)) {
    return {
      message: `${url.hostname} is not the address of the API`,
      suggestion: `https://api.${url.hostname}`,
    };
  }
  return undefined;
}
