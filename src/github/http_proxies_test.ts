import { deepEqual, equal } from "node:assert/strict";
import { environmentProxies, proxyFor } from "./http_proxies.ts";

const BOTH = { http: "http://p:1", https: "http://p:2" };

function through(url: string, ...noProxy: string[]): string | undefined {
  return proxyFor(new URL(url), { ...BOTH, noProxy });
}

Deno.test("proxyFor() takes the proxy of the scheme, or none", () => {
  equal(through("http://a.example/"), "http://p:1");
  equal(through("https://a.example/"), "http://p:2");
  equal(proxyFor(new URL("https://a.example/"), { http: "http://p:1", noProxy: [] }), undefined);
});

Deno.test("proxyFor() reaches this machine without a proxy", () => {
  for (const host of ["localhost", "x.localhost", "127.0.0.1", "127.9.9.9:8080", "[::1]"]) {
    equal(through(`http://${host}/`), undefined, host);
  }
  for (const host of ["127.0.0.1.example", "notlocalhost", "[::2]"]) {
    equal(through(`http://${host}/`), "http://p:1");
  }
});

Deno.test("proxyFor() knows hosts, domains, addresses, ranges and ports that are reached without", () => {
  const without: [url: string, entry: string][] = [
    ["https://ghe.corp/", "ghe.corp"],
    ["https://api.ghe.corp/", "ghe.corp"],
    ["https://API.ghe.corp./", ".GHE.corp"],
    ["https://ghe.corp/", ".ghe.corp"],
    ["https://a.corp/", "*.corp"],
    ["https://ghe.corp:8443/", "ghe.corp:8443"],
    ["https://ghe.corp/", "ghe.corp:443"],
    ["https://10.1.2.3/", "10.0.0.0/8"],
    ["https://10.1.2.3/", "10.1.2.3"],
    ["https://[fd00::1]/", "fd00::/8"],
    ["https://[fd00::1]/", "fd00::1"],
    ["https://[fd00::1]:8443/", "[fd00::1]:8443"],
    ["https://anything.example/", "*"],
  ];
  for (const [url, entry] of without) {
    equal(through(url, "other.example", entry), undefined, `${url} ${entry}`);
  }
  const nevertheless: [url: string, entry: string][] = [
    ["https://notghe.corp/", "ghe.corp"],
    ["https://ghe.corp.example/", "ghe.corp"],
    ["https://ghe.corp:8443/", "ghe.corp:443"],
    ["https://11.1.2.3/", "10.0.0.0/8"],
    ["https://10.1.2.3/", "2.3"],
    ["https://10.1.2.3/", "10.0.0.0/99"],
    ["https://10.1.2.3/", "fd00::/8"],
    ["https://a.example/", ""],
    ["https://a.example/", "."],
  ];
  for (const [url, entry] of nevertheless) equal(through(url, entry), "http://p:2", `${url} ${entry}`);
});

Deno.test("environmentProxies() reads the usual variables in either case", () => {
  const read = (variables: Record<string, string>) => environmentProxies((name) => variables[name]);
  deepEqual(read({}), { noProxy: [] });
  deepEqual(read({ HTTP_PROXY: "http://a:1", "https_proxy": "b:2", "no_proxy": " x , .y ,," }), {
    http: "http://a:1",
    https: "http://b:2",
    noProxy: ["x", ".y"],
  });
  deepEqual(read({ ALL_PROXY: "socks5://c:3", HTTPS_PROXY: "", HTTP_PROXY: "http://[bad" }), {
    https: "socks5://c:3",
    noProxy: [],
  });
});
