/** Pools of connections, one for each proxy and one for what is reached without. */
import { environmentProxies, type Proxies, PROXY_VARIABLES, proxyFor } from "./http_proxies.ts";

/** Where requests leave the machine. */
export interface HttpClientsOptions {
  /** Certificates in PEM that are trusted beside the built-in ones. */
  readonly caCerts?: readonly string[];
  /** What requests go through. @default the proxies of the environment */
  readonly proxy?: Proxies;
  /** Reads a variable of the environment. @default the process' own */
  readonly env?: (name: string) => string | undefined;
}

/** Connections of one owner. */
export class HttpClients {
  readonly #caCerts: string[];
  readonly #proxies: Proxies;
  readonly #clients = new Map<string, Deno.HttpClient>();

  constructor(options: HttpClientsOptions = {}) {
    this.#caCerts = [...options.caCerts ?? []];
    this.#proxies = options.proxy ?? environmentProxies(options.env ?? ((name) => Deno.env.get(name)));
  }

  /** The connections through which an address is asked. */
  for(url: URL): Deno.HttpClient {
    const proxy = proxyFor(url, this.#proxies);
    const key = proxy ?? "";
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const caCerts = this.#caCerts;
    const client = withoutProxyVariables(() =>
      Deno.createHttpClient({ caCerts, ...(proxy === undefined ? {} : { proxy: { url: proxy } }) })
    );
    this.#clients.set(key, client);
    return client;
  }

  /** Ends all connections. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

/**
 * Deno reads the environment's proxies whenever connections are set up, beside the one that is given, and its NO_PROXY
 * counts for that one as well: there is no other way around them. Nothing else runs meanwhile.
 */
function withoutProxyVariables<T>(body: () => T): T {
  const names = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]);
  const before = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  for (const [name] of before) Deno.env.delete(name);
  try {
    return body();
  } finally {
    for (const [name, value] of before) Deno.env.set(name, value);
  }
}
